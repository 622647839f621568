package ledger_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

func TestDeriveKeys(t *testing.T) {
	text := func(n int) secret.Value {
		return secret.NewValue(base64.StdEncoding.EncodeToString(make([]byte, n)))
	}
	var none secret.Value
	tests := map[string]struct {
		current, previous secret.Value
		known             bool
		want              string // the error; empty = none
		reason            string
	}{
		"no key":        {none, none, false, "", "a manifest may do without"},
		"a key":         {text(32), none, true, "", "32 bytes"},
		"rotating":      {text(32), keyText('b'), true, "", "both are there"},
		"only previous": {none, text(32), false, "previous_fingerprint_key needs a fingerprint_key too", "nothing could be written"},
		"empty": {
			secret.NewValue(""), none, false, "fingerprint_key is not the base64 of exactly 32 bytes", "known to be empty is not the same as no key",
		},
		"31 bytes": {text(31), none, false, "fingerprint_key is not the base64 of exactly 32 bytes", "too short"},
		"33 bytes": {text(33), none, false, "fingerprint_key is not the base64 of exactly 32 bytes", "too long, though as many characters"},
		"line break": {
			secret.NewValue(keyText('a').Reveal() + "\n"), none, false, "fingerprint_key is not the base64 of exactly 32 bytes", "one key, one text",
		},
		"break inside": {
			secret.NewValue(keyText('a').Reveal()[:43] + "\n"), none, false, "fingerprint_key is not the base64 of exactly 32 bytes",
			"the decoder would skip it",
		},
		"URL-safe": {
			secret.NewValue(strings.Repeat("-", 43) + "="), none, false, "fingerprint_key is not the base64 of exactly 32 bytes",
			"the standard alphabet",
		},
		"loose bits": {
			secret.NewValue(strings.Repeat("A", 42) + "B="), none, false, "fingerprint_key is not the base64 of exactly 32 bytes",
			"one key, one text",
		},
		"previous is none": {text(32), text(31), false, "previous_fingerprint_key is not the base64 of exactly 32 bytes", "the error says which of the two"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			k, err := ledger.DeriveKeys(test.current, test.previous)
			got := ""
			if err != nil {
				got = strings.TrimPrefix(err.Error(), "derive keys: ")
			}
			if got != test.want || k.Known() != test.known {
				t.Errorf("DeriveKeys = %v, %q, want %v, %q: %s", k.Known(), got, test.known, test.want, test.reason)
			}
		})
	}
}

// TestVectors compares with values that were computed by another
// implementation (Python's hmac and hashlib, HKDF written out).
func TestVectors(t *testing.T) {
	k := keys(t, 'a', 0)
	organization := site
	organization.Owner.Kind = secret.Organization
	live := k.Fingerprint(site, ledger.Place{Name: "API_KEY", Env: "live", Type: "runtime", Scopes: secret.Scopes{"web", "ic"}}, secret.NewValue("hunter2"))
	empty := k.Fingerprint(organization, ledger.Place{Name: "API_KEY", Type: "env"}, secret.NewValue(""))
	digest, err := k.PlanMAC("TOKEN", secret.NewValue("hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ got, want string }{
		"key id":                   {k.Current().String(), "7bcf8cec8863df1c"},
		"fingerprint, override":    {hex.EncodeToString(live.Sum[:]), "279be610b74cfac0ca5c6ca84f47676b"},
		"fingerprint, empty parts": {hex.EncodeToString(empty.Sum[:]), "153f36d483a5547e61f6365cc970a57f"},
		"plan":                     {digest, "44860e8effef6aa7bcea00cea0710b7a886fb4c42ee82c0fd4a8d8473a03efe2"},
	}
	for name, test := range tests {
		if test.got != test.want {
			t.Errorf("%s = %s, want %s", name, test.got, test.want)
		}
	}
}

func TestPlanMAC(t *testing.T) {
	k := keys(t, 'a', 0)
	seen := map[string]string{}
	for _, c := range []struct{ name, value string }{{"A", "b"}, {"A", "c"}, {"B", "b"}, {"Ab", ""}, {"", "Ab"}} {
		digest, err := k.PlanMAC(c.name, secret.NewValue(c.value))
		if other, taken := seen[digest]; err != nil || taken {
			t.Errorf("PlanMAC(%q, %q) = %s, %v, as for %s", c.name, c.value, digest, err, other)
		}
		seen[digest] = c.name + "=" + c.value
	}
	if digest, err := (ledger.Keys{}).PlanMAC("A", secret.NewValue("b")); digest != "" || !errors.Is(err, ledger.ErrNoKey) {
		t.Errorf("PlanMAC without a key = %q, %v, want ErrNoKey", digest, err)
	}
}

func TestKeysCannotBePrinted(t *testing.T) {
	const canary = 'k'
	k := keys(t, canary, canary)
	encoded, _ := json.Marshal(k)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", k, k, k), string(encoded)} {
		for _, form := range []string{strings.Repeat("k", 8), strings.Repeat("6b", 8), strings.Repeat("107 ", 8), keyText(canary).Reveal()} {
			if strings.Contains(text, form) {
				t.Errorf("printing keys shows them as %.4s…", form)
			}
		}
	}
	// What is printed must not hold derived keys either: it is the same for
	// two keys, but for the public id.
	mask := func(k ledger.Keys) string {
		return strings.ReplaceAll(fmt.Sprintf("%+v", k), fmt.Sprint([8]byte(k.Current())), "")
	}
	if a, b := mask(keys(t, 'a', 0)), mask(keys(t, 'b', 0)); a != b {
		t.Errorf("printing tells keys apart:\n%s\n%s", a, b)
	}
}

