package rekey

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// shop has a comment that SOPS encrypts, and a name that is no pattern.
const shop = `# head
version: 1
project: storefront
defaults: {type: runtime, scopes: [web]}
sites:
  my-site:
    secrets:
      A:
        value: alpha
        overrides:
          # hush
          live: a live # hush too
      B: {value: beta}
`

func options() Options {
	return Options{Keys: keyring.New(keyring.LocalSources()), Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// changed does something to a file's keys and returns what it became.
func changed(t *testing.T, data []byte, do func(context.Context, *Files) error) ([]byte, error) {
	t.Helper()
	file := sealtest.Write(t, data)
	set, problems, err := Read(t.Context(), file, options())
	if err != nil || set == nil {
		t.Fatalf("Read: %v\n%s", err, sealtest.Lines(problems))
	}
	if err := do(t.Context(), set); err != nil {
		return nil, err
	}
	if err := set.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return after, nil
}

func ageKey(t *testing.T, recipient string) sops.KeyGroup {
	t.Helper()
	key, err := sopsfile.AgeRecipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	return sops.KeyGroup{key}
}

// lost are the lines that a text no longer has.
func lost(before, after []byte) []string {
	now := strings.Split(string(after), "\n")
	return slices.DeleteFunc(strings.Split(string(before), "\n"), func(line string) bool { return slices.Contains(now, line) })
}

// TestAddAndRemove: whatever the file looks like, adding keeps every line that was
// there, and after removing SOPS reads the same values.
func TestAddAndRemove(t *testing.T) {
	me := sealtest.NewIdentity(t)
	other := sealtest.Stranger(t)
	replaced := func(old, new string) func(string) string {
		return func(text string) string { return sealtest.Replaced(t, text, old, new) }
	}
	seal := func(macOnly bool) sealtest.Seal {
		return sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public), MACOnly: macOnly}
	}
	tests := map[string]struct {
		how  sealtest.Seal
		edit func(string) string
	}{
		"a whole MAC":       {seal(false), func(text string) string { return text }},
		"one of values":     {seal(true), func(text string) string { return text }},
		"an older form":     {seal(true), replaced("sops:\n", "sops:\n  kms: []\n  gcp_kms: []\n  pgp: []\n")},
		"comments":          {seal(true), replaced("  age:\n", "  # who\n  age:\n    # me\n")},
		"Windows":           {seal(true), func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }},
		"something below":   {seal(true), func(text string) string { return text + "\n# the end\n" }},
		"an unknown field":  {seal(true), replaced("  encrypted_regex", "  note: kept\n  encrypted_regex")},
		"in another manner": {seal(true), replaced("    - web\n", "    -   web # why\n")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := []byte(test.edit(string(sealtest.Encrypt(t, []byte(shop), test.how))))
			want, err := sealtest.Oracle(before)
			if err != nil {
				t.Fatal(err)
			}
			with, err := changed(t, before, func(ctx context.Context, f *Files) error { return f.Add(ctx, ageKey(t, other), 0) })
			if err != nil {
				t.Fatal(err)
			}
			if gone := lost(before, with); len(gone) > 0 {
				t.Errorf("adding changed lines:\n%s", strings.Join(gone, "\n"))
			}
			if !strings.Contains(string(with), "recipient: "+other) {
				t.Error("the new key is not there")
			}
			without, err := changed(t, with, func(ctx context.Context, f *Files) error {
				_, err := f.Remove(ctx, []string{other})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for what, text := range map[string][]byte{"with": with, "without": without} {
				if got, err := sealtest.Oracle(text); err != nil || !maps.Equal(got, want) {
					t.Errorf("%s: SOPS reads %v, %v, want %v", what, got, err, want)
				}
			}
			if strings.Contains(string(without), other) {
				t.Error("the key is still there")
			}
			for _, line := range strings.Split(string(with), "\n") {
				if strings.Contains(line, "ENC[") && strings.Contains(string(without), line) {
					t.Errorf("this stayed under the old data key: %s", line)
				}
			}
		})
	}
}

// TestRefusals: what would leave somebody out, or cannot be meant, changes nothing.
func TestRefusals(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one, two := sealtest.Stranger(t), sealtest.Stranger(t)
	single := sealtest.Encrypt(t, []byte(shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public, one)})
	groups := sealtest.Encrypt(t, []byte(shop), sealtest.Seal{
		Groups: []sops.KeyGroup{sealtest.AgeGroup(t, me.Public), sealtest.AgeGroup(t, me.Public, one)},
		Edit:   func(meta *sops.Metadata) { meta.ShamirThreshold = 2 },
	})
	remove := func(names ...string) func(context.Context, *Files) error {
		return func(ctx context.Context, f *Files) error {
			_, err := f.Remove(ctx, names)
			return err
		}
	}
	add := func(group int) func(context.Context, *Files) error {
		return func(ctx context.Context, f *Files) error { return f.Add(ctx, ageKey(t, two), group) }
	}
	tests := map[string]struct {
		data []byte
		do   func(context.Context, *Files) error
		want string
	}{
		"the last ones":        {single, remove(me.Public, one), "nobody could decrypt"},
		"the last of a group":  {groups, remove(me.Public), "key group 1 of"},
		"an unknown one":       {single, remove(two), "is for nobody called " + two},
		"a part of two":        {single, remove("age1"), "is for nobody called age1"},
		"no group said":        {groups, add(0), "has 2 key groups"},
		"a group too many":     {groups, add(3), "has no key group 3"},
		"a group below":        {groups, add(-1), "has no key group -1"},
		"a .sops.yaml without": {single, func(ctx context.Context, f *Files) error { return f.Sync(ctx) }, "it has no rule for this file"},
	}
	for name, test := range tests {
		_, err := changed(t, test.data, test.do)
		if h, ok := hint.Of(err); err == nil || !strings.Contains(err.Error(), test.want) || !ok || len(h.Next) == 0 {
			t.Errorf("%s: %v, want %q and a next step", name, err, test.want)
		}
	}
	if text, err := changed(t, groups, add(2)); err != nil || strings.Count(string(text), "recipient: "+two) != 1 {
		t.Errorf("into a group: %v", err)
	} else if _, err := sealtest.Oracle(text); err != nil {
		t.Errorf("into a group: SOPS: %v", err)
	}
}

