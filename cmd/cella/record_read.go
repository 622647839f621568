package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/source"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// maxCommits is how many of the commits that ledgers name are asked about, the
// last ones.
const maxCommits = 20

// recall is what reading the project's record takes: what was read for it
// beside the owners of the manifest, and what of that failed.
type recall struct {
	s        *session
	env      func(string) string
	manifest *schema.Manifest
	desired  []secret.Desired
	targets  plan.Targets
	record   plan.Recorded
	live     []secret.Live // of owners that left
	failed   []plan.OwnerError
}

// recalled reads what the project remembers of itself. live are the lists that
// were read already. It costs a request for each owner that left the manifest,
// and one for the home where a target does not cover it and an owner joins.
func (s *session) recalled(ctx context.Context, env func(string) string, manifest *schema.Manifest, desired []secret.Desired, targets plan.Targets, live []secret.Live) (*recall, error) {
	r := &recall{s: s, env: env, manifest: manifest, desired: desired, targets: targets}
	if manifest.Record == (secret.Owner{}) || !s.keys.Known() {
		return r, nil
	}
	r.record = plan.Recorded{
		Home: manifest.Record, MovedFrom: project.Source(manifest.Policy.MovedFrom), MovedLine: !manifest.Policy.MovedFrom.IsZero(),
		Reset: manifest.Policy.ResetRecord,
	}
	for _, d := range desired {
		if d.Owner.Same(r.record.Home) {
			r.record.Home = d.Owner
		}
	}
	for _, one := range live {
		r.take(one)
	}
	if err := r.readHome(ctx); err != nil {
		return nil, err
	}
	if err := r.readAbandoned(ctx); err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		if err := r.readLeft(ctx); err != nil {
			return nil, err
		}
	}
	r.record.Source = project.Source(checkout.Source(ctx, gitProgram(), manifest.File, env))
	r.record.Age = r.age(ctx)
	return r, nil
}

// take enters the records that one list shows.
func (r *recall) take(live secret.Live) {
	books := project.Find(live, r.manifest.Project, r.manifest.Formerly, r.s.keys)
	if live.Owner.Same(r.record.Home) {
		r.record.Looked, r.record.Own, books = true, books[0], books[1:]
	}
	for _, book := range books {
		if book.Status != ledger.None {
			r.record.Further = append(r.record.Further, book)
		}
	}
}

// readHome reads the home where nobody did and a first ledger is about to be
// made: its owner has to be entered before.
func (r *recall) readHome(ctx context.Context) error {
	joins := func(h ledger.Holding) bool { return h.Own.Status == ledger.None }
	if r.record.Looked || len(r.targets) == 0 || !slices.ContainsFunc(r.s.holdings, joins) {
		return nil
	}
	if r.record.Home.ID == "" {
		ids, err := r.s.resolve(ctx, r.manifest, plan.Targets{{Owner: r.record.Home}})
		if err != nil {
			return err
		}
		r.record.Home.ID = ids[r.record.Home]
	}
	if r.record.Home.ID == "" {
		return errors.Join(errHomeUnread, r.s.unreadable())
	}
	var unread error
	err := r.read(ctx, []secret.Owner{r.record.Home}, r.take, func(_ secret.Owner, err error) {
		unread = failure(exitError, errors.Join(errHomeUnread, err), serviceHints(err)...)
	})
	return errors.Join(err, unread)
}

// errHomeUnread is why a target alone does not do.
var errHomeUnread = errors.New("a site or organization joins the project, and where that is noted could not be read")

// readAbandoned reads what is to be abandoned and has no id any more by the one
// that the record has: a site that is only renamed is not gone.
func (r *recall) readAbandoned(ctx context.Context) error {
	rows, _ := project.Unite(append([]project.Book{r.record.Own}, r.record.Further...)...)
	var owners []secret.Owner
	for _, d := range r.desired {
		for _, row := range rows {
			if d.Retire == secret.RetireAbandon && d.Owner.ID == "" && row.Same(d.Owner) {
				owners = append(owners, row)
			}
		}
	}
	return r.read(ctx, owners, func(live secret.Live) { r.live = append(r.live, live) }, func(secret.Owner, error) {})
}

// readLeft reads the owners that the record has and the manifest does not, and
// a former home that only ledgers know of.
func (r *recall) readLeft(ctx context.Context) error {
	if former, unknown := r.formerHome(); unknown {
		found := func(live secret.Live) { r.take(live) }
		if err := r.read(ctx, []secret.Owner{former}, found, func(secret.Owner, error) {}); err != nil {
			return err
		}
	}
	left := r.record.Left(r.desired)
	for i, owner := range left {
		if slices.ContainsFunc(r.desired, func(d secret.Desired) bool { return d.Owner.Same(owner) }) {
			left[i].Name = owner.ID // another one has its name now
		}
	}
	return r.read(ctx, left, func(live secret.Live) {
		r.live = append(r.live, live)
		r.s.holdings = append(r.s.holdings, hold(live, r.manifest, r.s.keys))
	}, func(owner secret.Owner, err error) { r.failed = append(r.failed, failedRead(owner, err)) })
}

