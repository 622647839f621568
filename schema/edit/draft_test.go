package edit

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/schematest"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

var (
	mySite   = secret.Owner{Kind: secret.Site, Name: "my-site"}
	emptyOne = secret.Owner{Kind: secret.Site, Name: "empty"}
	newOrg   = secret.Owner{Kind: secret.Organization, Name: "agency"}
)

func editOptions(t testing.TB) Options {
	t.Helper()
	now, err := time.Parse(time.RFC3339, sealtest.Later)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Keys: keyring.New(keyring.LocalSources()), Now: now}
}

func mustEdit(t testing.TB, data []byte) *Draft {
	t.Helper()
	d, problems, err := Open(t.Context(), "secrets.yaml", data, editOptions(t))
	if err != nil || d == nil {
		t.Fatalf("Edit: %v\n%s", err, sealtest.Lines(problems))
	}
	return d
}

func mustText(t testing.TB, d *Draft) []byte {
	t.Helper()
	text, problems, err := d.Text()
	if err != nil || text == nil {
		t.Fatalf("Text: %v\n%s", err, sealtest.Lines(problems))
	}
	return text
}

var (
	anyEnvelope = regexp.MustCompile(`ENC\[[^\]]*\]`)
	anyModified = regexp.MustCompile(`lastmodified: "[^"]*"`)
)

// decrypted is an edited text with every envelope that before did not hold as
// NEW, and without the sops section, which is compared on the way: nothing but
// mac and lastmodified may differ there.
func decrypted(t *testing.T, before, after []byte) string {
	t.Helper()
	const section = "\nsops:"
	content, sops, _ := strings.Cut(string(after), section)
	_, sopsBefore, _ := strings.Cut(string(before), section)
	neutral := func(s string) string {
		return anyModified.ReplaceAllString(anyEnvelope.ReplaceAllString(s, "MAC"), "TIME")
	}
	if diff := cmp.Diff(neutral(sopsBefore), neutral(sops)); diff != "" {
		t.Errorf("sops section (-before +after):\n%s", diff)
	}
	return anyEnvelope.ReplaceAllStringFunc(content, func(envelope string) string {
		if bytes.Contains(before, []byte(envelope)) {
			return "OLD"
		}
		return "NEW"
	})
}

