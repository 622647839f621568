package apply

import (
	"slices"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// journal is the work on one owner's ledger. It is written ahead:
//
//  1. The announcement comes before the owner's first write to a secret, and
//     makes every entry that any of its steps is about to touch pending. If
//     it cannot be written, no step of the owner is tried.
//  2. The conclusion comes after its last write, phase 2 included. Entries of
//     what was confirmed are as the plan wants them. What may have taken
//     effect in part stays pending. What certainly did not gets back the
//     entry that it had, so that a create that was refused does not own the
//     secret that was in its way.
//  3. Ledgers are removed after that, and only where all was confirmed:
//     former ones, then the own one of an owner that is left, to which nothing
//     is written before.
//
// An owner that only its ledger is written for has no announcement, and one
// whose conclusion is not written has pending entries: they own their secrets
// and say nothing of the values, so the next apply writes them again, or
// deletes them where they left the manifest.
type journal struct {
	ledgers ledger.Ledgers
	keys    ledger.Keys
	run     string
	origin  ledger.Origin
	now     func() time.Time
	reset   bool            // a ledger that cannot be believed is given up
	former  []ledger.Ledger // to be removed
	retired bool            // the own ledger is removed last
	// announced is what was written ahead, nil where nothing was.
	announced *ledger.Ledger
	result    LedgerResult
	// gone: at the end the owner has no ledger of this project.
	gone bool
	// memos are edits that say nothing new but of sites, uncovering the
	// deletions there that it depends on.
	memos      []entry.Edit
	uncovering []*task
}

// announcement returns the writes of rule 1, and the ledger after them. The
// Ledger is nil where no step touches an entry.
func (j *journal) announcement(tasks []*task) ([]ledger.Write, *ledger.Ledger, error) {
	j.origin.Time = j.now()
	revision, touched := j.ledgers.Revise(j.reset), false
	for _, t := range tasks {
		if t.edit != nil && t.edit.Pending != nil {
			revision.Put(*t.edit.Pending)
			touched = true
		}
	}
	for _, memo := range j.memos {
		if memo.Pending != nil {
			revision.Put(*memo.Pending)
			touched = true
		}
	}
	if !touched {
		return nil, nil, nil
	}
	writes, stored, err := revision.Encode(j.keys, j.run, j.origin)
	return writes, &stored, err
}

// conclusion returns the writes of rules 2 and 3, on top of what is announced.
// The fate of tasks without steps is not asked for.
func (j *journal) conclusion(tasks []*task, fateOf func(*task) fate) (c conclusion, err error) {
	revision, stored := j.ledgers.Revise(j.reset), j.ledgers.Own
	if j.announced != nil {
		revision, stored = j.announced.Revise(), *j.announced
	}
	c.complete, j.origin.Time = true, j.now()
	for _, t := range tasks {
		what := confirmed
		if !t.ledgerOnly() {
			what = fateOf(t)
		}
		c.complete = c.complete && what == confirmed
		if t.edit != nil && (t.ledgerOnly() || j.announced != nil) {
			j.enter(revision, t, what, fateOf)
		}
	}
	for _, memo := range j.memos {
		entry := *memo.Applied
		entry.Sites = j.sites(entry, fateOf)
		revision.Put(entry)
	}
	leave := c.complete && j.retired
	if !leave {
		if c.records, _, err = revision.Encode(j.keys, j.run, j.origin); err != nil {
			return conclusion{}, err
		}
	}
	var gone []ledger.Ledger
	if c.complete {
		gone = slices.Clone(j.former)
	}
	if leave {
		gone = append(gone, stored)
	}
	for _, stored := range gone {
		writes, err := stored.Discard(j.keys, j.run, j.origin)
		if err != nil {
			return conclusion{}, err
		}
		c.removals = append(c.removals, writes...)
	}
	return c, nil
}

// conclusion is what is left to be written to ledgers after the last step.
type conclusion struct {
	records, removals []ledger.Write
	complete          bool // every step was confirmed
}

// leaves reports whether the conclusion lets go of a name: one that a former
// ledger records, only with that ledger.
func (j *journal) leaves(name secret.Name, c conclusion) bool {
	records := func(stored ledger.Ledger) bool {
		_, found := stored.Entry(name)
		return found
	}
	return c.complete || !slices.ContainsFunc(j.former, records)
}

// enter books the fate of one name.
func (j *journal) enter(revision *ledger.Revision, t *task, what fate, fateOf func(*task) fate) {
	edit := *t.edit
	entry := j.stamped(t)
	if entry != nil {
		entry.Sites = j.sites(*entry, fateOf)
	}
	switch what {
	case doubtful:
		return
	case untouched:
		entry = nil
		if former, found := j.ledgers.Own.Entry(edit.Secret); found {
			entry = &former
		}
	}
	if entry == nil {
		revision.Drop(edit.Secret)
		return
	}
	revision.Put(*entry)
}

// sites is what the entry is to remember of sites, as the deletions there came
// out: one that may have begun leaves a site with a secret of its own, of one
// that did not begin the ledger knows what it knew.
func (j *journal) sites(entry ledger.Entry, fateOf func(*task) fate) ledger.Sites {
	sites := entry.Sites
	for _, t := range j.uncovering {
		what := fateOf(t)
		if t.change.Secret != entry.Name || what == confirmed {
			continue
		}
		marks := j.keys.Marks(j.ledgers.Own.Identity, t.owner.ID)
		stored, _ := j.ledgers.Own.Entry(entry.Name)
		own, known := stored.Sites.Of(marks...)
		switch {
		case what == doubtful:
			sites = sites.With(true, marks[0])
		case known:
			sites = sites.With(own, marks[0])
		default:
			sites = sites.Without(marks...)
		}
	}
	return sites
}

// stamped is the entry of what is applied, with the time of everything that
// was written, or was found equal for the first time.
func (j *journal) stamped(t *task) *ledger.Entry {
	if t.edit.Applied == nil {
		return nil
	}
	entry := *t.edit.Applied
	entry.Fingerprints = slices.Clone(entry.Fingerprints)
	for i, made := range entry.Fingerprints {
		if made.At.IsZero() || t.wrote(made.Env) {
			entry.Fingerprints[i].At = j.now()
		}
	}
	return &entry
}

// rehearse fails where the ledger could not be written although every step
// succeeds. It finds out before the first call.
func (j *journal) rehearse(tasks []*task) error {
	rehearsal := *j
	var err error
	if _, rehearsal.announced, err = j.announcement(tasks); err != nil {
		return err
	}
	_, err = rehearsal.conclusion(tasks, func(*task) fate { return confirmed })
	return err
}

func newJournal(owner secret.Owner, ledgers ledger.Ledgers, in Input, now func() time.Time) *journal {
	result := LedgerResult{Owner: owner, Ledger: ledgerName(ledgers.Own), Outcome: NotTried}
	return &journal{ledgers: ledgers, keys: in.Keys, run: in.Run, origin: in.Origin, now: now, result: result}
}
