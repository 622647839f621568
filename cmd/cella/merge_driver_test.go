package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const driverManifest = `version: 1
project: driver
defaults: {type: runtime, scopes: [web]}
sites:
  shop:
    secrets:
      A: {value: alpha}
      B: {value: beta}
`

// driverBench writes the three versions that git would give a merge driver.
func driverBench(t *testing.T) (b *bench, base, ours, theirs string) {
	t.Helper()
	b = &bench{TB: t, dir: t.TempDir(), env: map[string]string{}}
	setKey(t)
	sealed, err := encryptManifest([]byte(driverManifest))
	if err != nil {
		t.Fatal(err)
	}
	revise := func(old, new string) []byte {
		revised, err := reviseManifest(sealed, old, new)
		if err != nil {
			t.Fatal(err)
		}
		return revised
	}
	return b, b.file("base", sealed), b.file("ours", revise("alpha", "alpha2")), b.file("theirs", revise("beta", "beta2"))
}

func TestMergeDriverArguments(t *testing.T) {
	tests := map[string]struct {
		args   []string // after the three files
		code   int
		says   string
		reason string
	}{
		"three":             {nil, exitOK, "", "the rest has defaults"},
		"all five":          {[]string{"7", "dir/secrets.yaml"}, exitOK, "", ""},
		"a size of nothing": {[]string{"0"}, exitAbandon, "not those of a merge driver", "at other codes git would take ours for a conflict"},
		"no size":           {[]string{"%L"}, exitAbandon, "merge.cella.driver", ""},
		"six":               {[]string{"7", "x", "y"}, exitAbandon, "not those of a merge driver", ""},
		"key sources":       {[]string{"--key-sources", "none"}, exitAbandon, "none is not a kind of key source", ""},
		"no such flag": {
			[]string{"--key-source", "age"}, exitAbandon, "did you mean --key-sources",
			"git would take ours for a merge with conflicts, and theirs would be lost",
		},
		"an empty flag": {[]string{"--key-sources="}, exitAbandon, "--key-sources is empty", "the same"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, base, ours, theirs := driverBench(t)
			before, _ := os.ReadFile(ours)
			got := b.offline(append([]string{"merge-driver", base, ours, theirs}, test.args...)...).must(t, test.code)
			after, _ := os.ReadFile(ours)
			if !strings.Contains(got.stderr, test.says) || got.stdout != "" || bytes.Equal(before, after) != (test.code != exitOK) {
				t.Errorf("%+v (%s)", got, test.reason)
			}
		})
	}
	b := &bench{TB: t, dir: t.TempDir(), env: map[string]string{}}
	b.offline("merge-driver").must(t, exitAbandon)
	missing := filepath.Join(b.dir, "missing")
	if got := b.offline("merge-driver", missing, missing, missing).must(t, exitAbandon); !strings.Contains(got.stderr, "no such file") {
		t.Errorf("%+v", got)
	}
}

// TestMergeDriverWithoutGit: nothing is lost even where git's own merge of text
// cannot be called.
func TestMergeDriverWithoutGit(t *testing.T) {
	b, base, ours, theirs := driverBench(t)
	t.Setenv("SOPS_AGE_KEY_FILE", "")
	t.Setenv("PATH", "")
	var both [2][]byte
	for i, file := range []string{ours, theirs} {
		both[i], _ = os.ReadFile(file)
	}
	b.offline("merge-driver", base, ours, theirs).must(t, exitError)
	got, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	want := "<<<<<<< ours\n" + string(both[0]) + "=======\n" + string(both[1]) + ">>>>>>> theirs\n"
	if string(got) != want {
		t.Errorf("got\n%s", got)
	}
}

// TestMergeDriverKeepsLinesApart: a text without an end of its last line.
func TestMergeDriverKeepsLinesApart(t *testing.T) {
	b, base, ours, _ := driverBench(t)
	theirs := b.file("theirs", []byte("no: manifest"))
	t.Setenv("PATH", "")
	got := b.offline("merge-driver", base, ours, theirs, "9", "a\nb.yaml").must(t, exitError)
	data, _ := os.ReadFile(ours)
	if !bytes.HasSuffix(data, []byte("\n=========\nno: manifest\n>>>>>>>>> theirs\n")) || !strings.Contains(got.stderr, `"a\nb.yaml"`) {
		t.Errorf("%s\n%s", got.stderr, data)
	}
	for _, value := range []string{"alpha", "beta"} {
		if strings.Contains(got.stderr+string(data), value) {
			t.Errorf("%q leaves", value)
		}
	}
}

// TestMergeDriverHintsRunNothing: who named the file does not get to run
// anything where somebody types what a hint says.
func TestMergeDriverHintsRunNothing(t *testing.T) {
	const path = "$(id).yaml"
	tests := map[string]struct {
		theirs string // instead of the driver's
		want   []string
	}{
		"conflict": {"", []string{"cella validate --file '$(id).yaml'`", "git add '$(id).yaml'`"}},
		"text":     {"no: manifest", []string{"git checkout --merge -- '$(id).yaml'"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, base, ours, theirs := driverBench(t)
			if test.theirs != "" {
				theirs = b.file("theirs", []byte(test.theirs))
			} else {
				base = b.file("base", nil)
			}
			got := b.offline("merge-driver", base, ours, theirs, "7", path).must(t, exitError)
			says(t, got.stderr, test.want...)
		})
	}
}

// TestMergeDriverTakesNoKeyFromAStranger: what a forged manifest is merged
// with stays under the key that it had.
func TestMergeDriverTakesNoKeyFromAStranger(t *testing.T) {
	b, base, ours, _ := driverBench(t)
	forged, err := encryptManifest([]byte(strings.NewReplacer("alpha", "x", "beta", "y").Replace(driverManifest)))
	if err != nil {
		t.Fatal(err)
	}
	mine := readPage(t, ours)
	got := b.offline("merge-driver", base, ours, b.file("theirs", forged)).must(t, exitError)
	says(t, got.stderr, "theirs: it has another data key", "ask who made it")
	sealedValue := regexp.MustCompile(`value: ENC\[[^\]]*\]`)
	sealed := sealedValue.FindAllString(readPage(t, ours), -1)
	if len(sealed) == 0 {
		t.Error("nothing is left")
	}
	for _, envelope := range sealed {
		if !strings.Contains(mine+string(forged), envelope) {
			t.Errorf("something was encrypted anew: %s", envelope)
		}
	}
}
