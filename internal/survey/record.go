package survey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/source"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
)

// maxCommits is how many of the commits that ledgers name are asked about, the
// last ones.
const maxCommits = 20

// recall is what reading the project's record takes: what was read for it
// beside the owners of the manifest, and what of that failed.
type recall struct {
	s       *Survey
	desired []secret.Desired
	record  record.Found
	asked   map[secret.Owner]bool // by kind and id: their lists were asked for
	live    []secret.Live         // of owners that left
	failed  []plan.OwnerError     // of owners that left
}

// recalled reads what the project remembers of itself, beside the lists that were
// read already. It costs a request for each owner that left the manifest,
// and one for the home where a target does not cover it and an owner joins.
func (s *Survey) recalled(ctx context.Context, desired []secret.Desired) (*recall, error) {
	r := &recall{s: s, desired: desired}
	manifest := s.manifest
	if manifest.Record == (secret.Owner{}) || !s.Keys.Known() {
		return r, nil
	}
	r.record = record.Found{
		Home: manifest.Record, MovedFrom: project.Source(manifest.Policy.MovedFrom), MovedLine: !manifest.Policy.MovedFrom.IsZero(),
		Reset: manifest.Policy.ResetRecord,
	}
	for _, d := range desired {
		if d.Owner.Same(r.record.Home) {
			r.record.Home = d.Owner
		}
	}
	r.asked = map[secret.Owner]bool{}
	for _, d := range desired {
		r.asked[byID(d.Owner)] = d.Owner.ID != "" && s.opts.Targets.Covers(d.Owner)
	}
	for _, one := range s.Live {
		if err := r.take(one); err != nil {
			return nil, err
		}
	}
	for _, read := range []func(context.Context) error{r.readHome, r.readAbandoned, r.readFurther} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	r.record.Source = project.Source(checkout.Source(ctx, s.opts.Git, manifest.File, s.opts.Env))
	r.record.Age = r.age(ctx)
	return r, nil
}

// take enters the records that one list shows. A home whose list may be cut has
// to show the record: a new one would be made where there is one.
func (r *recall) take(live secret.Live) error {
	r.record.Take(live, r.s.manifest.Project, r.s.manifest.Formerly, r.s.Keys)
	missing := r.record.Own.Status == ledger.None || r.record.Own.Status == ledger.Damaged
	if live.Cut && missing && byID(live.Owner) == byID(r.record.Home) {
		return hint.New(fmt.Errorf("%s: Pantheon counts more secrets than it lists, so it cannot be said what cella noted of the project", live.Owner),
			"run the command again; if it stays so, tell Pantheon's support the time and the message above")
	}
	return nil
}

// byID is what an owner is told apart by.
func byID(owner secret.Owner) secret.Owner {
	return secret.Owner{Kind: owner.Kind, ID: strings.ToLower(owner.ID)}
}

// readHome reads the home where nobody did and a first ledger is about to be
// made: its owner has to be entered before. Without it nothing can be done.
func (r *recall) readHome(ctx context.Context) error {
	joins := func(h ledger.Ledgers) bool { return h.Own.Status == ledger.None }
	if r.record.Looked || len(r.s.opts.Targets) == 0 || r.s.opts.Targets.Covers(r.record.Home) || !slices.ContainsFunc(r.s.Ledgers, joins) {
		return nil
	}
	home := r.record.Home
	if home.ID == "" {
		ids, err := r.s.IDs(ctx, []secret.Owner{home})
		if home.ID = ids[home]; err != nil || home.ID == "" {
			return cmp.Or(err, r.s.Unread())
		}
		r.record.Home.ID = ids[r.record.Home]
	}
	r.record.Home = home
	live, err := r.s.client.List(ctx, home)
	if err != nil {
		return hint.New(fmt.Errorf("a site or organization joins the project, and where that is noted could not be read: %w", err), hint.Next(err)...)
	}
	r.asked[byID(home)] = true
	r.record.Lists++
	return r.take(live)
}

// readAbandoned reads what is to be abandoned and has no id any more by the one
// that the record has: a site that is only renamed is not gone.
func (r *recall) readAbandoned(ctx context.Context) error {
	rows, _ := project.Unite(append([]project.Record{r.record.Own}, r.record.Further...)...)
	var owners []secret.Owner
	for _, d := range r.desired {
		for _, row := range rows {
			if d.Retire == secret.RetireAbandon && d.Owner.ID == "" && row.Same(d.Owner) && r.s.opts.Targets.Covers(d.Owner) {
				owners = append(owners, row)
			}
		}
	}
	return r.read(ctx, owners, func(live secret.Live) { r.live = append(r.live, live) }, r.s.missed)
}

// readFurther reads the owners that the record has and the manifest does not,
// and a home that only ledgers know of. One list may lead to the next: another
// record may be there, of a home that moved. With targets nobody looks for
// owners that left.
func (r *recall) readFurther(ctx context.Context) error {
	held, lists, failed := slices.Clone(r.s.Ledgers), map[secret.Owner]secret.Live{}, map[secret.Owner]error{}
	for {
		owners := r.unread(held)
		if len(owners) == 0 {
			break
		}
		var taken error
		err := r.read(ctx, owners, func(live secret.Live) {
			lists[byID(live.Owner)] = live
			held, taken = append(held, hold(live, r.s.manifest, r.s.Keys)), cmp.Or(taken, r.take(live))
		}, func(owner secret.Owner, err error) { failed[byID(owner)] = err })
		if err = cmp.Or(err, taken); err != nil {
			return err
		}
	}
	home, later := r.record.LaterHome(held)
	if err := failed[byID(home)]; later && err != nil && failedRead(home, err).Code == plan.CodeRequestFailed {
		return hint.New(fmt.Errorf("%s: what cella noted of the project is there, but could not be read: %w", home, err), hint.Next(err)...)
	}
	r.record.Lists += len(lists)
	if len(r.s.opts.Targets) == 0 {
		r.enterLeft(lists, failed)
	}
	return nil
}

