package edit

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// kept is a history of one version after another, newest first.
func kept(versions ...[]byte) iter.Seq[checkout.Revision] {
	return func(yield func(checkout.Revision) bool) {
		for i, version := range versions {
			if !yield(checkout.Revision{Name: fmt.Sprintf("v%d", i), Data: version}) {
				return
			}
		}
	}
}

func sealOptions(t testing.TB, versions ...[]byte) SealOptions {
	options := editOptions(t)
	return SealOptions{Keys: options.Keys, Now: options.Now, History: kept(versions...)}
}

// TestSealEqualsTheModel: whatever the style, a renamed secret, a value in
// clear and a removed secret end as such; all other ciphertext stays, and SOPS
// reads the file.
func TestSealEqualsTheModel(t *testing.T) {
	sealtest.SlowUnderRace(t)
	me := sealtest.NewIdentity(t)
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 3))
		base := sealDrawn(t, draw(random), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public), MACOnly: seed%2 == 0})
		want := shown(mustEdit(t, base))
		edited := bytes.ReplaceAll(base, []byte("K1:"), []byte("R1:"))
		for path, text := range want {
			if renamed := strings.Replace(path, "/K1", "/R1", 1); renamed != path {
				want[renamed] = text
				delete(want, path)
			}
		}
		first := envelopeText.FindString(string(edited[:bytes.Index(edited, []byte("\nsops:"))]))
		if first != "" {
			read := mustEdit(t, base)
			value := read.vaultText(first)
			edited = bytes.Replace(edited, []byte(first), []byte("in clear"), 1)
			for path, text := range want {
				want[path] = strings.Replace(text, fmt.Sprintf("%q", value), `"in clear"`, 1)
			}
		}
		context := fmt.Sprintf("seed %d\n%s", seed, edited)
		got, problems, err := Seal(t.Context(), "secrets.yaml", edited, sealOptions(t, edited, base))
		if err != nil || got == nil {
			t.Fatalf("%v\n%s\n%s", err, sealtest.Lines(problems), context)
		}
		if got.Data == nil { // nothing that the MAC covers was edited
			if diff := cmp.Diff(want, shown(mustEdit(t, edited))); diff != "" {
				t.Fatalf("(-want +got)\n%s\n%s", diff, context)
			}
			continue
		}
		got.Encrypted = slices.DeleteFunc(got.Encrypted, func(path string) bool { return strings.HasPrefix(path, "a comment in ") })
		if got.Base != "v1" || !slices.Equal(got.Skipped, []string{"v0"}) || len(got.Encrypted) != min(1, len(first)) || len(got.Foreign) > 0 {
			t.Fatalf("base %q, skipped %q, encrypted %q, foreign %q\n%s", got.Base, got.Skipped, got.Encrypted, got.Foreign, context)
		}
		if _, err := sealtest.Oracle(got.Data); err != nil {
			t.Fatalf("SOPS: %v\n%s\n%s", err, context, got.Data)
		}
		if diff := cmp.Diff(want, shown(mustEdit(t, got.Data))); diff != "" {
			t.Fatalf("(-want +got)\n%s\n%s\n%s", diff, context, got.Data)
		}
		content := got.Data[:bytes.Index(got.Data, []byte("\nsops:"))]
		fresh := 0
		for _, envelope := range envelopeText.FindAllString(string(content), -1) {
			if !bytes.Contains(base, []byte(envelope)) {
				fresh++
			}
		}
		if fresh != len(got.Moved)+len(got.Encrypted) {
			t.Fatalf("%d envelopes are new, %d values moved, %d encrypted\n%s", fresh, len(got.Moved), len(got.Encrypted), context)
		}
	}
}

// vaultText is what an envelope of the file that was read holds.
func (d *Draft) vaultText(envelope string) string {
	for _, leaf := range d.read.Doc.Leaves {
		if leaf.Node.Value == envelope {
			return d.read.Values[leaf.Node].Reveal()
		}
	}
	return ""
}

