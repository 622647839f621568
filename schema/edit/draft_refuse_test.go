package edit

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// TestDraftErrors: what cannot be done is said, and no text comes out.
func TestDraftErrors(t *testing.T) {
	me := sealtest.NewIdentity(t)
	before := []byte(sealtest.SealedHand(t, me))
	x := secret.NewValue("x")
	refused := map[string]struct {
		edit func(*Draft) error
		want error
	}{
		"value of no secret":       {func(d *Draft) error { return d.SetValue(mySite, "NONE", "", x) }, errNoSecret},
		"value of no owner":        {func(d *Draft) error { return d.SetValue(newOrg, "A", "", x) }, errNoSecret},
		"override without default": {func(d *Draft) error { return d.SetValue(mySite, "EXT", "live", x) }, errNoDefault},
		"insert twice":             {func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "A", Value: x}) }, errSecretExists},
		"remove nothing":           {func(d *Draft) error { return d.Remove(mySite, "NONE") }, errNoSecret},
		"remove no override":       {func(d *Draft) error { return d.RemoveOverride(mySite, "A", "live") }, errNoSecret},
		"retype nothing":           {func(d *Draft) error { return d.Retype(mySite, secret.DesiredSecret{Name: "NONE"}) }, errNoSecret},
		"rewrite nothing":          {func(d *Draft) error { return d.Rewrite(mySite, secret.DesiredSecret{Name: "NONE"}) }, errNoSecret},
	}
	for name, unfit := range map[string]string{"empty": "", "large": strings.Repeat("x", secret.MaxValueBytes+1), "no UTF-8": "a\xff"} {
		refused["value "+name] = struct {
			edit func(*Draft) error
			want error
		}{func(d *Draft) error { return d.SetValue(mySite, "A", "", secret.NewValue(unfit)) }, errUnfit}
	}
	unfit := secret.DesiredSecret{Name: "N", Type: secret.EnvType, Value: secret.NewValue("")}
	refused["insert an empty value"] = struct {
		edit func(*Draft) error
		want error
	}{func(d *Draft) error { return d.Insert(newOrg, unfit) }, errUnfit}
	for name, test := range refused {
		t.Run(name, func(t *testing.T) {
			d := mustEdit(t, before)
			if err := test.edit(d); !errors.Is(err, test.want) {
				t.Errorf("error = %v, want %v", err, test.want)
			}
			if !bytes.Equal(mustText(t, d), before) {
				t.Error("the text changed")
			}
		})
	}
	t.Run("half a rewriting", func(t *testing.T) {
		d := mustEdit(t, before)
		unfit := unfit
		unfit.Name = "A"
		if err := d.Rewrite(mySite, unfit); !errors.Is(err, errUnfit) {
			t.Errorf("error = %v", err)
		}
		if text, _, err := d.Text(); text != nil || !errors.Is(err, errUnfit) {
			t.Errorf("a text of %d bytes, %v", len(text), err)
		}
	})
	broken := map[string]struct {
		edit func(*Draft) error
		code string
	}{
		"no environment": {func(d *Draft) error { return d.SetValue(mySite, "A", "Live!", x) }, "env-name"},
		"bad name":       {func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "a b\n", Value: x}) }, "secret-name"},
		"reserved name":  {func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "value", Value: x}) }, "reserved-name"},
		"bad owner":      {func(d *Draft) error { return d.AddOwner(secret.Owner{Kind: secret.Site, Name: "a\nb: c"}) }, "owner-name"},
		"no such type": {func(d *Draft) error {
			return d.Insert(mySite, secret.DesiredSecret{Name: "N", Type: "other", Value: x})
		}, "unknown-type"},
		"without a value": {func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "N"}) }, "missing-value"},
		"half a key":      {func(d *Draft) error { return d.SetFingerprintKeys(x, secret.Value{}) }, "fingerprint-key"},
	}
	for name, test := range broken {
		t.Run(name, func(t *testing.T) {
			d := mustEdit(t, before)
			if err := test.edit(d); err != nil {
				t.Fatal(err)
			}
			text, problems, err := d.Text()
			if text != nil || err != nil || len(problems.Errors(false)) == 0 || problems.Errors(false)[0].Code != test.code {
				t.Errorf("text %d bytes, error %v, want %s, problems:\n%s", len(text), err, test.code, sealtest.Lines(problems))
			}
		})
	}
}

