package schema

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/secret"
)

var (
	mySite   = secret.Owner{Kind: secret.Site, Name: "my-site"}
	emptyOne = secret.Owner{Kind: secret.Site, Name: "empty"}
	newOrg   = secret.Owner{Kind: secret.Organization, Name: "agency"}
)

func editOptions(t testing.TB) EditOptions {
	t.Helper()
	now, err := time.Parse(time.RFC3339, mergeTime)
	if err != nil {
		t.Fatal(err)
	}
	return EditOptions{KeySources: LocalKeySources(), Now: now}
}

func mustEdit(t testing.TB, data []byte) *Draft {
	t.Helper()
	d, problems, err := Edit(t.Context(), "secrets.yaml", data, editOptions(t))
	if err != nil || d == nil {
		t.Fatalf("Edit: %v\n%s", err, lines(problems))
	}
	return d
}

func mustText(t testing.TB, d *Draft) []byte {
	t.Helper()
	text, problems, err := d.Text()
	if err != nil || text == nil {
		t.Fatalf("Text: %v\n%s", err, lines(problems))
	}
	return text
}

var (
	anyEnvelope = regexp.MustCompile(`ENC\[[^\]]*\]`)
	anyModified = regexp.MustCompile(`lastmodified: "[^"]*"`)
)

