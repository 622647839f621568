package apply

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// account is one owner's share of a run. It is touched by one goroutine at a
// time.
type account struct {
	owner   secret.Owner
	tasks   []*task  // sorted by name
	journal *journal // nil where the ledger is not written

	under     *task // the one under way, if one is
	abandoned bool  // an internal error ended its part of the run
	// uncovering are the deletions at sites that bring its secrets to light.
	uncovering []*task
}

// ownerKey is what a manifest, a plan and a ledger match owners by.
type ownerKey struct {
	kind secret.OwnerKind
	name string
}

func keyOf(owner secret.Owner) ownerKey { return ownerKey{owner.Kind, owner.Name} }

// prepare turns the plan into accounts, sorted by owner. It fails where
// anything about the plan does not fit the desired state or the ledgers,
// because a surprise in the middle of a replace would come too late.
func prepare(in Input, now func() time.Time) ([]*account, error) {
	if in.Plan.Blocked() {
		return nil, fmt.Errorf("%w: refused: %d, not read: %d", ErrBlocked, len(in.Plan.Refusals), len(in.Plan.Errors))
	}
	if in.Plan.StructureOnly {
		return nil, fmt.Errorf("%w: it was made without the values", ErrBlocked)
	}
	b := newSources(in, now)
	for _, change := range in.Plan.Changes {
		if change.Action == plan.None && !touchesValues(change) {
			if err := b.remember(change); err != nil {
				return nil, fmt.Errorf("apply %s of %s: %w", words.Quote(string(change.Secret)), change.Owner, err)
			}
			continue
		}
		if err := b.add(change); err != nil {
			return nil, fmt.Errorf("apply %s of %s: %w", words.Quote(string(change.Secret)), change.Owner, err)
		}
	}
	for _, change := range in.Plan.Ledgers {
		if _, err := b.account(change.Owner); err != nil {
			return nil, fmt.Errorf("apply %s of %s: %w", words.Quote(string(change.Ledger)), change.Owner, err)
		}
	}
	accounts := make([]*account, 0, len(b.accounts))
	for _, a := range b.accounts {
		slices.SortStableFunc(a.tasks, func(a, b *task) int { return cmp.Compare(a.change.Secret, b.change.Secret) })
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b *account) int { return a.owner.Compare(b.owner) })
	if err := checkDistinct(accounts); err != nil {
		return nil, err
	}
	for _, u := range uncoverings(accounts) {
		u.organization.uncovering = append(u.organization.uncovering, u.task)
	}
	for _, a := range accounts {
		if err := b.keep(a); err != nil {
			return nil, fmt.Errorf("apply %s: %w", a.owner, err)
		}
	}
	return accounts, nil
}

// sources is everything that prepare puts together.
type sources struct {
	in       Input
	now      func() time.Time
	desired  map[ownerKey]secret.Desired
	found    map[ownerKey]ledger.Ledgers
	changes  map[ownerKey][]plan.Change
	ledgers  map[ownerKey][]plan.LedgerChange
	accounts map[ownerKey]*account
}

func newSources(in Input, now func() time.Time) sources {
	b := sources{
		in: in, now: now, desired: map[ownerKey]secret.Desired{}, found: map[ownerKey]ledger.Ledgers{},
		changes: map[ownerKey][]plan.Change{}, ledgers: map[ownerKey][]plan.LedgerChange{}, accounts: map[ownerKey]*account{},
	}
	for _, desired := range in.Desired {
		if !slices.IsSortedFunc(desired.Secrets, byName) { // they come so, and are looked up
			desired.Secrets = slices.Clone(desired.Secrets)
			slices.SortStableFunc(desired.Secrets, byName)
		}
		b.desired[keyOf(desired.Owner)] = desired
	}
	for _, ledgers := range in.Ledgers {
		b.found[keyOf(ledgers.Owner)] = ledgers
	}
	for _, change := range in.Plan.Changes {
		key := keyOf(change.Owner)
		b.changes[key] = append(b.changes[key], change)
	}
	for _, change := range in.Plan.Ledgers {
		key := keyOf(change.Owner)
		b.ledgers[key] = append(b.ledgers[key], change)
	}
	return b
}

func byName(a, b secret.DesiredSecret) int { return cmp.Compare(a.Name, b.Name) }

// account returns the owner's account, and opens it where it is the first
// time that the plan speaks of the owner.
func (b sources) account(planned secret.Owner) (*account, error) {
	desired, found := b.desired[keyOf(planned)]
	if !found {
		return nil, errors.New("the manifest does not name the owner")
	}
	owner, err := identify(planned, desired.Owner)
	if err != nil {
		return nil, err
	}
	a := b.accounts[keyOf(planned)]
	if a == nil {
		a = &account{owner: owner}
		b.accounts[keyOf(planned)] = a
	}
	if a.owner != owner {
		return nil, fmt.Errorf("the plan gives the owner another id elsewhere: %s", words.Quote(a.owner.ID))
	}
	return a, nil
}

