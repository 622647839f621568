package merge

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func countOf(data []byte, text string) int { return bytes.Count(data, []byte(text)) }

// TestMergeOfKeys: the sops section is taken from the side that changed it.
func TestMergeOfKeys(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one, two := sealtest.Stranger(t), sealtest.Stranger(t)
	type edit = func(*sops.Tree) []byte
	macOnly := func(tree *sops.Tree) []byte { tree.Metadata.MACOnlyEncrypted = true; return nil }
	tests := map[string]struct {
		ours, theirs edit
		from         string // whose ciphertext stays as it is
		recipients   []string
		note         string
		conflict     string
		theirsFits   bool
		reason       string
	}{
		"theirs rotates": {
			theirs:     sealtest.Rotated(t),
			from:       "theirs",
			recipients: []string{me.Public},
			note:       "those of theirs",
			reason:     "a rotation is not undone",
		},
		"ours rotates": {
			ours:       sealtest.Rotated(t),
			from:       "ours",
			recipients: []string{me.Public},
			note:       "those of ours",
			reason:     "the same the other way round",
		},
		"both rotate": {
			ours:       sealtest.Rotated(t),
			theirs:     sealtest.Rotated(t),
			from:       "ours",
			recipients: []string{me.Public},
			reason:     "either key is new",
		},
		"theirs adds a recipient": {
			theirs:     sealtest.UpdateKeys(t, me.Public, one),
			from:       "ours",
			recipients: []string{me.Public, one},
			note:       "those of theirs; new recipients: " + one,
			reason:     "one data key: ciphertext stays",
		},
		"ours adds a recipient": {
			ours:       sealtest.UpdateKeys(t, me.Public, one),
			from:       "ours",
			recipients: []string{me.Public, one},
			note:       "those of ours",
			reason:     "",
		},
		"theirs removes and turns": {
			theirs:     sealtest.UpdateAndRotate(t, me.Public, two),
			from:       "theirs",
			recipients: []string{me.Public, two},
			note:       "those of theirs; new recipients: " + two,
			reason:     "who was removed must not read values of ours",
		},
		"both add the same": {
			ours:       sealtest.UpdateKeys(t, me.Public, one),
			theirs:     sealtest.UpdateKeys(t, me.Public, one),
			from:       "ours",
			recipients: []string{me.Public, one},
			reason:     "agreed",
		},
		"both add others": {
			ours:       sealtest.UpdateKeys(t, me.Public, one),
			theirs:     sealtest.UpdateKeys(t, me.Public, two),
			from:       "ours",
			recipients: []string{me.Public, one},
			conflict:   "only ours: " + one + "; only theirs: " + two,
			theirsFits: true,
			reason:     "nobody becomes a recipient by merging",
		},
		"both turn to others": {
			ours:       sealtest.UpdateAndRotate(t, me.Public, one),
			theirs:     sealtest.UpdateAndRotate(t, me.Public, two),
			from:       "ours",
			recipients: []string{me.Public, one},
			conflict:   "only ours: " + one + "; only theirs: " + two,
			reason:     "the section of theirs does not fit the values",
		},
		"add and rotate": {
			ours:       sealtest.UpdateKeys(t, me.Public, one),
			theirs:     sealtest.Rotated(t),
			from:       "ours",
			recipients: []string{me.Public, one},
			conflict:   "only ours: " + one + "; only theirs: none",
			reason:     "both changed keys",
		},
		"theirs narrows the MAC": {theirs: macOnly, from: "ours", recipients: []string{me.Public}, note: "those of theirs", reason: "mac_only_encrypted is a rule"},
	}
	base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := Versions{base,
				sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "alpha2"), test.ours),
				sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "gamma", "gamma2"), test.theirs)}
			got, err := Merge(t.Context(), v, mergeOptions(t))
			if err != nil {
				t.Fatal(err)
			}
			want := sealtest.Replaced(t, sealtest.Shop, "alpha", "alpha2", "gamma", "gamma2")
			if test.conflict == "" {
				mustHold(t, got.Data, want)
			} else {
				if len(got.Conflicts) != 1 || got.Conflicts[0].Path != "sops" || !strings.Contains(got.Conflicts[0].What, test.conflict) {
					t.Errorf("conflicts = %v, want %q (%s)", got.Conflicts, test.conflict, test.reason)
				}
				mustHold(t, decide(got.Data, forOurs), want)
				if _, err := sealtest.Oracle(decide(got.Data, forTheirs)); (err == nil) != test.theirsFits {
					t.Errorf("decided for theirs: %v", err)
				}
			}
			if notes := strings.Join(got.Notes, "\n"); !strings.Contains(notes, test.note) || (test.note == "") != (notes == "") {
				t.Errorf("notes = %q, want %q", notes, test.note)
			}
			kept := map[string][]byte{"ours": v.Ours, "theirs": v.Theirs}[test.from]
			keepsCiphertext(t, kept, got.Data, 3)
			ours := decide(got.Data, forOurs)
			for _, recipient := range test.recipients {
				if !strings.Contains(string(ours), recipient) {
					t.Errorf("%s is not among the recipients (%s)", recipient, test.reason)
				}
			}
			if n := countOf(ours, "recipient:"); n != len(test.recipients) {
				t.Errorf("%d recipients, want %d (%s)", n, len(test.recipients), test.reason)
			}
		})
	}
}

