package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// canaries are the values of canaryManifest and of the live state, by the
// secret (and environment) whose own writes may carry them. Each has letters
// that every escaping changes.
var canaries = map[string]string{
	"CREATED":       `c4nary "one" <&> é\1`,
	"CREATED live":  `c4nary "two" <&> é\2`,
	"CHANGED":       `c4nary "three" <&> é\3`,
	"CHANGED test":  `c4nary "four" <&> é\4`,
	"HIDDEN":        `c4nary "five" <&> é\5`,
	"REPLACED":      `c4nary "six" <&> é\6`,
	"REPLACED live": `c4nary "seven" <&> é\7`,
	"SHARED":        `c4nary "eight" <&> é\8`,
	"live":          `c4nary "nine" <&> é\9`, // live only; no write carries it
}

func canaryState() emulator.State {
	live := canaries["live"]
	return emulator.State{
		Organizations: []emulator.Organization{{Name: "agency", Secrets: map[string]emulator.Secret{
			"SHARED": {Type: "runtime", Scopes: []string{"user", "web"}, Value: live},
		}}},
		Sites: []emulator.Site{{Name: "shop", Organization: "agency", Secrets: map[string]emulator.Secret{
			"CHANGED":   {Type: "runtime", Scopes: []string{"user", "web"}, Value: live, Overrides: map[string]string{"dev": live}},
			"HIDDEN":    {Type: "runtime", Scopes: []string{"web"}, Value: live},
			"REPLACED":  {Type: "runtime", Scopes: []string{"ic"}, Value: live},
			"UNMANAGED": {Type: "runtime", Scopes: []string{"user", "web"}, Value: live},
		}}},
	}
}

func canaryManifest(t *testing.T) string {
	quoted := func(name string) string {
		text, err := json.Marshal(canaries[name])
		if err != nil {
			t.Fatal(err)
		}
		return string(text) // a JSON string is a YAML string
	}
	return `
version: 1
project: canary
defaults: {type: runtime, scopes: [user, web]}
organizations:
  agency: {secrets: {SHARED: {value: ` + quoted("SHARED") + `}}}
sites:
  shop:
    secrets:
      CREATED: {value: ` + quoted("CREATED") + `, overrides: {live: ` + quoted("CREATED live") + `}}
      CHANGED: {value: ` + quoted("CHANGED") + `, overrides: {test: ` + quoted("CHANGED test") + `}, drop_overrides: [dev]}
      HIDDEN: {scopes: [web], value: ` + quoted("HIDDEN") + `}
      REPLACED: {value: ` + quoted("REPLACED") + `, replace: true, overrides: {live: ` + quoted("REPLACED live") + `}}
`
}

// echo is an answer that repeats a value, as an unkind service might.
func echo(status int) emulator.Fault {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(canaries)) {
		all = append(all, canaries[name])
	}
	body := strings.Join(all, " ")
	return emulator.Fault{Status: status, Body: body, Header: http.Header{"Location": {"/" + url.PathEscape(body)}, "X-Echo": {url.PathEscape(body)}}}
}

func on(f emulator.Fault, method, name string) emulator.Fault {
	f.Method, f.Secret = method, name
	return f
}

