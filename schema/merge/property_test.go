package merge

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// model is a manifest as a flat map: owner, secret and field, joined by
// slashes, to text. It merges in the simplest way there is.
type model map[string]string

func (m model) plain() string {
	var out strings.Builder
	out.WriteString("version: 1\nproject: storefront\nsites:\n")
	tree := map[string]map[string]map[string]string{}
	for path, text := range m {
		part := strings.Split(path, "/")
		if tree[part[0]] == nil {
			tree[part[0]] = map[string]map[string]string{}
		}
		if tree[part[0]][part[1]] == nil {
			tree[part[0]][part[1]] = map[string]string{}
		}
		tree[part[0]][part[1]][part[2]] = text
	}
	if len(tree) == 0 {
		return strings.TrimSuffix(out.String(), "\n") + " {}\n"
	}
	for _, owner := range slices.Sorted(maps.Keys(tree)) {
		fmt.Fprintf(&out, "  %s:\n    secrets:\n", owner)
		for _, secret := range slices.Sorted(maps.Keys(tree[owner])) {
			fmt.Fprintf(&out, "      %s:\n", secret)
			for _, field := range slices.Sorted(maps.Keys(tree[owner][secret])) {
				fmt.Fprintf(&out, "        %s: %s\n", field, tree[owner][secret][field])
			}
		}
	}
	return out.String()
}

// edit changes, adds or removes a few fields.
func (m model) edit(random *rand.Rand) model {
	edited := maps.Clone(m)
	for range 1 + random.IntN(4) {
		path := fmt.Sprintf("s%d/K%d/%s", random.IntN(2), random.IntN(3), []string{"value", "description"}[random.IntN(2)])
		if _, there := edited[path]; there && random.IntN(2) == 0 {
			delete(edited, path)
		} else {
			edited[path] = fmt.Sprintf("t%d", random.IntN(3))
		}
	}
	return edited
}

// merged is what merging field by field gives, and how many fields are in
// conflict. Those are ours'.
func merged(base, ours, theirs model) (model, int) {
	result, conflicts := maps.Clone(ours), 0
	for path := range union(base, ours, theirs) {
		o, a, b := at(base, path), at(ours, path), at(theirs, path)
		switch {
		case a == b || b == o:
		case a != o:
			conflicts++
		case b == "":
			delete(result, path)
		default:
			result[path] = b
		}
	}
	return result, conflicts
}

func at(m model, path string) string { return m[path] }

func union(models ...model) map[string]bool {
	paths := map[string]bool{}
	for _, m := range models {
		for path := range m {
			paths[path] = true
		}
	}
	return paths
}

// TestMergeEqualsTheModel: over random edits, a merge without conflicts has
// the content that merging field by field gives. With conflicts, it may say
// more than the model (a removed secret is one key, a changed field another),
// but never succeeds where the model does not; and deciding all for one side
// always gives a file that SOPS reads.
func TestMergeEqualsTheModel(t *testing.T) {
	sealtest.SlowUnderRace(t)
	me := sealtest.NewIdentity(t)
	clean, conflicting := 0, 0
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 1))
		base := model{"s0/K0/value": "t0"}.edit(random).edit(random).edit(random)
		ours, theirs := base.edit(random), base.edit(random)
		sealed := sealtest.Encrypt(t, []byte(base.plain()), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public), MACOnly: seed%2 == 0})
		v := Versions{sealed, sealtest.Edited(t, sealed, ours.plain(), nil), sealtest.Edited(t, sealed, theirs.plain(), nil)}
		if seed%3 == 0 {
			v.Theirs = sealtest.Edited(t, v.Theirs, theirs.plain(), sealtest.Rotated(t))
		}
		got, err := Merge(t.Context(), v, mergeOptions(t))
		if seed%3 == 0 && errors.Is(err, ErrUnvouched) {
			continue // so few values that nearly all of them changed
		}
		if err != nil {
			t.Fatalf("seed %d: %v\n%s\n%s\n%s", seed, err, base.plain(), ours.plain(), theirs.plain())
		}
		want, conflicts := merged(base, ours, theirs)
		if len(got.Conflicts) == 0 {
			clean++
			if conflicts > 0 {
				t.Fatalf("seed %d: %d fields in conflict are merged:\n%s\n%s\n%s", seed, conflicts, base.plain(), ours.plain(), theirs.plain())
			}
			mustHoldFields(t, seed, got.Data, want)
			continue
		}
		conflicting++
		for _, marker := range []byte{forOurs, forTheirs} {
			if _, err := sealtest.Oracle(decide(got.Data, marker)); err != nil {
				t.Fatalf("seed %d, decided for %c: %v\n%s", seed, marker, err, got.Data)
			}
		}
	}
	if clean < 20 || conflicting < 15 {
		t.Errorf("%d clean, %d with conflicts: the edits are not random enough", clean, conflicting)
	}
}

func mustHoldFields(t *testing.T, seed uint64, data []byte, want model) {
	t.Helper()
	values, err := sealtest.Oracle(data)
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, data)
	}
	found := model{}
	for path, text := range values {
		if part := strings.Split(path, "/"); len(part) == 6 {
			found[part[2]+"/"+part[4]+"/"+part[5]] = text
		}
	}
	if !maps.Equal(found, want) {
		t.Fatalf("seed %d: %v, want %v\n%s", seed, found, want, data)
	}
}

// FuzzMerge: whatever the texts of the sides, merging does not crash, and never
// gives a file that SOPS refuses.
func FuzzMerge(f *testing.F) {
	sealtest.Isolate(f)
	// The workers are processes of their own: the key has to be a fixed one.
	f.Setenv("SOPS_AGE_KEY_FILE", "../testdata/sops/key.txt")
	theirs, err := os.ReadFile("../testdata/sops/age-mac-only.yaml")
	if err != nil {
		f.Fatal(err)
	}
	body, section, _ := strings.Cut(string(theirs), "\nsops:")
	for _, edit := range [][2]string{
		{"", ""}, {"- web", "- ic"}, {"version: 1", "# x\nversion: 1"}, {"type: runtime", "{type: env, scopes: [ic]} # y"}, {"project:", "<<<<<<< a\nproject:"},
		{"project:", "defaults: {a: {b: c}}\nx: |\n  # no comment\n\n  y\n'x: #': \"a\\\n b\"\nproject:"}, {"\n", "\r\n"}, {"value:", "value: # ENC"},
	} {
		f.Add(strings.Replace(body, edit[0], edit[1], 1), body)
		f.Add(body, strings.ReplaceAll(body, edit[0], edit[1]))
	}
	f.Fuzz(func(t *testing.T, ours, common string) {
		v := Versions{[]byte(common + "\nsops:" + section), []byte(ours + "\nsops:" + section), theirs}
		got, err := Merge(t.Context(), v, mergeOptions(t))
		if err != nil {
			return
		}
		if _, err := sealtest.Oracle(decide(got.Data, forOurs)); err != nil {
			t.Errorf("SOPS: %v\n%s", err, got.Data)
		}
	})
}
