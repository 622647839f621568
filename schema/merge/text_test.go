package merge

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestMergeKeepsText: what people write by hand stays as it is. All cases edit
// one clear text; ours and theirs are edits of it, and so is want, which is both
// where it is not said.
func TestMergeKeepsText(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.SealedHand(t, me)
	conflict := func(ours, theirs string) string {
		return "<<<<<<< ours\n" + ours + "=======\n" + theirs + ">>>>>>> theirs\n"
	}
	const (
		ext   = "      EXT: {type: env, scopes: [ic], external: true} # elsewhere\n"
		a     = "        scopes: [web, ic] # both\n"
		z     = "      Z: {external: true}\n"
		empty = "  empty: {secrets: {}}\n"
		all   = "defaults: {type: runtime, scopes: [web]}   # for all\n"
	)
	limitOfEmpty := edits{empty, "  empty: {secrets: {}, max_delete_percent: 5}\n"}
	filledAndLimited := edits{empty, "  empty: {secrets: {N: {external: true}}, max_delete_percent: 5}\n"}
	tests := map[string]struct {
		ours, theirs, want edits
		conflicts          int
		reason             string
	}{
		"nothing": {reason: "the text comes back"},
		"comment and comment": {
			ours:   edits{"# about A", "# about A, mostly"},
			theirs: edits{"# for all", "# for everything"},
			reason: "comments are lines like others",
		},
		"two comments on one key": {
			ours:   edits{"# about A\n", "# about A\n      # ours\n"},
			theirs: edits{"# about A\n", "# theirs\n      # about A\n"},
			want:   edits{"# about A\n", "# about A\n      # ours\n      # theirs\n"},
			reason: "none is lost",
		},
		"comment and content": {
			ours:   edits{"# both", "# all"},
			theirs: edits{"[web, ic]", "[web, user]"},
			want:   edits{"[web, ic] # both", "[web, user] # all"},
			reason: "a comment stands beside the new content",
		},
		"content and comment": {
			ours:   edits{"[web, ic]", "[web, user]"},
			theirs: edits{" # both", ""},
			want:   edits{"[web, ic] # both", "[web, user]"},
			reason: "also when it goes",
		},
		"comments that differ": {
			ours:      edits{"# both", "# one"},
			theirs:    edits{"# both", "# two"},
			want:      edits{a, conflict(strings.Replace(a, "both", "one", 1), strings.Replace(a, "both", "two", 1))},
			conflicts: 1,
			reason:    "two texts for one place",
		},
		"comment on a removed key": {ours: edits{ext, ""}, theirs: edits{"# elsewhere", "# there"}, want: edits{ext, ""}, reason: "a comment does not keep a key"},
		"comment behind a mapping": {
			ours:   edits{"# the shop", "# our shop", "# about A", "# A"},
			theirs: edits{z, "      Z: {external: true, type: env}\n"},
			reason: "key lines too",
		},
		"two comments on a mapping": {
			ours:   edits{"# the shop", "# one", "# about A", "# A"},
			theirs: edits{"# the shop", "# two", "# both", "# all"},
			want:   edits{"  # the shop", " # one # two", "# about A", "# A", "# both", "# all"},
			reason: "both are kept",
		},
		"comments at the end": {
			ours:   edits{"\nsops:", "\n# ours\nsops:"},
			theirs: edits{"\nsops:", "\n# theirs\nsops:"},
			want:   edits{"\nsops:", "\n# ours\n# theirs\nsops:"},
			reason: "above a section that is written anew",
		},
		"braces": {
			ours:   edits{"{type: env, scopes: [ic]", "{type: env, scopes: [ic, web]"},
			theirs: edits{"external: true} # else", "external: true, description: x} # else"},
			want:   edits{ext, "      EXT: {type: env, scopes: [ic, web], external: true, description: x} # elsewhere\n"},
			reason: "keys in braces merge, and stay in braces",
		},
		"braces in conflict": {
			ours:      edits{"{type: env", "{type: runtime"},
			theirs:    edits{"{type: env", "{type: composer"},
			want:      edits{ext, conflict(strings.Replace(ext, "env", "runtime", 1), strings.Replace(ext, "env", "composer", 1))},
			conflicts: 1,
			reason:    "the whole line",
		},
		"braces spelled out by ours": {
			ours:   edits{ext, "      EXT:\n        # long\n        type: env\n        scopes: [ic]\n        external: true\n"},
			theirs: edits{"[ic], external", "[ic, web], external"},
			want:   edits{ext, "      EXT:\n        # long\n        type: env\n        scopes: [ic, web]\n        external: true\n"},
			reason: "the style of ours",
		},
		"into the empty one": {
			ours:   limitOfEmpty,
			theirs: edits{empty, "  empty: {secrets: {N: {external: true}}}\n"},
			want:   filledAndLimited,
			reason: "braces within braces",
		},
		"spelled out by theirs": {
			ours:   limitOfEmpty,
			theirs: edits{empty, "  empty:\n    secrets:\n      N: {external: true}\n"},
			want:   filledAndLimited,
			reason: "the style of ours",
		},
		"blank lines": {ours: edits{"      Z:", "\n      Z:"}, theirs: edits{"project: storefront\n", "project: storefront\n\n\n"}, reason: "both"},
		"order": {
			ours:   edits{"version: 1\nproject: storefront\n", "project: storefront\nversion: 1\n"},
			theirs: edits{"      Z:", "      Y: {external: true}\n      Z:"},
			reason: "that of ours",
		},
		"removed list, changed lists": {
			ours:      edits{a, ""},
			theirs:    edits{"[web, ic]", "[web]"},
			want:      edits{a, conflict("", strings.Replace(a, ", ic", "", 1))},
			conflicts: 1,
			reason:    "one side of the hunk is empty",
		},
		"value to mapping": {
			ours:      edits{"defaults: {type: runtime, scopes: [web]}", "defaults: none"},
			theirs:    edits{"scopes: [web]}", "scopes: [ic]}"},
			want:      edits{all, conflict("defaults: none   # for all\n", "defaults: {type: runtime, scopes: [ic]}   # for all\n")},
			conflicts: 1,
			reason:    "no common form",
		},
		"one line and several": {
			ours:   edits{"[web, ic] # both", "\n          - web\n          - user # new"},
			theirs: edits{"      Z:", "      Y:"},
			reason: "lists of any style",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := Versions{[]byte(base), []byte(sealtest.Replaced(t, base, test.ours...)), []byte(sealtest.Replaced(t, base, test.theirs...))}
			got, err := Merge(t.Context(), v, mergeOptions(t))
			if err != nil || len(got.Conflicts) != test.conflicts {
				t.Fatalf("%v %v (%s)", err, got.Conflicts, test.reason)
			}
			if test.want == nil {
				test.want = slices.Concat(test.ours, test.theirs)
			}
			if diff := cmp.Diff(sealtest.Replaced(t, base, test.want...), string(got.Data)); diff != "" {
				t.Errorf("(%s) (-want +got):\n%s", test.reason, diff)
			}
			windows := func(data []byte) []byte { return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")) }
			other, err := Merge(t.Context(), Versions{windows(v.Base), windows(v.Ours), windows(v.Theirs)}, mergeOptions(t))
			if err != nil || !bytes.Equal(other.Data, windows(got.Data)) {
				t.Errorf("with CRLF: %v\n%s", err, other.Data)
			}
		})
	}
}