// TestFingerprintBindsEverything changes one part after another.
func TestFingerprintBindsEverything(t *testing.T) {
	type input struct {
		id    ledger.Identity
		place ledger.Place
		value string
	}
	base := input{site, ledger.Place{Name: "AB", Env: "cd", Type: "env", Scopes: secret.Scopes{"ic", "web"}}, "value"}
	tests := map[string]struct {
		change func(*input)
		same   bool
		reason string
	}{
		"nothing":           {func(*input) {}, true, "it recognises the value again"},
		"order of scopes":   {func(i *input) { i.place.Scopes = secret.Scopes{"web", "ic", "web"} }, true, "scopes are a set"},
		"owner name":        {func(i *input) { i.id.Owner.Name = "x" }, true, "a renamed site keeps its ledger"},
		"case of the id":    {func(i *input) { i.id.Owner.ID = strings.ToUpper(i.id.Owner.ID) }, true, "a UUID may be written either way"},
		"project":           {func(i *input) { i.id.Project = "x" }, false, "another project's memory says nothing"},
		"kind":              {func(i *input) { i.id.Owner.Kind = secret.Organization }, false, ""},
		"owner":             {func(i *input) { i.id.Owner.ID = "x" }, false, "equal values on two sites must not show"},
		"name":              {func(i *input) { i.place.Name = "x" }, false, "equal values of two secrets must not show"},
		"environment":       {func(i *input) { i.place.Env = "x" }, false, "an override equal to the default must not show"},
		"default":           {func(i *input) { i.place.Env = "" }, false, ""},
		"type":              {func(i *input) { i.place.Type = "x" }, false, "it was recreated"},
		"scopes":            {func(i *input) { i.place.Scopes = secret.Scopes{"ic"} }, false, "it was recreated"},
		"value":             {func(i *input) { i.value = "x" }, false, ""},
		"name into env":     {func(i *input) { i.place.Name, i.place.Env = "ABc", "d" }, false, "bytes must not move between neighbours"},
		"env into name":     {func(i *input) { i.place.Name, i.place.Env = "A", "Bcd" }, false, "bytes must not move between neighbours"},
		"env into type":     {func(i *input) { i.place.Env, i.place.Type = "c", "denv" }, false, "bytes must not move between neighbours"},
		"type into env":     {func(i *input) { i.place.Env, i.place.Type = "cde", "nv" }, false, "bytes must not move between neighbours"},
		"scopes joined":     {func(i *input) { i.place.Scopes = secret.Scopes{"icweb"} }, false, "bytes must not move between neighbours"},
		"scopes, comma":     {func(i *input) { i.place.Scopes = secret.Scopes{"ic,web"} }, false, "bytes must not move between neighbours"},
		"scopes into value": {func(i *input) { i.place.Scopes, i.value = secret.Scopes{"ic"}, "webvalue" }, false, "bytes must not move between neighbours"},
		"id into name": {func(i *input) {
			i.id.Owner.ID, i.place.Name = i.id.Owner.ID[:35], "dAB"
		}, false, "bytes must not move between neighbours"},
	}
	k := keys(t, 'a', 0)
	want := k.Fingerprint(base.id, base.place, secret.NewValue(base.value))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changed := base
			test.change(&changed)
			value := secret.NewValue(changed.value)
			if same := k.Fingerprint(changed.id, changed.place, value) == want; same != test.same {
				t.Errorf("same fingerprint is %v, want %v: %s", same, test.same, test.reason)
			}
			if matches := k.Matches(want, changed.id, changed.place, value); matches != test.same {
				t.Errorf("Matches = %v, want %v: %s", matches, test.same, test.reason)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	place := ledger.Place{Name: "A", Type: "env", Scopes: secret.Scopes{"web"}}
	value := secret.NewValue("v")
	old := keys(t, 'o', 0).Fingerprint(site, place, value)
	tests := map[string]struct {
		keys   ledger.Keys
		f      ledger.Fingerprint
		value  secret.Value
		want   bool
		reason string
	}{
		"current":        {keys(t, 'o', 0), old, value, true, ""},
		"previous":       {keys(t, 'n', 'o'), old, value, true, "rotating: the old one still counts in full"},
		"lost key":       {keys(t, 'n', 0), old, value, false, "nothing can be said"},
		"relabelled":     {keys(t, 'n', 'o'), ledger.Fingerprint{Key: keys(t, 'n', 0).Current(), Sum: old.Sum}, value, false, "each key has its own fingerprints"},
		"no key":         {ledger.Keys{}, old, value, false, "nothing can be said"},
		"nothing at all": {ledger.Keys{}, ledger.Keys{}.Fingerprint(site, place, value), value, false, "no key makes no proof"},
		"unknown value":  {keys(t, 'o', 0), keys(t, 'o', 0).Fingerprint(site, place, secret.Value{}), secret.Value{}, false, "not known is not equal"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.keys.Matches(test.f, site, place, test.value); got != test.want {
				t.Errorf("Matches = %v, want %v: %s", got, test.want, test.reason)
			}
		})
	}
}