// add turns a change into a task.
func (b sources) add(change plan.Change) error {
	a, err := b.account(change.Owner)
	if err != nil {
		return err
	}
	key := keyOf(change.Owner)
	secrets := b.desired[key].Secrets
	c := candidate{change: change, deleted: b.desired[key].Retire == secret.RetireDelete}
	if i, found := slices.BinarySearchFunc(secrets, secret.DesiredSecret{Name: change.Secret}, byName); found {
		c.declared, c.want = true, secrets[i]
	}
	if b.in.Keys.Known() {
		c.entry, c.recorded = entryOf(b.found[key], change.Secret)
	}
	if err := c.check(); err != nil {
		return err
	}
	t := newTask(a.owner, change, c.want)
	a.tasks = append(a.tasks, t)
	if change.Uncovers != (secret.Owner{}) {
		t.behind, err = b.behind(change)
	}
	return err
}

// remember opens an account for an owner whose ledger learns something of sites.
func (b sources) remember(change plan.Change) error {
	if change.Sites == (plan.SitesChange{}) {
		return nil
	}
	_, err := b.account(change.Owner)
	return err
}

// behind is the organization's secret that the change brings to light. Without
// its value nothing could put it back.
func (b sources) behind(change plan.Change) (backing, error) {
	a, err := b.account(change.Uncovers)
	if err != nil {
		return backing{}, fmt.Errorf("%s: %w", change.Uncovers, err)
	}
	secrets := b.desired[keyOf(change.Uncovers)].Secrets
	i := slices.IndexFunc(secrets, func(s secret.DesiredSecret) bool { return s.Name == change.Secret })
	if i < 0 || a.owner.Kind != secret.Organization {
		return backing{}, errors.New("the manifest has no value of the organization's to put back")
	}
	want := secrets[i]
	whole := candidate{change: plan.Change{Action: plan.Create, Type: plan.TypeChange{After: want.Type}, Scopes: plan.ScopesChange{After: want.Scopes}}, want: want, declared: true}
	for _, override := range want.Overrides {
		whole.change.Overrides = append(whole.change.Overrides, plan.OverrideChange{Env: override.Env, Action: plan.Create})
	}
	return backing{a.owner, want}, whole.check()
}

// entryOf returns the entry in a ledger of this project or of one of its former names.
func entryOf(ledgers ledger.Ledgers, name secret.Name) (ledger.Entry, bool) {
	for _, stored := range append([]ledger.Ledger{ledgers.Own}, ledgers.Former...) {
		if entry, found := stored.Entry(name); found {
			return entry, true
		}
	}
	return ledger.Entry{}, false
}

// keep gives the account its journal where its ledger is to be written.
func (b sources) keep(a *account) error {
	key := keyOf(a.owner)
	if !b.in.Keys.Known() {
		return a.checkWithoutKey(b.ledgers[key])
	}
	ledgers, found := b.found[key]
	if !found || ledgers.Owner != a.owner {
		return errors.New("its ledger was not read")
	}
	j := newJournal(a.owner, ledgers, b.in, b.now)
	j.reset = b.desired[key].ResetLedger
	whole, err := j.takeOn(b.ledgers[key])
	if err != nil {
		return err
	}
	own := b.in.Plan // of a large fleet only this owner's part is looked at
	own.Changes = b.changes[key]
	edits := entry.Edits(own, b.desired[key], ledgers, b.in.Keys)
	if j.memos, err = a.match(edits, ledgers); err != nil {
		return err
	}
	if whole || len(edits) > 0 {
		a.journal = j
		j.uncovering = a.uncovering
		return j.rehearse(a.tasks)
	}
	return nil
}

// byKind parts the accounts, in their order.
func byKind(accounts []*account) (organizations, sites []*account) {
	for _, a := range accounts {
		if a.owner.Kind == secret.Organization {
			organizations = append(organizations, a)
		} else {
			sites = append(sites, a)
		}
	}
	return organizations, sites
}

// unwrittenNames tells for each name that phase 1 did not write everywhere
// which owners lack it, for display.
func unwrittenNames(accounts []*account) map[secret.Name][]string {
	names := map[secret.Name][]string{}
	for _, a := range accounts {
		for _, t := range a.tasks {
			if !t.written() {
				names[t.change.Secret] = append(names[t.change.Secret], t.owner.String())
			}
		}
	}
	return names
}

// comeFrom says what the owner's ledger notes of this run. Where the project's
// record was not looked at, it notes the one that it knows.
func (a *account) comeFrom(from ledger.Origin) {
	if a.journal == nil {
		return
	}
	if known := a.journal.ledgers.Own.Origin; from.Record == 0 {
		from.Record, from.Home = known.Record, known.Home
	}
	a.journal.origin = from
}

// hasPhase2 reports whether phase 2 has anything to do for the owner, or to tell
// its ledger.
func (a *account) hasPhase2() bool {
	return len(a.uncovering) > 0 || slices.ContainsFunc(a.tasks, func(t *task) bool { return len(t.removals) > 0 })
}

// task is the one for a name; nil where there is none.
func (a *account) task(name secret.Name) *task {
	i, found := slices.BinarySearchFunc(a.tasks, name, byTaskName)
	if !found {
		return nil
	}
	return a.tasks[i]
}

// add keeps the tasks in order.
func (a *account) add(t *task) {
	i, _ := slices.BinarySearchFunc(a.tasks, t.change.Secret, byTaskName)
	a.tasks = slices.Insert(a.tasks, i, t)
}

func byTaskName(t *task, name secret.Name) int { return cmp.Compare(t.change.Secret, name) }
