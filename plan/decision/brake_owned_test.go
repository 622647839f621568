package decision

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// owned is my-site with n secrets of this project, the first of which have
// left the manifest, and one of another owner, so that it is not empty.
func owned(n, left int, desired ...secret.DesiredSecret) Input {
	var memos []memo
	var live []secret.LiveSecret
	for i := range n {
		s := want(fmt.Sprintf("S%02d", i), "=1")
		memos, live = append(memos, did(s)), append(live, have(string(s.Name), "=?"))
		if i >= left {
			desired = append(desired, s)
		}
	}
	in := one(desired, live)
	in.Desired = append(in.Desired, desire(agency, wantWith(want("KEPT"), func(s *secret.DesiredSecret) { s.External = true })))
	in.Live = append(in.Live, living(agency, have("KEPT", "=?")))
	in.Desired[0].MaxDeletePercent = 30
	return remembering(in, manifest{}.under("k", ""), past{records: memos})
}

func retired(i int) secret.DesiredSecret {
	return secret.DesiredSecret{Name: secret.Name(fmt.Sprintf("S%02d", i)), Retire: secret.RetireDelete}
}

func externally(i int) secret.DesiredSecret {
	s := want(fmt.Sprintf("S%02d", i))
	s.External = true
	return s
}

// alsoLive adds live secrets that nothing records.
func alsoLive(in Input, names ...string) Input {
	for _, name := range names {
		in.Live[0].Secrets = append(in.Live[0].Secrets, have(name, "=?"))
	}
	return in
}

// vanished takes a live secret away.
func vanished(in Input, name secret.Name) Input {
	in.Live[0].Secrets = slices.DeleteFunc(in.Live[0].Secrets, func(s secret.LiveSecret) bool { return s.Name == name })
	return in
}

// claimed has another project's ledger name a secret too.
func claimed(in Input, name secret.Name) Input {
	in.Ledgers[0].Claims = append(in.Ledgers[0].Claims, ledger.Claim{Project: "other", Names: []secret.Name{name}, Intact: true})
	return in
}

// replacing gives the first n declared secrets other scopes, as one changed
// line of defaults does.
func replacing(in Input, n int) Input {
	for i := range n {
		in.Desired[0].Secrets[i].Scopes = secret.NewScopes(secret.ICScope, secret.WebScope)
	}
	return in
}

// allowing says `replace: true` on the first n.
func allowing(in Input, n int) Input {
	for i := range n {
		in.Desired[0].Secrets[i].Replace = true
	}
	return in
}

// sites is n sites with two secrets of this project each. On the first of them
// one has left the manifest; change may do more to each.
func sites(n, left int, change func(i int, secrets []secret.DesiredSecret)) Input {
	in := Input{Project: "storefront", Policy: Policy{MaxDeletePercent: 30}}
	m := manifest{}.under("k", "")
	var pasts []ledger.Ledgers
	for i := range n {
		site := secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("site-%02d", i), ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i)}
		a, b := want("A", "=1"), want("B", "=1")
		one := remembering(Input{
			Project: "storefront", Desired: []secret.Desired{desire(site, a, b)}, Live: []secret.Live{living(site, have("A", "=?"), have("B", "=?"))},
		}, m, past{records: []memo{did(a), did(b)}})
		secrets := one.Desired[0].Secrets
		if change != nil {
			change(i, secrets)
		}
		if i < left {
			secrets = secrets[:1]
		}
		in.Desired = append(in.Desired, desire(site, secrets...))
		in.Live, in.Keys = append(in.Live, one.Live...), one.Keys
		pasts = append(pasts, one.Ledgers...)
	}
	in.Ledgers = pasts
	return in
}

