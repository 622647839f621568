package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// TestValuesArriveByteForByte: what is piped in or stands in a file is what the
// manifest holds, whatever YAML would make of it.
func TestValuesArriveByteForByte(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	values := map[string]string{
		"word": "word", "line": "line\n", "windows": "a\r\nb\r\n", "lines": "a\n\n\nb", "spaces": "  a  ", "tab": "\ta\nb", "mark": "\uFEFFa",
		"number": "0123", "nothing": "null", "yes": "yes", "date": "2026-01-02", "quotes": `"'\n`, "envelope": "ENC[AES256,data:", "zero": "a\x00b",
		"unicode": "é \u2028 \u00a0 😀", "comment": "a # b", "colon": "a: b", "large": strings.Repeat("é", 8192),
		"certificate": "-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n",
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			path := b.manifest("version: 1\nproject: bytes\ndefaults: {type: runtime, scopes: [web]}\nsites:\n  shop: {secrets: {A: {value: a}}}\n")
			file := filepath.Join(t.TempDir(), "value")
			if err := os.WriteFile(file, []byte(value), 0o600); err != nil {
				t.Fatal(err)
			}
			b.typed(value, "set", "shop", "A", "--file", path).must(t, exitOK)
			b.typed("", "set", "shop.live", "A", "--file", path, "--value-file", file).must(t, exitOK)
			manifest, problems, err := schema.Load(t.Context(), path, schema.Options{Keys: keyring.New(keyring.LocalSources())})
			if err != nil || manifest == nil {
				t.Fatal(err, problems)
			}
			desired, _ := manifest.Compile(nil)
			got := desired[0].Secrets[0]
			if got.Value.Reveal() != value || got.Overrides[0].Value.Reveal() != value {
				t.Errorf("default %q, override %q, want %q", got.Value.Reveal(), got.Overrides[0].Value.Reveal(), value)
			}
		})
	}
}

// TestNoValueIsCut: what is longer than a value may be is refused as a whole,
// wherever the line end stands that --trim-newline takes away.
func TestNoValueIsCut(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	largest := strings.Repeat("x", secret.MaxValueBytes)
	tests := map[string]struct {
		value string
		code  int
	}{
		"the largest":                {largest + "\n", exitOK},
		"the largest with CRLF":      {largest + "\r\n", exitOK},
		"one more":                   {largest + "x\n", exitError},
		"a line end at the limit":    {largest + "\nmore", exitError},
		"CRLF at the limit":          {largest + "\r\nmore", exitError},
		"line ends at the limit":     {largest + "\n\n\n\n", exitError},
		"CRLF across the limit":      {largest[1:] + "\r\nmore", exitError},
		"a line end behind the CRLF": {largest + "\r\n\n", exitError},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			path := b.manifest(canaryManifest(t))
			got := b.typed(test.value, "set", "shop", "CREATED", "--trim-newline", "--file", path).must(t, test.code)
			if test.code == exitOK && !strings.Contains(got.stdout, "16384 bytes") {
				t.Errorf("stdout = %s", got.stdout)
			}
		})
	}
}
