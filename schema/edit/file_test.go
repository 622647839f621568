package edit_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// TestOpenFileFails: what cannot be read is an error, what cannot be edited is told
// by problems.
func TestOpenFileFails(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := map[string]struct {
		name string
		err  error
		code string
	}{
		"not there":     {filepath.Join(folder, "none.yaml"), fs.ErrNotExist, ""},
		"a folder":      {folder, syscall.EISDIR, ""},
		"not encrypted": {write("plain.yaml", bare), nil, "not-encrypted"},
		"no YAML":       {write("broken.yaml", "a: [c4nary\n"), nil, "syntax"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file, problems, err := edit.OpenFile(t.Context(), test.name, edit.Options{Keys: edittest.Keys()})
			if file != nil || !errors.Is(err, test.err) {
				t.Fatalf("file %v, error %v", file != nil, err)
			}
			if err != nil {
				holds(t, "the error", err.Error(), test.name)
				return
			}
			if failed := problems.Errors(false); len(failed) == 0 || failed[0].Code != test.code || strings.Contains(failed[0].String(), "c4nary") {
				t.Errorf("problems %s", problems)
			}
		})
	}
}

// TestOpenFileInAnotherManner: SOPS can edit it all the same.
func TestOpenFileInAnotherManner(t *testing.T) {
	name := edittest.Manifest(t, shop)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// A mapping whose first key is in the line of an explicit key.
	text = []byte(strings.Replace(string(text), "\nrecord: site:my-site\n", "\n? record\n: site:my-site\n", 1))
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	file, _, err := edit.OpenFile(t.Context(), name, edit.Options{Keys: edittest.Keys()})
	if file != nil || !errors.Is(err, edit.ErrManner) {
		t.Fatalf("file %v, error %v", file != nil, err)
	}
	holds(t, "the next step", strings.Join(hint.Next(err), "\n"), "sops edit "+name)
}

// TestReplace: the file changes as a whole, or stays.
func TestReplace(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	tests := map[string]struct {
		ctx       context.Context
		meanwhile func(name string) error
		replaced  bool
		reason    string
	}{
		"as it was":          {t.Context(), func(string) error { return nil }, true, "nobody touched it"},
		"changed meanwhile":  {t.Context(), func(name string) error { return os.WriteFile(name, []byte("other"), 0o600) }, false, "the other edit counts"},
		"gone meanwhile":     {t.Context(), os.Remove, false, "whoever removed it meant to"},
		"a folder meanwhile": {t.Context(), func(name string) error { return errors.Join(os.Remove(name), os.Mkdir(name, 0o700)) }, false, "it is no file"},
		"interrupted":        {ended, func(string) error { return nil }, false, "half of a value may have been read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := edittest.Open(t, shop)
			if err := file.SetValue(secret.Owner{Kind: secret.Site, Name: "my-site"}, "A", "", secret.NewValue("c4nary")); err != nil {
				t.Fatal(err)
			}
			text, _, err := file.Text()
			if err != nil {
				t.Fatal(err)
			}
			if err := test.meanwhile(file.Name); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(file.Name) // nil for what is no file
			err = file.Replace(test.ctx, text)
			now, _ := os.ReadFile(file.Name)
			if (err == nil) != test.replaced || !slices.Equal(now, map[bool][]byte{true: text, false: before}[test.replaced]) {
				t.Errorf("%s: error %v, and it holds %d bytes", test.reason, err, len(now))
			}
			if err != nil && strings.Contains(err.Error(), "c4nary") {
				t.Errorf("a value is in the error: %v", err)
			}
			if left, err := os.ReadDir(filepath.Dir(file.Name)); err != nil || len(left) > 2 { // .sops.yaml is there too
				t.Errorf("beside it lie %v, %v", left, err)
			}
		})
	}
}

// TestAdded: what was wrong before is not told as new.
func TestAdded(t *testing.T) {
	file := edittest.Open(t, strings.Replace(shop, "EXT: {external: true}", "EXT: {type: env}", 1))
	if err := file.Insert(secret.Owner{Kind: secret.Site, Name: "my-site"}, secret.DesiredSecret{Name: "a b", Value: secret.NewValue("x")}); err != nil {
		t.Fatal(err)
	}
	text, problems, err := file.Text()
	if text != nil || err != nil {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	fresh := file.Added(problems.Errors(false))
	if len(problems.Errors(false)) != 2 || len(fresh) != 1 || fresh[0].Code != "secret-name" {
		t.Errorf("problems %s, of which are new %s", problems, fresh)
	}
	if again := file.Added(problem.List{{Code: fresh[0].Code, Path: "elsewhere"}}); len(again) != 1 {
		t.Error("the same at another place is not new")
	}
}

// TestWhatADraftSays: it is what the file says that was read.
func TestWhatADraftSays(t *testing.T) {
	more := strings.Replace(shop, "defaults:", "formerly: [old-shop]\npolicy: {projects: [blog]}\ndefaults:", 1)
	file := edittest.Open(t, more+"  old-site: {retire: release}\n")
	lone, old := secret.Owner{Kind: secret.Site, Name: "lone"}, secret.Owner{Kind: secret.Site, Name: "old-site"}
	late := secret.Owner{Kind: secret.Site, Name: "late"}
	if err := file.Insert(late, secret.DesiredSecret{Name: "L", Value: secret.NewValue("x")}); err != nil {
		t.Fatal(err)
	}
	name, formerly := file.Project()
	kind, scopes := file.Defaults()
	current, previous := file.FingerprintKeys()
	if name != "storefront" || !slices.Equal(formerly, []string{"old-shop"}) || kind != secret.RuntimeType || !scopes.Equal(secret.NewScopes("web")) {
		t.Errorf("project %s, formerly %q, defaults %s %s", name, formerly, kind, scopes)
	}
	if !current.Equal(secret.NewValue(edittest.FingerprintKey)) || previous.Known() {
		t.Error("the keys are others")
	}
	if got := file.Policy().Projects; !slices.Equal(got, []string{"blog"}) {
		t.Errorf("projects %q", got)
	}
	if file.Record().String() != "site:my-site" || file.Retirement(old) != secret.RetireRelease || file.Retirement(lone) != "" {
		t.Errorf("record %s, retirements %q and %q", file.Record(), file.Retirement(old), file.Retirement(lone))
	}
	if names := file.Names(lone); !slices.Equal(names, []string{"ONLY"}) || len(file.Owners()) != 4 {
		t.Errorf("lone has %q, owners are %v", names, file.Owners())
	}
	for name, holds := range map[string]bool{
		"API_KEY": true, "github-oauth.github.com": true, "value": false, "overrides": false, "fingerprint_key": false, "<<": false,
	} {
		if file.Holds(name) != holds {
			t.Errorf("it can hold %s: %v", name, !holds)
		}
	}
}
