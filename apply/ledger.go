package apply

import (
	"context"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
)

// Notes on ledgers that could not be written, and on the secrets concerned.
const (
	noteUnannounced  = "not started, because cella records first what it is about to write, and could not"
	noteNothingTried = "no secret was written here: cella records first what it is about to write"
	noteStillPending = "what was written to secrets stays, and counts as this project's; the next apply writes it again, or deletes it if it left the manifest"
	noteUnrecorded   = "no secret was written here; the next apply records what this one did not"
	noteNotRemoved   = "everything else is recorded; the next apply removes what is left of it"
	noteFormerStays  = "it is recorded under a former name of the project, until everything else here is done"
	noteLedgerFailed = "cella could not record it"
)

// announce writes the announcement before the owner's first step. It reports
// whether steps may be tried.
func (r *runner) announce(ctx context.Context, a *account, t *task) bool {
	j := a.journal
	switch {
	case j == nil || j.announced != nil:
		return true
	case j.result.Outcome == Failed:
		t.note(noteUnannounced)
		return false
	}
	writes, stored, err := j.announcement(a.tasks)
	if err == nil && stored == nil {
		return true
	}
	if err == nil {
		err = r.send(ctx, a.owner, writes)
	}
	if err != nil {
		j.fail(err, noteNothingTried)
		t.note(noteUnannounced)
		return false
	}
	j.announced = stored
	return true
}

// conclude writes the conclusion after the owner's last step. Once there is an
// announcement, only the end of everything keeps it from being written.
func (r *runner) conclude(ctx context.Context, a *account) {
	j := a.journal
	if j == nil {
		return
	}
	if j.result.Outcome == Failed {
		a.learn(func(t *task) { t.note(noteUnannounced) })
		return
	}
	if j.announced == nil && !r.start(ctx, func(note string) { a.learn(func(t *task) { t.note(note) }) }) {
		return
	}
	last, err := j.conclusion(a.tasks, (*task).fate)
	if err == nil {
		err = r.send(ctx, a.owner, last.records)
	}
	if err != nil {
		note := noteUnrecorded
		if j.announced != nil {
			note = noteStillPending
		}
		a.fail(err, note)
		return
	}
	a.learn(func(t *task) {
		if t.change.Action == plan.Adopt {
			t.recorded = Done
		}
	})
	if err := r.send(ctx, a.owner, last.removals); err != nil {
		a.fail(err, noteNotRemoved)
		return
	}
	a.learn(func(t *task) {
		if t.recorded != Done && !j.leaves(t.change.Secret, last) {
			t.note(noteFormerStays)
			return
		}
		t.recorded = Done
	})
	j.result.Outcome = Done
	j.gone = last.complete && (j.retired || j.announced == nil && j.ledgers.Own.Status == ledger.None)
}

// learn calls f for every task that only the ledger learns of.
func (a *account) learn(f func(*task)) {
	for _, t := range a.tasks {
		if t.ledgerOnly() {
			f(t)
		}
	}
}

// fail books that the ledger, and with it what only it learns, was not
// written.
func (a *account) fail(err error, note string) {
	a.journal.fail(err, note)
	a.learn(func(t *task) {
		if t.recorded != Done {
			t.recorded = Failed
			t.note(noteLedgerFailed)
		}
	})
}

func (j *journal) fail(err error, note string) {
	j.result.Outcome, j.result.Error = Failed, err.Error()
	j.result.Notes = append(j.result.Notes, note)
}