// TestMergeEncryptedComments: comments within overrides are encrypted too, and
// follow the data key.
func TestMergeEncryptedComments(t *testing.T) {
	me := sealtest.NewIdentity(t)
	plain := sealtest.Replaced(
		t, sealtest.Shop, "          live: beta live\n",
		"          # hush now\n          live: beta live\n          # hush too\n          test: t\n",
	)
	base := sealtest.Encrypt(t, []byte(plain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	if countOf(base, "type:comment") != 2 || countOf(base, "hush") != 0 {
		t.Fatalf("comments are not encrypted:\n%s", base)
	}
	v := Versions{
		base, sealtest.Edited(t, base, sealtest.Replaced(t, plain, "alpha", "a2"), nil),
		sealtest.Edited(t, base, sealtest.Replaced(t, plain, "gamma", "c2"), sealtest.Rotated(t)),
	}
	got, err := Merge(t.Context(), v, mergeOptions(t))
	if err != nil || len(got.Conflicts) > 0 {
		t.Fatalf("%v %v", err, got.Conflicts)
	}
	mustHold(t, got.Data, sealtest.Replaced(t, plain, "alpha", "a2", "gamma", "c2"))
	for _, comment := range []string{" hush now", " hush too"} {
		if !hasComment(t, got.Data, comment) {
			t.Errorf("SOPS does not find %q in\n%s", comment, got.Data)
		}
	}
	bad := bytes.Replace(
		v.Ours, regexp.MustCompile(`#ENC[^\n]*type:comment]`).Find(v.Ours),
		[]byte("#ENC[AES256_GCM,data:AAAA,iv:"+strings.Repeat("A", 43)+"=,tag:"+strings.Repeat("A", 22)+"==,type:comment]"),
		1,
	)
	if got, err = Merge(t.Context(), Versions{v.Base, bad, v.Theirs}, mergeOptions(t)); err != nil || !bytes.Contains(got.Data, []byte("data:AAAA")) {
		t.Errorf("a comment that does not decrypt where it stands: %v\n%s", err, got.Data)
	}
}

// TestMergeKeepsCommentsOnce: SOPS encrypts all comments again whenever it writes a
// file, under a nonce of their own. However often that was, one stays one.
func TestMergeKeepsCommentsOnce(t *testing.T) {
	me := sealtest.NewIdentity(t)
	hushed := sealtest.Replaced(t, sealtest.Shop, "          live: beta live\n",
		"          # hush now\n          live: beta live # hush too\n          # hush all\n")
	base := sealtest.Encrypt(t, []byte(hushed), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	again := func(pairs ...string) []byte {
		return sealtest.Edited(t, base, sealtest.Replaced(t, hushed, pairs...), nil)
	}
	for name, c := range map[string]struct {
		ours, theirs edits
		want         edits
		comments     int
	}{
		"values":           {alpha2, gamma2, slices.Concat(alpha2, gamma2), 3},
		"one side's alone": {edits{}, gamma2, gamma2, 3},
		"beside them":      {edits{"beta live", "b2"}, gamma2, slices.Concat(edits{"beta live", "b2"}, gamma2), 3},
		"one is changed":   {alpha2, edits{"hush now", "hush then"}, slices.Concat(alpha2, edits{"hush now", "hush then"}), 3},
		"one is removed":   {alpha2, edits{"          # hush all\n", ""}, slices.Concat(alpha2, edits{"          # hush all\n", ""}), 2},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Merge(t.Context(), Versions{base, again(c.ours...), again(c.theirs...)}, mergeOptions(t))
			if err != nil || len(got.Conflicts) > 0 {
				t.Fatalf("%v %v", err, got.Conflicts)
			}
			mustHold(t, got.Data, sealtest.Replaced(t, hushed, c.want...))
			if n := countOf(got.Data, "type:comment"); n != c.comments {
				t.Errorf("%d comments, want %d:\n%s", n, c.comments, got.Data)
			}
		})
	}
}

func hasComment(t *testing.T, data []byte, want string) bool {
	tree, err := sealtest.Store().LoadEncryptedFile(data)
	if err != nil {
		t.Fatal(err)
	}
	key, err := tree.Metadata.GetDataKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Decrypt(key, aes.NewCipher()); err != nil {
		t.Fatal(err)
	}
	plain, err := sealtest.Store().EmitPlainFile(tree.Branches)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(plain), "#"+want+"\n")
}

