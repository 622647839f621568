package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// typed runs a command with text on standard input.
func (b *bench) typed(text string, args ...string) result {
	b.Helper()
	var stdout bytes.Buffer
	b.stderr = testkit.NewWatched()
	code := run(context.Background(), args, strings.NewReader(text), &stdout, b.stderr, func(name string) string { return b.env[name] })
	return result{code, stdout.String(), b.stderr.Text()}
}

// TestNoEditedValueLeaves drives known values into the manifest and out of it,
// and through every way in which that can fail, and searches all that comes
// out, and all files, for them.
func TestNoEditedValueLeaves(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	value := canaries["live"]
	binary, large := value+"\xff", value+strings.Repeat("x", 16384)
	tests := map[string]struct {
		edit  func(string) string // of the encrypted manifest, before
		stdin string
		args  []string
		code  int
	}{
		"default":           {stdin: value, args: []string{"set", "shop", "CREATED"}},
		"the same":          {stdin: canaries["CREATED"], args: []string{"set", "shop", "CREATED"}},
		"line end":          {stdin: value + "\n", args: []string{"set", "shop", "CREATED"}},
		"override":          {stdin: value, args: []string{"set", "site:shop.dev", "CREATED"}},
		"new":               {stdin: value, args: []string{"set", "site:shop", "NEW", "--type", "env", "--scope", "web,ic", "--description", "words"}},
		"new owner":         {stdin: value, args: []string{"set", "site:other", "NEW"}},
		"file":              {args: []string{"set", "shop", "CREATED", "--value-file", "VALUE"}},
		"standard input":    {stdin: value, args: []string{"set", "shop", "CREATED", "--value-file", "-", "--quiet"}},
		"rotate the key":    {args: []string{"fingerprint-key", "rotate"}},
		"another key":       {args: []string{"fingerprint-key", "add"}, code: exitError},
		"unset":             {args: []string{"unset", "shop", "CREATED"}},
		"unset override":    {args: []string{"unset", "shop.live", "CREATED"}},
		"not UTF-8":         {stdin: binary, args: []string{"set", "shop", "CREATED"}, code: exitError},
		"too large":         {stdin: large, args: []string{"set", "shop", "CREATED"}, code: exitError},
		"bad owner":         {stdin: value, args: []string{"set", "nowhere", "CREATED"}, code: exitError},
		"bad name":          {stdin: value, args: []string{"set", "shop", "overrides"}, code: exitError},
		"other type":        {stdin: value, args: []string{"set", "shop", "CREATED", "--type", "env"}, code: exitError},
		"as an argument":    {args: []string{"set", "shop", "CREATED", value}, code: exitError},
		"as a flag":         {args: []string{"set", "shop", "CREATED", "---" + value}, code: exitError},
		"as a flag's value": {args: []string{"set", "shop", "CREATED", "--value=" + value}, code: exitError},
		"dropped override":  {stdin: value, args: []string{"set", "shop.dev", "CHANGED"}, code: exitError},
		"unset nothing":     {args: []string{"unset", "shop", "NONE"}, code: exitError},
		"MAC does not fit":  {edit: replacing("SHARED:", "SHARED2:"), stdin: value, args: []string{"set", "shop", "CREATED"}, code: exitError},
		"a value in clear":  {edit: replacing("value: ENC[", "value: "+canaryKey+" # ENC["), stdin: value, args: []string{"set", "shop", "CREATED"}, code: exitError},
		"a broken envelope": {
			edit: replacing("value: ENC[AES256_GCM,data:", "value: ENC[AES256_GCM,data:AAAA"),
			args: []string{"unset", "shop", "CREATED"},
			code: exitError,
		},
		"no YAML":           {edit: replacing("value: ENC[", "value: \""+canaryKey+" ENC["), args: []string{"unset", "shop", "CREATED"}, code: exitError},
		"an unknown key":    {edit: replacing("      CREATED:", "      CREATED:\n        "+canaryKey+": x"), stdin: value, args: []string{"set", "shop", "CREATED"}},
		"keys":              {args: []string{"keys", "list"}},
		"a key more":        {args: []string{"keys", "add", "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"}},
		"a value as key":    {args: []string{"keys", "add", value}, code: exitError},
		"no key left":       {args: []string{"keys", "remove", "age1v3l4d962j6k32n3usfg3zdflpsa2rdynp6nrwtvk8v3xyqtp6fmqurvvla"}, code: exitError},
		"a new data key":    {args: []string{"keys", "rotate"}},
		"keys, wrong MAC":   {edit: replacing("SHARED:", "SHARED2:"), args: []string{"keys", "rotate"}, code: exitError},
		"keys, clear value": {edit: replacing("value: ENC[", "value: "+canaryKey+" # ENC["), args: []string{"keys", "rotate"}, code: exitError},
		"seal":              {edit: inClear(value), args: []string{"seal", "--yes"}},
		"seal by nobody":    {edit: inClear(value), args: []string{"seal"}, code: exitError},
		"seal a rename":     {edit: replacing("      CREATED:", "      RENAMED:"), args: []string{"seal", "--yes"}, code: exitError},
		"seal binary":       {edit: inClear(value + "\\xff" + strings.Repeat("x", 16384)), args: []string{"seal", "--yes"}, code: exitError},
		"seal a list":       {edit: replacing("value: ENC[", "value: ["+canaryKey+", ENC["), args: []string{"seal", "--yes"}, code: exitError},
		"seal a bare value": {edit: replacing("      CREATED:", "      BARE: "+canaryKey+"\n      CREATED:"), args: []string{"seal", "--yes"}, code: exitError},
		"seal a mistake": {
			edit: replacing("      CREATED:", "      MISTAKE: {vale: "+canaryKey+"}\n      CREATED:"),
			args: []string{"seal", "--yes"},
			code: exitError,
		},
		"seal no YAML": {edit: replacing("value: ENC[", "value: \""+canaryKey+" ENC["), args: []string{"seal", "--yes"}, code: exitError},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			path := b.manifest(canaryManifest(t))
			if test.edit != nil {
				rewrite(t, path, test.edit)
			}
			for i, arg := range test.args {
				if arg == "VALUE" {
					test.args[i] = filepath.Join(t.TempDir(), "value")
					if err := os.WriteFile(test.args[i], []byte(value), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			got := b.typed(test.stdin, append(test.args, "--file", path)...).must(t, test.code)
			search(t, "stdout", got.stdout)
			search(t, "stderr", got.stderr)
			if test.edit == nil || test.args[0] == "seal" && test.code == exitOK {
				searchFiles(t, b.dir)
			}
			if requests := b.server.Log(); len(requests) > 0 {
				t.Errorf("%d requests were made", len(requests))
			}
		})
	}
}

// inClear writes a value into the manifest in clear.
func inClear(value string) func(string) string {
	quoted := strconv.Quote(value)
	return replacing("value: ENC[", "value: "+quoted+" # ENC[")
}

func replacing(old, new string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, new, 1) }
}

// rewrite edits a file.
func rewrite(t *testing.T, path string, edit func(string) string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := edit(string(data))
	if edited == string(data) {
		t.Fatal("the edit changes nothing")
	}
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
}
