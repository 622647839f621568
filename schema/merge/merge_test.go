package merge

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/schematest"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
)

// What TestMerge edits in sealtest.Shop, and in the others below.
const (
	entryA     = "      # about A\n      A:\n        value: alpha\n"
	entryC     = "      C:\n        value: gamma\n"
	entryD     = "      D:\n        value: delta\n"
	entryE     = "      E:\n        value: epsilon\n"
	siteOne    = "  one:\n    secrets: {}\n"
	siteTwo    = "  two:\n    secrets:\n      X:\n        value: chi\n"
	onlySecret = "secrets:\n      A:\n        value: alpha\n        type: env\n" // of sealtest.OnePlain
	firstOfTwo = "      A:\n        value: alpha\n"                              // of twoPlain
	lastOfTwo  = "      B:\n        value: beta\n"
	noSecrets  = "secrets: {}\n"
)

// edits are pairs: what is replaced, and by what.
type edits = []string

// The edits by what they do.
var (
	alpha2, alpha3 = edits{"alpha", "alpha2"}, edits{"alpha", "alpha3"}
	gamma2, gamma3 = edits{"gamma", "gamma2"}, edits{"gamma", "gamma3"}
	withoutA       = edits{entryA, ""}
	withoutC       = edits{entryC, ""}
	withoutOnly    = edits{onlySecret, noSecrets}
	icForWeb       = edits{"- web\n", "- ic\n"}
	protectedC     = edits{"gamma\n", "gamma\n        protect: true\n"}
	atHome         = edits{"defaults:", "record: site:my-site\ndefaults:"}
	rotatedKey     = edits{"defaults:", "fingerprint_key: " + sealtest.KeyText('B') +
		"\nprevious_fingerprint_key: " + sealtest.KeyText('A') + "\ndefaults:"}
)

// behindC adds entries behind the last one.
func behindC(entries ...string) edits { return edits{entryC, entryC + strings.Join(entries, "")} }

// sitesAdded adds them in front of the first one.
func sitesAdded(sites ...string) edits {
	return edits{"sites:\n", "sites:\n" + strings.Join(sites, "")}
}

// overridden gives the secret with a value overrides in environments.
func overridden(value string, overrides ...string) edits {
	return edits{value, value + "        overrides:\n" + more(overrides)}
}

// moreLive adds overrides behind the one that B has.
func moreLive(overrides ...string) edits {
	return edits{"beta live\n", "beta live\n" + more(overrides)}
}

func more(overrides []string) string {
	return "          " + strings.Join(overrides, "\n          ") + "\n"
}

const eachInItsOwnWay = ": both sides changed it, and differ"