// TestNoValueLeaves drives known values through every command, flag and
// failure, and searches all that comes out for them: both streams, every file
// and every request but the bodies of the secret's own writes.
func TestNoValueLeaves(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	cut, lost := emulator.Fault{Cut: true}, emulator.Fault{Cut: true, Effect: true}
	scenarios := map[string]struct {
		faults   []emulator.Fault
		commands [][]string
	}{
		"every command": {commands: [][]string{
			{"validate"}, {"validate", "--strict"}, {"version"}, {"help"},
			{"plan"}, {"plan", "--format", "json"}, {"plan", "--color", "always"}, {"plan", "--strict", "--detailed-exitcode"},
			{"plan", "--target", "shop/CHANGED"}, {"plan", "--format", "json", "--target", "org:agency"},
			{"apply"}, {"apply", "--auto-approve", "--report", "report.json"}, {"plan"}, {"apply", "--auto-approve", "--quiet"},
		}},
		"failures that pass": {
			faults: []emulator.Fault{
				{Operation: emulator.SignIn, Status: http.StatusBadGateway, Body: "x"},
				{Operation: emulator.ListSecrets, Owner: "site:shop", Truncate: true},
				{Operation: emulator.ListSecrets, Owner: "org:agency", ExpireSessions: true},
				on(lost, http.MethodPost, "CREATED"),
				on(cut, http.MethodPatch, "CHANGED"),
				on(echo(http.StatusServiceUnavailable), http.MethodPatch, "HIDDEN"),
				on(emulator.MaintenancePage(), http.MethodPatch, "SHARED"),
				on(lost, http.MethodDelete, "REPLACED"),
			},
			commands: [][]string{{"apply", "--auto-approve", "--report", "report.json"}},
		},
		"failures that stay": {
			faults: []emulator.Fault{
				on(times(echo(http.StatusBadRequest), -1), http.MethodPost, "CREATED"),
				on(times(echo(http.StatusForbidden), -1), http.MethodPatch, "CHANGED"),
				on(times(echo(http.StatusFound), -1), http.MethodPatch, "HIDDEN"),
				on(times(echo(http.StatusTeapot), -1), http.MethodPost, "REPLACED"),
				on(times(echo(http.StatusNotFound), -1), http.MethodPatch, "SHARED"),
			},
			commands: [][]string{{"apply", "--auto-approve", "--report", "report.json"}},
		},
		"an unreadable list": {
			faults: []emulator.Fault{
				{Operation: emulator.ListSecrets, Status: http.StatusOK, Body: `{"Secrets":{"A":{"Type":"runtime","Scopes":["user"],"Value":{"nested":"c4narykey"}}}}`},
				withOperation(times(echo(http.StatusForbidden), -1), emulator.ListSecrets),
			},
			commands: [][]string{{"plan"}, {"plan", "--format", "json"}, {"apply", "--auto-approve"}},
		},
		"a refused sign-in": {
			faults:   []emulator.Fault{withOperation(times(echo(http.StatusUnauthorized), -1), emulator.SignIn)},
			commands: [][]string{{"plan"}, {"apply", "--auto-approve"}},
		},
	}
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			b.manifest(canaryManifest(t))
			b.server.Script(scenario.faults...)
			for _, command := range scenario.commands {
				got := b.inDir(command)
				search(t, strings.Join(command, " ")+": stdout", got.stdout)
				search(t, strings.Join(command, " ")+": stderr", got.stderr)
			}
			searchFiles(t, b.dir)
			searchTraffic(t, b)
		})
	}
}

// inDir runs a command with the flags that it takes, files beside the manifest.
func (b *bench) inDir(command []string) result {
	args := slices.Clone(command[1:])
	if i := slices.Index(args, "--report"); i >= 0 {
		args[i+1] = filepath.Join(b.dir, args[i+1])
	}
	switch command[0] {
	case "plan", "apply":
		return b.cella(command[0], args...)
	case "validate":
		args = append(args, "--file", filepath.Join(b.dir, "secrets.yaml"))
	}
	return b.offline(append([]string{command[0]}, args...)...)
}

func times(f emulator.Fault, n int) emulator.Fault {
	f.Times = n
	return f
}

func withOperation(f emulator.Fault, operation emulator.Operation) emulator.Fault {
	f.Operation = operation
	return f
}

// TestNoBrokenManifestLeaks breaks the encrypted manifest in every way that a
// parser or SOPS could complain of by quoting.
func TestNoBrokenManifestLeaks(t *testing.T) {
	edits := map[string]func(string) string{
		"type int":       func(s string) string { return strings.ReplaceAll(s, "type:str]", "type:int]") },
		"type bytes":     func(s string) string { return strings.ReplaceAll(s, "type:str]", "type:bytes]") },
		"changed text":   func(s string) string { return strings.Replace(s, "data:", "data:AAAA", 1) },
		"swapped names":  func(s string) string { return strings.NewReplacer("CREATED", "HIDDEN", "HIDDEN", "CREATED").Replace(s) },
		"dropped secret": func(s string) string { return s[:strings.Index(s, "HIDDEN:")] + s[strings.Index(s, "REPLACED:"):] },
		"value in clear": func(s string) string {
			return strings.Replace(s, "value: ENC[", "value: '"+canaries["live"]+"' # ENC[", 1)
		},
		"value as mapping": func(s string) string { return strings.Replace(s, "value: ENC[", "value: {"+canaryKey+": x} # ENC[", 1) },
		"broken YAML":      func(s string) string { return strings.Replace(s, "value: ENC[", "value: \""+canaryKey+" ENC[", 1) },
		"alias":            func(s string) string { return strings.Replace(s, "value: ENC[", "value: *"+canaryKey+" # ENC[", 1) },
		"second document":  func(s string) string { return s + "---\n" + canaryKey + ": x\n" },
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			path := b.manifest(canaryManifest(t))
			encrypted, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b.file("secrets.yaml", []byte(edit(string(encrypted))))
			for _, command := range [][]string{{"validate"}, {"plan"}, {"apply", "--auto-approve"}} {
				got := b.inDir(command).must(t, exitError)
				search(t, command[0]+": stdout", got.stdout)
				search(t, command[0]+": stderr", got.stderr)
			}
			if requests := b.server.Log(); len(requests) > 0 {
				t.Errorf("%d requests were made for a broken manifest", len(requests))
			}
		})
	}
}

