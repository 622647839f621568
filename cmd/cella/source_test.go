package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoBrokenSourceLeaks breaks what values come from in every way that could
// make somebody quote them.
func TestNoBrokenSourceLeaks(t *testing.T) {
	value := canaries["FED"]
	breaks := map[string]struct {
		how  func(*testing.T, *bench)
		says string
	}{
		"variable not UTF-8": {
			func(_ *testing.T, b *bench) { b.env[canaryVariable] = value + "\xff" },
			"the value is not UTF-8; change it where CELLA_VALUE_FED is set",
		},
		"variable too long": {func(_ *testing.T, b *bench) { b.env[canaryVariable] = strings.Repeat(value, 2000) },
			"at most 16384 are allowed; change it where CELLA_VALUE_FED is set"},
		"variable empty": {func(_ *testing.T, b *bench) { b.env[canaryVariable] = "" }, "the environment variable CELLA_VALUE_FED is not set, or empty"},
		"file in clear":  {func(_ *testing.T, b *bench) { b.file(canaryFile, []byte(value)) }, "the file is not encrypted; run: sops encrypt --in-place"},
		"JSON in clear":  {func(t *testing.T, b *bench) { b.file(canaryFile, []byte(`{"data":"`+canaryKey+`"}`)) }, "the file is not encrypted"},
		"file not UTF-8": {func(_ *testing.T, b *bench) { b.valueFile(canaryFile, value+"\xff") }, "the value is not UTF-8; change it with: sops edit "},
		"file too long":  {func(_ *testing.T, b *bench) { b.valueFile(canaryFile, strings.Repeat(value, 2000)) }, "at most 16384 are allowed"},
		"file empty":     {func(_ *testing.T, b *bench) { b.valueFile(canaryFile, "") }, "canary.pem: the file is empty"},
		"data in clear":  {rewritten(`"ENC[AES256_GCM,data:`, `"`+canaryKey+`ENC[AES256_GCM,data:`), "the encrypted content is cut or changed"},
		"data changed":   {rewritten(`"ENC[AES256_GCM,data:`, `"ENC[AES256_GCM,data:AAAA`), "the value does not decrypt"},
		"type changed":   {rewritten(`,type:str]`, `,type:bytes]`), "the encrypted content is cut or changed"},
		"a key added":    {rewritten(`"sops":`, `"more": "`+canaryKey+`", "sops":`), "not encrypted as a whole"},
		"a key twice":    {rewritten(`"sops":`, `"data": "`+canaryKey+`", "sops":`), "the key is here twice"},
		"a conflict": {
			rewritten(`"sops":`, "\n<<<<<<< HEAD\n=======\n>>>>>>> other\n\"sops\":"),
			"there is a conflict marker of git; keep one version as a whole",
		},
		"sops cut":       {rewritten(`"mac":`, `"cam":`), "the sops section has no mac"},
		"MAC of another": {rewritten(`"mac": "ENC[AES256_GCM,data:`, `"mac": "ENC[AES256_GCM,data:AAAA`), "(MAC) does not decrypt"},
		"file removed":   {func(t *testing.T, b *bench) { remove(t, b) }, "there is no such file; correct the path"},
		"file is a link": {func(t *testing.T, b *bench) { link(t, b) }, "a part of the path is a symbolic link"},
		"file is a folder": {func(t *testing.T, b *bench) {
			remove(t, b)
			if err := os.Mkdir(filepath.Join(b.dir, canaryFile), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "this is not a regular file"},
	}
	for name, broken := range breaks {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			b.manifest(canaryManifest(t))
			broken.how(t, b)
			for _, command := range [][]string{{"plan"}, {"apply", "--auto-approve"}, {"validate"}} {
				if command[0] == "validate" && strings.HasPrefix(name, "variable") {
					b.inDir(command).must(t, exitOK)
					continue
				}
				got := b.inDir(command).must(t, exitError)
				says(t, got.stderr, broken.says, "cella: hint: ")
				search(t, command[0]+": stdout", got.stdout)
				search(t, command[0]+": stderr", got.stderr)
			}
			if requests := b.server.Log(); len(requests) > 0 {
				t.Errorf("%d requests were made without a value", len(requests))
			}
		})
	}
}

// rewritten replaces text in the encrypted value file.
func rewritten(old, new string) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		data, err := os.ReadFile(filepath.Join(b.dir, canaryFile))
		if err != nil || !strings.Contains(string(data), old) {
			t.Fatalf("no %s: %v", old, err)
		}
		b.file(canaryFile, []byte(strings.Replace(string(data), old, new, 1)))
	}
}