// TestMerge merges edits made with sops. Without conflicts, want is the merged
// content, and where it is not said, that of ours and of theirs; with conflicts,
// ours and theirs are the contents when all are decided for one side.
func TestMerge(t *testing.T) {
	me := sealtest.NewIdentity(t)
	tests := map[string]struct {
		base         string // sealtest.Shop where empty
		ours, theirs edits
		want         edits
		conflicts    []string
		reason       string
	}{
		"one side each": {ours: alpha2, theirs: gamma2, reason: "two secrets"},
		"neighbouring lines": {
			ours:   edits{"value: beta\n", "value: beta2\n"},
			theirs: edits{"beta live", "beta live2"},
			reason: "value and override merge on their own",
		},
		"same change":   {ours: alpha2, theirs: alpha2, want: alpha2, reason: "equal values under different nonces"},
		"same addition": {ours: behindC(entryD), theirs: behindC(entryD), want: behindC(entryD), reason: "added twice"},
		"additions at the same place": {
			ours: behindC(entryD), theirs: behindC(entryE), want: behindC(entryD, entryE), reason: "both are kept, ours first",
		},
		"owners added": {
			ours: sitesAdded(siteOne), theirs: sitesAdded(siteTwo), want: sitesAdded(siteTwo, siteOne), reason: "before the first one",
		},
		"overrides added": {
			ours: moreLive("dev: d"), theirs: moreLive("test: t"), want: moreLive("dev: d", "test: t"), reason: "by environment",
		},
		"first overrides": {
			ours: overridden("gamma\n", "dev: d"), theirs: overridden("gamma\n", "test: t"),
			want: overridden("gamma\n", "dev: d", "test: t"), reason: "by environment, also where there were none",
		},
		"removed":          {ours: withoutC, theirs: alpha2, reason: "gone keys stay gone"},
		"both remove":      {ours: withoutC, theirs: withoutC, want: withoutC, reason: "agreed"},
		"each removes one": {ours: withoutC, theirs: withoutA, reason: "not the same one"},
		"all of it removed": {
			base: sealtest.OnePlain, ours: withoutOnly, theirs: edits{"type: runtime", "type: env"}, reason: "never null",
		},
		"emptied together": {
			base: twoPlain, ours: edits{firstOfTwo, ""}, theirs: edits{lastOfTwo, ""},
			want: edits{"secrets:\n" + firstOfTwo + lastOfTwo, noSecrets}, reason: "what both leave is {}, never null",
		},
		"clear fields": {ours: icForWeb, theirs: protectedC, reason: "edited with sops"},
		"clear and sealed": {
			ours: edits{"gamma\n", "gamma\n        type: env\n"}, theirs: edits{"gamma\n", "gamma2\n"},
			want: edits{"gamma\n", "gamma2\n        type: env\n"}, reason: "fields of one secret",
		},
		"new key on ours": {ours: rotatedKey, theirs: alpha2, reason: "fingerprint_key is a key like others"},
		"one home":        {ours: atHome, theirs: alpha2, reason: "record is a key like others"},
		"two homes": {
			ours:      atHome,
			theirs:    slices.Concat(edits{"defaults:", "record: site:two\ndefaults:"}, sitesAdded("  two:\n    secrets: {}\n")),
			conflicts: []string{"record: both sides added it, and differ"}, reason: "a person decides where",
		},
		"both change": {
			ours: alpha2, theirs: alpha3, conflicts: []string{"sites.my-site.secrets.A.value" + eachInItsOwnWay}, reason: "two values",
		},
		"both change two": {
			ours: slices.Concat(alpha2, gamma2), theirs: slices.Concat(alpha3, gamma3),
			conflicts: []string{"sites.my-site.secrets.A.value" + eachInItsOwnWay, "sites.my-site.secrets.C.value" + eachInItsOwnWay},
			reason:    "each is a hunk",
		},
		"both add": {
			ours: behindC(entryD), theirs: behindC("      D:\n        value: other\n        type: env\n"),
			conflicts: []string{"sites.my-site.secrets.D.value: both sides added it, and differ"},
			reason:    "fields that only one side has are kept",
		},
		"ours removes": {
			ours: withoutC, theirs: gamma2,
			conflicts: []string{"sites.my-site.secrets.C: ours removed it, theirs changed it"}, reason: "nothing is lost",
		},
		"theirs removes": {
			ours: gamma2, theirs: withoutC,
			conflicts: []string{"sites.my-site.secrets.C: theirs removed it, ours changed it"}, reason: "nothing is lost",
		},
		"removes the only": {
			base: sealtest.OnePlain, ours: withoutOnly, theirs: alpha2,
			conflicts: []string{"sites.my-site.secrets.A: ours removed it, theirs changed it"},
			reason:    "a mapping in braces is one side of the hunk",
		},
		"removes, and leaves": {
			base: twoPlain, ours: edits{firstOfTwo, "", "beta", "beta2"}, theirs: edits{lastOfTwo, "", "alpha", "alpha2"},
			conflicts: []string{
				"sites.my-site.secrets.A: ours removed it, theirs changed it",
				"sites.my-site.secrets.B: theirs removed it, ours changed it",
			},
			reason: "deciding for one side leaves no null",
		},
		"lists": {
			ours: edits{"- web\n", "- web\n    - ic\n"}, theirs: edits{"- web\n", "- web\n    - user\n"},
			conflicts: []string{"defaults.scopes" + eachInItsOwnWay}, reason: "lists are whole values",
		},
		"both rotate": {
			base: sealtest.Replaced(t, sealtest.Shop, "defaults:", "fingerprint_key: "+sealtest.KeyText('A')+"\ndefaults:"),
			ours: edits{sealtest.KeyText('A'), sealtest.KeyText('B')}, theirs: edits{sealtest.KeyText('A'), sealtest.KeyText('C')},
			conflicts: []string{"fingerprint_key" + eachInItsOwnWay}, reason: "two keys",
		},
	}
	for name, test := range tests {
		for mode, macOnly := range map[string]bool{"full MAC": false, "MAC of encrypted only": true} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				if test.base == "" {
					test.base = sealtest.Shop
				}
				ours, theirs := sealtest.Replaced(t, test.base, test.ours...), sealtest.Replaced(t, test.base, test.theirs...)
				base := sealtest.Encrypt(t, []byte(test.base), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public), MACOnly: macOnly})
				v := Versions{Base: base, Ours: sealtest.Edited(t, base, ours, nil), Theirs: sealtest.Edited(t, base, theirs, nil)}
				got, err := Merge(t.Context(), v, mergeOptions(t))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.conflicts, conflictTexts(got)); diff != "" {
					t.Fatalf("conflicts (-want +got) (%s):\n%s", test.reason, diff)
				}
				if test.conflicts == nil {
					if test.want == nil {
						test.want = slices.Concat(test.ours, test.theirs)
					}
					mustHold(t, got.Data, sealtest.Replaced(t, test.base, test.want...))
					mustBeValid(t, got.Data)
					keepsCiphertext(t, v.Ours, got.Data, 2*len(test.theirs)+2)
					return
				}
				for _, marker := range []byte{forOurs, forTheirs} {
					if _, err := sealtest.Oracle(decide(got.Data, marker)); err != nil {
						t.Errorf("decided for %c: %v\n%s", marker, err, decide(got.Data, marker))
					}
				}
				for _, clear := range []string{"alpha", "beta", "gamma", "delta", "other", sealtest.KeyText('A'), sealtest.KeyText('B'), sealtest.KeyText('C')} {
					if bytes.Contains(got.Data, []byte(clear)) {
						t.Errorf("%q stands in clear:\n%s", clear, got.Data)
					}
				}
			})
		}
	}
}