// TestMergeWithoutKey: clear fields merge without a key as long as one side's
// MAC fits the result.
func TestMergeWithoutKey(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public), MACOnly: true})
	full := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	byHand := func(old, new string) []byte { return []byte(sealtest.Replaced(t, string(base), old, new)) }
	value := sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "gamma", "gamma2"), nil)
	other := sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "alpha2"), nil)
	tests := map[string]struct {
		v         Versions
		merges    bool
		conflicts int
		reason    string
	}{
		"clear and value":   {Versions{base, byHand("- web", "- ic"), value}, true, 0, "all ciphertext is that of theirs"},
		"value and clear":   {Versions{base, value, byHand("- web", "- ic")}, true, 0, "all ciphertext is that of ours"},
		"clear and clear":   {Versions{base, byHand("- web", "- ic"), byHand("runtime", "env")}, true, 0, "no ciphertext changed"},
		"conflict in clear": {Versions{base, byHand("- web", "- ic"), byHand("- web", "- user")}, true, 1, "the MAC does not cover it"},
		"value and value":   {Versions{base, value, other}, false, 0, "the MAC has to be written"},
		"conflict in values": {
			Versions{base, value, sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "gamma", "gamma3"), nil)},
			true, 1, "either side's MAC fits that side",
		},
		"full MAC": {
			Versions{
				full, sealtest.Edited(t, full, sealtest.Replaced(t, sealtest.Shop, "- web", "- ic"), nil),
				sealtest.Edited(t, full, sealtest.Replaced(t, sealtest.Shop, "gamma", "g2"), nil),
			},
			false, 0, "the MAC covers both",
		},
		"another data key": {
			Versions{base, byHand("- web", "- ic"), sealtest.Edited(t, base, sealtest.Shop, sealtest.Rotated(t))}, false,
			0, "nobody knows whether values are equal",
		},
		"no base": {Versions{nil, byHand("- web", "- ic"), value}, true, 2, "who changed what is not known"},
		"conflicts of two kinds": {
			Versions{
				base, sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "a2", "gamma", "g2"), nil),
				sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "a3", "beta\n", "b2\n"), nil),
			},
			false, 0, "neither decision has a MAC",
		},
	}
	sealtest.Isolate(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Merge(t.Context(), test.v, mergeOptions(t))
			var missing *keyring.Error
			switch {
			case !test.merges:
				if !errors.As(err, &missing) || got.Data != nil {
					t.Errorf("error = %v, want a missing key (%s)", err, test.reason)
				}
				return
			case err != nil || len(got.Conflicts) != test.conflicts || len(got.Notes) != 1:
				t.Fatalf("%v %v %v (%s)", err, got.Conflicts, got.Notes, test.reason)
			}
			t.Setenv(sopsage.SopsAgeKeyEnv, me.Private)
			for _, marker := range []byte{forOurs, forTheirs} {
				if _, err := sealtest.Oracle(decide(got.Data, marker)); err != nil {
					t.Errorf("decided for %c: %v\n%s", marker, err, got.Data)
				}
			}
		})
	}
}

