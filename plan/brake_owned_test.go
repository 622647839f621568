package plan

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
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

func TestBrakeOnDeletes(t *testing.T) {
	for name, c := range map[string]struct {
		in     Input
		codes  []Code
		reason string
	}{
		"the limit":            {owned(10, 3), nil, "3 of 10 are allowed"},
		"one more":             {owned(10, 4), []Code{CodeDeleteLimit}, "4 of 10 are not"},
		"retired ones":         {owned(10, 4, retired(0), retired(1), retired(2), retired(3)), nil, "each was allowed in git"},
		"one of them retired":  {owned(10, 4, retired(0)), nil, "3 of 10 that were not"},
		"all of two":           {owned(2, 2), nil, "too few for a brake"},
		"all of three":         {owned(3, 3), []Code{CodeDeleteAll}, "everything at once"},
		"all of three, new":    {owned(3, 3, want("NEW", "=1")), []Code{CodeDeleteAll}, "new ones do not make up for it"},
		"all but one":          {owned(4, 3), nil, "something stays"},
		"all retired":          {owned(3, 3, retired(0), retired(1), retired(2)), nil, "each was allowed in git"},
		"all, one retired":     {owned(3, 3, retired(0)), nil, "two are deleted without a word"},
		"all, one external":    {owned(4, 4, externally(3)), []Code{CodeDeleteAll}, "what is released does not stay this project's"},
		"all, one never ours":  {alsoLive(owned(3, 3, wantWith(want("X"), func(s *secret.DesiredSecret) { s.External = true })), "X"), []Code{CodeDeleteAll}, "what is set elsewhere was never this project's"},
		"all, one vanished":    {vanished(owned(4, 3), "S03"), []Code{CodeDeleteAll}, "what has to be created again did not stay"},
		"all, one forgotten":   {claimed(owned(4, 4), "S03"), []Code{CodeDeleteAll}, "what is another project's too does not stay this one's"},
		"all of ten":           {owned(10, 10), []Code{CodeDeleteAll, CodeDeleteLimit}, "both brakes are told"},
		"all of four, two not": {owned(4, 4, retired(0)), []Code{CodeDeleteAll}, "three without a word, and nothing stays"},
	} {
		t.Run(name, func(t *testing.T) {
			var codes []Code
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
				if (r.Code != CodeEmptyManifest || r.Owner != secret.Owner{}) {
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
	in.Target = Target{Owner: mySite, Secret: "S01"}
	if diff := cmp.Diff([]string{"delete S01 steps:1", "warning target S01"}, shorthand(Diff(in))); diff != "" {
		t.Error(diff)
	}
	braked := owned(3, 3)
	braked.Target = Target{Owner: mySite, Secret: "S01"}
	if p := Diff(braked); len(p.Refusals) != 1 || p.Refusals[0].Code != CodeDeleteAll {
		t.Errorf("the brake is not to be passed one secret at a time: %v", p.Refusals)
	}
	broken := owned(4, 0)
	cut(&broken)
	broken.Target = Target{Owner: mySite, Secret: "S01"}
	if p := Diff(broken); len(p.Refusals) != 1 || p.Refusals[0].Code != CodeLedgerDamaged {
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
	keyless.Ledgers = []ledger.Holding{ledger.Hold(in.Live[0], in.Project, nil, ledger.Keys{})}
	if diff := cmp.Diff([]string{"none KEPT steps:0", "update S00 default:update/unverifiable steps:1", "warning ledger-not-kept "}, shorthand(Diff(keyless))); diff != "" {
		t.Errorf("a ledger that was read without a key: %s", diff)
	}
	unheld := in
	unheld.Ledgers = nil
	if diff := cmp.Diff([]string{"none KEPT steps:0", "update S00 default:update/unverifiable steps:1", "warning ledger-not-kept "}, shorthand(Diff(unheld))); diff != "" {
		t.Errorf("an owner without a holding is as without a key: %s", diff)
	}
}