// TestBrakeOverOwners: a mistake on many sites is stopped, however little it
// does on each.
func TestBrakeOverOwners(t *testing.T) {
	rescoped := func(sites int, allowed bool) func(int, []secret.DesiredSecret) {
		return func(i int, secrets []secret.DesiredSecret) {
			if i < sites {
				secrets[0].Scopes, secrets[0].Replace = secret.NewScopes(secret.ICScope), allowed
			}
		}
	}
	revalued := func(_ int, secrets []secret.DesiredSecret) { secrets[0].Value = secret.NewValue("2") }
	retiring := func(_ int, secrets []secret.DesiredSecret) { secrets[0].Retire = secret.RetireDelete }
	for name, c := range map[string]struct {
		in     Input
		braked bool
		reason string
	}{
		"the limit":           {sites(10, 3, nil), false, "3 of 10 are allowed"},
		"one more":            {sites(10, 4, nil), true, "4 of 10 are not"},
		"nine sites":          {sites(9, 9, nil), false, "too few for this brake"},
		"replaced":            {sites(10, 0, rescoped(4, false)), true, "replacing deletes"},
		"replaced, allowed":   {sites(10, 0, rescoped(4, true)), true, "a word on each says nothing of their number"},
		"deleted or replaced": {sites(10, 2, rescoped(4, false)), true, "each site counts once"},
		"both on the same":    {sites(10, 3, rescoped(3, false)), false, "each site counts once"},
		"updated everywhere":  {sites(10, 0, revalued), false, "nothing goes away"},
		"retired everywhere":  {sites(10, 0, retiring), false, "each was allowed in git"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Diff(c.in)
			if braked := slices.ContainsFunc(
				p.Refusals, func(r plan.Refusal) bool { return r.Code == plan.CodeDeleteFleet },
			); braked != c.braked || p.Blocked() != c.braked {
				t.Errorf("braked is %t, want %t: %s\n%+v", braked, c.braked, c.reason, p.Refusals)
			}
		})
	}
	in := sites(10, 4, nil)
	in.Targets = plan.Targets{{Owner: in.Desired[0].Owner}}
	if p := Diff(in); p.Blocked() {
		t.Errorf("one site alone is refused: %+v", p.Refusals)
	}
}

func TestBrakeOnDeletes(t *testing.T) {
	for name, c := range map[string]struct {
		in     Input
		codes  []plan.Code
		reason string
	}{
		"the limit":           {owned(10, 3), nil, "3 of 10 are allowed"},
		"one more":            {owned(10, 4), []plan.Code{plan.CodeDeleteLimit}, "4 of 10 are not"},
		"retired ones":        {owned(10, 4, retired(0), retired(1), retired(2), retired(3)), nil, "each was allowed in git"},
		"one of them retired": {owned(10, 4, retired(0)), nil, "3 of 10 that were not"},
		"all of two":          {owned(2, 2), nil, "too few for a brake"},
		"all of three":        {owned(3, 3), []plan.Code{plan.CodeDeleteAll}, "everything at once"},
		"all of three, new":   {owned(3, 3, want("NEW", "=1")), []plan.Code{plan.CodeDeleteAll}, "new ones do not make up for it"},
		"all but one":         {owned(4, 3), nil, "something stays"},
		"all retired":         {owned(3, 3, retired(0), retired(1), retired(2)), nil, "each was allowed in git"},
		"all, one retired":    {owned(3, 3, retired(0)), nil, "two are deleted without a word"},
		"all, one external":   {owned(4, 4, externally(3)), []plan.Code{plan.CodeDeleteAll}, "what is released does not stay this project's"},
		"all, one never ours": {
			alsoLive(owned(3, 3, wantWith(want("X"), func(s *secret.DesiredSecret) { s.External = true })), "X"), []plan.Code{plan.CodeDeleteAll},
			"what is set elsewhere was never this project's",
		},
		"all, one vanished":    {vanished(owned(4, 3), "S03"), []plan.Code{plan.CodeDeleteAll}, "what has to be created again did not stay"},
		"all, one forgotten":   {claimed(owned(4, 4), "S03"), []plan.Code{plan.CodeDeleteAll}, "what is another project's too does not stay this one's"},
		"all of ten":           {owned(10, 10), []plan.Code{plan.CodeDeleteAll, plan.CodeDeleteLimit}, "both brakes are told"},
		"all replaced":         {replacing(owned(3, 0), 3), []plan.Code{plan.CodeDeleteAll}, "one changed line of defaults"},
		"all, some replaced":   {replacing(owned(3, 1), 2), []plan.Code{plan.CodeDeleteAll}, "they count together"},
		"all but one replaced": {replacing(owned(4, 0), 3), nil, "something stays as it is"},
		"all replaced, two":    {replacing(owned(2, 0), 2), nil, "too few for a brake"},
		"all, one allowed":     {allowing(replacing(owned(3, 0), 3), 1), nil, "two are replaced without a word"},
		"all four, one word":   {allowing(replacing(owned(4, 0), 4), 1), []plan.Code{plan.CodeDeleteAll}, "three without a word, and nothing stays"},
		"all allowed":          {allowing(replacing(owned(3, 0), 3), 3), nil, "each was allowed in git"},
		"all of four, two not": {owned(4, 4, retired(0)), []plan.Code{plan.CodeDeleteAll}, "three without a word, and nothing stays"},
	} {
		t.Run(name, func(t *testing.T) {
			var codes []plan.Code
			for _, r := range Diff(c.in).Refusals {
				codes = append(codes, r.Code)
			}
			if diff := cmp.Diff(c.codes, codes); diff != "" {
				t.Errorf("%s\n%s", c.reason, diff)
			}
		})
	}
}

