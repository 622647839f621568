package effective

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// overviewed is a report with what a table has trouble with: a long name, many
// environments, readers that differ among them, and what nobody can see.
func overviewed() Report {
	built := wanted("BUILD_KEY")
	built.Scopes = secret.NewScopes("ic", "user", "web")
	in := world{
		org: []secret.DesiredSecret{wanted("MAIL_KEY"), wanted("MAP_KEY")},
		site: []secret.DesiredSecret{
			built, external("ELSEWHERE"), wanted("PAY_KEY", "live", "pr-1234567", "pr-2345678", "test"),
			wanted(secret.Name("LONG_" + strings.Repeat("NAME_", 6))),
		},
		siteLive: []secret.LiveSecret{has("ELSEWHERE"), inherited("MAIL_KEY"), inherited("MAP_KEY"), has("PAY_KEY", "dev")},
		orgLive:  []secret.LiveSecret{has("MAIL_KEY"), has("MAP_KEY")},
	}.online()
	slices.SortFunc(in.Site.Desired.Secrets, func(a, b secret.DesiredSecret) int { return strings.Compare(string(a.Name), string(b.Name)) })
	in.Retires, in.Framework = true, "wordpress"
	in.Environments = []secret.Env{"dev", "test", "live", "pr-1234567", "pr-2345678"}
	report := Explain(in)
	report.OrganizationFrom = secret.ByPantheon
	report.Notes = []Note{{"a-note", strings.Repeat("it goes on ", 12)}}
	return report
}

func textOf(t *testing.T, r Report) string {
	t.Helper()
	var text strings.Builder
	if err := r.Text(&text, time.Time{}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestOverview: a table of all environments, whose lines fit, and what its cells
// have no room for said once.
func TestOverview(t *testing.T) {
	got := textOf(t, overviewed())
	testkit.Golden(t, "testdata/overview.txt", got)
	for line := range strings.Lines(got) {
		if words.Width(strings.TrimSuffix(line, "\n")) > textWidth {
			t.Errorf("it is too long: %s", line)
		}
	}
}

// TestOverviewAgreesWithDetails: who reads a secret in an environment is the same
// in the table and in what is said of that environment alone.
func TestOverviewAgreesWithDetails(t *testing.T) {
	report := overviewed()
	for _, one := range report.Secrets {
		told := map[string]string{}
		for _, row := range report.rows(one) {
			envs := strings.Split(row[1], ", ")
			if row[1] == everywhere {
				envs = []string{"dev", "test", "live", "pr-1234567", "pr-2345678"}
			}
			for _, env := range envs {
				told[env] = row[3]
			}
		}
		for i, o := range one.Environments {
			alone := report
			alone.Environments, alone.Secrets = []secret.Env{o.Env}, []Secret{{one.Name, one.Environments[i : i+1]}}
			detail := textOf(t, alone)
			_, said, _ := strings.Cut(detail, "    read by ")
			if said = strings.TrimLeft(said, " "); !strings.HasPrefix(said, told[string(o.Env)]) {
				t.Errorf("%s: the table says %q, and the detail\n%s", o.Env, told[string(o.Env)], detail)
			}
		}
	}
}

// TestUnseenValue: of a name that the site lacks nothing says "too", and the way
// to settle it is told only where it leads somewhere.
func TestUnseenValue(t *testing.T) {
	lacking := world{org: []secret.DesiredSecret{wanted("A")}, siteLive: []secret.LiveSecret{inherited("A")}, orgLive: []secret.LiveSecret{has("A")}}
	both := lacking
	both.site = []secret.DesiredSecret{external("A")}
	for name, test := range map[string]struct {
		world        world
		retires      bool
		too, settles bool
	}{
		"the site lacks it":           {lacking, true, false, true},
		"the project deletes nothing": {lacking, false, false, false},
		"the site's is external":      {both, true, true, false},
	} {
		in := test.world.online()
		in.Retires = test.retires
		notes := Explain(in).Secrets[0].Environments[0].Notes
		if len(notes) == 0 || notes[0].Code != "site-value-unseen" {
			t.Errorf("%s: %+v", name, notes)
			continue
		}
		said := notes[0].Message
		if strings.Contains(said, "this name too") != test.too || strings.Contains(said, "`retire: delete`") != test.settles {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// TestNobodyReads: where the environment is why, that is said.
func TestNobodyReads(t *testing.T) {
	layer := func(typ secret.Type, scope secret.Scope) Layer {
		return Layer{Type: typ, Scopes: secret.NewScopes(scope)}
	}
	const builds = "nobody in live: Integrated Composer builds in dev and multidevs only"
	tests := map[string]struct {
		layer     Layer
		framework string
		want      string
	}{
		"builds":            {layer(secret.ComposerType, secret.ICScope), "drupal8", builds},
		"builds, not known": {layer(secret.RuntimeType, secret.ICScope), "", builds},
		"builds of Next.js": {layer(secret.EnvType, secret.ICScope), "nodejs", "nobody"},
		"another type":      {layer(secret.EnvType, secret.WebScope), "wordpress", "nobody"},
	}
	for name, test := range tests {
		o := Outcome{Env: "live", Winner: &test.layer}
		got := textOf(t, Report{Framework: reader.Framework(test.framework), Environments: []secret.Env{"live"}, Secrets: []Secret{{"A", []Outcome{o}}}})
		if !strings.Contains(got, "    read by    "+test.want+"\n") {
			t.Errorf("%s: want %q in\n%s", name, test.want, got)
		}
	}
}
