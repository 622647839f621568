package apply

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cella-secrets/cella/secret"
)

// Notes that stand for whole classes of results.
const (
	noteInterrupted = "interrupted: what is left was not started"
	noteCut         = "interrupted between two steps"
	noteFatal       = "what is left was not started, because of the error that stopped everything"
)

// runner is one Run. The fields below mu are shared by the owners' goroutines.
type runner struct {
	api       API
	stop      <-chan struct{}
	progress  func(Event)
	fatality  func(error) bool
	ambiguity func(error) bool
	parallel  int
	planned   int

	mu          sync.Mutex
	tried       int
	interrupted bool
	fatal       string
}

func newRunner(api API, opts Options, tasks []*task) *runner {
	r := &runner{
		api: api, stop: opts.Stop, parallel: opts.Parallel,
		progress: opts.Progress, fatality: opts.Fatal, ambiguity: opts.Ambiguous,
	}
	if r.parallel <= 0 {
		r.parallel = defaultParallel
	}
	if r.progress == nil {
		r.progress = func(Event) {}
	}
	if r.fatality == nil {
		r.fatality = func(error) bool { return false }
	}
	if r.ambiguity == nil {
		r.ambiguity = func(error) bool { return true }
	}
	for _, t := range tasks {
		r.planned += len(t.writes) + len(t.removals)
	}
	return r
}

// each runs one phase for owners of one kind, side by side, and returns when
// all of them are through.
func (r *runner) each(ctx context.Context, owners [][]*task, phase func(context.Context, *task)) {
	var group errgroup.Group
	group.SetLimit(r.parallel)
	for _, tasks := range owners {
		group.Go(func() error {
			r.owner(ctx, tasks, phase)
			return nil
		})
	}
	_ = group.Wait() // no function above returns an error: failures are results
}

// owner runs one phase for one owner: every write to it happens in here, one
// after another.
func (r *runner) owner(ctx context.Context, tasks []*task, phase func(context.Context, *task)) {
	for _, t := range tasks {
		phase(ctx, t)
	}
}

// write is phase 1 for one secret.
func (r *runner) write(ctx context.Context, t *task) {
	switch {
	case len(t.writes) == 0 || !r.start(ctx, t):
	case t.writes[0].Operation == DeleteSecret:
		r.replace(ctx, t)
	default:
		r.inOrder(ctx, t, t.writes)
	}
}

// remove is phase 2 for one secret. A removal uncovers another value (the
// secret's default, or what the other kind of owner has under that name), so
// it waits until all of them are as the manifest wants.
func (r *runner) remove(ctx context.Context, t *task, unwritten map[secret.Name][]string) {
	if len(t.removals) == 0 {
		return
	}
	if !t.written() {
		return // its own notes and steps say why
	}
	if owners := unwritten[t.change.Secret]; len(owners) > 0 {
		t.note(fmt.Sprintf("overrides are kept until %s is written on %s", secret.Quote(string(t.change.Secret)), some(owners)))
		return
	}
	if r.start(ctx, t) {
		r.inOrder(ctx, t, t.removals)
	}
}

// start reports whether a further secret may be started, and notes why not.
func (r *runner) start(ctx context.Context, t *task) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal != "" {
		t.note(noteFatal)
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
		t.note(noteInterrupted)
	}
	return !stopped
}

// inOrder carries steps out up to the first that fails.
func (r *runner) inOrder(ctx context.Context, t *task, steps []Step) {
	for i := range steps {
		if err := r.step(ctx, t, &steps[i]); err != nil {
			if steps[i].Outcome == NotTried {
				t.interrupt(i > 0)
			}
			return
		}
	}
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

// step makes one call and books what came of it. With the context at its end
// it makes none and leaves the step as not tried.
func (r *runner) step(ctx context.Context, t *task, step *Step) error {
	if err := ctx.Err(); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.interrupted = true
		return err
	}
	err := r.call(ctx, t, *step)
	step.Outcome = Done
	if err != nil {
		step.Outcome, step.Unknown = Failed, r.ambiguity(err)
		step.Error = failure(t, *step, err)
	}
	r.book(ctx, t, *step, err)
	return err
}

func (r *runner) call(ctx context.Context, t *task, step Step) error {
	name := t.change.Secret
	switch {
	case step.Operation == CreateSecret:
		return r.api.Create(ctx, t.owner, name, t.want.Type, t.want.Scopes, t.want.Value)
	case step.Operation == PutBack && step.Env == "":
		return r.api.Create(ctx, t.owner, name, t.change.Type.Before, t.change.Scopes.Before, t.want.Value)
	case step.Operation == DeleteSecret:
		return r.api.Delete(ctx, t.owner, name)
	case step.Operation == RemoveOverride:
		return r.api.RemoveOverride(ctx, t.owner, name, step.Env)
	}
	return r.api.Set(ctx, t.owner, name, step.Env, t.value(step.Env))
}

// book counts a step, notices what ends the run, and tells of progress.
func (r *runner) book(ctx context.Context, t *task, step Step, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried++
	if err != nil && ctx.Err() != nil {
		r.interrupted = true
	}
	if err != nil && r.fatality(err) && r.fatal == "" {
		r.fatal = err.Error()
	}
	r.progress(Event{Owner: t.owner, Secret: t.change.Secret, Step: step, Tried: r.tried, Planned: r.planned})
}

// over reports whether no further call is to be made, not even to mend.
func (r *runner) over(ctx context.Context, err error) bool {
	return ctx.Err() != nil || r.fatality(err)
}

// failure is the error's text. A bare end of the context says nothing of the
// call, so that text is our own.
func failure(t *task, step Step, err error) string {
	if err != context.Canceled && err != context.DeadlineExceeded {
		return err.Error()
	}
	effect := "before it took effect"
	if step.Unknown {
		effect = "and may have taken effect"
	}
	return fmt.Sprintf("%s %s: %s: interrupted %s", t.owner, secret.Quote(string(t.change.Secret)), step, effect)
}