func remove(t *testing.T, b *bench) {
	t.Helper()
	if err := os.Remove(filepath.Join(b.dir, canaryFile)); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, b *bench) {
	t.Helper()
	target := filepath.Join(b.dir, "target.pem")
	if err := os.Rename(filepath.Join(b.dir, canaryFile), target); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(b.dir, canaryFile)); err != nil {
		t.Fatal(err)
	}
}

// TestASavedPlanKnowsItsSources: whatever a value comes from, apply stops where
// it is no longer what was approved.
func TestASavedPlanKnowsItsSources(t *testing.T) {
	tests := map[string]struct {
		change func(*testing.T, *bench)
		code   int
		says   string
	}{
		"nothing": {func(*testing.T, *bench) {}, exitOK, ""},
		"another variable": {
			func(_ *testing.T, b *bench) { b.env[canaryVariable] = canaries["FED"] + "x" }, exitStale,
			"variable " + canaryVariable + ": holds something else than was approved",
		},
		"no variable": {func(_ *testing.T, b *bench) { delete(b.env, canaryVariable) }, exitError, "is not set, or empty"},
		"another file": {
			func(_ *testing.T, b *bench) { b.valueFile(canaryFile, canaries["FED live"]+"x") }, exitStale,
			canaryFile + ": holds something else than was approved",
		},
		"re-encrypted": {
			func(_ *testing.T, b *bench) { b.valueFile(canaryFile, canaries["FED live"]) }, exitStale,
			canaryFile + ": holds something else than was approved",
		},
		"a day has come":     {func(*testing.T, *bench) {}, exitOK, ""},
		"an unused variable": {func(_ *testing.T, b *bench) { b.env["CELLA_VALUE_OTHER"] = "x" }, exitOK, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			b.manifest(canaryManifest(t))
			file := filepath.Join(b.dir, "plan.json")
			day := "2000-01-01"
			if name == "a day has come" {
				day = "2001-01-01"
			}
			b.cella("plan", "--out", file, "--as-of", day).must(t, exitOK)
			test.change(t, b)
			got := b.cella("apply", file).must(t, test.code)
			says(t, got.stderr, test.says)
			search(t, "stderr", got.stderr)
			if test.code != exitOK && countWrites(b) > 0 {
				t.Error("something was written")
			}
		})
	}
}

// TestASavedPlanNeedsAKeyForVariables: without fingerprint_key nothing tells one
// value of a variable from another, so nothing is saved, and what was saved as
// JSON is not applied.
func TestASavedPlanNeedsAKeyForVariables(t *testing.T) {
	b := newBench(t, canaryState())
	b.manifest(strings.Replace(canaryManifest(t), "fingerprint_key: "+testKey+"\nrecord: site:shop\n", "", 1))
	file := filepath.Join(b.dir, "plan.json")
	got := b.cella("plan", "--out", file).must(t, exitError)
	says(t, got.stderr, "--out needs a fingerprint_key here", "cella: hint: run `cella fingerprint-key add`")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the plan was saved: %v", err)
	}
	got = b.cella("plan", "--format", "json").must(t, exitOK)
	b.file("plan.json", []byte(got.stdout))
	got = b.cella("apply", file).must(t, exitError)
	says(t, got.stderr, "a saved plan needs a fingerprint_key here")
	if countWrites(b) > 0 {
		t.Error("something was written")
	}
	b.cella("apply", "--auto-approve").must(t, exitOK)
}

// TestValuesArriveFromElsewhere: they are live after apply, byte for byte, and
// as applied afterwards.
func TestValuesArriveFromElsewhere(t *testing.T) {
	b := newBench(t, canaryState())
	b.manifest(canaryManifest(t))
	b.cella("apply", "--auto-approve").must(t, exitOK)
	bodies := ""
	for _, request := range b.traffic.all() {
		bodies += request.body
	}
	for _, name := range []string{"FED", "FED live"} {
		if !strings.Contains(bodies, forms(canaries[name])["json without HTML escapes"]) && !strings.Contains(bodies, forms(canaries[name])["json"]) {
			t.Errorf("the value of %s was not sent", name)
		}
	}
	says(t, b.cella("plan").must(t, exitOK).stdout, "No changes.", "Values from elsewhere: 1 from the environment, 1 from encrypted files.")
	b.env[canaryVariable] += "x"
	says(t, b.cella("plan").must(t, exitOK).stdout, "~   FED", "changed in the manifest since the last apply (less than a day ago", "(from env:CELLA_VALUE_FED)")
}