// unsealed is an edited text with every envelope that before did not hold as
// NEW, and without the sops section, which is compared on the way: nothing but
// mac and lastmodified may differ there.
func unsealed(t *testing.T, before, after []byte) string {
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
	me := newIdentity(t)
	const from = "      FROM:\n        value_from: {env: CELLA_VALUE_A}\n        override_from: {live: {env: CELLA_VALUE_B}, dev: {env: CELLA_VALUE_C}}\n"
	withFrom := func(text string) string { return replaced(t, text, "\n      Z: {", "\n"+from+"      Z: {") }
	before := []byte(withFrom(sealedHand(t, me)))
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
			want: []string{"EXT: {type: env, scopes: [ic], external: true} # elsewhere", "EXT: # elsewhere\n        type: env\n        scopes: [ic]\n        value: NEW"}, reason: "what is in braces is spelled out, comment kept"},
		"external without else": {edit: func(d *Draft) error { return d.SetValue(mySite, "Z", "", x) },
			want: []string{"Z: {external: true}", "Z:\n        value: NEW"}, reason: "the flag goes, the value comes"},
		"insert": {edit: func(d *Draft) error {
			return d.Insert(mySite, secret.DesiredSecret{Name: "B", Type: secret.EnvType, Scopes: secret.Scopes{"ic", "web"}, Description: "what: it is", Value: x,
				Overrides: []secret.DesiredOverride{{Env: "live", Value: y}}, Protect: secret.Protected})
		}, want: []string{"value: OLD\n\n", "value: OLD\n      B:\n        description: 'what: it is'\n        type: env\n        scopes: [ic, web]\n        value: NEW\n        overrides:\n          live: NEW\n        protect: true\n\n"},
			reason: "in its place by the alphabet, in the file's indentation"},
		"insert last": {edit: func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "ZZ", External: true}) },
			want: []string{"Z: {external: true}\n", "Z: {external: true}\n      ZZ:\n        external: true\n"}, reason: "at the end"},
		"insert odd name": {edit: func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "1e3", External: true}) },
			want: []string{"\n      # about A", "      \"1e3\":\n        external: true\n\n      # about A"}, reason: "a name that YAML takes for a number is quoted"},
		"insert where none is": {edit: func(d *Draft) error { return d.Insert(emptyOne, secret.DesiredSecret{Name: "N", Value: x}) },
			want: []string{"empty: {secrets: {}}", "empty:\n    secrets:\n      N:\n        value: NEW"}, reason: "empty braces open"},
		"new site": {edit: func(d *Draft) error {
			return d.Insert(secret.Owner{Kind: secret.Site, Name: "a-site", ID: "11111111-2222-3333-4444-555555555555"}, secret.DesiredSecret{Name: "N", Value: x})
		}, want: []string{"empty: {secrets: {}}\n", "empty: {secrets: {}}\n  a-site:\n    id: 11111111-2222-3333-4444-555555555555\n    secrets:\n      N:\n        value: NEW\n"},
			reason: "sites that are not sorted get it at the end"},
		"new organization": {edit: func(d *Draft) error { return d.Insert(newOrg, secret.DesiredSecret{Name: "N", Value: x}) },
			want: []string{"sites:\n", "organizations:\n  agency:\n    secrets:\n      N:\n        value: NEW\nsites:\n"}, reason: "the top level has its order"},
		"owner alone": {edit: func(d *Draft) error { return errors.Join(d.AddOwner(newOrg), d.AddOwner(mySite)) },
			want: []string{"sites:\n", "organizations:\n  agency:\n    secrets: {}\nsites:\n"}, reason: "an owner that is there stays as it is"},
		"remove": {edit: func(d *Draft) error { return d.Remove(mySite, "A") },
			want: []string{"\n      # about A\n      A:\n        scopes: [web, ic] # both\n        value: OLD\n", ""}, reason: "with the comment that belongs to it"},
		"remove last": {edit: func(d *Draft) error { return d.Remove(mySite, "Z") }, want: []string{"      Z: {external: true}\n", ""}, reason: "and no more"},
		"remove all": {edit: func(d *Draft) error {
			return errors.Join(d.Remove(mySite, "A"), d.Remove(mySite, "EXT"), d.Remove(mySite, "FROM"), d.Remove(mySite, "Z"))
		}, want: []string{"    secrets:\n\n      # about A\n      A:\n        scopes: [web, ic] # both\n        value: OLD\n\n      EXT: {type: env, scopes: [ic], external: true} # elsewhere\n" + from + "      Z: {external: true}\n", "    secrets: {}\n"}, reason: "the owner stays, without secrets"},
		"insert remove": {edit: func(d *Draft) error {
			return errors.Join(d.Insert(mySite, secret.DesiredSecret{Name: "B", Value: x}), d.Remove(mySite, "B"))
		}, reason: "there and back"},
		"rewrite": {edit: func(d *Draft) error {
			return d.Rewrite(mySite, secret.DesiredSecret{Name: "A", Type: secret.EnvType, External: true})
		}, want: []string{"        scopes: [web, ic] # both\n        value: OLD\n", "        type: env\n        external: true\n"}, reason: "the entry keeps its place and its comment"},
		"instead of elsewhere": {edit: func(d *Draft) error {
			return errors.Join(d.SetValue(mySite, "FROM", "live", x), d.SetValue(mySite, "FROM", "", y))
		}, want: []string{"        value_from: {env: CELLA_VALUE_A}\n        override_from: {live: {env: CELLA_VALUE_B}, dev: {env: CELLA_VALUE_C}}\n",
			"        value: NEW\n        overrides:\n          live: NEW\n        override_from:\n          dev:\n            env: CELLA_VALUE_C\n"}, reason: "a value has one source"},
		"not from elsewhere": {edit: func(d *Draft) error {
			return errors.Join(d.RemoveOverride(mySite, "FROM", "live"), d.RemoveOverride(mySite, "FROM", "dev"))
		}, want: []string{"        override_from: {live: {env: CELLA_VALUE_B}, dev: {env: CELLA_VALUE_C}}\n", ""}, reason: "an override goes wherever it comes from"},
		"keys": {edit: func(d *Draft) error {
			return d.SetFingerprintKeys(secret.NewValue(keyText('A')), secret.NewValue(keyText('B')))
		},
			want: []string{"project: storefront\n", "project: storefront\nfingerprint_key: NEW\nprevious_fingerprint_key: NEW\n"}, reason: "in their order"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := mustEdit(t, before)
			if err := test.edit(d); err != nil {
				t.Fatal(err)
			}
			text := mustText(t, d)
			want := replaced(t, withFrom(strings.Replace(handPlain, "alpha", "OLD", 1)), test.want...)
			if diff := cmp.Diff(strings.TrimSuffix(want, "\n"), unsealed(t, before, text)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if d.Changed() == bytes.Equal(text, before) {
				t.Errorf("Changed = %v", d.Changed())
			}
			if _, err := oracle(text); err != nil {
				t.Errorf("SOPS: %v", err)
			}
			opts := defaultOptions()
			opts.Environment = func(string) string { return "set" }
			if m, problems, err := loadData(t, text, opts); err != nil || m == nil || !m.Decrypted {
				t.Errorf("Load: %v\n%s", err, lines(problems))
			}
		})
	}
}

