package effective

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

var (
	shop   = secret.Owner{Kind: secret.Site, Name: "shop", ID: "s1"}
	agency = secret.Owner{Kind: secret.Organization, Name: "agency", ID: "o1"}
)

// wanted is a declared secret with overrides.
func wanted(name secret.Name, envs ...secret.Env) secret.DesiredSecret {
	d := secret.DesiredSecret{Name: name, Type: secret.RuntimeType, Scopes: secret.NewScopes("web"), Value: secret.NewValue("canary")}
	for _, env := range envs {
		d.Overrides = append(d.Overrides, secret.DesiredOverride{Env: env, Value: secret.NewValue("canary " + string(env))})
	}
	return d
}

func external(name secret.Name) secret.DesiredSecret {
	d := wanted(name)
	d.External, d.Value = true, secret.Value{}
	return d
}

func has(name secret.Name, envs ...secret.Env) secret.LiveSecret {
	l := secret.LiveSecret{Name: name, Type: secret.RuntimeType, Scopes: secret.NewScopes("web")}
	for _, env := range envs {
		l.Overrides = append(l.Overrides, secret.LiveOverride{Env: env})
	}
	return l
}

func inherited(name secret.Name) secret.LiveSecret {
	l := has(name)
	l.Presence = secret.MayBeInherited
	return l
}

// world is both owners, declared and live.
type world struct {
	site, org         []secret.DesiredSecret
	siteLive, orgLive []secret.LiveSecret
}

func (w world) offline() Input {
	return Input{
		Site:         Side{Owner: shop, Desired: secret.Desired{Owner: shop, Secrets: w.site}},
		Organization: &Side{Owner: agency, Desired: secret.Desired{Owner: agency, Secrets: w.org}},
		Environments: []secret.Env{"dev", "live"},
	}
}

// online compares both sides as plan does.
func (w world) online() Input {
	in := w.offline()
	site, org := secret.Live{Owner: shop, Secrets: w.siteLive}, secret.Live{Owner: agency, Secrets: w.orgLive}
	compared := decision.Diff(decision.Input{Desired: []secret.Desired{in.Site.Desired, in.Organization.Desired}, Live: []secret.Live{site, org}})
	in.Site.Live, in.Organization.Live = &site, &org
	for _, change := range compared.Changes {
		if change.Owner == shop {
			in.Site.Changes = append(in.Site.Changes, change)
		} else {
			in.Organization.Changes = append(in.Organization.Changes, change)
		}
	}
	return in
}

