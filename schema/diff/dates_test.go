package diff

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestSOPSRewritesDates: SOPS makes a time of a date without quotes. It stays
// the same date, and is no difference.
func TestSOPSRewritesDates(t *testing.T) {
	typed, base := sealtest.Dated(t, sealtest.NewIdentity(t))
	if d := Compare(mustRead(t, typed), mustRead(t, base)); d.Differs() {
		t.Errorf("the same day is a difference: %s", summary(d))
	}
	moved := bytes.Replace(typed, []byte("2027-03-01"), []byte("2028-03-01"), 1)
	if got := summary(Compare(mustRead(t, base), mustRead(t, moved))); !strings.Contains(got, "expires changed (2027-03-01 -> 2028-03-01)") {
		t.Errorf("the difference of days: %s", got)
	}
}

// TestSourcesAreCompared: where a value comes from is shown, in clear.
func TestSourcesAreCompared(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one := func(entry string) *Version {
		plain := strings.Replace(sealtest.Small, "value: alpha, overrides: {live: beta}", entry, 1)
		return mustRead(t, sealtest.Encrypt(t, []byte(plain), sealtest.Seal{MACOnly: true, Groups: sealtest.KeyGroups(t, me.Public)}))
	}
	got := summary(Compare(one("value: alpha"), one("value_from: {env: CELLA_VALUE_A}, override_from: {live: {file: a.pem}}, rotated: 2027-01-01")))
	for _, want := range []string{
		"value removed", "value_from.env added ( -> CELLA_VALUE_A)", "override_from.live.file added ( -> a.pem)",
		"rotated added ( -> 2027-01-01)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the difference lacks %q:\n%s", want, got)
		}
	}
}
