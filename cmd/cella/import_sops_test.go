package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/cella-secrets/cella/internal/testkit"
)

// sealedFile is one that SOPS encrypts, and what is then done to it.
type sealedFile struct {
	name, plain string
	form        string                   // in which SOPS is to take it, where its name does not say
	rule        string                   // of .sops.yaml, beside the recipient
	change      func(text string) string // what was encrypted
	imported    string                   // names that the manifest has then
	err, next   string                   // what is told else
}

const sealedEnv = "# c4narykey\nCREATED='CANARY'\n\nCHANGED='CANARY c4narykey' # c4narykey\nEMPTY=\nLINES=\"a\\nb\"\nTERMINUS_TOKEN=c4narykey\n"

const sealedYAML = "# c4narykey\nLINES: |\n  c4narykey\n  b\nCREATED: CANARY # c4narykey\nEMPTY: \"\"\nTERMINUS_TOKEN: c4narykey\ndata: \"0123\"\n"

// cutLine takes away the line that begins so.
func cutLine(head string) func(string) string {
	return func(text string) string {
		at := strings.Index(text, "\n"+head)
		end := at + 1 + strings.Index(text[at+1:], "\n")
		return text[:at] + text[end:]
	}
}

func sealedFiles() map[string]sealedFile {
	const moved = "read FILE: SOPS encrypted it, and a value does not decrypt: it was changed, or moved from another name"
	return map[string]sealedFile{
		"a .env file":    {name: ".env", plain: sealedEnv, imported: "CHANGED CREATED LINES"},
		"in binary form": {name: ".env.live", plain: sealedEnv, imported: "CHANGED CREATED LINES"},
		"a JSON file":    {name: "secrets.json", plain: `{"CREATED":"c4narykey","LINES":"a\nb"}`, imported: "CREATED LINES"},
		"a YAML file":    {name: "team.yaml", plain: sealedYAML, imported: "CREATED LINES data"},
		"one of one key": {name: "team.yml", plain: "data: CREATED=c4narykey\n", imported: "data"},
		"YAML of Windows": {
			name: "team.yaml", plain: sealedYAML, change: func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") },
			imported: "CREATED LINES data",
		},
		"YAML in binary form": {
			name: "team.yaml", form: "binary", plain: sealedYAML, change: func(text string) string { return text + "\n" },
			imported: "CREATED LINES data",
		},
		"a .env file of another name": {
			name: ".env.live", form: "dotenv", plain: "A=c4narykey\nA=2\n", err: "read FILE: A: it is there twice",
			next: "remove one of them: sops edit --input-type dotenv --output-type dotenv FILE",
		},
		"binary form of another name": {
			name: ".env", form: "binary", plain: "A=two c4narykey\n", err: "read FILE: line 1: A: white space",
			next: "fix these lines with `sops edit --input-type binary --output-type binary FILE`",
		},
		"YAML, in part": {name: "team.yaml", plain: "A: c\nCREATED: CANARY\n", rule: "encrypted_regex: ^CREATED$", imported: "A CREATED"},
		"YAML, not texts": {
			name: "team.yaml", plain: "CREATED: CANARY\nA: 4242\nB: true\nC: 2027-01-01\nD:\nE: [c4narykey]\nF: {G: c4narykey}\n",
			err:  "read FILE: B: it is true or false, and a value is a text\ncella: error: read FILE: C: it is a date, and a value is a text\n",
			next: `sops decrypt --extract '["E"][0]'`,
		},
		"YAML, a part": {name: "team.yaml", plain: "live: {A: c4narykey}\n", err: "live: it is a mapping", next: `sops decrypt --extract '["live"]'`},
		"YAML, null in clear": {
			name: "team.yaml", plain: "A:\nCREATED: CANARY\n", rule: "encrypted_regex: ^CREATED$", err: "read FILE: A: it is null",
			next: "to import them, give what is null a value, or remove it: sops edit FILE",
		},
		"YAML, moved": {
			name: "team.yaml", plain: sealedYAML, change: func(text string) string { return strings.Replace(text, "CREATED:", "OTHER:", 1) }, err: moved,
			next: "do not trust the file",
		},
		"YAML, in clear": {
			name: "team.yaml", plain: sealedYAML, change: func(text string) string { return "NEW: c4narykey\n" + text },
			err: "read FILE: NEW: its value is not encrypted, and the file is", next: "restore",
		},
		"YAML, a line cut": {
			name: "team.yaml", plain: sealedYAML, change: cutLine("LINES:"), err: "and it was changed since: its checksum (MAC) is wrong",
			next: "do not trust the file",
		},
		"JSON, null in clear": {
			name: "s.json", plain: `{"A":null,"CREATED":"c4narykey"}`, rule: "encrypted_regex: ^CREATED$", err: "read FILE: A: it is null",
			next: "to import them, give what is null a value, or remove it: sops edit FILE",
		},
		"of Windows": {
			name: ".env", plain: sealedEnv, change: func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") },
			imported: "CHANGED CREATED LINES",
		},
		"by a suffix":         {name: ".env", plain: "A_unencrypted=1\nCREATED='CANARY'\n", imported: "A_unencrypted CREATED"},
		"by another suffix":   {name: ".env", plain: "A=1\nCREATED='CANARY'\n", rule: "encrypted_suffix: TED", imported: "A CREATED"},
		"by an expression":    {name: ".env", plain: "A=1\nCREATED='CANARY'\n", rule: "encrypted_regex: ^CREATED$", imported: "A CREATED"},
		"by what is in clear": {name: ".env", plain: "A=1\nCREATED='CANARY'\n", rule: "unencrypted_regex: ^A$", imported: "A CREATED"},
		"MAC of encrypted": {
			name: ".env", plain: "A=1\nCREATED='CANARY'\n", rule: "encrypted_regex: ^CREATED$, mac_only_encrypted: true",
			imported: "A CREATED",
		},
		"readers differ": {
			name: ".env", plain: "A=1\nCREATED=two c4narykey\n",
			err: "read FILE: line 2: CREATED: white space in a value without quotes", next: "nothing was written; fix these lines with `sops edit FILE`",
		},
		"a name twice": {
			name: ".env", plain: "A=c4narykey\nB=1\nA=2\n", err: "read FILE: A: it is there twice, and the file is encrypted",
			next: "remove one of them: sops edit FILE",
		},
		"a number": {
			name: "secrets.json", plain: `{"A":4242}`, err: "read FILE: A: it is a number, and a value is a text",
			next: "to import them, make texts of them, in quotes, as they are meant: sops edit FILE",
		},
		"a number to skip": {
			name: "secrets.json", plain: `{"AWS_SECRET_ACCESS_KEY":4242,"B":"c4narykey"}`, err: "read FILE: AWS_SECRET_ACCESS_KEY: it is a number",
			next: "sops decrypt FILE | cella import file - --to site:NAME --skip AWS_SECRET_ACCESS_KEY",
		},
		"null": {
			name: "secrets.json", plain: `{"A":null}`, err: "read FILE: A: it is null", next: "--skip A",
		},
		"several": {
			name: "secrets.json", plain: `{"A":["c4narykey"],"B":"c4narykey","C":true}`, err: "read FILE: C: it is true or false",
			next: "sops decrypt FILE | cella import file - --to site:NAME --skip A --skip C",
		},
		"several kinds": {
			name: "secrets.json", plain: `{"A":["c4narykey"],"B":null,"C":true}`, err: "read FILE: A: it is a list",
			next: "make texts of them, in quotes, as they are meant, and not nested; give what is null a value, or remove it: sops edit FILE",
		},
		"many": {
			name: "secrets.json", plain: manyNumbers(22), err: "read FILE: N20: it is a number, and a value is a text\ncella: error: read FILE: 2 more are no texts\n",
			next: "and add --skip for the others: sops decrypt FILE | cella import file - --to site:NAME --skip N1 --skip N2",
		},
		"of Pantheon's API": {
			name: "secrets.json", plain: `{"Secrets":{"A":{"Value":"c4narykey"}}}`, err: "read FILE: Secrets: it is an object",
			next: "let sops decrypt the file: sops decrypt FILE | cella import file - --to site:NAME",
		},
		"an object": {
			name: "secrets.json", plain: `{"A":{"B":"c4narykey"}}`, err: "read FILE: A: it is an object, and a value is a text",
			next: "sops decrypt FILE | cella import file - --to site:NAME --skip A",
		},
		"in clear": {
			name: ".env", plain: sealedEnv, change: func(text string) string { return "NEW=c4narykey\n" + text },
			err: "read FILE: NEW: its value is not encrypted, and the file is", next: "restore",
		},
		"a line cut": {
			name: ".env", plain: sealedEnv, change: cutLine("CREATED="),
			err: "read FILE: SOPS encrypted it, and it was changed since: its checksum (MAC) is wrong", next: "do not trust the file",
		},
		"a name": {
			name: ".env", plain: sealedEnv, change: func(text string) string { return strings.Replace(text, "CREATED=", "OTHER=", 1) }, err: moved,
			next: "do not trust the file",
		},
		"JSON names": {
			name: "s.json", plain: `{"A":"c4narykey"}`, change: func(text string) string { return strings.Replace(text, `"A"`, `"B"`, 1) }, err: moved,
			next: "do not trust the file",
		},
		"in clear beside": {
			name: ".env", plain: "A=1\nCREATED='CANARY'\n", rule: "encrypted_regex: ^CREATED$",
			change: func(text string) string { return strings.Replace(text, "A=1", "A=2", 1) },
			err:    "its checksum (MAC) is wrong", next: "do not trust the file",
		},
		"no MAC": {
			name: ".env", plain: sealedEnv, change: cutLine("sops_mac="), err: "read FILE: SOPS encrypted it, and the sops section has no mac",
			next: "restore the file from git",
		},
		"no version": {name: ".env", plain: sealedEnv, change: cutLine("sops_version="), imported: "CHANGED CREATED LINES"},
	}
}

