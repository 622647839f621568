package decision

import (
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestTheTokenIsToldOnce: for the project, whatever the target.
func TestTheTokenIsToldOnce(t *testing.T) {
	expires := civil.Date{Year: 2027, Month: time.March, Day: 15}
	for days, want := range map[int]int{-15: 0, -14: 1, 0: 1, 30: 1} {
		p := Diff(Input{
			Project: "shop", Today: expires.AddDays(days), Policy: Policy{TokenExpires: expires},
			Targets: plan.Targets{{Owner: secret.Owner{Kind: secret.Site, Name: "other"}}},
		})
		told := keep(p.Warnings, func(w plan.Warning) bool {
			return w.Code == plan.CodeTokenExpired || w.Code == plan.CodeTokenExpiresSoon
		})
		if len(told) != want {
			t.Errorf("%d days after: %v, want %d", days, told, want)
		}
	}
}

// TestDatesAreOnlyTold: they change neither what is done nor what was approved,
// whatever day it is.
func TestDatesAreOnlyTold(t *testing.T) {
	expiring := want("A", "=1")
	expiring.Dates.Expires = civil.Date{Year: 2027, Month: time.March, Day: 1}
	other := want("B", "=1")
	other.Dates.Expires = expiring.Dates.Expires
	in := one([]secret.DesiredSecret{expiring, other}, []secret.LiveSecret{have("A", "=2")})
	before := Diff(in)
	in.Today = civil.Date{Year: 2027, Month: time.March, Day: 2}
	after := Diff(in)
	if diff := cmp.Diff(before.Approved(), after.Approved()); diff != "" {
		t.Errorf("a date is part of what is approved:\n%s", diff)
	}
	if got := datesTold(after); got != 2 || after.Blocked() {
		t.Errorf("%d warnings, want one per secret, and nothing blocked", got)
	}
	in.Targets = plan.Targets{{Owner: mySite, Secret: "A"}}
	if got := datesTold(Diff(in)); got != 1 {
		t.Errorf("%d warnings with a target, want 1", got)
	}
	in.Targets, in.Live = nil, nil
	in.Failed = []plan.OwnerError{{Owner: mySite, Code: plan.CodeRequestFailed, Detail: "list: 503"}}
	if got := datesTold(Diff(in)); got != 2 {
		t.Errorf("%d warnings of an owner that could not be read, want 2: the manifest has the dates", got)
	}
}

func datesTold(p plan.Plan) int {
	n := 0
	for _, w := range p.Warnings {
		if w.Code == plan.CodeExpired {
			n++
		}
	}
	return n
}

// TestSourcesAreNamed: a plan says of each value where it comes from, and a
// value from elsewhere is compared like any other.
func TestSourcesAreNamed(t *testing.T) {
	s := want("A", "=1", "live=2", "test=3")
	s.Source, s.Overrides[0].Source = secret.EnvSource("CELLA_VALUE_A"), secret.FileSource("certs/a.pem")
	external := secret.DesiredSecret{Name: "B", Type: s.Type, Scopes: s.Scopes, External: true}
	p := Diff(one([]secret.DesiredSecret{s, external}, []secret.LiveSecret{have("A", "=1", "live=9", "test=3"), have("B", "=1")}))
	change := p.Changes[0]
	if change.Source != "env:CELLA_VALUE_A" || change.Value != plan.Equal {
		t.Errorf("the default is %s from %q", change.Value, change.Source)
	}
	if live := change.Overrides[0]; live.Source != "file:certs/a.pem" || live.Action != plan.Update {
		t.Errorf("live: %s from %q", live.Action, live.Source)
	}
	if other := change.Overrides[1].Source + p.Changes[1].Source; other != "" {
		t.Errorf("what stands in the manifest, or has no value, comes from %q", other)
	}
}