const twoPlain = `version: 1
project: storefront
defaults:
  type: runtime
  scopes:
    - web
sites:
  my-site:
    secrets:
      A:
        value: alpha
      B:
        value: beta
`

func conflictTexts(m Merged) []string {
	var texts []string
	for _, conflict := range m.Conflicts {
		texts = append(texts, fmt.Sprintf("%s: %s", conflict.Path, conflict.What))
	}
	return texts
}

// mustBeValid checks that data is a valid manifest.
func mustBeValid(t testing.TB, data []byte) {
	t.Helper()
	m, problems, err := schematest.LoadData(t, data, schematest.Options())
	if err != nil || m == nil || !m.Decrypted {
		t.Errorf("Load: %v\n%s", err, sealtest.Lines(problems))
	}
}

// keepsCiphertext checks that few lines differ, those of the sops section
// included.
func keepsCiphertext(t testing.TB, before, after []byte, most int) {
	t.Helper()
	old, _ := yamltext.SplitLines(before)
	new, _ := yamltext.SplitLines(after)
	differ := 0
	for _, line := range new {
		if strings.Contains(line, "ENC[") && !slices.Contains(old, line) {
			differ++
		}
	}
	if differ > most {
		t.Errorf("%d envelopes differ from those of ours, at most %d should:\n%s", differ, most, after)
	}
}

// TestMergeOfAdditions: a file that both branches add has no common version.
func TestMergeOfAdditions(t *testing.T) {
	me := sealtest.NewIdentity(t)
	ours := sealtest.Encrypt(t, []byte(sealtest.OnePlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	theirs := sealtest.Encrypt(
		t, []byte(sealtest.Replaced(t, sealtest.OnePlain, "A:", "Z:", "alpha", "zeta")),
		sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)},
	)
	got, err := Merge(t.Context(), Versions{Ours: ours, Theirs: theirs}, mergeOptions(t))
	if err != nil || len(got.Conflicts) > 0 {
		t.Fatalf("%v %v", err, got.Conflicts)
	}
	mustHold(t, got.Data, sealtest.OnePlain+"      Z:\n        value: zeta\n        type: env\n")
}

func TestMergeNeedsSoundSides(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	ours, theirs := sealtest.Edited(
		t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "a2"), nil,
	), sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "gamma", "c2"), nil)
	tests := map[string]struct {
		v    Versions
		side string
		code string
	}{
		"ours edited by hand":   {Versions{base, bytes.Replace(ours, []byte("- web"), []byte("- ic"), 1), theirs}, "ours", "mac-mismatch"},
		"theirs edited by hand": {Versions{base, ours, bytes.Replace(theirs, []byte("- web"), []byte("- ic"), 1)}, "theirs", "mac-mismatch"},
		"theirs with swapped":   {Versions{base, ours, bytes.Replace(theirs, []byte(" A:"), []byte(" X:"), 1)}, "theirs", "value-tampered"},
		"theirs in clear":       {Versions{base, ours, []byte(sealtest.Shop)}, "theirs", "not-encrypted"},
		"ours no YAML":          {Versions{base, []byte("a: [\n"), theirs}, "ours", "syntax"},
		"ours empty":            {Versions{base, nil, theirs}, "ours", "empty-file"},
		"theirs with conflicts": {Versions{base, ours, append([]byte("<<<<<<< x\n"), theirs...)}, "theirs", "conflict-marker"},
		"theirs with alias":     {Versions{base, ours, append([]byte("a: &a b\nc: *a\n"), theirs...)}, "theirs", "alias"},
		"theirs without section": {
			Versions{base, ours, append(bytes.Clone(theirs[:bytes.Index(theirs, []byte("\nsops:"))+1]), "sops: {}\n"...)},
			"theirs", "sops-section",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Merge(t.Context(), test.v, mergeOptions(t))
			var side *SideError
			if !errors.As(err, &side) || side.Side != test.side || side.Problems[0].Code != test.code || got.Data != nil {
				t.Errorf("error = %v, want %s of %s", err, test.code, test.side)
			}
		})
	}
	// The base has no say in what is written, so its MAC does not count.
	got, err := Merge(
		t.Context(),
		Versions{
			bytes.Replace(base, []byte("- web"), []byte("- ic"), 1),
			sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "a2"), nil),
			sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "gamma", "c2"), nil),
		},
		mergeOptions(t),
	)
	if err != nil || len(got.Conflicts) > 0 {
		t.Errorf("a base edited by hand: %v %v", err, got.Conflicts)
	}
}
