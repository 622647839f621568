package checkup

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
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
	t.Chdir(t.TempDir())
	if err := os.WriteFile("secrets.yaml", []byte(dated), 0o600); err != nil {
		t.Fatal(err)
	}
	m, problems, err := schema.Load(t.Context(), "secrets.yaml", schema.Options{AllowPlaintext: true})
	if err != nil || m == nil {
		t.Fatal(err, problems)
	}
	lines := func(problems problem.List) string {
		var out strings.Builder
		for _, one := range problems {
			fmt.Fprintf(&out, "%s [%s]\n", one, one.Code)
		}
		return out.String()
	}
	warnings := dateWarnings(m, civil.Date{Year: 2027, Month: time.March, Day: 1})
	want := `secrets.yaml:3:25: policy.token_expires: the token that cella signs in with expires on 2027-03-09, in 8 days; ` +
		`make a new one, put it where the pipeline reads it, then change the date [token-expires-soon]
secrets.yaml:8:30: sites.my-site.secrets.B.expires: expired on 2027-03-01; ` +
		`get a new one from where it comes from, then change the value and the date [expired]
secrets.yaml:8:56: sites.my-site.secrets.B.rotate_every: should have been rotated by 2027-03-01; ` +
		`make a new credential, then change the value and set ` + "`rotated`" + ` to today [rotation-due]
secrets.yaml:11:18: sites.my-site.secrets.A.expires: expires on 2027-03-10, in 9 days; renew it where it is set, then change the date [expires-soon]
`
	if diff := cmp.Diff(want, lines(warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if failed := warnings.Errors(true); len(failed) > 0 {
		t.Errorf("strict makes errors of dates: %s", lines(failed))
	}
	if early := dateWarnings(m, civil.Date{Year: 2026, Month: time.December, Day: 1}); len(early) > 0 {
		t.Errorf("warned too early: %s", lines(early))
	}
}
