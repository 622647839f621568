package apply

import (
	"context"
	"fmt"
	"sync"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// Notes that stand for whole classes of results.
const (
	noteInterrupted = "not started, because apply was interrupted"
	noteCut         = "interrupted between two steps"
	noteCrashed     = "not started, because of the internal error"
	noteFatal       = "not started, because of the error that stopped everything"
	noteRecreated   = "there was none of its own here, so it was created"
)

// runner is one Run. The fields below mu are shared by the owners' goroutines.
type runner struct {
	api       API
	uncoverer Uncoverer
	stop      <-chan struct{}
	progress  func(requests int)
	fatality  func(error) bool
	ambiguity func(error) bool
	absence   func(error) bool
	parallel  int

	mu          sync.Mutex
	requests    int // steps and writes to ledgers
	interrupted bool
	fatal       string
	crashes     []string // the texts of internal errors
	stopped     string   // why nothing further is started
}

func newRunner(api API, opts Options, accounts []*account) *runner {
	r := &runner{
		api: api, uncoverer: opts.Uncoverer, stop: opts.Stop, parallel: opts.Parallel, progress: opts.Progress,
		fatality: opts.Fatal, ambiguity: opts.Ambiguous, absence: opts.NotFound,
	}
	if r.parallel <= 0 {
		r.parallel = defaultParallel
	}
	if r.progress == nil {
		r.progress = func(int) {}
	}
	if r.fatality == nil {
		r.fatality = func(error) bool { return false }
	}
	if r.ambiguity == nil {
		r.ambiguity = func(error) bool { return true }
	}
	if r.absence == nil {
		r.absence = func(error) bool { return false }
	}
	return r
}

// each runs one phase for owners of one kind, side by side, and returns when
// all of them are through. Within an owner everything happens one after
// another.
func (r *runner) each(ctx context.Context, accounts []*account, phase func(context.Context, *account)) {
	group := crash.NewGroup(r.parallel)
	for _, a := range accounts {
		group.Go(func() error {
			if err := crash.Guard(func() error { phase(ctx, a); return nil }); err != nil {
				r.abandon(ctx, a, err)
			}
			return nil
		})
	}
	r.crashed(group.Wait()) // nothing else is an error: failures are results
}

// write is phase 1 for one owner, and the whole of it where nothing is left
// for phase 2.
func (r *runner) write(ctx context.Context, a *account) {
	for _, t := range a.tasks {
		a.under = t
		if len(t.writes) == 0 || !r.start(ctx, t.note) || !r.announce(ctx, a, t) {
			continue
		}
		if t.writes[0].Operation == DeleteSecret {
			r.replace(ctx, t)
			continue
		}
		if err := r.inOrder(ctx, t, t.writes); err != nil && t.mayBeElsewhere() && r.absence(err) {
			t.recreate()
			_ = r.inOrder(ctx, t, t.writes) // the steps say what came of it
		}
	}
	a.under = nil
	if !a.hasPhase2() {
		r.conclude(ctx, a)
	}
}

// remove is phase 2 for one owner.
func (r *runner) remove(ctx context.Context, a *account, unwritten map[secret.Name][]string) {
	if !a.hasPhase2() || a.abandoned {
		return
	}
	for _, t := range a.tasks {
		a.under = t
		r.removeFrom(ctx, a, t, unwritten[t.change.Secret])
	}
	a.under = nil
	r.conclude(ctx, a)
}

// removeFrom is phase 2 for one secret. A removal uncovers another value (the
// secret's default, or what the other kind of owner has under that name), or
// takes away the last one, so it waits until all of them are as the manifest
// wants.
func (r *runner) removeFrom(ctx context.Context, a *account, t *task, unwritten []string) {
	switch {
	case len(t.removals) == 0 || t.settled || !t.written(): // its own notes and steps say why
		return
	case len(unwritten) > 0:
		kept := "overrides are kept"
		if t.change.Action == plan.Delete {
			kept = "it is kept"
		}
		t.note(fmt.Sprintf("%s until %s is written on %s", kept, words.Quote(string(t.change.Secret)), some(unwritten)))
		return
	}
	if r.start(ctx, t.note) && r.announce(ctx, a, t) {
		_ = r.inOrder(ctx, t, t.removals) // the steps say what came of it
		if t.removals[0].Operation == MakeOwn && t.removals[0].Outcome == Done && !t.reachedDelete() {
			t.note(noteOwnStays)
		}
	}
}

// start reports whether something further may be started, and notes why not.
func (r *runner) start(ctx context.Context, note func(string)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal != "" {
		note(noteFatal)
		return false
	}
	if r.stopped != "" {
		note(noteHalted)
		return false
	}
	stopped := ctx.Err() != nil
	select {
	case <-r.stop:
		stopped = true
	default:
	}
	if stopped {
		r.interrupted = true
		note(noteInterrupted)
	}
	return !stopped
}

// inOrder carries steps out up to the first that fails, and returns its error.
func (r *runner) inOrder(ctx context.Context, t *task, steps []Step) error {
	for i := range steps {
		if err := r.step(ctx, t, &steps[i]); err != nil {
			if steps[i].Outcome == NotTried {
				t.interrupt(i > 0)
			}
			return err
		}
	}
	return nil
}

// inAnyCase carries steps out, also behind one that fails, until the run is
// over. It returns whether all of them are done.
func (r *runner) inAnyCase(ctx context.Context, t *task, steps []Step) bool {
	all := true
	for i := range steps {
		if err := r.step(ctx, t, &steps[i]); err != nil {
			all = false
			if r.over(ctx, err) {
				break
			}
		}
	}
	return all
}

// over reports whether no further call is to be made, not even to mend.
func (r *runner) over(ctx context.Context, err error) bool {
	return ctx.Err() != nil || r.fatality(err)
}