// TestImportOfSOPSFiles imports what the real sops encrypted: with its checksum
// verified, by the keys that cella may use, and without what sops added. No value of it
// shows.
func TestImportOfSOPSFiles(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	sops := filepath.Join(sopsBin(t), "sops")
	t.Run("twice", func(t *testing.T) { testImportOfTwice(t, sops) })
	t.Run("next steps", func(t *testing.T) { testNextStepsOfSOPSFiles(t, sops) })
	t.Run("without a key", func(t *testing.T) { testImportWithoutAKey(t, sops) })
	for name, file := range sealedFiles() {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			manifest := b.manifest("version: 1\nproject: canary\nfingerprint_key: " + testKey + "\ndefaults: {type: runtime, scopes: [web]}\n")
			path := sealBySOPS(t, sops, demoRecipient(t), file)
			got := b.offline("import", "file", path, "--to", "site:shop", "--file", manifest)
			search(t, "stdout", got.stdout)
			search(t, "stderr", got.stderr)
			searchFiles(t, b.dir)
			if file.err != "" {
				got.must(t, exitError)
				says(t, got.stderr, strings.ReplaceAll(file.err, "FILE", path), strings.ReplaceAll(file.next, "FILE", path))
				return
			}
			got.must(t, exitOK)
			var names []string
			for _, word := range strings.Fields(got.stdout) {
				if strings.Contains(got.stdout, "  value     "+word+"\n") {
					names = append(names, word)
				}
			}
			if imported := strings.Join(names, " "); imported != file.imported {
				t.Errorf("imported %s, want %s:\n%s", imported, file.imported, got.stdout)
			}
			if wholly := !strings.HasPrefix(file.imported, "A"); strings.Contains(got.stdout, "The file that was imported is encrypted") != wholly {
				t.Errorf("all is encrypted: %v:\n%s", wholly, got.stdout)
			}
			if file.change != nil {
				return // sops itself does not take it
			}
			// What sops decrypts, in clear, is what is there already.
			plain, err := testkit.Command(t, sops, "decrypt", path).Output()
			if err != nil {
				t.Fatal(err)
			}
			writeEnv(t, path, string(plain))
			again := b.offline("import", "file", path, "--to", "site:shop", "--file", manifest).must(t, exitOK)
			says(t, again.stdout, "imported nothing")
		})
	}
}

