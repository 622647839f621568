package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// TestNoValueLeavesImport drives known values from a listing and from .env files
// through import, where it succeeds and where it fails, and searches all that
// comes out and every file but the .env files.
func TestNoValueLeavesImport(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	good := "CREATED='" + canaries["CREATED"] + "'\nCHANGED='" + canaries["CHANGED"] + "'\n"
	live := []string{"import org", "agency", "--all-sites"}
	file := []string{"import file", "FILE", "--to", "site:shop", "--type", "runtime", "--scope", "web"}
	next := append(slices.Clone(file), "--framework", "nodejs")
	scenarios := map[string]struct {
		faults   []emulatortest.Fault
		file     string
		commands [][]string
	}{
		"live":       {commands: [][]string{append(live, "--dry-run"), live, append(live, "--replace"), {"plan"}, {"apply", "--auto-approve"}, live}},
		"unreadable": {faults: []emulatortest.Fault{withOperation(times(echo(http.StatusForbidden), -1), emulator.ListSecrets)}, commands: [][]string{live}},
		"cut short": {
			faults: []emulatortest.Fault{{
				Operation: emulator.ListSecrets, Status: http.StatusOK, Times: -1,
				Body: `{"Secrets":{"A":{"Type":"runtime","Scopes":["user"],"Value":{"nested":"c4narykey"}}}}`,
			}},
			commands: [][]string{live},
		},
		"file": {
			file: good,
			commands: [][]string{
				append(file, "--dry-run"), {"import file", "FILE", "--to", "site:shop", "--dry-run"}, file,
				{"import file", "FILE", "--to", "site:shop.live", "--replace"}, file,
			},
		},
		"file without names": {file: canaryKey + " here\n" + good, commands: [][]string{file}},
		"open quote":         {file: "A=1\nB='" + canaries["CREATED"] + canaryKey, commands: [][]string{file}},
		"bare line":          {file: "A=-----BEGIN-----\n" + canaryKey + "\n", commands: [][]string{file}},
		"end of a base64":    {file: "A=-----BEGIN-----\n" + canaryKey + "==\n", commands: [][]string{file}},
		"an address":         {file: canaryKey + "://x\n", commands: [][]string{file}},
		"base64 in lines":    {file: "A=-----BEGIN\n" + canaryKey + "QUJD\n" + canaryKey + "=\n", commands: [][]string{file, next}},
		"two words": {
			file: "A=two " + canaryKey + "\n" + canaryKey + "\nB=\"\\" + canaryKey + "\"\nC='" + canaryKey + "\n", commands: [][]string{file, next},
		},
		"left out": {
			file:     "TERMINUS_TOKEN=" + canaryKey + "\nAWS_SECRET_ACCESS_KEY=two " + canaryKey + "\nB='" + canaries["CREATED"] + "'\n",
			commands: [][]string{file, append(file, "--skip", "B")},
		},
		"JSON":               {file: `{"CREATED":"` + canaryKey + `","B":"` + canaryKey + `"}`, commands: [][]string{append(file, "--dry-run"), file}},
		"a listing":          {file: `{"Secrets":{"A":{"Value":"` + canaryKey + `","EnvValues":{"live":"` + canaryKey + `"}}}}`, commands: [][]string{file}},
		"JSON that is wrong": {file: `{"A":{"B":"` + canaryKey + `"},"C":["` + canaryKey + `"],"D":"` + canaryKey + `\ud83d"}`, commands: [][]string{file}},
		"JSON that is cut":   {file: `{"A":"` + canaryKey, commands: [][]string{file}},
		"backquotes":         {file: "A=`" + canaryKey + "`\n", commands: [][]string{file}},
		"bad name":           {file: "a-b c='" + canaries["CREATED"] + "'\n", commands: [][]string{file}},
		"no default":         {file: good, commands: [][]string{{"import file", "FILE", "--to", "site:shop.live"}}},
		"names twice": {
			file: good + good + "PEM=\"" + canaryKey + "\nCREATED=" + canaryKey + "\n\"\n", commands: [][]string{append(file, "--dry-run"), file},
		},
		"too large": {file: "A='" + strings.Repeat(canaryKey, 2000) + "'\n", commands: [][]string{file}},
	}
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			b.manifest("version: 1\nproject: canary\nfingerprint_key: " + testKey + "\ndefaults: {type: runtime, scopes: [web]}\n")
			env := filepath.Join(t.TempDir(), "x.env")
			if scenario.file != "" {
				writeEnv(t, env, scenario.file)
			}
			b.server.Script(scenario.faults...)
			for _, command := range scenario.commands {
				args := strings.Split(strings.ReplaceAll(strings.Join(command[1:], "\x00"), "FILE", env), "\x00")
				var got result
				if command[0] == "import file" {
					got = b.offline(append([]string{"import", "file", "--file", filepath.Join(b.dir, "secrets.yaml"), "--api", b.url}, args...)...)
				} else {
					got = b.cella(command[0], args...)
				}
				if got.code != exitOK && scenario.file == good && name == "file" {
					t.Errorf("%v: exit code %d\n%s", command, got.code, got.stderr)
				}
				search(t, strings.Join(command, " ")+": stdout", got.stdout)
				search(t, strings.Join(command, " ")+": stderr", got.stderr)
			}
			searchFiles(t, b.dir)
			searchTraffic(t, b)
		})
	}
}

func writeEnv(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