// formerHome is where ledgers say that the record was, where no record was
// found and the manifest does not name that owner.
func (r *recall) formerHome() (secret.Owner, bool) {
	if _, ruling := project.Unite(append([]project.Book{r.record.Own}, r.record.Further...)...); ruling.Status == ledger.Whole {
		return secret.Owner{}, false
	}
	var home secret.Owner
	serial := uint64(0)
	for _, holding := range r.s.holdings {
		if origin := holding.Own.Origin; holding.Own.Status == ledger.Whole && origin.Record > serial {
			serial, home = origin.Record, origin.Home
		}
	}
	declared := func(d secret.Desired) bool { return d.Owner.Kind == home.Kind && d.Owner.ID == home.ID }
	return home, serial > 0 && !slices.ContainsFunc(r.desired, declared)
}

// read lists owners side by side, and hands over what came in their order.
func (r *recall) read(ctx context.Context, owners []secret.Owner, found func(secret.Live), failed func(secret.Owner, error)) error {
	if len(owners) == 0 {
		return nil
	}
	r.s.progress.begin("reading", len(owners), r.s.client.Interval())
	lists, err := eachOwner(ctx, owners, counting(r.s.progress, r.s.client.List), failed)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if live, ok := lists[owner]; ok {
			found(live)
		}
	}
	return nil
}

// failedRead is the plan's error for a request that failed.
func failedRead(owner secret.Owner, err error) plan.OwnerError {
	failed := plan.OwnerError{Code: plan.CodeRequestFailed, Owner: owner, Detail: err.Error()}
	switch {
	case errors.Is(err, pantheon.ErrForbidden):
		failed.Code = plan.CodeForbidden
	case errors.Is(err, pantheon.ErrNotFound):
		failed.Code = plan.CodeGone
	}
	return failed
}

// cutHome is the error of a home whose list may be cut and does not show the
// record.
func (r *recall) cutHome(live []secret.Live) error {
	for _, one := range live {
		missing := r.record.Own.Status == ledger.None || r.record.Own.Status == ledger.Damaged
		if one.Owner.Same(r.record.Home) && one.Cut && r.record.Looked && missing {
			return fmt.Errorf("%s: Pantheon counts more secrets than it lists, so it cannot be said what cella noted of the project", one.Owner)
		}
	}
	return nil
}

// age asks git how what is checked out relates to what was applied.
func (r *recall) age(ctx context.Context) plan.Age {
	var origins []ledger.Origin
	for _, holding := range r.s.holdings {
		origin := holding.Own.Origin
		seen := slices.ContainsFunc(origins, func(o ledger.Origin) bool { return o.Commit == origin.Commit })
		if holding.Own.Status == ledger.Whole && origin.Commit != "" && !seen {
			origins = append(origins, origin)
		}
	}
	slices.SortFunc(origins, func(a, b ledger.Origin) int { return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.Commit, b.Commit)) })
	git := gitProgram()
	head := checkout.Head(ctx, git, r.manifest.File, r.env)
	var perhaps plan.Age
	for _, origin := range origins[:min(len(origins), maxCommits)] {
		found := plan.Age{Commit: origin.Commit, Actor: origin.Actor, Time: origin.Time, InCI: r.env("CI") != ""}
		other := source.Commit{ID: origin.Commit}
		if !origin.CommitTime.IsZero() {
			other.Time = origin.CommitTime.Unix()
		}
		switch kin := checkout.Related(ctx, git, r.manifest.File, head, other); {
		case kin.Verdict == checkout.HeadIsOlder:
			found.Certain = true
			return found
		case kin.Verdict == checkout.Unknown && perhaps.Commit == "" && kin.HeadTime != 0 && kin.HeadTime < kin.OtherTime:
			perhaps = found
		}
	}
	return perhaps
}

// origin is what ledgers note of this run.
func (s *session) origin(ctx context.Context, env func(string) string) ledger.Origin {
	head := checkout.Head(ctx, gitProgram(), s.manifestFile, env)
	origin := ledger.Origin{Commit: head.ID, Actor: ledger.Login(head.Actor)}
	if head.Time > 0 {
		origin.CommitTime = time.Unix(head.Time, 0).UTC()
	}
	return origin
}