// canaryKey stands where a scalar that quoting errors would repeat is needed.
const canaryKey = "c4narykey"

// forms are the ways in which text could be written down.
func forms(text string) map[string]string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	inner := strings.Trim(string(quoted), `"`)
	found := map[string]string{
		"raw": text, "hex": hex.EncodeToString([]byte(text)), "json": inner,
		"json without HTML escapes": strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(inner),
		"go":                        strings.Trim(fmt.Sprintf("%q", text), `"`), "query": url.QueryEscape(text), "path": url.PathEscape(text),
	}
	// Base64 of a longer text shows this one at one of three offsets.
	for offset := range 3 {
		padded := strings.Repeat("\x00", offset) + text
		encoded := base64.RawStdEncoding.EncodeToString([]byte(padded))
		first, last := (offset*8+5)/6, len(encoded)-1
		found[fmt.Sprintf("base64 at %d", offset)] = encoded[first:last]
		found[fmt.Sprintf("base64url at %d", offset)] = strings.NewReplacer("+", "-", "/", "_").Replace(encoded[first:last])
	}
	return found
}

// search fails the test if any canary, in any form, is in text.
func search(t *testing.T, where, text string, except ...string) {
	t.Helper()
	for name, value := range canaries {
		if slices.Contains(except, name) {
			continue
		}
		for form, written := range forms(value) {
			if strings.Contains(text, written) {
				t.Errorf("%s holds the value of %s (%s)", where, name, form)
			}
		}
	}
	if strings.Contains(text, canaryKey) {
		t.Errorf("%s quotes the input", where)
	}
}

// searchFiles searches all files below dir.
func searchFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		search(t, filepath.Base(path), string(data))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// searchTraffic searches every request: a value may be in the body of its own
// secret's writes and nowhere else; the token in the body of the sign-in; a
// session in the header made for it.
func searchTraffic(t *testing.T, b *bench) {
	t.Helper()
	token := b.env["PANTHEON_MACHINE_TOKEN"]
	for _, request := range b.traffic.all() {
		line, _, _ := strings.Cut(request.head, "\n")
		search(t, line, request.head)
		var own []string
		for name := range canaries {
			secretName, _, _ := strings.Cut(name, " ")
			created := request.method == http.MethodPost && strings.Contains(request.body, `"`+secretName+`"`)
			if created || strings.HasSuffix(line, "/secrets/"+secretName) {
				own = append(own, name)
			}
		}
		search(t, line+": body", request.body, own...)
		if strings.Contains(request.head, token) {
			t.Errorf("%s: the token is in the head", line)
		}
		if strings.Contains(request.body, token) != strings.Contains(line, "/authorize/") {
			t.Errorf("%s: the token belongs into the body of the sign-in only", line)
		}
	}
}

// TestTheCanaryWouldSing proves that search finds each form.
func TestTheCanaryWouldSing(t *testing.T) {
	value := canaries["CREATED"]
	for _, text := range []string{
		value, base64.StdEncoding.EncodeToString([]byte(value)), base64.StdEncoding.EncodeToString([]byte("xx" + value + "yy")),
		hex.EncodeToString([]byte(value)), url.QueryEscape(value), fmt.Sprintf("%q", value),
	} {
		heard := false
		for _, written := range forms(value) {
			heard = heard || strings.Contains(text, written)
		}
		if !heard {
			t.Errorf("no form of the value is found in %q", text)
		}
	}
}
