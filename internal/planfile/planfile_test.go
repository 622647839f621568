package planfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/planfile"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

var shop = secret.Owner{Kind: secret.Site, Name: "shop", ID: "11111111-2222-3333-4444-555555555555"}

// planned is a plan that creates the secrets of the names, from a file with the
// digest.
func planned(sum string, names ...secret.Name) plan.Plan {
	in := decision.Input{
		Project: "storefront",
		Inputs:  []plan.InputDigest{{File: "secrets.yaml", SHA256: sum}},
		Desired: []secret.Desired{{Owner: shop, MaxDeletePercent: 30}},
		Live:    []secret.Live{{Owner: shop}},
	}
	for _, name := range names {
		in.Desired[0].Secrets = append(in.Desired[0].Secrets, secret.DesiredSecret{
			Name: name, Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope), Value: secret.NewValue("c4nary"),
		})
	}
	return decision.Diff(in)
}

// refused fails the test unless err is of the class, says text, and has a next
// step that says next.
func refused(t *testing.T, err error, class hint.Class, text, next string) {
	t.Helper()
	steps := strings.Join(hint.Next(err), "\n")
	if err == nil || hint.ClassOf(err) != class || !strings.Contains(err.Error(), text) || !strings.Contains(steps, next) {
		t.Errorf("error %v of class %d, next %q; want class %d with %q, and a step with %q", err, hint.ClassOf(err), steps, class, text, next)
	}
}

// TestSaveAndLoad: what was approved comes back, is the same to apply, and is for
// its owner's eyes alone, whatever lay there.
func TestSaveAndLoad(t *testing.T) {
	folder, begun := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", begun) // there may lie what is not yet whole
	dropped, err := planfile.Begin(filepath.Join(folder, "dropped.json"))
	if err != nil {
		t.Fatal(err)
	}
	dropped.Discard()
	if left := testkit.Entries(t, begun); len(left) > 0 {
		t.Errorf("what was begun is left: %q", left)
	}
	name := filepath.Join(folder, "plan.json")
	if err := os.WriteFile(name, []byte("of an older run"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := planfile.Begin(name)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); string(text) != "of an older run" || err != nil {
		t.Errorf("before it is saved, the file holds %q, %v", text, err)
	}
	p := planned("aa", "A", "B")
	if err := file.Save(p); err != nil {
		t.Fatal(err)
	}
	file.Discard()
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != files.Private || !slices.Equal(testkit.Entries(t, folder), []string{"plan.json"}) {
		t.Errorf("%v, %v; in the folder lie %q", info, err, testkit.Entries(t, folder))
	}
	if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "c4nary") {
		t.Errorf("a value is in the plan, or %v", err)
	}
	saved, err := planfile.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Approved(), saved.Approved()); diff != "" {
		t.Errorf("what is approved (-saved +loaded):\n%s", diff)
	}
	var out strings.Builder
	if err := planfile.StillApproved(&out, saved, p); err != nil || out.Len() > 0 {
		t.Errorf("it differs from itself: %v\n%s", err, &out)
	}
}

// TestWithoutOut: nothing is to be saved.
func TestWithoutOut(t *testing.T) {
	file, err := planfile.Begin("")
	if file != nil || err != nil {
		t.Fatal(file, err)
	}
	if err := file.Save(plan.Plan{}); err != nil {
		t.Error(err)
	}
	file.Discard()
}

