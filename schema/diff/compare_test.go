package diff

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

const comparePlain = `version: 1
project: storefront
fingerprint_key: ` + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" + `
record: site:shop
policy:
  unmanaged: report
defaults:
  type: runtime
  scopes:
    - web
organizations:
  agency:
    secrets:
      ORG:
        value: org
sites:
  shop:
    secrets:
      A:
        description: words
        value: alpha
        overrides:
          live: a live
          test: a test
      B:
        type: env
        value: beta
`

func mustRead(t *testing.T, data []byte) *Version {
	t.Helper()
	v, problems, err := Read(t.Context(), "old.yaml", data, keyring.New(keyring.LocalSources()))
	if err != nil || v == nil {
		t.Fatalf("ReadVersion: %v\n%s", err, sealtest.Lines(problems))
	}
	return v
}

// summary writes a difference down, a line per change.
func summary(d Difference) string {
	var out strings.Builder
	field := func(indent string, f FieldChange) {
		out.WriteString(indent + f.Field + " " + string(f.What))
		if f.Old+f.New != "" {
			out.WriteString(" (" + f.Old + " -> " + f.New + ")")
		}
		out.WriteString("\n")
	}
	for _, f := range d.Fields {
		field("", f)
	}
	for _, o := range d.Owners {
		out.WriteString(o.Owner.String() + " " + string(o.What) + "\n")
		for _, f := range o.Fields {
			field("  ", f)
		}
		for _, s := range o.Secrets {
			out.WriteString("  " + s.Name + " " + string(s.What) + "\n")
			for _, f := range s.Fields {
				field("    ", f)
			}
		}
	}
	return out.String()
}

func TestCompare(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.Encrypt(t, []byte(comparePlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	tests := map[string]struct {
		edit      []string // of comparePlain
		change    func(*sops.Tree) []byte
		want      string
		unlocked  string // without a key, where it says something else
		unchanged bool
		reason    string
	}{
		"nothing": {unchanged: true, reason: "equal"},
		"moved": {
			edit: []string{
				"defaults:\n  type: runtime\n", "defaults:\n", "value: alpha", "value: alpha\n        type: runtime",
				"value: org", "value: org\n        type: runtime",
			},
			want:   "defaults.type removed (runtime -> )\n",
			reason: "where a type is written does not matter for the secret",
		},
		"value": {
			edit:     []string{"alpha", "other"},
			want:     "site:shop changed\n  A changed\n    value changed\n",
			unlocked: "site:shop changed\n  A re-encrypted or changed\n    value re-encrypted or changed\n",
		},
		"rotated": {
			change:    sealtest.Rotated(t),
			want:      rotation("re-encrypted, same value"),
			unlocked:  rotation("re-encrypted or changed"),
			unchanged: true,
			reason:    "the values are the same",
		},
		"overrides": {
			edit:     []string{"live: a live\n", "live: new\n          dev: d\n", "          test: a test\n", ""},
			want:     "site:shop changed\n  A changed\n    overrides.dev added\n    overrides.live changed\n    overrides.test removed\n",
			unlocked: "site:shop changed\n  A changed\n    overrides.dev added\n    overrides.live re-encrypted or changed\n    overrides.test removed\n",
		},
		"default scopes": {
			edit: []string{"- web", "- web\n    - ic"},
			want: "defaults.scopes changed (web -> ic, web)\norg:agency changed\n  ORG changed\n" +
				"    scopes changed (web -> ic, web)\nsite:shop changed\n  A changed\n    scopes changed (web -> ic, web)\n" +
				"  B changed\n    scopes changed (web -> ic, web)\n",
			reason: "what they are for changed for all",
		},
		"record": {edit: []string{"record: site:shop", "record: site:news", "sites:\n", "sites:\n  blog:\n    retire: abandon\n  news:\n    secrets: {}\n"},
			want: "record changed (site:shop -> site:news)\nsite:blog added\n  retire added ( -> abandon)\nsite:news added\n", reason: "in clear, for reviewers"},
		"move": {edit: []string{"report", "report\n  moved_from: github.com/1:a.yaml\n  reset_record: true"},
			want: "policy.moved_from added ( -> github.com/1:a.yaml)\npolicy.reset_record added ( -> true)\n", reason: "in clear, for reviewers"},
		"description": {
			edit:   []string{"words", "other"},
			want:   "site:shop changed\n  A changed\n    description changed\n",
			reason: "people may write anything into it",
		},
		"type and flags": {
			edit: []string{"type: env", "type: composer\n        replace: true\n        drop_overrides:\n          - live\n          - dev"},
			want: "site:shop changed\n  B changed\n    drop_overrides added ( -> dev, live)\n    replace added ( -> true)\n" +
				"    type changed (env -> composer)\n",
		},
		"policy, project, key": {
			edit: []string{"report", "forbid\n  max_delete_percent: 5", "storefront", "shopfront", "AAA=", "AAE="},
			want: "fingerprint_key changed\npolicy.max_delete_percent added ( -> 5)\n" +
				"policy.unmanaged changed (report -> forbid)\nproject changed (storefront -> shopfront)\n",
			unlocked: "fingerprint_key re-encrypted or changed\npolicy.max_delete_percent added ( -> 5)\n" +
				"policy.unmanaged changed (report -> forbid)\nproject changed (storefront -> shopfront)\n",
		},
		"owners": {
			edit: []string{
				"organizations:\n  agency:\n    secrets:\n      ORG:\n        value: org\n", "", "  shop:\n",
				"  other:\n    id: 11111111-2222-3333-4444-555555555555\n    secrets: {}\n  shop:\n    max_delete_percent: 7\n",
			},
			want: "org:agency removed\n  ORG removed\n    scopes removed (web -> )\n    type removed (runtime -> )\n" +
				"    value removed\nsite:other added\n  id added ( -> 11111111-2222-3333-4444-555555555555)\n" +
				"site:shop changed\n  max_delete_percent added ( -> 7)\n",
		},
		"secret renamed": {
			edit: []string{"      B:", "      C:"},
			want: "site:shop changed\n  B removed\n    scopes removed (web -> )\n    type removed (env -> )\n    value removed\n" +
				"  C added\n    scopes added ( -> web)\n    type added ( -> env)\n    value added\n",
		},
		"order": {edit: []string{"version: 1\nproject: storefront", "project: storefront\nversion: 1"}, unchanged: true, reason: "order says nothing"},
		"recipients": {
			change: sealtest.UpdateKeys(t, me.Public, "age1v3l4d962j6k32n3usfg3zdflpsa2rdynp6nrwtvk8v3xyqtp6fmqurvvla"),
			want:   "sops.recipient added ( -> age1v3l4d962j6k32n3usfg3zdflpsa2rdynp6nrwtvk8v3xyqtp6fmqurvvla)\n",
		},
		"rules": {
			change: func(tree *sops.Tree) []byte { tree.Metadata.MACOnlyEncrypted = true; return nil },
			want:   "sops.mac_only_encrypted changed (unset -> true)\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changed := sealtest.Edited(t, base, sealtest.Replaced(t, comparePlain, test.edit...), test.change)
			d := Compare(mustRead(t, base), mustRead(t, changed))
			if diff := cmp.Diff(test.want, summary(d)); diff != "" || !d.ValuesCompared || d.Differs() == test.unchanged {
				t.Errorf("differs %v (%s) (-want +got):\n%s", d.Differs(), test.reason, diff)
			}
			back := Compare(mustRead(t, changed), mustRead(t, base))
			if back.Differs() != d.Differs() || len(back.Owners) != len(d.Owners) {
				t.Errorf("the other way round: %s", summary(back))
			}
			sealtest.Isolate(t)
			d = Compare(mustRead(t, base), mustRead(t, changed))
			if test.unlocked == "" {
				test.unlocked = test.want
			}
			if diff := cmp.Diff(test.unlocked, summary(d)); diff != "" || d.ValuesCompared {
				t.Errorf("without a key (-want +got):\n%s", diff)
			}
		})
	}
}

// rotation is what a new data key looks like.
func rotation(what string) string {
	return strings.ReplaceAll("fingerprint_key WHAT\norg:agency changed\n  ORG WHAT\n    value WHAT\nsite:shop changed\n"+
		"  A WHAT\n    overrides.live WHAT\n    overrides.test WHAT\n    value WHAT\n  B WHAT\n    value WHAT\n", "WHAT", what)
}

// TestCompareWithNothing: a version that is not there has nothing in it.
func TestCompareWithNothing(t *testing.T) {
	me := sealtest.NewIdentity(t)
	v := mustRead(t, sealtest.Encrypt(t, []byte(sealtest.OnePlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	d := Compare(nil, v)
	if !d.Differs() || len(d.Owners) != 1 || d.Owners[0].What != Added || d.Owners[0].Secrets[0].What != Added {
		t.Errorf("added: %s", summary(d))
	}
	if d = Compare(v, nil); !d.Differs() || d.Owners[0].What != Removed || !d.ValuesCompared {
		t.Errorf("removed: %s", summary(d))
	}
	if d = Compare(v, v); d.Differs() || summary(d) != "" {
		t.Errorf("itself: %s", summary(d))
	}
	if d = Compare(nil, nil); d.Differs() {
		t.Errorf("nothing: %s", summary(d))
	}
}

// TestCompareWithPlain: values compare across encryption.
func TestCompareWithPlain(t *testing.T) {
	me := sealtest.NewIdentity(t)
	sealed := mustRead(t, sealtest.Encrypt(t, []byte(sealtest.OnePlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	plain := mustRead(t, []byte(sealtest.OnePlain))
	d := Compare(plain, sealed)
	if got := summary(d); !strings.Contains(got, "A re-encrypted, same value") || !strings.Contains(got, "sops.encrypted_regex added") {
		t.Errorf("encrypted: %s", got)
	}
	other := mustRead(t, []byte(strings.Replace(sealtest.OnePlain, "alpha", "other", 1)))
	if got := summary(Compare(plain, other)); got != "site:my-site changed\n  A changed\n    value changed\n" {
		t.Errorf("plain: %s", got)
	}
}

// TestCompareLongWords: what is cut where it is shown is compared as a whole.
func TestCompareLongWords(t *testing.T) {
	sealtest.NewIdentity(t)
	long := strings.Repeat("words ", 50)
	before := mustRead(t, []byte(strings.Replace(comparePlain, "words", long+"end", 1)))
	after := mustRead(t, []byte(strings.Replace(comparePlain, "words", long+"other end", 1)))
	if got, want := summary(Compare(before, after)), "site:shop changed\n  A changed\n    description changed\n"; got != want {
		t.Errorf("difference %q, want %q", got, want)
	}
}

// TestDifferenceHoldsNoValue: neither a difference nor a version shows one.
func TestDifferenceHoldsNoValue(t *testing.T) {
	sealtest.NewIdentity(t)
	plain := mustRead(t, []byte(comparePlain))
	other := mustRead(t, []byte(strings.NewReplacer("alpha", "beta9", "a live", "a live9", "words", "beta9").Replace(comparePlain)))
	text, err := json.Marshal(Compare(plain, other))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"alpha", "beta9", "a live", "words"} {
		if strings.Contains(string(text), value) {
			t.Errorf("%q is in %s", value, text)
		}
	}
	for key, field := range plain.owners[secret.Owner{Kind: secret.Site, Name: "shop"}].secrets["A"] {
		if said := strings.Join(append(field.clear, field.ciphertext), " "); strings.Contains(said, "alpha") || strings.Contains(said, "live") {
			t.Errorf("%s holds a value", key)
		}
	}
}

func TestReadVersionRefuses(t *testing.T) {
	sealtest.NewIdentity(t)
	v, problems, err := Read(t.Context(), "HEAD:secrets.yaml", []byte("version: 1\nprojct: x\nsits: {}\n"), keyring.New(keyring.LocalSources()))
	if v != nil || err != nil || len(problems) != 2 || problems[0].Pos.File != "HEAD:secrets.yaml" {
		t.Errorf("%v %v %v", v, problems, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	me := sealtest.NewIdentity(t)
	sealed := sealtest.Encrypt(t, []byte(sealtest.OnePlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	if _, _, err := Read(ctx, "x", sealed, keyring.New(keyring.LocalSources())); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}
