package main

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
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
	"FED":           `c4nary "ten" <&> é\10`,    // from the environment
	"FED live":      `c4nary "eleven" <&> é\11`, // from a file
	"live":          `c4nary "nine" <&> é\9`,    // live only; no write carries it
	"key":           testKey,                    // no write carries it
	"key bytes":     keyBytes(testKey),
}

// Where values of the canary manifest come from that do not stand in it; every
// bench has them.
const (
	canaryVariable = "CELLA_VALUE_FED"
	canaryFile     = "canary.pem"
)

func keyBytes(key string) string {
	decoded, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		panic(err) // a constant of this package
	}
	return string(decoded)
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
fingerprint_key: ` + testKey + `
record: site:shop
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
      FED: {value_from: {env: ` + canaryVariable + `}, override_from: {live: {file: ` + canaryFile + `}}, expires: 2001-01-01}
`
}

// echo is an answer that repeats a value, as an unkind service might.
func echo(status int) emulatortest.Fault {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(canaries)) {
		all = append(all, canaries[name])
	}
	body := strings.Join(all, " ")
	return emulatortest.Fault{Status: status, Body: body, Header: http.Header{"Location": {"/" + url.PathEscape(body)}, "X-Echo": {url.PathEscape(body)}}}
}

func on(f emulatortest.Fault, method, name string) emulatortest.Fault {
	f.Method, f.Secret = method, name
	return f
}

// TestNoValueLeaves drives known values through every command, flag and
// failure, and searches all that comes out for them: both streams, every file
// and every request but the bodies of the secret's own writes.
func TestNoValueLeaves(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	cut, lost := emulatortest.Fault{Cut: true}, emulatortest.Fault{Cut: true, Effect: true}
	scenarios := map[string]struct {
		faults   []emulatortest.Fault
		retire   bool // what the site may have behind the organization's
		commands [][]string
	}{
		"every command": {commands: [][]string{
			{"validate"}, {"validate", "--strict"}, everyFormat("validate", checkup.Formats()), {"version"}, {"help"},
			{"plan"}, {"validate", "--fail-on-expired"}, {"plan", "--as-of", "2027-01-01", "--fail-on-expired"},
			{"plan", "--format", "json"}, {"plan", "--format", "markdown"}, {"plan", "--color", "always"}, {"plan", "--strict", "--detailed-exitcode"},
			{"explain", "shop"}, {"explain", "shop.live", "--format", "json"}, {"explain", "shop.test", "--offline"},
			{"plan", "--target", "shop/CHANGED"}, {"plan", "--format", "json", "--target", "org:agency"},
			{"plan", "--no-decrypt", "--detailed-exitcode"}, append(everyFormat("plan", planFormats()), "--no-decrypt"),
			everyFormat("plan", planFormats()), {"plan", "--out", "plan.json"},
			{"apply", "plan.json", "--report", "report.json", "--format", "markdown=apply.md", "--format", "outputs=apply.env", "--format", "text=apply.txt"},
			{"apply", "plan.json"}, {"plan"},
			{"apply"}, {"apply", "--auto-approve", "--rewrite"}, {"apply", "--auto-approve", "--quiet"},
			{"plan", "--no-decrypt", "--detailed-exitcode"}, append(everyFormat("plan", planFormats()), "--no-decrypt"),
		}},
		"failures that pass": {
			faults: []emulatortest.Fault{
				{Operation: emulator.SignIn, Status: http.StatusBadGateway, Body: "x"},
				{Operation: emulator.ListSecrets, Owner: "site:shop", Truncate: true},
				{Operation: emulator.ListSecrets, Owner: "org:agency", ExpireSessions: true},
				on(lost, http.MethodPost, "CREATED"),
				on(cut, http.MethodPatch, "CHANGED"),
				on(echo(http.StatusServiceUnavailable), http.MethodPatch, "HIDDEN"),
				on(emulatortest.MaintenancePage(), http.MethodPatch, "SHARED"),
				on(lost, http.MethodDelete, "REPLACED"),
			},
			commands: [][]string{{"apply", "--auto-approve", "--report", "report.json", "--format", "markdown=apply.md", "--format", "text=apply.txt"}},
		},
		"failures that stay": {
			faults: []emulatortest.Fault{
				on(times(echo(http.StatusBadRequest), -1), http.MethodPost, "CREATED"),
				on(times(echo(http.StatusForbidden), -1), http.MethodPatch, "CHANGED"),
				on(times(echo(http.StatusFound), -1), http.MethodPatch, "HIDDEN"),
				on(times(echo(http.StatusTeapot), -1), http.MethodPost, "REPLACED"),
				on(times(echo(http.StatusNotFound), -1), http.MethodPatch, "SHARED"),
			},
			commands: [][]string{{"apply", "--auto-approve", "--report", "report.json", "--format", "markdown=apply.md", "--format", "text=apply.txt"}},
		},
		"an organization's value at a site": {
			faults: []emulatortest.Fault{
				on(lost, http.MethodPost, "SHARED"), emulatortest.TakesTooMuch(),
				on(times(echo(http.StatusBadRequest), -1), http.MethodPost, "SHARED"),
			},
			retire: true,
			commands: [][]string{
				{"plan"}, everyFormat("plan", planFormats()), {"explain", "shop"},
				{"apply", "--auto-approve", "--report", "report.json", "--format", "markdown=apply.md", "--format", "text=apply.txt"}, {"plan"},
				{"apply", "--auto-approve"},
			},
		},
		"an unreadable list": {
			faults: []emulatortest.Fault{
				{Operation: emulator.ListSecrets, Status: http.StatusOK, Body: `{"Secrets":{"A":{"Type":"runtime","Scopes":["user"],"Value":{"nested":"c4narykey"}}}}`},
				withOperation(times(echo(http.StatusForbidden), -1), emulator.ListSecrets),
			},
			commands: [][]string{
				{"plan"}, {"plan", "--format", "json"}, {"plan", "--format", "markdown"}, everyFormat("plan", planFormats()),
				{"apply", "--auto-approve"}, {"explain", "shop"},
			},
		},
		"a refused sign-in": {
			faults:   []emulatortest.Fault{withOperation(times(echo(http.StatusUnauthorized), -1), emulator.SignIn)},
			commands: [][]string{{"plan"}, everyFormat("plan", planFormats()), {"apply", "--auto-approve"}},
		},
	}
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			manifest := canaryManifest(t)
			if scenario.retire {
				manifest += "      SHARED: {retire: delete}\n"
			}
			b.manifest(manifest)
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

// everyFormat is a command with all of its formats in files.
func everyFormat(command string, formats []string) []string {
	args := []string{command}
	for _, format := range formats {
		args = append(args, "--format", format+"="+command+"."+format)
	}
	return args
}

// inDir runs a command with the flags that it takes, files beside the manifest.
func (b *bench) inDir(command []string) result {
	args := slices.Clone(command[1:])
	for i, arg := range args {
		if format, file, named := strings.Cut(arg, "="); named {
			args[i] = format + "=" + filepath.Join(b.dir, file)
		} else if strings.HasSuffix(arg, ".json") {
			args[i] = filepath.Join(b.dir, arg)
		}
	}
	switch command[0] {
	case "plan", "apply", "explain":
		return b.cella(command[0], args...)
	case "validate":
		args = append(args, "--file", filepath.Join(b.dir, "secrets.yaml"))
	}
	return b.offline(append([]string{command[0]}, args...)...)
}

func times(f emulatortest.Fault, n int) emulatortest.Fault {
	f.Times = n
	return f
}

func withOperation(f emulatortest.Fault, operation emulator.Operation) emulatortest.Fault {
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
			for _, command := range [][]string{
				{"validate"}, everyFormat("validate", checkup.Formats()), {"plan"}, everyFormat("plan", planFormats()),
				{"apply", "--auto-approve", "--format", "markdown=apply.md", "--format", "text=apply.txt"}, {"explain", "shop"},
			} {
				got := b.inDir(command).must(t, exitError)
				search(t, command[0]+": stdout", got.stdout)
				search(t, command[0]+": stderr", got.stderr)
			}
			searchWritten(t, b.dir)
			for _, file := range []string{"plan.markdown", "apply.md", "apply.txt"} {
				text, err := os.ReadFile(filepath.Join(b.dir, file))
				if err != nil {
					t.Fatal(err)
				}
				lines, _, _ := strings.Cut(string(text), "error: ")
				says(t, lines, "secrets.yaml:")
			}
			if requests := b.server.Log(); len(requests) > 0 {
				t.Errorf("%d requests were made for a broken manifest", len(requests))
			}
		})
	}
}
