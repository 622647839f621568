package view

import (
	"fmt"
	"slices"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// teller has the words for a plan, whatever it is written as.
type teller struct {
	plan    plan.Plan
	now     time.Time
	pace    time.Duration
	refused map[name]bool
	// vanished are the secrets that were deleted on Pantheon, and are created again.
	vanished map[name]bool
	// refusals says where they are listed, seen from the changes.
	refusals string
	groups   []*group
	// twins are the owners that share kind and name with another.
	twins map[secret.Owner]bool
}

func newTeller(p plan.Plan, now time.Time, pace time.Duration, refusals string) *teller {
	t := &teller{plan: p, now: now, pace: pace, refused: refusedNames(p), refusals: refusals, groups: groups(p), twins: map[secret.Owner]bool{}, vanished: map[name]bool{}}
	for _, d := range p.Drift {
		if vanished(d) {
			t.vanished[name{d.Owner, d.Secret}] = true
		}
	}
	first := map[secret.Owner]secret.Owner{}
	for _, g := range t.groups {
		key := secret.Owner{Kind: g.owner.Kind, Name: g.owner.Name}
		if other, taken := first[key]; taken {
			t.twins[g.owner], t.twins[other] = true, true
		}
		first[key] = g.owner
		g.rows = t.rows(g)
	}
	return t
}

// name is a secret of an owner.
type name struct {
	owner  secret.Owner
	secret secret.Name
}

// refusedNames holds the secrets whose change is refused. An unmanaged secret
// that is forbidden has no change.
func refusedNames(p plan.Plan) map[name]bool {
	refused := map[name]bool{}
	for _, r := range p.Refusals {
		if r.Code != plan.CodeUnmanagedOverride {
			refused[name{r.Owner, r.Secret}] = true
		}
	}
	return refused
}

// group is what the plan says of one owner's secrets.
type group struct {
	owner     secret.Owner
	changes   []plan.Change
	presumed  []plan.Presumed
	ledgers   []plan.LedgerChange
	record    *plan.RecordChange // the project's, on its home
	unmanaged []plan.Unmanaged
	rows      []row
}

// groups are sorted by owner.
func groups(p plan.Plan) []*group {
	index := map[secret.Owner]*group{}
	var sorted []*group
	at := func(owner secret.Owner) *group {
		if index[owner] == nil {
			index[owner] = &group{owner: owner}
			sorted = append(sorted, index[owner])
		}
		return index[owner]
	}
	for _, change := range p.Changes {
		g := at(change.Owner)
		g.changes = append(g.changes, change)
	}
	for _, presumed := range p.IfLedgerVerifies {
		g := at(presumed.Owner)
		g.presumed = append(g.presumed, presumed)
	}
	for _, ledger := range p.Ledgers {
		g := at(ledger.Owner)
		g.ledgers = append(g.ledgers, ledger)
	}
	if !p.Record.IsZero() {
		at(p.Record.Home).record = &p.Record
	}
	for _, unmanaged := range p.Unmanaged {
		g := at(unmanaged.Owner)
		g.unmanaged = append(g.unmanaged, unmanaged)
	}
	slices.SortFunc(sorted, func(a, b *group) int { return a.owner.Compare(b.owner) })
	return sorted
}

// shown returns the groups that have something to show, the most dangerous
// first, and a sentence that counts the others; empty where there are none.
func (t *teller) shown() (shown []*group, rest string) {
	var quiet []secret.Owner
	for _, g := range t.groups {
		if len(g.rows) == 0 {
			quiet = append(quiet, g.owner)
			continue
		}
		shown = append(shown, g)
	}
	slices.SortStableFunc(shown, func(a, b *group) int { return int(a.rows[0].danger) - int(b.rows[0].danger) })
	if len(quiet) == 0 {
		return shown, ""
	}
	more := ""
	if len(shown) > 0 {
		more = "more "
	}
	nothing := "nothing to do"
	if t.plan.StructureOnly {
		nothing = "alike in structure"
	}
	return shown, fmt.Sprintf("%s: %s.", counted(quiet, more), nothing)
}

// counted is such as "2 more sites", where more is "more ".
func counted(owners []secret.Owner, more string) string {
	sites := 0
	for _, owner := range owners {
		if owner.Kind == secret.Site {
			sites++
		}
	}
	switch sites {
	case len(owners):
		return words.Count(sites, more+"site")
	case 0:
		return words.Count(len(owners), more+"organization")
	}
	return fmt.Sprintf("%d %ssites and organizations", len(owners), more)
}

// speaks reports whether the change gets a row.
func (t *teller) speaks(change plan.Change) bool {
	return change.Action != plan.None || change.LeftUnseen() || t.refused[name{change.Owner, change.Secret}]
}

// title is such as "blue-shop (site)": with the id where another owner has the
// same name.
func (t *teller) title(owner secret.Owner) (name, kind string) {
	kind = owner.Kind.String()
	if t.twins[owner] {
		kind += " " + words.Quote(owner.ID)
	}
	return words.Quote(owner.Name), kind
}