func TestBrakeOnAnEmptyManifest(t *testing.T) {
	empty := func(in Input, desired ...secret.Desired) Input {
		in.Desired = append(in.Desired[:1:1], desired...)
		in.Live = in.Live[:1]
		return in
	}
	for name, c := range map[string]struct {
		in     Input
		braked bool
		reason string
	}{
		"no secrets":            {empty(owned(1, 1)), true, "rather a mistake than a wish"},
		"only retired ones":     {empty(owned(2, 2, retired(0))), true, "retired names declare nothing"},
		"all of them retired":   {empty(owned(1, 1, retired(0))), false, "nothing is deleted without a word"},
		"something elsewhere":   {owned(1, 1), false, "the manifest is not empty"},
		"nothing would be lost": {empty(remembering(one(nil, nil), manifest{}.under("k", ""))), false, "nothing is recorded"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Diff(c.in)
			if p.Blocked() != c.braked {
				t.Errorf("%s: %v", c.reason, p.Refusals)
			}
			for _, r := range p.Refusals {
				if (r.Code != plan.CodeEmptyManifest || r.Owner != secret.Owner{}) {
					t.Errorf("refused by %+v", r)
				}
			}
		})
	}
}

// TestTargetOnWhatLeft: a target may be a name that only the ledger holds,
// and what is said of the owner's ledger is not left out with the rest.
func TestTargetOnWhatLeft(t *testing.T) {
	in := owned(4, 2)
	in.Targets = plan.Targets{{Owner: mySite, Secret: "S01"}}
	if diff := cmp.Diff([]string{"delete S01 steps:1", "warning target S01"}, shorthand(Diff(in))); diff != "" {
		t.Error(diff)
	}
	braked := owned(3, 3)
	braked.Targets = plan.Targets{{Owner: mySite, Secret: "S01"}}
	if p := Diff(braked); len(p.Refusals) != 1 || p.Refusals[0].Code != plan.CodeDeleteAll {
		t.Errorf("the brake is not to be passed one secret at a time: %v", p.Refusals)
	}
	broken := owned(4, 0)
	cut(&broken)
	broken.Targets = plan.Targets{{Owner: mySite, Secret: "S01"}}
	if p := Diff(broken); len(p.Refusals) != 1 || p.Refusals[0].Code != plan.CodeLedgerDamaged {
		t.Errorf("the ledger is the target's too: %v", p.Refusals)
	}
}

func TestLedgersOfTheInput(t *testing.T) {
	in := owned(1, 0)
	twice := in
	twice.Ledgers = append(in.Ledgers[:1:1], in.Ledgers...)
	if p := Diff(twice); len(p.Errors) != 1 || p.Errors[0].Owner != mySite {
		t.Errorf("read twice: %v", p.Errors)
	}
	otherID := in
	otherID.Ledgers = append(in.Ledgers[:0:0], in.Ledgers...)
	otherID.Ledgers[0].Owner.ID = "other"
	if p := Diff(otherID); len(p.Errors) != 1 {
		t.Errorf("another owner's ledger: %v", p.Errors)
	}
	stray := in
	stray.Desired, stray.Live = in.Desired[1:], in.Live[1:]
	if p := Diff(stray); p.Blocked() || p.HasChanges() {
		t.Errorf("a ledger of an owner that is not planned for: %v", shorthand(p))
	}
	keyless := in
	keyless.Ledgers = []ledger.Ledgers{ledger.ReadAll(in.Live[0], in.Project, nil, ledger.Keys{})}
	if diff := cmp.Diff(
		[]string{"none KEPT steps:0", "update S00 default:update/unverifiable steps:1", "warning ledger-not-kept "}, shorthand(Diff(keyless)),
	); diff != "" {
		t.Errorf("a ledger that was read without a key: %s", diff)
	}
	unheld := in
	unheld.Ledgers = nil
	if diff := cmp.Diff(
		[]string{"none KEPT steps:0", "update S00 default:update/unverifiable steps:1", "warning ledger-not-kept "}, shorthand(Diff(unheld)),
	); diff != "" {
		t.Errorf("an owner without a holding is as without a key: %s", diff)
	}
}
