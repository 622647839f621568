package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
)

// Notes on the project's record.
const (
	noteNoRecord     = "not started, because cella's list of the project's sites and organizations could not be written"
	noteRecordFirst  = "nothing else was tried: sites and organizations that join the project are listed before anything is written there"
	noteRecordBehind = "it still names sites or organizations that left; the next apply corrects that"
	noteRecordLeft   = "sites or organizations that left the project are still listed; the next apply corrects that"
)

// recordJournal is the work on the project's record:
//
//  1. Before anything else whoever joins is entered, and the record is made, or
//     made anew, where that is needed. If that fails nothing else is tried: a
//     ledger that no record knows of could be forgotten.
//  2. After everything else those leave whose ledger is certainly gone, and
//     former records are deleted: rows may be too many, never too few.
type recordJournal struct {
	change plan.RecordChange
	steps  record.Steps
	keys   ledger.Keys
	run    string
	origin func() ledger.Origin // of a writing now
	ahead  record.Ahead         // what step 1 wrote
	result *LedgerResult
}

// newRecord fails where the record could not be written although everything
// succeeds. It is nil where nothing is done to it.
func newRecord(in Input, now func() time.Time) (*recordJournal, error) {
	if in.Plan.Record.IsZero() {
		return nil, nil
	}
	if !in.Keys.Known() {
		return nil, fmt.Errorf("apply the project's record: %w", errNoKey)
	}
	change := in.Plan.Record
	if change.Home.ID == "" {
		return nil, fmt.Errorf("apply the project's record: the id of %s is not known", change.Home)
	}
	r := &recordJournal{
		change: change, steps: record.NewSteps(change, in.Record, in.Ledgers), keys: in.Keys, run: in.Run,
		origin: func() ledger.Origin {
			from := in.Origin
			from.Time = now()
			return from
		},
		result: &LedgerResult{Owner: change.Home, Ledger: change.Record, Outcome: NotTried},
	}
	ahead, err := r.steps.Ahead(r.keys, r.run, r.origin())
	if err == nil {
		_, err = r.steps.Behind(ahead, change.Leaves, r.keys, r.run, r.origin())
	}
	return r, err
}

// origin is what ledgers note: of the record as it is once step 1 is done.
func origin(in Input, r *recordJournal) ledger.Origin {
	origin := in.Origin
	_, ruling := project.Unite(append([]project.Record{in.Record.Own}, in.Record.Further...)...)
	if r != nil {
		ruling = r.ahead.Record
	}
	if ruling.Serial > 0 {
		origin.Record, origin.Home = ruling.Serial, ruling.Identity.Owner
	}
	return origin
}

// ahead is step 1. It reports whether anything else may be tried.
func (r *runner) ahead(ctx context.Context, rec *recordJournal, note func(string)) bool {
	if rec == nil {
		return true
	}
	if !r.start(ctx, note) {
		return false
	}
	ahead, err := rec.steps.Ahead(rec.keys, rec.run, rec.origin())
	for i := 0; err == nil && i < len(ahead.Writes); i++ {
		err = r.send(ctx, ahead.Writes[i].Owner, ahead.Writes[i].Writes)
	}
	if err != nil {
		rec.fail(err, noteRecordFirst)
		note(noteNoRecord)
		return false
	}
	rec.ahead = ahead
	return true
}

// behind is step 2.
func (r *runner) behind(ctx context.Context, rec *recordJournal, accounts []*account) {
	if rec == nil || rec.result.Outcome == Failed {
		return
	}
	gone, all := rec.gone(accounts)
	writes, err := rec.steps.Behind(rec.ahead, gone, rec.keys, rec.run, rec.origin())
	for i := 0; err == nil && i < len(writes); i++ {
		err = r.send(ctx, writes[i].Owner, writes[i].Writes)
	}
	switch {
	case err != nil:
		rec.fail(err, noteRecordBehind)
	case !all:
		rec.result.Outcome = Failed
		rec.result.Notes = append(rec.result.Notes, noteRecordLeft)
	default:
		rec.result.Outcome = Done
	}
}

// gone are the owners that leave and have no ledger any more, and whether those
// are all that leave.
func (rec *recordJournal) gone(accounts []*account) (gone []secret.Owner, all bool) {
	all = true
	stays := map[string]bool{}
	for _, a := range accounts {
		stays[a.owner.ID] = a.journal == nil || !a.journal.gone
	}
	for _, owner := range rec.change.Leaves {
		if stays[owner.ID] {
			all = false
			continue
		}
		gone = append(gone, owner)
	}
	return gone, all
}

func (rec *recordJournal) fail(err error, note string) {
	rec.result.Outcome, rec.result.Error = Failed, err.Error()
	rec.result.Notes = append(rec.result.Notes, note)
}

// noteOnAll notes on every task, and every ledger that only is written, why it
// was not started.
func noteOnAll(accounts []*account) func(string) {
	return func(note string) {
		for _, a := range accounts {
			for _, t := range a.tasks {
				t.note(note)
			}
		}
	}
}