// TestExplain tells each outcome in one line.
func TestExplain(t *testing.T) {
	released := secret.DesiredSecret{Name: "A", Retire: secret.RetireRelease}
	deleted := secret.DesiredSecret{Name: "A", Retire: secret.RetireDelete}
	dropping := wanted("A")
	dropping.DropOverrides = []secret.Env{"live"}
	narrow := wanted("A")
	narrow.Scopes = secret.NewScopes("ic")
	built := wanted("A", "live")
	built.Scopes = secret.NewScopes("ic")
	replacing := built
	replacing.Overrides, replacing.Replace = nil, true
	leaving := world{siteLive: []secret.LiveSecret{has("A")}}.online()
	leaving.Site.Changes = []plan.Change{{Owner: shop, Secret: "A", Action: plan.Delete}}
	unlisted := world{site: []secret.DesiredSecret{wanted("B")}, siteLive: []secret.LiveSecret{inherited("A"), has("B")}}.online()
	unlisted.Organization.Live = nil
	few := inherited("A")
	few.Overrides = []secret.LiveOverride{{Env: "dev"}}
	none := inherited("B")
	none.Overrides = []secret.LiveOverride{{Env: "pr-1"}}
	otherType := wanted("A")
	otherType.Type = secret.EnvType
	fetched := wanted("A", "live")
	fetched.Source, fetched.Overrides[0].Source = secret.EnvSource("CELLA_VALUE_A"), secret.FileSource("a.pem")
	refused := leaving
	refused.Site.Changes = []plan.Change{{Owner: shop, Secret: "A", Action: plan.None}}
	alone := world{site: []secret.DesiredSecret{wanted("A")}}.offline()
	alone.Organization = nil

	tests := map[string]explanation{
		"offline, every layer": {
			in: world{
				org:  []secret.DesiredSecret{wanted("A", "live"), wanted("B"), wanted("C", "live")},
				site: []secret.DesiredSecret{wanted("A"), wanted("C", "live"), wanted("D")},
			}.offline(),
			want: []string{
				"A dev: site_default over organization_default",
				"A live: site_default or organization_override over organization_default [ambiguous]",
				"B dev: organization_default", "B live: organization_default",
				"C dev: site_default over organization_default", "C live: site_override over site_default, organization_override, organization_default",
				"D dev: site_default", "D live: site_default",
			},
			reason: "resolved environment by environment",
		},
		"offline, no organization": {in: alone, want: []string{"A dev: site_default", "A live: site_default"}, reason: "the site's own secrets alone"},
		"offline, external shadows": {
			in:     world{org: []secret.DesiredSecret{wanted("A")}, site: []secret.DesiredSecret{external("A")}}.offline(),
			want:   []string{"A dev: site_default external over organization_default", "A live: site_default external over organization_default"},
			reason: "what is set elsewhere wins all the same",
		},
		"offline, released shadows": {
			in:     world{org: []secret.DesiredSecret{wanted("A")}, site: []secret.DesiredSecret{released}}.offline(),
			want:   []string{"A dev: site_default released over organization_default", "A live: site_default released over organization_default"},
			reason: "it stays live",
		},
		"offline, retired by delete": {
			in:   world{org: []secret.DesiredSecret{wanted("A")}, site: []secret.DesiredSecret{deleted}}.offline(),
			want: []string{"A dev: organization_default", "A live: organization_default"}, reason: "it will be gone",
		},
		"offline, other attributes": {
			in:     world{org: []secret.DesiredSecret{wanted("A")}, site: []secret.DesiredSecret{narrow}}.offline(),
			want:   []string{"A dev: site_default over organization_default [attributes-differ]", "A live: site_default over organization_default [attributes-differ]"},
			reason: "who reads it changes with the owner",
		},
		"offline, an override for builds": {
			in:   world{site: []secret.DesiredSecret{built}}.offline(),
			want: []string{"A dev: site_default", "A live: site_override over site_default [ic-override]"}, reason: "no build runs as live",
		},
		"live, not there yet": {
			in:     world{site: []secret.DesiredSecret{wanted("A", "live")}, siteLive: []secret.LiveSecret{has("A")}}.online(),
			want:   []string{"A dev: site_default unverifiable", "A live: site_override absent over site_default; now site_default unverifiable"},
			reason: "until apply the default reaches live",
		},
		"live, the org's until apply": {
			in: world{site: []secret.DesiredSecret{wanted("A")}, org: []secret.DesiredSecret{wanted("B")}, orgLive: []secret.LiveSecret{has("B", "live")}}.online(),
			want: []string{
				"A dev: site_default absent; now nothing", "A live: site_default absent; now nothing", "B dev: organization_default unverifiable",
				"B live: organization_override undeclared unverifiable over organization_default",
			},
			reason: "live overrides that nobody declared count",
		},
		"live, hidden behind the org's": {in: world{
			org: []secret.DesiredSecret{wanted("A")}, site: []secret.DesiredSecret{wanted("A")}, orgLive: []secret.LiveSecret{has("A")},
			siteLive: []secret.LiveSecret{inherited("A")},
		}.online(),
			want: []string{
				"A dev: site_default unverifiable over organization_default [may-be-inherited]",
				"A live: site_default unverifiable over organization_default [may-be-inherited]",
			}, reason: "what wins now cannot be seen"},
		"live, inherited only": {
			in:     world{org: []secret.DesiredSecret{wanted("A")}, orgLive: []secret.LiveSecret{has("A")}, siteLive: []secret.LiveSecret{inherited("A")}}.online(),
			want:   []string{"A dev: site_default or organization_default [site-value-unseen]", "A live: site_default or organization_default [site-value-unseen]"},
			reason: "a value of the site's own would win, and does not show",
		},
		"live, organization unread": {
			in: unlisted,
			want: []string{
				"A dev: site_default or organization_default [site-value-unseen]", "A live: site_default or organization_default [site-value-unseen]",
				"B dev: site_default unverifiable", "B live: site_default unverifiable",
			},
			reason: "the site's list shows what it inherits",
		},
		"live, undeclared": {
			in:     world{siteLive: []secret.LiveSecret{has("A", "live")}}.online(),
			want:   []string{"A dev: site_default undeclared unverifiable", "A live: site_override undeclared unverifiable over site_default"},
			reason: "what is live reaches the site, whoever set it",
		},
		"live, a dropped override": {
			in:     world{site: []secret.DesiredSecret{dropping}, siteLive: []secret.LiveSecret{has("A", "live")}}.online(),
			want:   []string{"A dev: site_default unverifiable", "A live: site_default unverifiable; now site_override undeclared unverifiable"},
			reason: "apply removes it",
		},
		"live, external": {
			in:     world{site: []secret.DesiredSecret{external("A")}, siteLive: []secret.LiveSecret{has("A", "live")}}.online(),
			want:   []string{"A dev: site_default external unverifiable", "A live: site_override external unverifiable over site_default"},
			reason: "its overrides are set elsewhere too",
		},
		"live, external missing": {
			in: world{
				site: []secret.DesiredSecret{external("A")}, org: []secret.DesiredSecret{wanted("A")}, orgLive: []secret.LiveSecret{has("A")},
				siteLive: nil,
			}.online(),
			want:   []string{"A dev: organization_default unverifiable [external-absent]", "A live: organization_default unverifiable [external-absent]"},
			reason: "nothing of the site's own is there",
		},
		"live, replaced": {
			in:     world{site: []secret.DesiredSecret{replacing}, siteLive: []secret.LiveSecret{has("A")}}.online(),
			want:   []string{"A dev: site_default unverifiable [replaced]", "A live: site_default unverifiable [replaced]"},
			reason: "who reads it changes",
		},
		"live, deleted": {
			in:     leaving,
			want:   []string{"A dev: nothing; now site_default undeclared unverifiable", "A live: nothing; now site_default undeclared unverifiable"},
			reason: "apply deletes what left the manifest",
		},
		"offline, other type": {
			in:     world{org: []secret.DesiredSecret{wanted("A")}, site: []secret.DesiredSecret{otherType}}.offline(),
			want:   []string{"A dev: site_default over organization_default [attributes-differ]", "A live: site_default over organization_default [attributes-differ]"},
			reason: "who reads it changes with the owner",
		},
		"offline, org released": {
			in:     world{org: []secret.DesiredSecret{released}, site: []secret.DesiredSecret{wanted("A")}}.offline(),
			want:   []string{"A dev: site_default over organization_default", "A live: site_default over organization_default"},
			reason: "what type is released nobody knows, so nothing is said of it",
		},
		"offline, from elsewhere": {
			in:     world{site: []secret.DesiredSecret{fetched}}.offline(),
			want:   []string{"A dev: site_default from env:CELLA_VALUE_A", "A live: site_override from file:a.pem over site_default"},
			reason: "each value has a source of its own",
		},
		"live, one environment": {
			in:     world{siteLive: []secret.LiveSecret{few, none}}.online(),
			want:   []string{"A dev: site_override undeclared unverifiable", "A live: nothing"},
			reason: "a name is told where any environment gets it, and left out where none does",
		},
		"live, both to come": {
			in: world{site: []secret.DesiredSecret{wanted("A")}, org: []secret.DesiredSecret{wanted("A", "live")}}.online(),
			want: []string{
				"A dev: site_default absent over organization_default; now nothing",
				"A live: site_default or organization_override over organization_default; now nothing [ambiguous]",
			},
			reason: "nothing is not the same as two contenders",
		},
		"live, declared override": {
			in:     world{site: []secret.DesiredSecret{wanted("A", "live")}, siteLive: []secret.LiveSecret{has("A", "live")}}.online(),
			want:   []string{"A dev: site_default unverifiable", "A live: site_override unverifiable over site_default"},
			reason: "a declared override counts once",
		},
		"live, released": {
			in: world{
				site: []secret.DesiredSecret{released}, siteLive: []secret.LiveSecret{has("A")}, org: []secret.DesiredSecret{narrow},
				orgLive: []secret.LiveSecret{has("A")},
			}.online(),
			want: []string{
				"A dev: site_default released unverifiable over organization_default [attributes-differ]",
				"A live: site_default released unverifiable over organization_default [attributes-differ]",
			},
			reason: "it has the live type and scopes",
		},
		"live, released or inherited": {
			in:     world{site: []secret.DesiredSecret{released}, siteLive: []secret.LiveSecret{inherited("A")}}.online(),
			want:   []string{"A dev: site_default released unverifiable [may-be-inherited]", "A live: site_default released unverifiable [may-be-inherited]"},
			reason: "whether the site has one cannot be seen",
		},
		"live, refused to delete": {
			in: refused, want: []string{"A dev: site_default undeclared unverifiable", "A live: site_default undeclared unverifiable"},
			reason: "what is not deleted stays",
		},
		"cella's own": {in: world{siteLive: []secret.LiveSecret{has("CELLA_LEDGER__X")}}.online(), reason: "they are no secrets of the site"},
	}
	for name, test := range shadowed(released, deleted) {
		tests[name] = test
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lines(Explain(test.in)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

type explanation = struct {
	in     Input
	want   []string
	reason string
}

// shadowed are sites whose own value, if there is one, hides behind their
// organization's.
func shadowed(released, deleted secret.DesiredSecret) map[string]explanation {
	with := func(w world, change func(*Input)) Input {
		w.orgLive, w.siteLive = []secret.LiveSecret{has("A")}, []secret.LiveSecret{inherited("A")}
		if w.org == nil {
			w.org = []secret.DesiredSecret{wanted("A")}
		}
		in := w.online()
		if change != nil {
			change(&in)
		}
		return in
	}
	remembers := func(own bool) func(*Input) {
		return func(in *Input) { in.Remembered = map[secret.Name]bool{"A": own} }
	}
	retires := func(in *Input) { in.Retires = true }
	both := func(outcome string) []string { return []string{"A dev: " + outcome, "A live: " + outcome} }
	unseen := "site_default or organization_default [site-value-unseen]"
	override := []string{"A dev: " + unseen, "A live: site_default or organization_override over organization_default [site-value-unseen]"}
	return map[string]explanation{
		"shadowed, remembered none": {with(world{}, remembers(false)), both("organization_default unverifiable"), "the list said so before the organization had it"},
		"shadowed, remembered own": {with(world{}, remembers(true)),
			both("site_default undeclared unverifiable over organization_default [site-value-remembered]"), "it goes on winning"},
		"shadowed, override above": {with(world{org: []secret.DesiredSecret{wanted("A", "live")}}, func(in *Input) { in.Organization.Changes = nil }), override,
			"the site's own may be there or not, whatever the environment"},
		"shadowed, retired": {with(world{site: []secret.DesiredSecret{deleted}}, retires),
			both("organization_default unverifiable [may-be-inherited]"), "apply makes sure that it goes"},
		"shadowed, retired without key": {with(world{site: []secret.DesiredSecret{deleted}}, nil), both(unseen), "nothing is deleted without a key"},
		"shadowed, released":            {with(world{site: []secret.DesiredSecret{released}}, nil), both(unseen), "it may have been the organization's all along"},
		"shadowed, external": {
			with(world{site: []secret.DesiredSecret{external("A")}}, nil), both(unseen), "that it is set elsewhere does not show either",
		},
		"shadowed, nothing to put back": {
			with(world{org: []secret.DesiredSecret{external("A")}, site: []secret.DesiredSecret{deleted}}, retires), both(unseen), "it is refused"},
		"shadowed, declared by the site": {with(world{site: []secret.DesiredSecret{wanted("A")}}, remembers(false)),
			both("site_default unverifiable over organization_default [may-be-inherited]"), "apply writes it"},
	}
}

func lines(report Report) []string {
	var all []string
	for _, one := range report.Secrets {
		for _, outcome := range one.Environments {
			line := string(one.Name) + " " + string(outcome.Env) + ": " + expected(outcome.Winner, outcome.Contenders)
			var shadows []string
			for _, layer := range outcome.Shadows {
				shadows = append(shadows, string(layer.Kind))
			}
			if len(shadows) > 0 {
				line += " over " + strings.Join(shadows, ", ")
			}
			if outcome.Now != nil {
				line += "; now " + expected(outcome.Now.Winner, outcome.Now.Contenders)
			}
			for _, note := range outcome.Notes {
				line += " [" + note.Code + "]"
			}
			all = append(all, line)
		}
	}
	return all
}

func expected(winner *Layer, contenders []Layer) string {
	switch {
	case winner == nil && len(contenders) > 0:
		return string(contenders[0].Kind) + " or " + string(contenders[1].Kind)
	case winner == nil:
		return "nothing"
	}
	text := string(winner.Kind)
	if winner.Origin != Manifest {
		text += " " + string(winner.Origin)
	}
	if winner.Source != "" {
		text += " from " + string(winner.Source)
	}
	if winner.Value != "" {
		text += " " + string(winner.Value)
	}
	return text
}

// TestReportJSON holds the published format, and that no value is in it.
func TestReportJSON(t *testing.T) {
	report := Explain(world{
		org: []secret.DesiredSecret{wanted("MAIL_KEY", "live"), wanted("ONLY_ORG")},
		site: []secret.DesiredSecret{
			external("ELSEWHERE"), wanted("MAIL_KEY"),
		}, siteLive: []secret.LiveSecret{has("MAIL_KEY"), has("TYPED_IN")}, orgLive: []secret.LiveSecret{has("MAIL_KEY")},
	}.online())
	encoded, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(encoded), "canary") {
		t.Error("a value is in the report")
	}
	testkit.Golden(t, "testdata/report.json", string(encoded)+"\n")
}

// TestAsManyEnvironmentsAsLayers: each environment is found, and none is looked
// for among all the others: these would take many minutes.
func TestAsManyEnvironmentsAsLayers(t *testing.T) {
	const many = 60_000
	want := wanted("A")
	var envs []secret.Env
	for i := range many {
		envs = append(envs, secret.Env(fmt.Sprintf("e%06d", i)))
		want.Overrides = append(want.Overrides, secret.DesiredOverride{Env: envs[i]})
	}
	in := world{site: []secret.DesiredSecret{want}}.offline()
	in.Environments = envs
	report := Explain(in)
	if len(report.Secrets) != 1 || in.Names() != 1 {
		t.Fatalf("%d secrets, %d names", len(report.Secrets), in.Names())
	}
	for i, outcome := range report.Secrets[0].Environments {
		if outcome.Winner == nil || outcome.Winner.Env != envs[i] || len(outcome.Shadows) != 1 {
			t.Fatalf("%s: %+v", envs[i], outcome)
		}
	}
}