// testImportWithoutAKey: a file that no key at hand decrypts is told with its own name.
func testImportWithoutAKey(t *testing.T, sops string) {
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, canaryState())
	manifest := b.manifest("version: 1\nproject: canary\nfingerprint_key: " + testKey + "\ndefaults: {type: runtime, scopes: [web]}\n")
	path := sealBySOPS(t, sops, other.Recipient().String(), sealedFile{name: ".env", plain: sealedEnv})
	got := b.offline("import", "file", path, "--to", "site:shop", "--file", manifest).must(t, exitCredentials)
	says(t, got.stderr, "decrypt "+path+": no key to decrypt with", other.Recipient().String())
	search(t, "stderr", got.stderr)
}

// testImportOfTwice: what is said of a file that was encrypted twice makes it one that
// is imported, whatever its name.
func testImportOfTwice(t *testing.T, sops string) {
	for _, name := range []string{".env", "secrets.json", "env.bin"} {
		b := newBench(t, canaryState())
		manifest := b.manifest("version: 1\nproject: canary\nfingerprint_key: " + testKey + "\ndefaults: {type: runtime, scopes: [web]}\n")
		path := filepath.Join(t.TempDir(), name)
		writeEnv(t, path, "A=c4narykey\n")
		wholly := []string{"--input-type", "binary", "--output-type", "binary", "--in-place", path}
		for range 2 {
			if out, err := testkit.Command(t, sops, append([]string{"encrypt", "--age", demoRecipient(t)}, wholly...)...).CombinedOutput(); err != nil {
				t.Fatalf("sops: %v\n%s", err, out)
			}
		}
		got := b.offline("import", "file", path, "--to", "site:shop", "--file", manifest).must(t, exitError)
		says(t, got.stderr, "read "+path+": SOPS encrypted it twice", "sops decrypt "+strings.Join(wholly, " "))
		if out, err := testkit.Command(t, sops, append([]string{"decrypt"}, wholly...)...).CombinedOutput(); err != nil {
			t.Fatalf("sops: %v\n%s", err, out)
		}
		got = b.offline("import", "file", path, "--to", "site:shop", "--file", manifest).must(t, exitOK)
		says(t, got.stdout, "value     A\n")
	}
}