// TestDraftText: an edit changes its own lines and no others. All cases begin
// with handPlain; want are replacements in it, as in TestMergeKeepsText, with
// OLD and NEW for ciphertext.
func TestDraftText(t *testing.T) {
	me := sealtest.NewIdentity(t)
	const (
		aboutA  = "\n      # about A\n      A:\n        scopes: [web, ic] # both\n        value: OLD\n"
		lineOfZ = "      Z: {external: true}\n"
		from    = "      FROM:\n        value_from: {env: CELLA_VALUE_A}\n" +
			"        override_from: {live: {env: CELLA_VALUE_B}, dev: {env: CELLA_VALUE_C}}\n"
	)
	withFrom := func(text string) string { return sealtest.Replaced(t, text, "\n      Z: {", "\n"+from+"      Z: {") }
	before := []byte(withFrom(sealtest.SealedHand(t, me)))
	x, y := secret.NewValue("x"), secret.NewValue("y")
	tests := map[string]struct {
		edit   func(*Draft) error
		want   []string
		reason string
	}{
		"nothing":  {edit: func(*Draft) error { return nil }, reason: "the text comes back"},
		"the same": {edit: func(d *Draft) error { return d.SetValue(mySite, "A", "", secret.NewValue("alpha")) }, reason: "an equal value is not encrypted again"},
		"value":    {edit: func(d *Draft) error { return d.SetValue(mySite, "A", "", x) }, want: []string{"value: OLD", "value: NEW"}, reason: "in its line"},
		"value two": {edit: func(d *Draft) error {
			return errors.Join(d.SetValue(mySite, "A", "", x), d.SetValue(mySite, "A", "", y))
		}, want: []string{"value: OLD", "value: NEW"}, reason: "the last one counts"},
		"override": {edit: func(d *Draft) error { return d.SetValue(mySite, "A", "live", x) },
			want: []string{"value: OLD\n", "value: OLD\n        overrides:\n          live: NEW\n"}, reason: "the mapping is written where there was none"},
		"overrides sorted": {edit: func(d *Draft) error {
			return errors.Join(d.SetValue(mySite, "A", "live", x), d.SetValue(mySite, "A", "dev", y))
		}, want: []string{"value: OLD\n", "value: OLD\n        overrides:\n          dev: NEW\n          live: NEW\n"}, reason: "by name where they are sorted"},
		"external": {edit: func(d *Draft) error { return d.SetValue(mySite, "EXT", "", x) },
			want: []string{
				"EXT: {type: env, scopes: [ic], external: true} # elsewhere",
				"EXT: # elsewhere\n        type: env\n        scopes: [ic]\n        value: NEW",
			}, reason: "what is in braces is spelled out, comment kept"},
		"external without else": {edit: func(d *Draft) error { return d.SetValue(mySite, "Z", "", x) },
			want: []string{"Z: {external: true}", "Z:\n        value: NEW"}, reason: "the flag goes, the value comes"},
		"insert": {edit: func(d *Draft) error {
			return d.Insert(mySite, secret.DesiredSecret{Name: "B", Type: secret.EnvType, Scopes: secret.Scopes{"ic", "web"}, Description: "what: it is", Value: x,
				Overrides: []secret.DesiredOverride{{Env: "live", Value: y}}, Protect: secret.Protected})
		}, want: []string{
			"value: OLD\n\n",
			"value: OLD\n      B:\n        description: 'what: it is'\n        type: env\n        scopes: [ic, web]\n" +
				"        value: NEW\n        overrides:\n          live: NEW\n        protect: true\n\n",
		},
			reason: "in its place by the alphabet, in the file's indentation"},
		"insert last": {edit: func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "ZZ", External: true}) },
			want: []string{"Z: {external: true}\n", "Z: {external: true}\n      ZZ:\n        external: true\n"}, reason: "at the end"},
		"insert odd name": {edit: func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "1e3", External: true}) },
			want: []string{"\n      # about A", "      \"1e3\":\n        external: true\n\n      # about A"}, reason: "a name that YAML takes for a number is quoted"},
		"insert odd description": {edit: func(d *Draft) error {
			return d.Insert(mySite, secret.DesiredSecret{Name: "ZZ", External: true, Description: "a\nb\u2028c"})
		},
			want: []string{
				"Z: {external: true}\n",
				"Z: {external: true}\n      ZZ:\n        description: \"a\\nb\\Lc\"\n        external: true\n",
			}, reason: "what editors do not show as a line end is escaped"},
		"insert where none is": {edit: func(d *Draft) error { return d.Insert(emptyOne, secret.DesiredSecret{Name: "N", Value: x}) },
			want: []string{"empty: {secrets: {}}", "empty:\n    secrets:\n      N:\n        value: NEW"}, reason: "empty braces open"},
		"new site": {edit: func(d *Draft) error {
			return d.Insert(secret.Owner{Kind: secret.Site, Name: "a-site", ID: "11111111-2222-3333-4444-555555555555"}, secret.DesiredSecret{Name: "N", Value: x})
		}, want: []string{
			"empty: {secrets: {}}\n",
			"empty: {secrets: {}}\n  a-site:\n    id: 11111111-2222-3333-4444-555555555555\n    secrets:\n      N:\n        value: NEW\n",
		},
			reason: "sites that are not sorted get it at the end"},
		"new organization": {edit: func(d *Draft) error { return d.Insert(newOrg, secret.DesiredSecret{Name: "N", Value: x}) },
			want: []string{"sites:\n", "organizations:\n  agency:\n    secrets:\n      N:\n        value: NEW\nsites:\n"}, reason: "the top level has its order"},
		"owner alone": {edit: func(d *Draft) error { return errors.Join(d.AddOwner(newOrg), d.AddOwner(mySite)) },
			want: []string{"sites:\n", "organizations:\n  agency:\n    secrets: {}\nsites:\n"}, reason: "an owner that is there stays as it is"},
		"remove": {edit: func(d *Draft) error { return d.Remove(mySite, "A") },
			want: []string{aboutA, ""}, reason: "with the comment that belongs to it"},
		"remove last": {edit: func(d *Draft) error { return d.Remove(mySite, "Z") }, want: []string{lineOfZ, ""}, reason: "and no more"},
		"remove all": {edit: func(d *Draft) error {
			return errors.Join(d.Remove(mySite, "A"), d.Remove(mySite, "EXT"), d.Remove(mySite, "FROM"), d.Remove(mySite, "Z"))
		}, want: []string{
			"    secrets:\n" + aboutA + "\n      EXT: {type: env, scopes: [ic], external: true} # elsewhere\n" + from + lineOfZ,
			"    secrets: {}\n",
		}, reason: "the owner stays, without secrets"},
		"insert remove": {edit: func(d *Draft) error {
			return errors.Join(d.Insert(mySite, secret.DesiredSecret{Name: "B", Value: x}), d.Remove(mySite, "B"))
		}, reason: "there and back"},
		"rewrite": {edit: func(d *Draft) error {
			return d.Rewrite(mySite, secret.DesiredSecret{Name: "A", Type: secret.EnvType, External: true})
		}, want: []string{
			"        scopes: [web, ic] # both\n        value: OLD\n", "        type: env\n        external: true\n",
		}, reason: "the entry keeps its place and its comment"},
		"retype": {edit: func(d *Draft) error {
			return d.Retype(mySite, secret.DesiredSecret{Name: "A", Type: secret.EnvType})
		}, want: []string{"        scopes: [web, ic] # both\n", "        type: env\n"}, reason: "the value and all else stay"},
		"instead of elsewhere": {edit: func(d *Draft) error {
			return errors.Join(d.SetValue(mySite, "FROM", "live", x), d.SetValue(mySite, "FROM", "", y))
		}, want: []string{
			"        value_from: {env: CELLA_VALUE_A}\n        override_from: {live: {env: CELLA_VALUE_B}, dev: {env: CELLA_VALUE_C}}\n",
			"        value: NEW\n        overrides:\n          live: NEW\n        override_from:\n          dev:\n            env: CELLA_VALUE_C\n",
		}, reason: "a value has one source"},
		"not from elsewhere": {edit: func(d *Draft) error {
			return errors.Join(d.RemoveOverride(mySite, "FROM", "live"), d.RemoveOverride(mySite, "FROM", "dev"))
		}, want: []string{"        override_from: {live: {env: CELLA_VALUE_B}, dev: {env: CELLA_VALUE_C}}\n", ""}, reason: "an override goes wherever it comes from"},
		"keys": {edit: func(d *Draft) error {
			err := d.SetFingerprintKeys(secret.NewValue(sealtest.KeyText('A')), secret.NewValue(sealtest.KeyText('B')))
			_, failed := d.KeepRecord()
			return errors.Join(err, failed)
		},
			want:   []string{"project: storefront\n", "project: storefront\nfingerprint_key: NEW\nprevious_fingerprint_key: NEW\nrecord: site:my-site\n"},
			reason: "in their order"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := mustEdit(t, before)
			if err := test.edit(d); err != nil {
				t.Fatal(err)
			}
			text := mustText(t, d)
			want := sealtest.Replaced(t, withFrom(strings.Replace(sealtest.HandPlain, "alpha", "OLD", 1)), test.want...)
			if diff := cmp.Diff(strings.TrimSuffix(want, "\n"), decrypted(t, before, text)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if d.Changed() == bytes.Equal(text, before) {
				t.Errorf("Changed = %v", d.Changed())
			}
			if _, err := sealtest.Oracle(text); err != nil {
				t.Errorf("SOPS: %v", err)
			}
			opts := schematest.Options()
			opts.Environment = func(string) string { return "set" }
			if m, problems, err := schematest.LoadData(t, text, opts); err != nil || m == nil || !m.Decrypted {
				t.Errorf("Load: %v\n%s", err, sealtest.Lines(problems))
			}
		})
	}
}
