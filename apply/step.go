package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// step makes one call and books what came of it. With the context at its end
// it makes none and leaves the step as not tried.
func (r *runner) step(ctx context.Context, t *task, step *Step) error {
	if err := r.alive(ctx); err != nil {
		return err
	}
	err := r.guarded(func() error { return r.call(ctx, t, *step) })
	step.Outcome = Done
	if err != nil {
		step.Outcome, step.Unknown = Failed, r.ambiguous(err)
		step.Error = failure(fmt.Sprintf("%s %s: %s", t.owner, words.Quote(string(t.change.Secret)), step), err, step.Unknown)
	}
	r.book(ctx, err)
	return err
}

func (r *runner) call(ctx context.Context, t *task, step Step) error {
	name := t.change.Secret
	switch {
	case step.Operation == MakeOwn:
		own := t.behind.Secret
		return r.uncoverer.MakeOwn(ctx, t.owner, name, own.Type, own.Scopes, own.Value)
	case step.Operation == CreateSecret, step.Operation == Restore && step.Env == "":
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

// send carries out writes to the owner's ledger up to the first that fails.
// The error says which failed or was left.
func (r *runner) send(ctx context.Context, owner secret.Owner, writes []ledger.Write) error {
	for _, write := range writes {
		call := fmt.Sprintf("%s %s: %s", owner, write.Name, write.Op)
		if err := r.alive(ctx); err != nil {
			return fmt.Errorf("%s: interrupted before it was tried", call)
		}
		if r.doomed() {
			return fmt.Errorf("%s: not tried, because of the error that stopped everything", call)
		}
		err := r.guarded(func() error { return r.enter(ctx, owner, write) })
		r.book(ctx, err)
		if err != nil {
			return errors.New(failure(call, err, r.ambiguous(err)))
		}
	}
	return nil
}

// enter makes the call of one write to a ledger or to the project's record. One
// that is made must find nothing: what is there was not seen when the plan was
// made, as where two runs begin at once or a list was cut, and is not replaced.
func (r *runner) enter(ctx context.Context, owner secret.Owner, write ledger.Write) error {
	switch write.Op {
	case ledger.Create:
		return r.api.CreateNew(ctx, owner, write.Name, ledger.Type, ledger.Scopes(), write.Value)
	case ledger.Change:
		return r.api.Set(ctx, owner, write.Name, "", write.Value)
	case ledger.Delete:
		return r.api.Delete(ctx, owner, write.Name)
	}
	return nil
}

// doomed reports whether an error stopped everything.
func (r *runner) doomed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fatal != ""
}

// alive returns the context's error, and books that it cut something short.
func (r *runner) alive(ctx context.Context) error {
	err := ctx.Err()
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.interrupted = true
	}
	return err
}

// book counts a call and notices what ends the run.
func (r *runner) book(ctx context.Context, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	r.tell(r.requests)
	if err != nil && ctx.Err() != nil {
		r.interrupted = true
	}
	if err != nil && r.fatality(err) && r.fatal == "" {
		r.fatal = err.Error()
	}
}

// failure is the error's text. A bare end of the context says nothing of the
// call, so that text is our own.
func failure(call string, err error, unknown bool) string {
	if crash.Is(err) {
		return fmt.Sprintf("%s: %s", call, err)
	}
	if err != context.Canceled && err != context.DeadlineExceeded {
		return err.Error()
	}
	effect := "before it took effect"
	if unknown {
		effect = "and may have taken effect"
	}
	return fmt.Sprintf("%s: interrupted %s", call, effect)
}