// testNextStepsOfSOPSFiles: the commands that are named for a file with values that are
// no texts import the rest of it, or a part, when they are typed as they stand.
func testNextStepsOfSOPSFiles(t *testing.T, sops string) {
	testkit.Need(t, "bash")
	const mixed = "A: c4narykey\nB: 4242\nC:\nD: 2027-01-01\nlive: {E: c4narykey}\nF: [c4narykey]\n"
	tests := map[string]struct{ name, form, plain, hint, taken string }{
		"without them":       {name: "team.yaml", plain: mixed, hint: "to leave them out,", taken: "value     A\n"},
		"JSON without them":  {name: "s.json", plain: `{"A":"c4narykey","B":1,"C":null}`, hint: "to leave them out,", taken: "value     A\n"},
		"a part":             {name: "team.yaml", plain: mixed, hint: "to import live by itself: ", taken: "value     E\n"},
		"a part of JSON":     {name: "s.json", plain: `{"live":{"E":"c4narykey"}}`, hint: "to import live by itself: ", taken: "value     E\n"},
		"an item":            {name: "team.yaml", plain: mixed, hint: "to set the items of F one by one: ", taken: "added site:shop SECRET"},
		"an item of JSON":    {name: "s.json", plain: `{"F":["c4narykey"]}`, hint: "to set the items of F one by one: ", taken: "added site:shop SECRET"},
		"of Pantheon's API":  {name: "s.json", plain: `{"Secrets":{"A":{"Value":"c4narykey"}}}`, hint: "let sops decrypt", taken: "value     A\n"},
		"the same as YAML":   {name: "team.yaml", plain: "Secrets: {A: {Value: c4narykey}}\n", hint: "let sops decrypt", taken: "value     A\n"},
		"of another name":    {name: "team", form: "json", plain: `{"A":"c4narykey","B":1}`, hint: "to leave them out,", taken: "value     A\n"},
		"a part of such":     {name: "team", form: "json", plain: `{"live":{"E":"c4narykey"}}`, hint: "to import live by itself: ", taken: "value     E\n"},
		"YAML of no name":    {name: "team", form: "yaml", plain: mixed, hint: "to leave them out,", taken: "value     A\n"},
		"an API of no name":  {name: "team", form: "yaml", plain: "Secrets: {A: {Value: c4narykey}}\n", hint: "let sops decrypt", taken: "value     A\n"},
		"a name for a shell": {name: "my team.yaml", plain: "A: c4narykey\n\"B '\": 1\n", hint: "to leave them out,", taken: "value     A\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			manifest := b.manifest("version: 1\nproject: canary\nfingerprint_key: " + testKey + "\ndefaults: {type: runtime, scopes: [web]}\n")
			path := sealBySOPS(t, sops, demoRecipient(t), sealedFile{name: test.name, form: test.form, plain: test.plain})
			got := b.offline("import", "file", path, "--to", "site:shop", "--file", manifest).must(t, exitError)
			_, said, _ := strings.Cut(got.stderr, test.hint)
			said, _, _ = strings.Cut(said, "\n")
			before, after, piped := strings.Cut(said[max(0, strings.LastIndex(said, "sops decrypt ")):], " | cella ")
			if !piped {
				t.Fatalf("there is no such step:\n%s", got.stderr)
			}
			text, err := testkit.Command(t, "bash", "-c", strings.Replace(before, "sops", sops, 1)).Output()
			if err != nil {
				t.Fatalf("%s: %v", before, err)
			}
			words, err := testkit.Command(t, "bash", "-c", `printf '%s\n' `+strings.Replace(after, "site:NAME", "site:shop", 1)).Output()
			if err != nil {
				t.Fatal(err)
			}
			args := append(strings.Split(strings.TrimSuffix(string(words), "\n"), "\n"), "--file", manifest)
			got = b.typed(string(text), args...).must(t, exitOK)
			says(t, got.stdout, test.taken)
		})
	}
}