// TestDraftErrors: what cannot be done is said, and no text comes out.
func TestDraftErrors(t *testing.T) {
	me := newIdentity(t)
	before := []byte(sealedHand(t, me))
	x := secret.NewValue("x")
	refused := map[string]struct {
		edit func(*Draft) error
		want error
	}{
		"value of no secret":       {func(d *Draft) error { return d.SetValue(mySite, "NONE", "", x) }, ErrNoSecret},
		"value of no owner":        {func(d *Draft) error { return d.SetValue(newOrg, "A", "", x) }, ErrNoSecret},
		"override without default": {func(d *Draft) error { return d.SetValue(mySite, "EXT", "live", x) }, ErrNoDefault},
		"insert twice":             {func(d *Draft) error { return d.Insert(mySite, secret.DesiredSecret{Name: "A", Value: x}) }, ErrSecretExists},
		"remove nothing":           {func(d *Draft) error { return d.Remove(mySite, "NONE") }, ErrNoSecret},
		"remove no override":       {func(d *Draft) error { return d.RemoveOverride(mySite, "A", "live") }, ErrNoSecret},
		"rewrite nothing":          {func(d *Draft) error { return d.Rewrite(mySite, secret.DesiredSecret{Name: "NONE"}) }, ErrNoSecret},
	}
	for name, unfit := range map[string]string{"empty": "", "large": strings.Repeat("x", secret.MaxValueBytes+1), "no UTF-8": "a\xff"} {
		refused["value "+name] = struct {
			edit func(*Draft) error
			want error
		}{func(d *Draft) error { return d.SetValue(mySite, "A", "", secret.NewValue(unfit)) }, ErrUnfit}
	}
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
				t.Errorf("text %d bytes, error %v, want %s, problems:\n%s", len(text), err, test.code, lines(problems))
			}
		})
	}
}

// TestEditNeedsASoundFile: nothing gets a new MAC whose own did not fit; what
// is only wrong in its meaning can be mended.
func TestEditNeedsASoundFile(t *testing.T) {
	me := newIdentity(t)
	sound := sealedHand(t, me)
	all := string(encrypt(t, []byte(mergePlain), seal{groups: keyGroups(t, me.public)}))
	tests := map[string]struct {
		text string
		code string // of the first problem; empty where the file can be edited
	}{
		"never encrypted":         {handPlain, "not-encrypted"},
		"a value in clear":        {anyEnvelope.ReplaceAllString(sound[:strings.Index(sound, "\nsops:")], "clear") + sound[strings.Index(sound, "\nsops:"):], "plaintext"},
		"a value moved":           {strings.Replace(sound, " A:", " A2:", 1), "value-tampered"},
		"a clear field, MAC over": {strings.Replace(all, "- web", "- ic", 1), "mac-mismatch"},
		"a clear field, MAC not":  {strings.Replace(sound, "[web, ic]", "[ic]", 1), ""},
		"no section":              {sound[:strings.Index(sound, "\nsops:")], "not-encrypted"},
		"broken":                  {"a: [\n", "syntax"},
		"empty":                   {"", "empty-file"},
		"a key twice":             {strings.Replace(sound, "project:", "version: 1\nproject:", 1), "duplicate-key"},
		"a missing value":         {strings.Replace(sound, "      Z: {external: true}", "      Z: {type: env}", 1), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, problems, err := Edit(t.Context(), "secrets.yaml", []byte(test.text), editOptions(t))
			if err != nil {
				t.Fatal(err)
			}
			if (d == nil) != (test.code != "") {
				t.Fatalf("draft %v, problems:\n%s", d != nil, lines(problems))
			}
			if d == nil && problems.Errors(false)[0].Code != test.code {
				t.Errorf("want %s, problems:\n%s", test.code, lines(problems))
			}
		})
	}
	t.Run("no key", func(t *testing.T) {
		newIdentity(t)
		var missing *KeyError
		if _, _, err := Edit(t.Context(), "secrets.yaml", []byte(sound), editOptions(t)); !errors.As(err, &missing) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("in braces as a whole", func(t *testing.T) {
		t.Setenv("SOPS_AGE_KEY", me.private)
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
		if _, _, err := Edit(t.Context(), "secrets.yaml", text, editOptions(t)); !errors.Is(err, ErrManner) {
			t.Errorf("error = %v", err)
		}
	})
}

// TestDraftMends: an edit may be what takes an error away, while others stay.
func TestDraftMends(t *testing.T) {
	me := newIdentity(t)
	text := strings.Replace(sealedHand(t, me), "      Z: {external: true}", "      Y: {type: env}\n      Z: {type: env}", 1)
	d := mustEdit(t, []byte(text))
	if err := d.SetValue(mySite, "Z", "", secret.NewValue("x")); err != nil {
		t.Fatal(err)
	}
	edited, problems, err := d.Text()
	if err != nil || edited == nil {
		t.Fatalf("%v\n%s", err, lines(problems))
	}
	if failed := problems.Errors(false); len(failed) != 1 || failed[0].Path != "sites.my-site.secrets.Y" {
		t.Errorf("what is left:\n%s", lines(failed))
	}
	if _, err := oracle(edited); err != nil {
		t.Error(err)
	}
}