func TestBeginRefuses(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := errors.Join(os.Mkdir(at("a folder"), 0o700), testkit.Mkfifo(at("pipe")), os.WriteFile(at("file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ name, err, next string }{
		"a folder":           {at("a folder"), "it is a folder", "--out $'" + at("a folder/plan.json") + "'"},
		"a pipe":             {at("pipe"), "--out: " + at("pipe"), "--out plan.json"},
		"a device":           {os.DevNull, "--out: " + os.DevNull, "--out plan.json"},
		"in no folder":       {at("none/plan.json"), "its folder is not there", "mkdir -p " + at("none")},
		"in a file":          {at("file/plan.json"), syscall.ENOTDIR.Error(), "--out plan.json"},
		"a hostile filename": {at("\x1b[31m/plan.json"), `\x1b[31m`, "mkdir -p"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file, err := planfile.Begin(test.name)
			if file != nil {
				t.Error("it was begun")
			}
			refused(t, err, hint.Failed, test.err, test.next)
		})
	}
	if got := testkit.Entries(t, folder); !slices.Equal(got, []string{"a folder", "file", "pipe"}) {
		t.Errorf("in the folder lie %q", got)
	}
}

// TestSaveFails: what lay there stays.
func TestSaveFails(t *testing.T) {
	tests := map[string]struct {
		plan      plan.Plan
		prepare   func(name string) error
		err, next string
	}{
		"nothing tells its values": {
			func() plan.Plan {
				p := planned("aa", "A")
				p.Inputs = append(p.Inputs, plan.InputDigest{Env: "CELLA_VALUE_A"})
				return p
			}(), nil, "--out needs a fingerprint_key", "cella fingerprint-key add",
		},
		"a folder took its place": {
			planned("aa", "A"), func(name string) error { return errors.Join(os.Remove(name), os.Mkdir(name, 0o700)) },
			"save plan in ", "with --out",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			out := filepath.Join(folder, "plan.json")
			if err := os.WriteFile(out, []byte("of an older run"), 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := planfile.Begin(out)
			if err != nil {
				t.Fatal(err)
			}
			if test.prepare != nil {
				if err := test.prepare(out); err != nil {
					t.Fatal(err)
				}
			}
			refused(t, file.Save(test.plan), hint.Failed, test.err, test.next)
			file.Discard()
			if got := testkit.Entries(t, folder); !slices.Equal(got, []string{"plan.json"}) {
				t.Errorf("in the folder lie %q", got)
			}
			if text, err := os.ReadFile(out); test.prepare == nil && (string(text) != "of an older run" || err != nil) {
				t.Errorf("the file holds %q, %v", text, err)
			}
		})
	}
}

// TestLoadRefuses: see also TestASavedPlanCanOnlyBeRefused of cmd/cella.
func TestLoadRefuses(t *testing.T) {
	folder := t.TempDir()
	save := func(p plan.Plan) string {
		name := filepath.Join(folder, "plan.json")
		file, err := planfile.Begin(name)
		if err == nil {
			err = file.Save(p)
		}
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	write := func(text string) string {
		name := filepath.Join(folder, "other.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	later, structure := planned("aa", "A"), planned("aa", "A")
	later.FormatVersion, structure.StructureOnly = "99", true
	named := func(name string) func() string { return func() string { return name } }
	tests := map[string]struct {
		put       func() string // returns the name
		err, next string
	}{
		"not there":      {named(filepath.Join(folder, "none.json")), "none.json", "cella plan --out FILE"},
		"a folder":       {named(folder), "a folder", "cella plan --out FILE"},
		"a device":       {named(os.DevNull), os.DevNull, "cella plan --out FILE"},
		"empty":          {func() string { return write("") }, "other.json is not a saved plan", "cella plan --out FILE"},
		"no plan":        {func() string { return write(`{"secret": "c4nary"}`) }, "other.json is not a saved plan", "cella plan --out FILE"},
		"another format": {func() string { return save(later) }, "99", "the cella that saved it"},
		"without values": {func() string { return save(structure) }, "--no-decrypt", "cella plan --out FILE"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := planfile.Load(test.put())
			refused(t, err, hint.Failed, test.err, test.next)
			if err != nil && strings.Contains(err.Error(), "c4nary") {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
}

// TestStillApproved: the least difference in what is to be done makes it stale.
func TestStillApproved(t *testing.T) {
	saved := planned("aa", "A", "B")
	applied := planned("aa")
	unread := planned("aa")
	unread.Complete = false
	tests := map[string]struct {
		now    plan.Plan
		lines  string
		err    string
		next   string
		reason string
	}{
		"another action": {planned("aa", "A"), "site:shop/B", "as the lines above show", "plan again with --out", "B is not to be created any more"},
		"another file":   {planned("bb", "A", "B"), "secrets.yaml", "as the lines above show", "plan again with --out", "the same actions, of other values"},
		"all is done":    {applied, "", "nothing is left to do", "cella plan --out FILE", "whoever approved it knows what was done"},
		"done, as it seems": {unread, "complete", "as the lines above show", "plan again with --out",
			"an incomplete plan without changes says nothing"},
		"done, by another file": {planned("bb"), "secrets.yaml", "as the lines above show", "plan again with --out", "it is not what was approved that is done"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := planfile.StillApproved(&out, saved, test.now)
			refused(t, err, hint.Stale, test.err, test.next)
			if !strings.Contains(out.String(), test.lines) || (out.Len() == 0) != (test.lines == "") {
				t.Errorf("%s: the lines are\n%s", test.reason, &out)
			}
		})
	}
}

func TestProvable(t *testing.T) {
	p := planned("aa", "A")
	if err := planfile.Provable(p, "--out"); err != nil {
		t.Error(err)
	}
	p.Inputs = []plan.InputDigest{{Env: "CELLA_VALUE_A"}}
	refused(t, planfile.Provable(p, "apply FILE"), hint.Failed, "apply FILE needs a fingerprint_key", "cella fingerprint-key add")
	p.Inputs[0].HMAC = "bb"
	if err := planfile.Provable(p, "--out"); err != nil {
		t.Error(err)
	}
}