// manyNumbers is a JSON file of numbers.
func manyNumbers(count int) string {
	var all []string
	for i := range count {
		all = append(all, fmt.Sprintf(`"N%d":4242`, i+1))
	}
	return "{" + strings.Join(all, ",") + "}"
}

// sealBySOPS writes a file and has sops encrypt it for a recipient.
func sealBySOPS(t *testing.T, sops, recipient string, file sealedFile) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), file.name)
	writeEnv(t, path, strings.ReplaceAll(file.plain, "CANARY", canaries["CREATED"]))
	config := filepath.Join(filepath.Dir(path), ".sops.yaml")
	rule := "age: " + recipient
	if file.rule != "" {
		rule += ", " + file.rule
	}
	writeEnv(t, config, "creation_rules: [{"+rule+"}]\n")
	args := []string{"--config", config, "encrypt", "--in-place"}
	if file.form != "" {
		args = append(args, "--input-type", file.form, "--output-type", file.form)
	}
	args = append(args, path)
	if out, err := testkit.Command(t, sops, args...).CombinedOutput(); err != nil {
		t.Fatalf("sops: %v\n%s", err, out)
	}
	if file.change != nil {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := file.change(string(text))
		if changed == string(text) {
			t.Fatal("the file was not changed")
		}
		writeEnv(t, path, changed)
	}
	return path
}

// demoRecipient is the public key of the demo key.
func demoRecipient(t *testing.T) string {
	t.Helper()
	key, err := os.ReadFile(absDemoKey)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(key, []byte("public key: "))
	recipient, _, _ := bytes.Cut(after, []byte("\n"))
	return string(recipient)
}
