package decision

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// fleet declares n secrets that are live and equal, the first of which are
// changed by the given functions.
func fleet(n int, changes ...func(*secret.DesiredSecret, *secret.LiveSecret)) Input {
	var desired []secret.DesiredSecret
	var live []secret.LiveSecret
	for i := range n {
		d, l := want(fmt.Sprintf("S%03d", i), "=1"), have(fmt.Sprintf("S%03d", i), "=1")
		if i < len(changes) {
			changes[i](&d, &l)
		}
		desired, live = append(desired, d), append(live, l)
	}
	return one(desired, live)
}

func replaced(d *secret.DesiredSecret, l *secret.LiveSecret) {
	d.Replace = true
	composer(l)
}

func stripped(d *secret.DesiredSecret, l *secret.LiveSecret) {
	d.DropOverrides = []secret.Env{"live", "test"}
	l.Overrides = []secret.LiveOverride{{Env: "live"}, {Env: "test"}}
}

func both(d *secret.DesiredSecret, l *secret.LiveSecret) { replaced(d, l); stripped(d, l) }

func TestBrake(t *testing.T) {
	type change = func(*secret.DesiredSecret, *secret.LiveSecret)
	for name, c := range map[string]struct {
		live    int
		percent int
		changes []change
		braked  bool
		reason  string
	}{
		"exactly the limit":         {10, 30, []change{replaced, replaced, replaced}, false, "strictly more is refused"},
		"one more":                  {10, 30, []change{replaced, replaced, replaced, replaced}, true, "4 of 10"},
		"nine live ones":            {9, 30, []change{replaced, replaced, replaced, replaced}, false, "the brake works from ten up"},
		"removed overrides count":   {10, 30, []change{stripped, replaced, stripped, replaced}, true, "4 secrets lose something"},
		"each secret once":          {10, 30, []change{both, both, both}, false, "3 secrets, however much each loses"},
		"nothing allowed":           {10, 0, []change{stripped}, true, "0 percent allows none"},
		"everything allowed":        {10, 100, []change{both, both, both, both, both, both, both, both, both, both}, false, "100 percent stops nothing"},
		"fractions are not rounded": {19, 10, []change{replaced, replaced}, true, "2 of 19 is more than 10 percent"},
		"fractions below the limit": {21, 10, []change{replaced, replaced}, false, "2 of 21 is less than 10 percent"},
		"updates and creates are not": {
			10, 0, []change{func(d *secret.DesiredSecret, _ *secret.LiveSecret) { d.Value = secret.NewValue("2") }}, false, "nothing goes away",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := fleet(c.live, c.changes...)
			in.Desired[0].MaxDeletePercent = c.percent
			if got := Diff(in).Blocked(); got != c.braked {
				t.Errorf("braked %t: %s", got, c.reason)
			}
		})
	}
}

func TestBrakeCountsOwnLiveSecretsOnly(t *testing.T) {
	in := fleet(9, replaced, replaced, replaced)
	in.Live[0].Secrets = append(in.Live[0].Secrets,
		haveWith(have("T", "=?"), inherited), have("CELLA_LEDGER__MARKETING", "=?"), have("CELLA_ORG_LEDGER__X", "=?"))
	if p := Diff(in); p.Blocked() {
		t.Errorf("nine own ones are too few for the brake: %v", p.Refusals)
	}
	in.Live[0].Secrets = append(in.Live[0].Secrets, have("UNMANAGED", "=?"))
	in.Desired[0].MaxDeletePercent = 20
	want := []told{{plan.CodeDeleteLimit,
		"3 of 10 secrets on Pantheon would be deleted, replaced or lose an override; `max_delete_percent: 20` allows 2",
		"raise max_delete_percent on site:my-site or under policy, or change fewer at once; or " +
			"write the entries of those that should go again, with nothing in them but `retire: delete`"}}
	if diff := cmp.Diff(want, tell(Diff(in))); diff != "" {
		t.Error(diff)
	}
}

func TestBrakeIsPerOwner(t *testing.T) {
	in := fleet(10, replaced, replaced, replaced, replaced)
	loose := fleet(10, replaced, replaced, replaced, replaced)
	in.Desired[0].MaxDeletePercent = 40
	in.Desired = append(in.Desired, desire(torn, loose.Desired[0].Secrets...))
	in.Live = append(in.Live, living(torn, loose.Live[0].Secrets...))
	p := Diff(in)
	if len(p.Refusals) != 1 || p.Refusals[0].Owner != torn || p.Refusals[0].Secret != "" {
		t.Errorf("want one refusal, of torn-site as a whole: %v", p.Refusals)
	}
}

func TestBrakeWithTarget(t *testing.T) {
	in := fleet(10, replaced, replaced, replaced, replaced)
	for name, c := range map[string]struct {
		secret  secret.Name
		refused bool
		reason  string
	}{
		"a replaced secret": {"S000", true, "the brake is not to be passed one secret at a time"},
		"an unchanged one":  {"S009", false, "what the brake is about is left out"},
	} {
		t.Run(name, func(t *testing.T) {
			in.Targets = plan.Targets{{Owner: mySite, Secret: c.secret}}
			if p := Diff(in); p.Blocked() != c.refused {
				t.Errorf("%s: %v", c.reason, p.Refusals)
			}
		})
	}
}

func TestBrakeManifestWithoutOwners(t *testing.T) {
	p := Diff(Input{Project: "storefront", Keys: testKeys})
	if !p.Blocked() || len(p.Refusals) != 1 || p.Refusals[0].Code != plan.CodeEmptyManifest {
		t.Errorf("refusals = %+v, want the empty manifest refused: nobody looked", p.Refusals)
	}
	if p := Diff(Input{Project: "storefront"}); p.Blocked() {
		t.Errorf("without a key: refusals = %+v, want none: there is no ledger to be forgotten", p.Refusals)
	}
}