// TestMergeAfterAMerge: the base of a criss-cross merge is itself a merge, its
// conflicts left in.
func TestMergeAfterAMerge(t *testing.T) {
	me := sealtest.NewIdentity(t)
	root := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	left, right := sealtest.Replaced(t, sealtest.Shop, "alpha", "left"), sealtest.Replaced(t, sealtest.Shop, "alpha", "right")
	opts := mergeOptions(t)
	opts.MarkerSize = 9 // as git asks for
	base, err := Merge(t.Context(), Versions{root, sealtest.Edited(t, root, left, nil), sealtest.Edited(t, root, right, nil)}, opts)
	if err != nil || len(base.Conflicts) != 1 || countOf(base.Data, "<<<<<<<<<") != 2 {
		t.Fatalf("%v %v\n%s", err, base.Conflicts, base.Data)
	}
	version := func(plain string) []byte { return sealtest.Edited(t, root, plain, nil) }
	tests := map[string]struct {
		ours, theirs, want string
		reason             string
	}{
		"resolved in one way":  {left, sealtest.Replaced(t, left, "gamma", "gamma2"), sealtest.Replaced(t, left, "gamma", "gamma2"), "both agree"},
		"resolved in two ways": {left, right, "", "neither is the older one"},
		"resolved by removal":  {strings.Replace(left, "      # about A\n      A:\n        value: left\n", "", 1), right, "", "a removal is not undone"},
		"another key in between": {
			sealtest.Replaced(t, left, "gamma", "gamma2"), sealtest.Replaced(t, left, "beta\n", "beta2\n"),
			sealtest.Replaced(t, left, "gamma", "gamma2", "beta\n", "beta2\n"), "only the conflict is not known",
		},
		"a third value, the same": {
			sealtest.Replaced(t, sealtest.Shop, "alpha", "third"), sealtest.Replaced(t, sealtest.Shop, "alpha", "third"),
			sealtest.Replaced(t, sealtest.Shop, "alpha", "third"), "agreed",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Merge(t.Context(), Versions{base.Data, version(test.ours), version(test.theirs)}, mergeOptions(t))
			if err != nil || (len(got.Conflicts) == 0) != (test.want != "") {
				t.Fatalf("%v %v (%s)", err, got.Conflicts, test.reason)
			}
			if test.want != "" {
				mustHold(t, got.Data, test.want)
			}
		})
	}
	t.Run("unreadable base", func(t *testing.T) {
		got, err := Merge(
			t.Context(),
			Versions{[]byte("a: [\n"), version(left), version(sealtest.Replaced(t, left, "gamma", "gamma2", "      B:", "      B2:"))},
			mergeOptions(t),
		)
		want := []string{
			"sites.my-site.secrets.B: only one side has it, and the common version of both is not known",
			"sites.my-site.secrets.B2: only one side has it, and the common version of both is not known",
			"sites.my-site.secrets.C.value: the sides differ, and the common version of both is not known",
		}
		if texts := conflictTexts(got); err != nil || strings.Join(sortedTexts(texts), "\n") != strings.Join(sortedTexts(want), "\n") {
			t.Errorf("%v\n%s", err, strings.Join(texts, "\n"))
		}
	})
}

// TestMergeReportsInvalidResults: two valid sides may not be valid together.
func TestMergeReportsInvalidResults(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	ours := sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "value: gamma", "value: gamma\n        protect: true"), nil)
	theirs := sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "value: gamma", "value: gamma\n        replace: true"), nil)
	got, err := Merge(t.Context(), Versions{base, ours, theirs}, mergeOptions(t))
	if err != nil || len(got.Conflicts) > 0 || len(got.Problems) != 1 || got.Problems[0].Code != "conflict" || got.Problems[0].Pos.File != "secrets.yaml" {
		t.Errorf("%v %v %v", err, got.Conflicts, got.Problems)
	}
	if _, err := sealtest.Oracle(got.Data); err != nil {
		t.Errorf("SOPS: %v", err)
	}
}

func TestMergeIsInterrupted(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Merge(ctx, Versions{base, base, base}, mergeOptions(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func sortedTexts(texts []string) []string {
	slices.Sort(texts)
	return texts
}