// TestALostSectionIsOneError: what to do is the same for every value.
func TestALostSectionIsOneError(t *testing.T) {
	sound := string(sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, sealtest.NewIdentity(t).Public)}))
	lost := sound[:strings.Index(sound, "\nsops:")+1]
	values := len(anyEnvelope.FindAllString(lost, -1))
	file := filepath.Join(t.TempDir(), "secrets.yaml")
	sealtest.WriteFile(t, file, []byte(lost))
	for _, plain := range []bool{false, true} {
		_, problems, err := schema.Load(t.Context(), file, schema.Options{AllowPlaintext: plain, Decryption: schema.DecryptNever})
		want := fmt.Sprintf("this value and %d more are encrypted, but the file has no sops section", values-1)
		if err != nil || len(problems) != 1 || problems[0].Code != "sops-missing" || problems[0].Message != want {
			t.Errorf("clear allowed: %t: %v, want only %q:\n%s", plain, err, want, sealtest.Lines(problems))
		}
	}
}

// TestEditNeedsASoundFile: nothing gets a new MAC whose own did not fit; what
// is only wrong in its meaning can be mended.
func TestEditNeedsASoundFile(t *testing.T) {
	me := sealtest.NewIdentity(t)
	sound := sealtest.SealedHand(t, me)
	all := string(sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	tests := map[string]struct {
		text string
		code string // of the first problem; empty where the file can be edited
	}{
		"never encrypted": {sealtest.HandPlain, "not-encrypted"},
		"a value in clear": {
			anyEnvelope.ReplaceAllString(sound[:strings.Index(sound, "\nsops:")], "clear") + sound[strings.Index(sound, "\nsops:"):],
			"plaintext",
		},
		"a value moved":           {strings.Replace(sound, " A:", " A2:", 1), "value-tampered"},
		"a clear field, MAC over": {strings.Replace(all, "- web", "- ic", 1), "mac-mismatch"},
		"a clear field, MAC not":  {strings.Replace(sound, "[web, ic]", "[ic]", 1), ""},
		"no section":              {sound[:strings.Index(sound, "\nsops:")], "sops-missing"},
		"broken":                  {"a: [\n", "syntax"},
		"empty":                   {"", "empty-file"},
		"a key twice":             {strings.Replace(sound, "project:", "version: 1\nproject:", 1), "duplicate-key"},
		"a missing value":         {strings.Replace(sound, "      Z: {external: true}", "      Z: {type: env}", 1), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, problems, err := Open(t.Context(), "secrets.yaml", []byte(test.text), editOptions(t))
			if err != nil {
				t.Fatal(err)
			}
			if (d == nil) != (test.code != "") {
				t.Fatalf("draft %v, problems:\n%s", d != nil, sealtest.Lines(problems))
			}
			if d == nil && problems.Errors(false)[0].Code != test.code {
				t.Errorf("want %s, problems:\n%s", test.code, sealtest.Lines(problems))
			}
			if slices.ContainsFunc(problems, func(p problem.Problem) bool { return p.Code == "mac-unchecked" }) {
				t.Errorf("the checksum is told of besides:\n%s", sealtest.Lines(problems))
			}
		})
	}
	t.Run("no key", func(t *testing.T) {
		sealtest.NewIdentity(t)
		var missing *keyring.Error
		if _, _, err := Open(t.Context(), "secrets.yaml", []byte(sound), editOptions(t)); !errors.As(err, &missing) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("in braces as a whole", func(t *testing.T) {
		t.Setenv("SOPS_AGE_KEY", me.Private)
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(all), &document); err != nil {
			t.Fatal(err)
		}
		document.Content[0].Style |= yaml.FlowStyle
		document.Content[0].Content[0].HeadComment = ""
		text, err := yaml.Marshal(&document)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(t.Context(), "secrets.yaml", text, editOptions(t)); !errors.Is(err, ErrManner) {
			t.Errorf("error = %v", err)
		}
	})
}

// TestDraftMends: an edit may be what takes an error away, while others stay.
func TestDraftMends(t *testing.T) {
	me := sealtest.NewIdentity(t)
	text := strings.Replace(sealtest.SealedHand(t, me), "      Z: {external: true}", "      Y: {type: env}\n      Z: {type: env}", 1)
	d := mustEdit(t, []byte(text))
	if err := d.SetValue(mySite, "Z", "", secret.NewValue("x")); err != nil {
		t.Fatal(err)
	}
	edited, problems, err := d.Text()
	if err != nil || edited == nil {
		t.Fatalf("%v\n%s", err, sealtest.Lines(problems))
	}
	if failed := problems.Errors(false); len(failed) != 1 || failed[0].Path != "sites.my-site.secrets.Y" {
		t.Errorf("what is left:\n%s", sealtest.Lines(failed))
	}
	if _, err := sealtest.Oracle(edited); err != nil {
		t.Error(err)
	}
}
