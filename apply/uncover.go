package apply

import (
	"context"
	"fmt"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// Notes on deletions that bring an organization's secret to light.
const (
	noteUnproved = "not deleted yet: cella first has to see that such a deletion leaves the organization's secret alone"
	noteUnlisted = "cella could not see whether the organization still has its secret of this name: %s; `cella plan` shows it"
	noteCutList  = "the organization's list does not show it, and is not complete"
	noteTook     = "deleting it deleted the organization's secret of this name too; everything else was stopped"
	noteLost     = "deleting a site's own secret of this name deleted it"
	noteRestored = "deleting a site's own secret of this name deleted it; it was created again with the manifest's values; " +
		"tell Pantheon's support before you apply again"
	noteOwnStays  = "the site has a value of its own now, which is the organization's; run apply again, which deletes it"
	noteHalted    = "not started, because a deletion deleted more than it should"
	stoppedByLoss = "deleting %s of %s deleted that of %s too, which was created again"
	stoppedInLoss = "deleting %s of %s deleted that of %s too, and creating it again failed"
)

// Uncoverer is what it takes, beyond API, to delete a site's own secret while
// its organization has one of the same name. Errors are as those of API.
type Uncoverer interface {
	// MakeOwn makes a secret with its default value where the owner has none of
	// that name. One that is there stays as it is, and is no error.
	MakeOwn(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error
	// List returns what the owner has.
	List(ctx context.Context, owner secret.Owner) (secret.Live, error)
}

// uncovering is the deletion of a site's secret that brings the organization's
// of the same name to light.
//
//  1. Where Pantheon does not show that the site has one of its own, it is given
//     the organization's value first. Then what is deleted is certainly the
//     site's.
//  2. That deleting the site's spares the organization's is [inferred], and
//     every site would be without a value if it did not. So the first such
//     deletion of a run is done alone, and then the organization is listed
//     again. If its secret is gone, it is created again with its overrides, and
//     nothing else is started.
//  3. Before the first one, the organization's ledger says that the sites have
//     secrets of their own; after the last one, which of them have none.
type uncovering struct {
	site         *account
	task         *task
	organization *account
}

func uncoverings(accounts []*account) []uncovering {
	byOwner := map[secret.Owner]*account{}
	for _, a := range accounts {
		byOwner[a.owner] = a
	}
	var all []uncovering
	for _, a := range accounts {
		for _, t := range a.tasks {
			if t.uncovers() {
				all = append(all, uncovering{a, t, byOwner[t.behind.Owner]})
			}
		}
	}
	return all
}

// proveUncovering carries the first deletion out that has an effect, and holds
// all others back where it does not show that the organization's is spared.
func (r *runner) proveUncovering(ctx context.Context, accounts []*account, unwritten map[secret.Name][]string) {
	all := uncoverings(accounts)
	for _, u := range all {
		if !u.task.written() || len(unwritten[u.task.change.Secret]) > 0 {
			continue // removeFrom says why it is kept
		}
		if !r.start(ctx, u.task.note) || !r.announce(ctx, u.organization, u.task) {
			u.task.settled = true
		}
	}
	for i, u := range all {
		if u.task.settled {
			continue
		}
		r.removeFrom(ctx, u.site, u.task, unwritten[u.task.change.Secret])
		u.task.settled = true
		if !u.task.reachedDelete() {
			continue
		}
		if !r.spared(ctx, u) {
			for _, other := range all[i+1:] {
				other.task.hold()
			}
		}
		return
	}
}

// reachedDelete reports whether the deletion took effect, or may have.
func (t *task) reachedDelete() bool {
	last := t.removals[len(t.removals)-1]
	return last.Outcome == Done || last.Unknown
}

// hold keeps a deletion from being started.
func (t *task) hold() {
	if !t.settled {
		t.settled = true
		t.note(noteUnproved)
	}
}

// spared lists the organization again, and puts its secret back if it is gone.
func (r *runner) spared(ctx context.Context, u uncovering) bool {
	live, err := r.list(ctx, u.organization.owner)
	_, found := live.Secret(u.task.change.Secret)
	switch {
	case err != nil:
		u.task.fail(fmt.Sprintf(noteUnlisted, failure("list secrets of "+u.organization.owner.String(), err, false)))
		return false
	case found:
		return true
	case live.Cut:
		u.task.fail(fmt.Sprintf(noteUnlisted, noteCutList))
		return false
	}
	u.task.fail(noteTook)
	pattern := stoppedByLoss
	if !r.restore(ctx, u) {
		pattern = stoppedInLoss
	}
	r.halt(fmt.Sprintf(pattern, words.Quote(string(u.task.change.Secret)), u.site.owner, u.organization.owner))
	return false
}

func (r *runner) list(ctx context.Context, owner secret.Owner) (secret.Live, error) {
	if err := r.alive(ctx); err != nil {
		return secret.Live{}, err
	}
	var live secret.Live
	err := r.guarded(func() (err error) {
		live, err = r.uncoverer.List(ctx, owner)
		return err
	})
	r.book(ctx, err)
	return live, err
}

// restore creates the organization's secret again, whatever signal came.
func (r *runner) restore(ctx context.Context, u uncovering) bool {
	t := u.organization.task(u.task.change.Secret)
	if t == nil {
		want := u.task.behind
		t = &task{owner: want.Owner, want: want.Secret, change: plan.Change{
			Owner: want.Owner, Secret: want.Secret.Name, Action: plan.Create,
			Type: plan.TypeChange{After: want.Secret.Type}, Scopes: plan.ScopesChange{After: want.Secret.Scopes},
		}}
		u.organization.add(t)
	}
	t.cut = true
	first := len(t.putBacks)
	t.putBacks = append(t.putBacks, untried(Restore, ""))
	for _, override := range t.want.Overrides {
		t.putBacks = append(t.putBacks, untried(Restore, override.Env))
	}
	if err := r.step(ctx, t, &t.putBacks[first]); err != nil {
		t.notLive = true
		t.note(noteLost)
		t.note(notLiveNow)
		return false
	}
	t.note(noteRestored)
	if !r.inAnyCase(ctx, t, t.putBacks[first+1:]) {
		t.note(noteFallsBack)
	}
	return true
}

// halt keeps everything else from being started.
func (r *runner) halt(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = reason
}