// TestNothingGetsANewMAC that had a wrong one.
func TestNothingGetsANewMAC(t *testing.T) {
	me := sealtest.NewIdentity(t)
	data := sealtest.Encrypt(t, []byte(shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	file := sealtest.Write(t, data)
	set, _, err := Read(t.Context(), file, options())
	if err != nil || set == nil {
		t.Fatal(err)
	}
	// Changed since, and not seen by Read.
	tampered := &problem.Reporter{}
	set.all[0].File = sopsfile.ReadEncrypted(file, []byte(sealtest.Replaced(t, string(data), "type: runtime", "type: env")), schema.EncryptionRules.Rule, tampered)
	for name, do := range map[string]func(context.Context) error{
		"rotate": set.Rotate, "add": func(ctx context.Context) error { return set.Add(ctx, ageKey(t, sealtest.Stranger(t)), 0) },
	} {
		if err := do(t.Context()); err == nil || !strings.Contains(err.Error(), "checksum (MAC) is wrong") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWriteStopsAtAnotherEdit: what somebody else wrote meanwhile stays.
func TestWriteStopsAtAnotherEdit(t *testing.T) {
	me := sealtest.NewIdentity(t)
	file := sealtest.Write(t, sealtest.Encrypt(t, []byte(shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	set, _, err := Read(t.Context(), file, options())
	if err != nil || set.Rotate(t.Context()) != nil {
		t.Fatal(err)
	}
	sealtest.WriteFile(t, file, []byte("mine"))
	if err := set.Write(t.Context()); err == nil {
		t.Error("it was written over")
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("it is %s, %v", text, err)
	}
}

// TestSync: the files get what their rules say, and a new data key where somebody
// who knows it is out.
func TestSync(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one := sealtest.Stranger(t)
	data := sealtest.Encrypt(t, []byte(shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	for name, test := range map[string]struct {
		rule    string
		rotated bool
		count   int
	}{
		"one more":   {"age: '" + me.Public + "," + one + "'", false, 2},
		"another":    {"age: '" + me.Public + "'", false, 1},
		"two groups": {"shamir_threshold: 2\n    key_groups: [{age: [" + me.Public + "]}, {age: [" + me.Public + "," + one + "]}]", true, 3},
	} {
		file := sealtest.Write(t, data)
		sealtest.WriteFile(t, filepath.Join(filepath.Dir(file), ".sops.yaml"), []byte("creation_rules:\n  - "+test.rule+"\n"))
		set, _, err := Read(t.Context(), file, options())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(set.Sync(t.Context()), set.Write(t.Context())); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, one := range set.Changed() {
			if one.Rotated != test.rotated {
				t.Errorf("%s: a new data key: %v", name, one.Rotated)
			}
		}
		text, err := os.ReadFile(file)
		if n := strings.Count(string(text), "recipient:"); err != nil || n != test.count {
			t.Errorf("%s: %d recipients, %v", name, n, err)
		}
		if _, err := sealtest.Oracle(text); err != nil {
			t.Errorf("%s: SOPS: %v", name, err)
		}
	}
}

// TestRemoveByLabel: what .sops.yaml calls a key is not certain to be of one alone.
func TestRemoveByLabel(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one, two := sealtest.Stranger(t), sealtest.Stranger(t)
	data := sealtest.Encrypt(t, []byte(shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public, one, two)})
	for second, want := range map[string]string{"Ann": "ambiguous", "Ben": ""} {
		file := sealtest.Write(t, data)
		sealtest.WriteFile(t, filepath.Join(filepath.Dir(file), ".sops.yaml"),
			[]byte("creation_rules:\n  - age:\n      - "+me.Public+"\n      - "+one+" # Ann\n      - "+two+" # "+second+"\n"))
		set, _, err := Read(t.Context(), file, options())
		if err != nil {
			t.Fatal(err)
		}
		removed, err := set.Remove(t.Context(), []string{"ann"})
		switch {
		case want != "" && (err == nil || !strings.Contains(err.Error(), "is for more than one whose key has ann")):
			t.Errorf("second %s: %v", second, err)
		case want == "" && (err != nil || !slices.Equal(removed, []string{one})):
			t.Errorf("second %s: removed %v, %v", second, removed, err)
		}
	}
}