// TestSealTrustsNoBrokenVersion: only a version whose MAC fits, and that has no
// errors, is compared with; and without one, a moved value is lost.
func TestSealTrustsNoBrokenVersion(t *testing.T) {
	me := sealtest.NewIdentity(t)
	sound := []byte(sealtest.SealedHand(t, me))
	moved := bytes.Replace(sound, []byte(" A:"), []byte(" A2:"), 1)
	removed := bytes.Replace(sound, []byte("        value: "), []byte("        #value: "), 1)
	stranger := sealtest.Encrypt(t, []byte(sealtest.HandPlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, sealtest.Stranger(t))})
	tests := map[string]struct {
		data     []byte
		versions [][]byte
		base     string
		code     string // of the error that is left
	}{
		"renamed":                    {moved, [][]byte{sound}, "v0", ""},
		"renamed, without a version": {moved, nil, "", "value-tampered"},
		"renamed, broken versions":   {moved, [][]byte{moved, stranger, []byte("a: ["), []byte("version: 1\n"), removed}, "", "value-tampered"},
		"renamed, an older version":  {moved, [][]byte{moved, stranger, sound}, "v2", ""},
		"in clear before":            {sound[:bytes.Index(sound, []byte("\nsops:"))+1], [][]byte{[]byte(sealtest.HandPlain)}, "", "sops-missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, problems, err := Seal(t.Context(), "secrets.yaml", test.data, sealOptions(t, test.versions...))
			if err != nil || (got == nil) != (test.code != "") {
				t.Fatalf("%v\n%s", err, sealtest.Lines(problems))
			}
			if got == nil {
				if problems.Errors(false)[0].Code != test.code {
					t.Errorf("want %s:\n%s", test.code, sealtest.Lines(problems))
				}
				return
			}
			if got.Base != test.base || len(got.Moved) != 1 || got.Moved[0].To != "sites.my-site.secrets.A2.value" {
				t.Errorf("base %q, moved %v", got.Base, got.Moved)
			}
		})
	}
	t.Run("another data key", func(t *testing.T) {
		rekeyed := sealtest.Edited(
			t, sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}),
			sealtest.Shop, sealtest.Rotated(t),
		)
		base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
		// A conflict that was resolved for the section of one side and the values of
		// the other; or a section that a stranger made for the same recipients, who
		// would know all values that were encrypted again under its key.
		mixed := slices.Concat(base[:bytes.Index(base, []byte("\nsops:"))], rekeyed[bytes.Index(rekeyed, []byte("\nsops:")):])
		for name, versions := range map[string][][]byte{"not committed": {base}, "committed": {mixed, base}} {
			got, problems, err := Seal(t.Context(), "secrets.yaml", mixed, sealOptions(t, versions...))
			if err != nil || got != nil || len(problems) != 1 || problems[0].Code != "other-data-key" {
				t.Errorf("%s: %v, %v\n%s", name, got, err, sealtest.Lines(problems))
			}
		}
	})
	t.Run("no key", func(t *testing.T) {
		sealtest.NewIdentity(t)
		var missing *keyring.Error
		if _, _, err := Seal(t.Context(), "secrets.yaml", moved, sealOptions(t)); !errors.As(err, &missing) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("braces around all", func(t *testing.T) {
		if _, problems, err := Seal(t.Context(), "secrets.yaml", []byte("{version: 1, project: shop}\n"), sealOptions(t)); !errors.Is(err, ErrManner) {
			t.Errorf("error = %v\n%s", err, sealtest.Lines(problems))
		}
	})
	t.Run("no rule", func(t *testing.T) {
		t.Chdir(t.TempDir())
		if _, _, err := Seal(t.Context(), "secrets.yaml", []byte(sealtest.HandPlain), sealOptions(t)); !errors.Is(err, ErrNoCreation) {
			t.Errorf("error = %v", err)
		}
	})
}

// TestSealTellsWhatGitExposes: of the newest version alone, because who sees
// the warning once, and has replaced the value, need not see it again.
func TestSealTellsWhatGitExposes(t *testing.T) {
	me := sealtest.NewIdentity(t)
	sound := []byte(sealtest.SealedHand(t, me))
	moved := bytes.Replace(sound, []byte(" A:"), []byte(" A2:"), 1)
	inClear := bytes.Replace(sound, []byte(envelopeText.FindString(string(sound))), []byte("in clear"), 1)
	for name, test := range map[string]struct {
		versions [][]byte
		exposed  int
	}{
		"the newest":  {[][]byte{inClear, sound}, 1},
		"an older":    {[][]byte{moved, inClear, sound}, 0},
		"none":        {[][]byte{sound}, 0},
		"not YAML":    {[][]byte{[]byte("a: ["), sound}, 0},
		"no versions": {nil, 0},
	} {
		got, problems, err := Seal(t.Context(), "secrets.yaml", inClear, sealOptions(t, test.versions...))
		if err != nil || got == nil {
			t.Fatalf("%s: %v\n%s", name, err, sealtest.Lines(problems))
		}
		if len(got.Exposed) != test.exposed {
			t.Errorf("%s: exposed %q, want %d", name, got.Exposed, test.exposed)
		}
	}
}

// TestSealOfVeryMany: more values in clear than errors are told of are all encrypted,
// and an error behind them is found all the same.
func TestSealOfVeryMany(t *testing.T) {
	me := sealtest.NewIdentity(t)
	sound := sealtest.SealedHand(t, me)
	at := strings.Index(sound, " A:")
	indent := sound[strings.LastIndex(sound[:at], "\n") : at+1]
	var many strings.Builder
	for n := range problem.MaxProblems + 100 {
		fmt.Fprintf(&many, "%sN%d: {value: in clear}", indent, n)
	}
	edited := strings.Replace(sound, indent+"A:", many.String()+indent+"A:", 1)
	got, problems, err := Seal(t.Context(), "secrets.yaml", []byte(edited), sealOptions(t, []byte(sound)))
	if err != nil || got == nil || bytes.Contains(got.Data, []byte("in clear")) {
		t.Errorf("%v\n%s", err, sealtest.Lines(problems))
	}
	wrong := strings.Replace(edited, indent+"A:", indent+"Z: {type: nothing}"+indent+"A:", 1)
	got, problems, err = Seal(t.Context(), "secrets.yaml", []byte(wrong), sealOptions(t, []byte(sound)))
	if err != nil || got != nil || len(problems.Errors(false)) == 0 {
		t.Errorf("sealed %v, %v\n%s", got != nil, err, sealtest.Lines(problems))
	}
}

// FuzzEditAndSeal: no text makes an edit crash, and what comes out is a file
// that SOPS and Load read.
func FuzzEditAndSeal(f *testing.F) {
	sealtest.Isolate(f)
	// The workers are processes of their own: the key has to be a fixed one.
	f.Setenv("SOPS_AGE_KEY_FILE", "../testdata/sops/key.txt")
	base, err := os.ReadFile("../testdata/sops/age-mac-only.yaml")
	if err != nil {
		f.Fatal(err)
	}
	key, err := os.ReadFile("../testdata/sops/key.txt")
	if err != nil {
		f.Fatal(err)
	}
	_, after, _ := strings.Cut(string(key), "public key: ")
	recipient, _, _ := strings.Cut(after, "\n")
	sound := sealtest.SealedHand(f, sealtest.Identity{Public: recipient})
	f.Add(base)
	f.Add(bytes.ReplaceAll(base, []byte("value: ENC"), []byte("value: in clear # ENC")))
	f.Add(bytes.Replace(base, []byte("sites:"), []byte("organizations:"), 1))
	f.Add([]byte(sound))
	f.Add([]byte(strings.Replace(sound, "value: ENC", "value: |\n          text\n        # ENC", 1)))
	f.Add([]byte(strings.Replace(sound, "EXT: {", "EXT: {value: \"a\", ", 1)))
	f.Add([]byte(sealtest.HandPlain))
	value := secret.NewValue("new value")
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _, err := Seal(t.Context(), "secrets.yaml", data, sealOptions(t, base))
		if err != nil {
			return
		}
		if got != nil && got.Data != nil {
			mustBeSound(t, got.Data)
			data = got.Data
		}
		d, _, err := Open(t.Context(), "secrets.yaml", data, editOptions(t))
		if err != nil || d == nil {
			return
		}
		for _, owner := range d.Owners() {
			for _, name := range d.Names(owner) {
				_ = d.SetValue(owner, secret.Name(name), "", value)
				_ = d.SetValue(owner, secret.Name(name), "live", value)
			}
		}
		if text, _, err := d.Text(); err == nil && text != nil {
			mustBeSound(t, text)
		}
	})
}

// mustBeSound checks that both SOPS and Load read a file.
func mustBeSound(t *testing.T, data []byte) {
	t.Helper()
	if _, err := sealtest.Oracle(data); err != nil {
		t.Fatalf("SOPS: %v\n%s", err, data)
	}
	d, problems, err := Open(t.Context(), "secrets.yaml", data, editOptions(t))
	if err != nil || d == nil {
		t.Fatalf("%v\n%s\n%s", err, sealtest.Lines(problems), data)
	}
}