// TestMergeOfLineEnds: they are what the side has that changed them.
func TestMergeOfLineEnds(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.SealedHand(t, me)
	edit := sealtest.Replaced(t, base, "# about A", "# about B")
	windows := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	tests := map[string]struct{ base, ours, theirs, want string }{
		"ours":   {base, windows(base), edit, windows(edit)},
		"theirs": {base, edit, windows(base), windows(edit)},
		"back":   {windows(base), windows(edit), base, edit},
		"both":   {base, windows(edit), windows(base), windows(edit)},
	}
	for name, test := range tests {
		got, err := Merge(t.Context(), Versions{[]byte(test.base), []byte(test.ours), []byte(test.theirs)}, mergeOptions(t))
		if err != nil || string(got.Data) != test.want {
			t.Errorf("%s: %v\n%s", name, err, got.Data)
		}
	}
}

// TestMergeOfIndents: a side that was written with another indent still merges.
func TestMergeOfIndents(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.SealedHand(t, me)
	body, section, _ := strings.Cut(base, "\nsops:")
	wide := regexp.MustCompile(`(?m)^( +)`).ReplaceAllString(body, "$1$1") + "\nsops:" + section
	theirs := sealtest.Replaced(
		t, wide, "            Z: {external: true}\n",
		"            Z: {external: true}\n            NEW:\n                type: env\n                external: true\n",
	)
	ours := sealtest.Replaced(t, base, "[web, ic]", "[user]")
	got, err := Merge(t.Context(), Versions{[]byte(base), []byte(ours), []byte(theirs)}, mergeOptions(t))
	want := sealtest.Replaced(t, ours, "      Z: {external: true}\n", "      Z: {external: true}\n      NEW:\n          type: env\n          external: true\n")
	if err != nil || string(got.Data) != want {
		t.Errorf("%v\n%s", err, cmp.Diff(want, string(got.Data)))
	}
}

// TestMergeNotTakenApart: what is not written one key per line is refused, not
// guessed at.
func TestMergeNotTakenApart(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.SealedHand(t, me)
	for name, edit := range map[string][2]string{
		"explicit key": {"      A:\n", "      ? A\n      :\n"},
		"all braces":   {"project: storefront\n", "project: >-\n  storefront\n? sites2\n: {}\n"},
	} {
		odd := sealtest.Replaced(t, base, edit[0], edit[1])
		_, err := Merge(t.Context(), Versions{[]byte(base), []byte(odd), []byte(sealtest.Replaced(t, base, "[ic]", "[web]"))}, mergeOptions(t))
		if err == nil || !strings.Contains(err.Error(), "one key per line") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
