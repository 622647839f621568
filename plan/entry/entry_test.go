package entry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

var (
	shop    = secret.Owner{Kind: secret.Site, Name: "shop", ID: "11111111-2222-3333-4444-555555555555"}
	keys    = keysOf("k", "")
	applied = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
)

// keysOf are made of letters; "" is no key.
func keysOf(current, previous string) ledger.Keys {
	value := func(letter string) secret.Value {
		if letter == "" {
			return secret.Value{}
		}
		return secret.NewValue(strings.Repeat(letter, 42) + "A=")
	}
	made, err := ledger.DeriveKeys(value(current), value(previous))
	if err != nil {
		panic(err)
	}
	return made
}

// want is a declared secret, its overrides as ENV=VALUE.
func want(name, value string, overrides ...string) secret.DesiredSecret {
	s := secret.DesiredSecret{
		Name: secret.Name(name), Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope), Value: secret.NewValue(value),
	}
	for _, override := range overrides {
		env, value, _ := strings.Cut(override, "=")
		s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: secret.Env(env), Value: secret.NewValue(value)})
	}
	return s
}

// memo is what a ledger says of a secret.
type memo struct {
	secret.DesiredSecret
	state ledger.State
}

// stored is a ledger of shop under a project's name.
func stored(t *testing.T, project string, under ledger.Keys, memos ...memo) ledger.Ledger {
	t.Helper()
	id := ledger.Identity{Project: project, Owner: shop}
	found := ledger.Ledgers{Owner: shop, Own: ledger.ReadAll(secret.Live{Owner: shop}, id.Project, nil, under).Own}
	l := entry.Read(secret.Desired{Owner: shop}, &found, under)
	revision := found.Own.Revise()
	for _, one := range memos {
		entered := l.Wanted(one.DesiredSecret)
		entered.State = one.state
		for i := range entered.Fingerprints {
			entered.Fingerprints[i].At = applied
		}
		revision.Put(entered)
	}
	_, made, err := revision.Encode(under, "test", ledger.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// damaged is a ledger that names secrets and cannot be believed.
func damaged(project string, names ...secret.Name) ledger.Ledger {
	return ledger.Ledger{Identity: ledger.Identity{Project: project, Owner: shop}, Status: ledger.Damaged, Names: names}
}

// known are ledgers of shop, read for a manifest.
func known(desired secret.Desired, own ledger.Ledger, former ...ledger.Ledger) entry.Ledgers {
	desired.Owner = shop
	return entry.Read(desired, &ledger.Ledgers{Owner: shop, Own: own, Former: former}, keys)
}

// absent is the ledger that a list does not have.
func absent(t *testing.T) ledger.Ledger {
	t.Helper()
	return ledger.ReadAll(secret.Live{Owner: shop}, "store", nil, keys).Own
}

// TestRead: what cannot be believed says nothing but names, and nothing is written
// where nothing can be.
func TestRead(t *testing.T) {
	whole := stored(t, "store", keys, memo{want("A", "a"), ledger.Applied})
	of := func(l entry.Ledgers) *entry.Ledgers { return &l }
	found := ledger.Ledgers{Owner: shop, Own: whole}
	tests := map[string]struct {
		ledgers *entry.Ledgers
		state   entry.State
		keeps   bool
		names   []secret.Name // to be decided
	}{
		"not read":           {of(entry.Read(secret.Desired{Owner: shop}, nil, keys)), entry.WithoutKey, false, nil},
		"without a key":      {of(entry.Read(secret.Desired{Owner: shop}, &found, ledger.Keys{})), entry.WithoutKey, false, nil},
		"whole":              {of(known(secret.Desired{}, whole)), entry.Unrecorded, true, []secret.Name{"A"}},
		"none yet":           {of(known(secret.Desired{}, absent(t))), entry.Unrecorded, true, nil},
		"damaged":            {of(known(secret.Desired{}, damaged("store", "B", "A"))), entry.Unbelievable, false, nil},
		"damaged, formerly":  {of(known(secret.Desired{}, whole, damaged("old", "B"))), entry.Unbelievable, false, nil},
		"given up":           {of(known(secret.Desired{ResetLedger: true}, damaged("store", "B", "A"))), entry.GivenUp, true, []secret.Name{"A", "B"}},
		"given up in part":   {of(known(secret.Desired{ResetLedger: true}, whole, damaged("old", "B", "A"))), entry.GivenUp, true, []secret.Name{"A", "B"}},
		"nothing to give up": {of(known(secret.Desired{ResetLedger: true}, whole)), entry.Unrecorded, true, []secret.Name{"A"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if l := test.ledgers; l.State != test.state || l.Keeps() != test.keeps {
				t.Errorf("state %d, keeps %v", l.State, l.Keeps())
			}
			if diff := cmp.Diff(test.names, test.ledgers.Names()); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
	given := known(secret.Desired{ResetLedger: true}, damaged("store", "B", "A"))
	if !given.Lists("A") || !given.Lists("B") || given.Lists("C") {
		t.Errorf("it lists %q", given.Listed)
	}
}

// TestOf: the present name outweighs former ones, but a word of any that something
// is pending, or other attributes, counts.
func TestOf(t *testing.T) {
	a, composed := want("A", "a"), want("A", "a")
	composed.Type, composed.Scopes = secret.ComposerType, secret.NewScopes(secret.ICScope)
	own := func(state ledger.State) ledger.Ledger { return stored(t, "store", keys, memo{a, state}) }
	old := func(memos ...memo) ledger.Ledger { return stored(t, "old", keys, memos...) }
	tests := map[string]struct {
		ledgers entry.Ledgers
		state   entry.State
		project string // whose entry it is
		values  int
	}{
		"in none":          {known(secret.Desired{}, absent(t)), entry.Unrecorded, "", 0},
		"applied":          {known(secret.Desired{}, own(ledger.Applied)), entry.Applied, "store", 1},
		"pending":          {known(secret.Desired{}, own(ledger.Pending)), entry.Pending, "store", 1},
		"taking":           {known(secret.Desired{}, own(ledger.Taking)), entry.Taking, "store", 1},
		"formerly":         {known(secret.Desired{}, absent(t), old(memo{a, ledger.Applied})), entry.Applied, "old", 1},
		"in both":          {known(secret.Desired{}, own(ledger.Applied), old(memo{a, ledger.Applied})), entry.Applied, "store", 2},
		"pending formerly": {known(secret.Desired{}, own(ledger.Applied), old(memo{a, ledger.Pending})), entry.Pending, "store", 2},
		"taking formerly":  {known(secret.Desired{}, own(ledger.Applied), old(memo{a, ledger.Taking})), entry.Pending, "store", 2},
		"of another type":  {known(secret.Desired{}, own(ledger.Applied), old(memo{composed, ledger.Applied})), entry.Pending, "store", 2},
		"taking, and more": {known(secret.Desired{}, own(ledger.Taking), old(memo{a, ledger.Applied})), entry.Taking, "store", 2},
		"unbelievable":     {known(secret.Desired{}, damaged("store", "A")), entry.Unbelievable, "", 0},
		"given up":         {known(secret.Desired{ResetLedger: true}, damaged("store", "A")), entry.GivenUp, "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			past := test.ledgers.Of("A")
			if past.State != test.state || past.Identity.Project != test.project || past.Former != (test.project == "old") || len(past.Values()) != test.values {
				t.Errorf("state %d, of %q, formerly %v, %d values", past.State, past.Identity.Project, past.Former, len(past.Values()))
			}
			if past.Recorded() != (test.project != "") {
				t.Errorf("recorded %v", past.Recorded())
			}
		})
	}
}

// TestClaim: an intact ledger outweighs a broken one, and none counts of a project
// that nobody expects.
func TestClaim(t *testing.T) {
	claims := []ledger.Claim{
		{Project: "a", Names: []secret.Name{"A", "BOTH"}}, {Project: "b", Names: []secret.Name{"B", "BOTH"}, Intact: true},
	}
	tests := map[string]struct {
		name     secret.Name
		expected []string
		claims   entry.Claims
		by       string
	}{
		"by nobody":         {"C", nil, entry.Unclaimed, ""},
		"by a broken one":   {"A", nil, entry.ClaimedBroken, "a"},
		"by an intact one":  {"B", nil, entry.ClaimedWhole, "b"},
		"by both":           {"BOTH", nil, entry.ClaimedWhole, "b"},
		"an unexpected one": {"BOTH", []string{"a"}, entry.ClaimedBroken, "a"},
		"nobody expected":   {"BOTH", []string{}, entry.Unclaimed, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := entry.Read(secret.Desired{}, &ledger.Ledgers{Owner: shop, Claims: claims}, keys)
			l.Projects = test.expected
			if claim, by := l.Claim(test.name); claim != test.claims || by != test.by {
				t.Errorf("claim %d by %q", claim, by)
			}
		})
	}
}

// shorthand says of an edit what is announced, and what is there in the end.
func shorthand(e entry.Edit) string {
	word := func(entered *ledger.Entry) string {
		if entered == nil {
			return "nothing"
		}
		return entered.State.String() + " " + strings.Repeat("+", len(entered.Fingerprints))
	}
	return string(e.Secret) + ": " + word(e.Pending) + ", then " + word(e.Applied)
}

// TestEdits: what is about to be written is announced with all that any ledger has
// of it, and what is gone is dropped.
func TestEdits(t *testing.T) {
	desired := secret.Desired{Owner: shop, Secrets: []secret.DesiredSecret{want("NEW", "n"), want("A", "other", "live=l"), want("OLD", "o")}}
	ledgers := ledger.Ledgers{
		Owner:  shop,
		Own:    stored(t, "store", keys, memo{want("A", "a", "test=t"), ledger.Applied}, memo{want("GONE", "g"), ledger.Applied}),
		Former: []ledger.Ledger{stored(t, "old", keys, memo{want("OLD", "o"), ledger.Applied})},
	}
	change := func(action plan.Action, name secret.Name) plan.Change {
		return plan.Change{Owner: shop, Secret: name, Action: action}
	}
	other := change(plan.Create, "A")
	other.Owner.Name, other.Owner.ID = "another", ""
	sites := change(plan.None, "A")
	sites.Sites.Concluded = ledger.NewSites([]ledger.Mark{{1}})
	known := sites
	known.Sites.Announced = sites.Sites.Concluded
	tests := map[string]struct {
		change plan.Change
		want   string // empty for no edit
	}{
		"created":               {change(plan.Create, "NEW"), "NEW: pending +, then applied +"},
		"taken over":            {change(plan.Update, "NEW"), "NEW: taking +, then applied +"},
		"updated":               {change(plan.Update, "A"), "A: pending +++, then applied ++"},
		"replaced":              {change(plan.Replace, "A"), "A: pending +++, then applied ++"},
		"adopted":               {change(plan.Adopt, "NEW"), "NEW: nothing, then applied +"},
		"moved to the new name": {change(plan.Adopt, "OLD"), "OLD: nothing, then applied +"},
		"deleted":               {change(plan.Delete, "GONE"), "GONE: pending +, then nothing"},
		"deleted, not recorded": {change(plan.Delete, "NEW"), ""},
		"released":              {change(plan.Release, "GONE"), "GONE: nothing, then nothing"},
		"forgotten":             {change(plan.Forget, "GONE"), "GONE: nothing, then nothing"},
		"left alone":            {change(plan.None, "A"), ""},
		"with other sites":      {sites, "A: applied ++, then applied ++"},
		"and no deletion there": {known, "A: nothing, then applied ++"},
		"not of this manifest":  {change(plan.Update, "ELSE"), ""},
		"another owner's":       {other, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, edit := range entry.Edits(plan.Plan{Changes: []plan.Change{test.change}}, desired, ledgers, keys) {
				got += shorthand(edit)
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	t.Run("sorted", func(t *testing.T) {
		edits := entry.Edits(plan.Plan{Changes: []plan.Change{change(plan.Create, "NEW"), change(plan.Update, "A")}}, desired, ledgers, keys)
		if len(edits) != 2 || edits[0].Secret != "A" || edits[1].Secret != "NEW" {
			t.Errorf("%v", edits)
		}
	})
	t.Run("a replacement owns both attributes", func(t *testing.T) {
		edits := entry.Edits(plan.Plan{Changes: []plan.Change{change(plan.Replace, "A")}}, desired, ledgers, keys)
		if edits[0].Pending.Scopes != nil || edits[0].Applied.Scopes == nil {
			t.Errorf("announced with %s, concluded with %s", edits[0].Pending.Scopes, edits[0].Applied.Scopes)
		}
	})
	t.Run("what stays keeps its time", func(t *testing.T) {
		edits := entry.Edits(plan.Plan{Changes: []plan.Change{change(plan.Adopt, "OLD"), change(plan.Update, "A")}}, desired, ledgers, keys)
		if at := edits[1].Applied.Fingerprints[0].At; !at.Equal(applied) {
			t.Errorf("OLD was applied at %s", at)
		}
		if at := edits[0].Applied.Fingerprints[0].At; !at.IsZero() {
			t.Errorf("the new value of A was applied at %s", at)
		}
	})
	for name, l := range map[string]ledger.Ledgers{
		"unbelievable": {Owner: shop, Own: damaged("store", "A")}, "presumed": {Owner: shop, Own: ledgers.Own, Presumed: true},
	} {
		if edits := entry.Edits(plan.Plan{Changes: []plan.Change{change(plan.Create, "NEW")}}, desired, l, keys); len(edits) > 0 {
			t.Errorf("%s: %v", name, edits)
		}
	}
}

// TestProtection: it begins once it is confirmed, and what is not said stays.
func TestProtection(t *testing.T) {
	guarded, unsaid, lifted := want("A", "a"), want("A", "b"), want("A", "b")
	guarded.Protect, lifted.Protect = secret.Protected, secret.Unprotected
	before := known(secret.Desired{}, stored(t, "store", keys, memo{guarded, ledger.Applied}))
	never := known(secret.Desired{}, absent(t))
	for name, test := range map[string]struct {
		ledgers          entry.Ledgers
		desired          secret.DesiredSecret
		pending, applied bool
	}{
		"new":     {never, guarded, false, true},
		"unsaid":  {before, unsaid, true, true},
		"lifted":  {before, lifted, false, false},
		"again":   {before, guarded, true, true},
		"no word": {never, unsaid, false, false},
	} {
		desired := secret.Desired{Owner: shop, Secrets: []secret.DesiredSecret{test.desired}}
		edits := test.ledgers.Edits([]plan.Change{{Owner: shop, Secret: "A", Action: plan.Update}}, desired)
		if len(edits) != 1 || edits[0].Pending.Protect != test.pending || edits[0].Applied.Protect != test.applied {
			t.Errorf("%s: %+v", name, edits)
		}
	}
}

// TestChangesOfLedgers: which are written or removed as a whole.
func TestChangesOfLedgers(t *testing.T) {
	a := memo{want("A", "a"), ledger.Applied}
	whole, former := stored(t, "store", keys, a), stored(t, "old", keys, a)
	rekeyed := whole
	rekeyed.NeedsRekey = true
	leaving := secret.Desired{Retire: secret.RetireRelease}
	given := known(secret.Desired{ResetLedger: true}, damaged("store", "A"))
	one := func(name secret.Name, action plan.LedgerAction, reason plan.Code) []plan.LedgerChange {
		return []plan.LedgerChange{{Ledger: name, Action: action, Reason: reason}}
	}
	tests := map[string]struct {
		ledgers             entry.Ledgers
		everything, deletes bool
		want                []plan.LedgerChange // without owners
	}{
		"nothing to do":       {known(secret.Desired{}, whole), true, false, nil},
		"the project leaves":  {known(leaving, whole), true, false, one("CELLA_LEDGER__STORE", plan.RemoveLedger, plan.ReasonLedgerRetired)},
		"a part of it":        {known(leaving, whole), false, false, nil},
		"there is none":       {known(leaving, absent(t)), true, false, nil},
		"none, and deletions": {known(leaving, absent(t)), true, true, one("CELLA_LEDGER__STORE", plan.RemoveLedger, plan.ReasonLedgerRetired)},
		"given up":            {given, true, false, one("CELLA_LEDGER__STORE", plan.ResetLedger, plan.ReasonLedgerReset)},
		"not believed":        {known(secret.Desired{}, damaged("store", "A")), true, false, nil},
		"another key":         {known(secret.Desired{}, rekeyed), true, false, one("CELLA_LEDGER__STORE", plan.RekeyLedger, plan.ReasonLedgerRekey)},
		"renamed":             {known(secret.Desired{}, whole, former), true, false, one("CELLA_LEDGER__OLD", plan.RemoveLedger, plan.ReasonLedgerReplaced)},
		"renamed, in part":    {known(secret.Desired{}, whole, former), false, false, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.ledgers.Changes(test.everything, test.deletes)
			for i := range got {
				if got[i].Owner != shop {
					t.Errorf("it is that of %s", got[i].Owner)
				}
				got[i].Owner = secret.Owner{}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestWrites: as many as apply makes, one for the announcement and one for the
// conclusion.
func TestWrites(t *testing.T) {
	desired := secret.Desired{Owner: shop, Secrets: []secret.DesiredSecret{want("A", "b"), want("B", "b")}}
	one := stored(t, "store", keys, memo{want("A", "a"), ledger.Applied})
	removed := []plan.LedgerChange{{Owner: shop, Ledger: "CELLA_LEDGER__STORE", Action: plan.RemoveLedger}}
	former := []plan.LedgerChange{{Owner: shop, Ledger: "CELLA_LEDGER__OLD", Action: plan.RemoveLedger}}
	old := known(desired, absent(t), stored(t, "old", keys, memo{want("A", "b"), ledger.Applied}))
	tests := map[string]struct {
		ledgers entry.Ledgers
		action  plan.Action
		name    secret.Name
		changes []plan.LedgerChange
		want    int
	}{
		"nothing":            {known(desired, one), plan.None, "A", nil, 0},
		"an update":          {known(desired, one), plan.Update, "A", nil, 2},
		"a first one":        {known(desired, absent(t)), plan.Create, "B", nil, 2},
		"adopted":            {known(desired, absent(t)), plan.Adopt, "B", nil, 1},
		"deleted, with it":   {known(desired, one), plan.Delete, "A", removed, 2},
		"released, with it":  {known(desired, one), plan.Release, "A", removed, 1},
		"of the former name": {old, plan.Adopt, "A", former, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			edits := test.ledgers.Edits([]plan.Change{{Owner: shop, Secret: test.name, Action: test.action}}, desired)
			n, err := test.ledgers.Writes(edits, test.changes, false)
			if err != nil || n != test.want {
				t.Errorf("%d writes, %v, want %d", n, err, test.want)
			}
		})
	}
	t.Run("what cannot be recorded", func(t *testing.T) {
		l := known(desired, absent(t))
		bad := ledger.Entry{Name: "A\nB", Type: secret.RuntimeType}
		if _, err := l.Writes([]entry.Edit{{Secret: bad.Name, Applied: &bad}}, nil, false); err == nil {
			t.Error("a name of two lines was recorded")
		}
		if _, err := l.Writes([]entry.Edit{{Secret: bad.Name, Pending: &bad}}, nil, false); err == nil {
			t.Error("a name of two lines was announced")
		}
	})
}
