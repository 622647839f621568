package apply

import (
	"context"

	"github.com/cella-secrets/cella/internal/crash"
)

// Internal errors stay where they happen, as far as they can:
//
//  1. In a call, it is a call that failed, and may have taken effect: what
//     belongs together is still finished, a replace and ledgers included.
//  2. Elsewhere it ends its owner's part of the run. The ledger is concluded with
//     what is known by then; if that fails too, its records stay pending.
//  3. What shows how it goes is not asked again.
//
// Other owners go on in every case, and the Report tells.

// guarded makes one call of the API (rule 1).
func (r *runner) guarded(call func() error) error {
	err := crash.Guard(call)
	if crash.Is(err) {
		r.crashed(err)
	}
	return err
}

// ambiguous reports whether a call that failed may have taken effect.
func (r *runner) ambiguous(err error) bool { return crash.Is(err) || r.ambiguity(err) }

// abandon is rule 2.
func (r *runner) abandon(ctx context.Context, a *account, err error) {
	r.crashed(err)
	a.abandoned = true
	if a.under != nil {
		a.under.cut = true
		a.under.note(err.Error())
	}
	if again := crash.Guard(func() error { r.conclude(ctx, a); return nil }); again != nil {
		note := noteUnrecorded
		if a.journal.announced != nil {
			note = noteStillPending
		}
		a.fail(again, note)
	}
	for _, t := range a.tasks {
		if t.result().Outcome == NotTried && len(t.notes) == 0 {
			t.note(noteCrashed)
		}
	}
}

// tell is rule 3. It is called with mu held.
func (r *runner) tell(requests int) {
	err := crash.Guard(func() error { r.progress(requests); return nil })
	if err != nil {
		r.crashes = append(r.crashes, err.Error())
		r.progress = func(int) {}
	}
}

// crashed books an internal error; nil is none.
func (r *runner) crashed(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.crashes = append(r.crashes, err.Error())
}
