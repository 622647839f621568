package apply

import (
	"context"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// defaultParallel is how many owners run side by side where Options do not
// say. The shared pace of 3 requests per second keeps a few owners busy; more
// of them only shorten the wait for slow replies.
const defaultParallel = 8

// API is what apply needs of Pantheon. Every call is one change, repeated
// inside until it is certain or hopeless. Errors name owner, secret and
// operation, say where it is not known if the change took effect, are quoted
// for display, and hold no value. The end of the context ends a call.
type API interface {
	// Create makes a secret with its default value. Where it exists already
	// with the same type and scopes, its default value is set.
	Create(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error
	// Set writes the default value, or with env that environment's override.
	Set(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error
	// RemoveOverride removes one override; one that is gone is no error.
	RemoveOverride(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env) error
	// Delete removes a secret with its overrides; one that is gone is no
	// error.
	Delete(ctx context.Context, owner secret.Owner, name secret.Name) error
	Maker
}

// Maker makes the secrets of ledgers and of the project's record.
type Maker interface {
	// CreateNew makes a secret that must not be there: one that is, with another
	// type, scopes or value, is an error, and stays as it is.
	CreateNew(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error
}

// Input is what to carry out. Desired, Ledgers and Keys must be what Plan was
// made from.
type Input struct {
	Plan    plan.Plan
	Desired []secret.Desired
	// Ledgers are matched by owner kind and name.
	Ledgers []ledger.Ledgers
	// Keys are the zero Keys without a fingerprint_key: then no ledger is
	// written, and a plan that needs one is refused.
	Keys ledger.Keys
	// Run tells this run from others in the ledgers' headers: 1 to 64
	// letters, digits and .-_:/. It is not needed without Keys.
	Run string
	// Record is what Plan was made from.
	Record record.Found
	// Frameworks say what runs sites, by name, as far as that is known. Only the
	// Report depends on it.
	Frameworks map[string]reader.Framework
	// Origin says where this run comes from; its Time,
	// Record and Home are not looked at.
	Origin ledger.Origin
}

// Options say how to carry it out. The zero Options are fine.
type Options struct {
	// Parallel is how many owners run side by side; 0 is 8.
	Parallel int
	// Progress, where set, is called after every request with how many there
	// were, writes to ledgers included, one call at a time. It should return
	// soon: requests wait for it. What a failed replace puts back comes on top
	// of what the plan announced.
	Progress func(requests int)
	// Stop, once closed, keeps further secrets from being started. One that
	// is under way is finished, a replace and what it may have to put back
	// included, and ledgers that were begun are. Cancelling the context
	// instead ends calls under way.
	Stop <-chan struct{}
	// Now returns the time by Pantheon's clock, which ledgers record; the zero
	// Time where it is not known. Unset, it never is.
	Now func() time.Time
	// Ambiguous tells errors that leave open whether a change took effect
	// from those after which it certainly did not. Unset, every error does.
	Ambiguous func(error) bool
	// Uncoverer is needed for a plan with deletions that bring an organization's
	// secret to light.
	Uncoverer Uncoverer
	// NotFound tells errors that say that the secret does not exist. Unset,
	// none does. See task.recreate.
	NotFound func(error) bool
	// Fatal tells errors that doom every further call, such as rejected
	// credentials. One of them stops the run as Stop does. Unset, none does.
	Fatal func(error) bool
}

// Run carries out the plan and reports what became of each secret that was to
// be changed. An error means that Run refused before the first call, and the
// Report is empty: ErrBlocked where the plan must not be applied at all,
// another error where plan and desired state do not belong together.
// Everything that goes wrong later is in the Report.
func Run(ctx context.Context, api API, in Input, opts Options) (Report, error) {
	if opts.Now == nil {
		opts.Now = func() time.Time { return time.Time{} }
	}
	accounts, err := prepare(in, opts.Now)
	if err == nil && opts.Uncoverer == nil && len(uncoverings(accounts)) > 0 {
		err = errNoUncoverer
	}
	if err != nil {
		return newReport(in.Plan.Project), err
	}
	rec, err := newRecord(in, opts.Now)
	if err != nil {
		return newReport(in.Plan.Project), err
	}
	r := newRunner(api, opts, accounts)
	if r.ahead(ctx, rec, noteOnAll(accounts)) {
		from := origin(in, rec)
		for _, a := range accounts {
			a.comeFrom(from)
		}
		r.all(ctx, accounts)
		r.behind(ctx, rec, accounts)
	}
	report := r.report(in.Plan.Project, accounts)
	report.addRecord(rec)
	report.countOwn(in.Plan)
	report.runOn(in.Frameworks)
	return report, nil
}

// all carries out both phases.
func (r *runner) all(ctx context.Context, accounts []*account) {
	organizations, sites := byKind(accounts)
	r.each(ctx, organizations, r.write)
	r.each(ctx, sites, r.write)

	unwritten := unwrittenNames(accounts)
	r.proveUncovering(ctx, accounts, unwritten)
	remove := func(ctx context.Context, a *account) { r.remove(ctx, a, unwritten) }
	r.each(ctx, sites, remove)
	r.each(ctx, organizations, remove)
}
