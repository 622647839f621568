package schema

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

const dated = `version: 1
project: storefront
policy: {token_expires: 2027-03-09}
defaults: {type: runtime, scopes: [web]}
sites:
  my-site:
    secrets:
      B: {value: x, expires: 2027-03-01, rotate_every: 90d, rotated: 2026-12-01}
      A:
        external: true
        expires: "2027-03-10"
      C: {retire: release, expires: 2027-01-01}
  old-site: {retire: release, secrets: {D: {value: x, expires: 2027-01-01}}}
`

// TestDateWarnings: they stand where the dates do, in the order of the file,
// and strictness does not make them errors.
func TestDateWarnings(t *testing.T) {
	m, problems, err := loadData(t, []byte(dated), Options{AllowPlaintext: true})
	if err != nil || m == nil {
		t.Fatal(err, sealtest.Lines(problems))
	}
	warnings := m.DateWarnings(civil.Date{Year: 2027, Month: time.March, Day: 1})
	want := `secrets.yaml:3:25: policy.token_expires: the token that signs in expires on 2027-03-09, in 8 days; ` +
		`make a new one, put it where the pipeline reads it, then move the date on [token-expires-soon]
secrets.yaml:8:30: sites.my-site.secrets.B.expires: expired on 2027-03-01; renew it where it comes from, then change its value and move the date on [expired]
secrets.yaml:8:56: sites.my-site.secrets.B.rotate_every: was to be rotated by 2027-03-01; make a new credential, then change the value and write today after rotated [rotation-due]
secrets.yaml:11:18: sites.my-site.secrets.A.expires: expires on 2027-03-10, in 9 days; renew it where it is set, then move the date on [expires-soon]
`
	if diff := cmp.Diff(want, sealtest.Lines(warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if failed := warnings.Errors(true); len(failed) > 0 {
		t.Errorf("strict makes errors of dates: %s", sealtest.Lines(failed))
	}
	if early := m.DateWarnings(civil.Date{Year: 2026, Month: time.December, Day: 1}); len(early) > 0 {
		t.Errorf("warned too early: %s", sealtest.Lines(early))
	}
}

// TestSOPSRewritesDates: SOPS makes a time of a date without quotes. It stays
// the same date, is no difference, and no conflict with a change of the other
// branch.
func TestSOPSRewritesDates(t *testing.T) {
	me := sealtest.NewIdentity(t)
	block := strings.Replace(sealtest.Shop, "      A:\n", "      A:\n        expires: 2027-03-01\n", 1)
	base := sealtest.Encrypt(t, []byte(block), sealtest.Seal{MACOnly: true, Groups: sealtest.KeyGroups(t, me.Public)})
	if !bytes.Contains(base, []byte("2027-03-01T00:00:00Z")) {
		t.Fatal("SOPS no longer rewrites dates; this test has lost its reason")
	}
	typed := bytes.Replace(base, []byte("2027-03-01T00:00:00Z"), []byte("2027-03-01"), 1)
	m, problems, err := loadData(t, typed, defaultOptions())
	if err != nil || m == nil {
		t.Fatal(err, sealtest.Lines(problems))
	}
	if d := Compare(mustRead(t, typed), mustRead(t, base)); d.Differs() {
		t.Errorf("the same day is a difference: %s", summary(d))
	}
	moved := bytes.Replace(typed, []byte("2027-03-01"), []byte("2028-03-01"), 1)
	if got := summary(Compare(mustRead(t, base), mustRead(t, moved))); !strings.Contains(got, "expires changed (2027-03-01 -> 2028-03-01)") {
		t.Errorf("the difference of days: %s", got)
	}
	// Ours was saved by SOPS, theirs moved the date by hand.
	for name, sides := range map[string][2][]byte{"ours": {base, moved}, "theirs": {moved, base}} {
		merged, err := Merge(t.Context(), Versions{Base: typed, Ours: sides[0], Theirs: sides[1]}, mergeOptions(t))
		if err != nil || len(merged.Conflicts)+len(merged.Problems) > 0 {
			t.Fatalf("%s saved by SOPS: %v, conflicts %v, %s", name, err, merged.Conflicts, sealtest.Lines(merged.Problems))
		}
		if !bytes.Contains(merged.Data, []byte("expires: 2028-03-01\n")) {
			t.Errorf("%s saved by SOPS: the change of the date is lost", name)
		}
	}
}

// TestSourcesAreCompared: where a value comes from is shown, in clear.
func TestSourcesAreCompared(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one := func(entry string) *Version {
		plain := strings.Replace(small, "value: alpha, overrides: {live: beta}", entry, 1)
		return mustRead(t, sealtest.Encrypt(t, []byte(plain), sealtest.Seal{MACOnly: true, Groups: sealtest.KeyGroups(t, me.Public)}))
	}
	got := summary(Compare(one("value: alpha"), one("value_from: {env: CELLA_VALUE_A}, override_from: {live: {file: a.pem}}, rotated: 2027-01-01")))
	for _, want := range []string{"value removed", "value_from.env added ( -> CELLA_VALUE_A)", "override_from.live.file added ( -> a.pem)", "rotated added ( -> 2027-01-01)"} {
		if !strings.Contains(got, want) {
			t.Errorf("the difference lacks %q:\n%s", want, got)
		}
	}
}
