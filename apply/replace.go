package apply

import (
	"context"
	"fmt"

	"github.com/cella-secrets/cella/internal/words"
)

// Notes on replaces that did not go to plan.
const (
	noteUntouched       = "nothing was changed"
	notePutBack         = "it was created again with its former type and scopes and the manifest's values; fix what was refused, then run apply again"
	noteFallsBack       = "overrides that failed or were not tried may be missing: those environments get the default value"
	notLiveNow          = "NOT ON PANTHEON: it was deleted and not created again; run apply again, which creates it"
	maybeNotLiveNow     = "MAY NOT BE ON PANTHEON: it may have been deleted and not created again; run apply again, which creates it if it is missing"
	noteFormerlyPattern = "if the new type or scopes are refused again, put the former ones in the manifest: type %s, scopes %s"
)

// replace deletes a secret and creates it with another type or other scopes,
// which Pantheon cannot change. From the delete on the secret is missing, so
// every rule here serves to have it back:
//
//  1. Stop does not interrupt it; only the context does.
//  2. A delete that was refused ends it: nothing was changed.
//  3. A delete that may have happened does not: the create decides. If the
//     secret is gone, creating it is right; if it is not, its former type is
//     in the way, the create is refused, and rule 4 only sets values.
//  4. Where the create fails, refused or unknown, the secret is created with
//     its former type and scopes and the manifest's values. After an unknown
//     outcome too: a server that fails on the new type may take the former
//     one, and if the new secret did come into being, this is refused and
//     harms nothing. The result is a failure in either case.
//  5. Overrides are set one and all, also behind one that fails: the delete
//     took them all, and none depends on another.
//  6. At the end of the context or after a fatal error nothing is mended; the
//     result says that the secret is not live, or may not be. The next plan
//     finds it missing (create), new (update) or former (replace).
func (r *runner) replace(ctx context.Context, t *task) {
	remove, create, overrides := &t.writes[0], &t.writes[1], t.writes[2:]
	if err := r.step(ctx, t, remove); err != nil {
		switch {
		case remove.Outcome == NotTried:
			t.interrupt(false)
			return
		case !remove.Unknown:
			t.note(noteUntouched)
			return
		case r.over(ctx, err):
			r.missing(t)
			return
		}
	}
	if err := r.step(ctx, t, create); err != nil {
		if r.over(ctx, err) {
			r.missing(t)
			return
		}
		r.putBack(ctx, t)
		return
	}
	if remove.Outcome == Failed { // a secret of the new type proves the former one gone
		*remove = Step{Operation: DeleteSecret, Outcome: Done}
	}
	if !r.inAnyCase(ctx, t, overrides) {
		t.cut = true
		t.note(noteFallsBack)
	}
}

// putBack is rule 4.
func (r *runner) putBack(ctx context.Context, t *task) {
	t.putBacks = append(t.putBacks, untried(PutBack, ""))
	for _, override := range t.writes[2:] {
		t.putBacks = append(t.putBacks, untried(PutBack, override.Env))
	}
	if err := r.step(ctx, t, &t.putBacks[0]); err != nil {
		r.missing(t)
		return
	}
	t.note(notePutBack)
	if !r.inAnyCase(ctx, t, t.putBacks[1:]) {
		t.note(noteFallsBack)
	}
}

// missing says that the secret is not live, as far as it is certain, and how
// to have it back.
func (r *runner) missing(t *task) {
	t.notLive, t.cut = true, true
	certain := t.writes[0].Outcome == Done && !t.writes[1].Unknown
	if len(t.putBacks) > 0 && t.putBacks[0].Unknown {
		certain = false
	}
	if certain {
		t.note(notLiveNow)
	} else {
		t.note(maybeNotLiveNow)
	}
	t.note(fmt.Sprintf(noteFormerlyPattern, words.Quote(string(t.change.Type.Before)), t.change.Scopes.Before))
}
