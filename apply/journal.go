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
//     makes every record that any of its steps is about to touch pending. If
//     it cannot be written, no step of the owner is tried.
//  2. The conclusion comes after its last write, phase 2 included. Records of
//     what was confirmed are as the plan wants them. What may have taken
//     effect in part stays pending. What certainly did not gets back the
//     record that it had, so that a create that was refused does not own the
//     secret that was in its way.
//  3. Ledgers are removed after that, and only where all was confirmed:
//     former ones, then the own one of an owner that is left, to which nothing
//     is written before.
//
// An owner that only its ledger is written for has no announcement, and one
// whose conclusion is not written has pending records: they own their secrets
// and say nothing of the values, so the next apply writes them again, or
// deletes them where they left the manifest.
type journal struct {
	holding ledger.Holding
	keys    ledger.Keys
	run     string
	origin  ledger.Origin
	now     func() time.Time
	reset   bool          // a ledger that cannot be believed is given up
	former  []ledger.Book // to be removed
	retired bool          // the own ledger is removed last
	// announced is what was written ahead, nil where nothing was.
	announced *ledger.Book
	result    LedgerResult
	// gone: at the end the owner has no ledger of this project.
	gone bool
	// memos are edits that say nothing new but of sites, uncovering the
	// deletions there that it depends on.
	memos      []entry.Edit
	uncovering []*task
}

// announcement returns the writes of rule 1, and the ledger after them. The
// Book is nil where no step touches a record.
func (j *journal) announcement(tasks []*task) ([]ledger.Write, *ledger.Book, error) {
	j.origin.Time = j.now()
	draft, touched := j.holding.Draft(j.reset), false
	for _, t := range tasks {
		if t.edit != nil && t.edit.Pending != nil {
			draft.Put(*t.edit.Pending)
			touched = true
		}
	}
	for _, memo := range j.memos {
		if memo.Pending != nil {
			draft.Put(*memo.Pending)
			touched = true
		}
	}
	if !touched {
		return nil, nil, nil
	}
	writes, book, err := draft.Encode(j.keys, j.run, j.origin)
	return writes, &book, err
}

// conclusion returns the writes of rules 2 and 3, on top of what is announced.
// The fate of tasks without steps is not asked for.
func (j *journal) conclusion(tasks []*task, fateOf func(*task) fate) (c conclusion, err error) {
	draft, book := j.holding.Draft(j.reset), j.holding.Own
	if j.announced != nil {
		draft, book = j.announced.Edit(), *j.announced
	}
	c.complete, j.origin.Time = true, j.now()
	for _, t := range tasks {
		what := confirmed
		if !t.ledgerOnly() {
			what = fateOf(t)
		}
		c.complete = c.complete && what == confirmed
		if t.edit != nil && (t.ledgerOnly() || j.announced != nil) {
			j.enter(draft, t, what, fateOf)
		}
	}
	for _, memo := range j.memos {
		record := *memo.Applied
		record.Sites = j.sites(record, fateOf)
		draft.Put(record)
	}
	leave := c.complete && j.retired
	if !leave {
		if c.records, _, err = draft.Encode(j.keys, j.run, j.origin); err != nil {
			return conclusion{}, err
		}
	}
	var books []ledger.Book
	if c.complete {
		books = slices.Clone(j.former)
	}
	if leave {
		books = append(books, book)
	}
	for _, book := range books {
		writes, err := book.Discard(j.keys, j.run, j.origin)
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
	records := func(book ledger.Book) bool {
		_, found := book.Record(name)
		return found
	}
	return c.complete || !slices.ContainsFunc(j.former, records)
}

// enter books the fate of one name.
func (j *journal) enter(draft *ledger.Draft, t *task, what fate, fateOf func(*task) fate) {
	edit := *t.edit
	record := j.stamped(t)
	if record != nil {
		record.Sites = j.sites(*record, fateOf)
	}
	switch what {
	case doubtful:
		return
	case untouched:
		record = nil
		if former, found := j.holding.Own.Record(edit.Secret); found {
			record = &former
		}
	}
	if record == nil {
		draft.Drop(edit.Secret)
		return
	}
	draft.Put(*record)
}

// sites is what the record is to remember of sites, as the deletions there came
// out: one that may have begun leaves a site with a secret of its own, of one
// that did not begin the ledger knows what it knew.
func (j *journal) sites(record ledger.Record, fateOf func(*task) fate) ledger.Sites {
	sites := record.Sites
	for _, t := range j.uncovering {
		what := fateOf(t)
		if t.change.Secret != record.Name || what == confirmed {
			continue
		}
		marks := j.keys.Marks(j.holding.Own.Identity, t.owner.ID)
		stored, _ := j.holding.Own.Record(record.Name)
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

// stamped is the record of what is applied, with the time of everything that
// was written, or was found equal for the first time.
func (j *journal) stamped(t *task) *ledger.Record {
	if t.edit.Applied == nil {
		return nil
	}
	record := *t.edit.Applied
	record.Fingerprints = slices.Clone(record.Fingerprints)
	for i, entry := range record.Fingerprints {
		if entry.At.IsZero() || t.wrote(entry.Env) {
			record.Fingerprints[i].At = j.now()
		}
	}
	return &record
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

func newJournal(owner secret.Owner, holding ledger.Holding, in Input, now func() time.Time) *journal {
	result := LedgerResult{Owner: owner, Ledger: ledgerName(holding.Own), Outcome: NotTried}
	return &journal{holding: holding, keys: in.Keys, run: in.Run, origin: in.Origin, now: now, result: result}
}