// unread are the owners whose lists are to be asked for next.
func (r *recall) unread(held []ledger.Ledgers) []secret.Owner {
	var owners []secret.Owner
	if home, later := r.record.LaterHome(held); later && r.record.Looked {
		owners = append(owners, home)
	}
	if len(r.s.opts.Targets) == 0 {
		owners = append(owners, r.record.Left(r.desired)...)
	}
	return slices.DeleteFunc(owners, func(o secret.Owner) bool {
		asked := r.asked[byID(o)]
		r.asked[byID(o)] = true
		return asked
	})
}

// enterLeft hands over what was read, or failed to be, of the owners that left:
// those in the record, and one that has a ledger of this project all the same.
func (r *recall) enterLeft(lists map[secret.Owner]secret.Live, failed map[secret.Owner]error) {
	left, inRecord := r.record.Left(r.desired), map[secret.Owner]bool{}
	for _, owner := range left {
		inRecord[byID(owner)] = true
	}
	for id, live := range lists {
		if holding := hold(live, r.s.manifest, r.s.Keys); !inRecord[id] && (holding.Own.Status != ledger.None || len(holding.Former) > 0) {
			left = append(left, live.Owner)
		}
	}
	taken := map[string]bool{}
	for _, d := range r.desired {
		taken[d.Owner.String()] = true
	}
	slices.SortFunc(left, secret.Owner.Compare)
	for _, owner := range left {
		key := byID(owner)
		if taken[owner.String()] {
			owner.Name = owner.ID // another one has its name now
		}
		taken[owner.String()] = true
		live, found := lists[key]
		live.Owner = owner
		holding := hold(live, r.s.manifest, r.s.Keys)
		switch {
		case found && live.Cut && lacksLedger(holding):
			r.failed = append(r.failed, plan.OwnerError{Code: plan.CodeRequestFailed, Owner: owner, Detail: listCut})
		case found:
			r.record.Lists--
			r.live, r.s.Ledgers = append(r.live, live), append(r.s.Ledgers, holding)
		case failed[key] != nil:
			r.failed = append(r.failed, failedRead(owner, failed[key]))
		}
	}
}

// read lists owners side by side, and hands over what came in their order.
func (r *recall) read(ctx context.Context, owners []secret.Owner, found func(secret.Live), failed func(secret.Owner, error)) error {
	if len(owners) == 0 {
		return nil
	}
	r.s.progress.Begin("reading", len(owners), r.s.client.Interval())
	lists, err := each(ctx, r.s.Reader, owners, r.s.client.List, failed)
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
	detail := strings.TrimPrefix(err.Error(), withoutID(owner).String()+": ") // the plan names the owner itself
	failed := plan.OwnerError{Code: plan.CodeRequestFailed, Owner: owner, Detail: detail}
	switch {
	case errors.Is(err, pantheon.ErrForbidden):
		failed.Code = plan.CodeForbidden
	case errors.Is(err, pantheon.ErrNotFound):
		failed.Code = plan.CodeGone
	}
	return failed
}

// age asks git how what is checked out relates to what was applied. The record
// knows what is in no ledger any more, where an owner left.
func (r *recall) age(ctx context.Context) record.Age {
	var origins []ledger.Origin
	add := func(status ledger.Status, origin ledger.Origin) {
		seen := slices.ContainsFunc(origins, func(o ledger.Origin) bool { return o.Commit == origin.Commit })
		if status == ledger.Whole && origin.Commit != "" && !seen {
			origins = append(origins, origin)
		}
	}
	for _, holding := range r.s.Ledgers {
		add(holding.Own.Status, holding.Own.Origin)
	}
	for _, book := range append([]project.Record{r.record.Own}, r.record.Further...) {
		add(book.Status, book.Origin)
	}
	slices.SortFunc(origins, func(a, b ledger.Origin) int { return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.Commit, b.Commit)) })
	git := r.s.opts.Git
	head := checkout.Head(ctx, git, r.s.manifest.File, r.s.opts.Env)
	var perhaps record.Age
	for _, origin := range origins[:min(len(origins), maxCommits)] {
		found := record.Age{Commit: origin.Commit, Actor: origin.Actor, Time: origin.Time, InCI: r.s.opts.Env("CI") != ""}
		other := source.Commit{ID: origin.Commit}
		if !origin.CommitTime.IsZero() {
			other.Time = origin.CommitTime.Unix()
		}
		switch kin := checkout.Related(ctx, git, r.s.manifest.File, head, other); {
		case head.ID == "":
			found.Unknown = true
			return found
		case kin.Verdict == checkout.HeadIsOlder:
			found.Certain = true
			return found
		case kin.Verdict == checkout.Unknown && perhaps.Commit == "" && kin.HeadTime != 0 && kin.HeadTime < kin.OtherTime:
			perhaps = found
		}
	}
	return perhaps
}

// Origin is what ledgers note of this run.
func (s *Survey) Origin(ctx context.Context) ledger.Origin {
	head := checkout.Head(ctx, s.opts.Git, s.manifest.File, s.opts.Env)
	origin := ledger.Origin{Commit: head.ID, Actor: ledger.Login(head.Actor)}
	if head.Time > 0 {
		origin.CommitTime = time.Unix(head.Time, 0).UTC()
	}
	return origin
}
