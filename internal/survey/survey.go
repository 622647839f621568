// Package survey takes a manifest to Pantheon and comes back with a plan: it looks
// up what the manifest names, lists it side by side, reads what cella last applied,
// and compares. What plan, apply, explain and import share of that stands here.
//
//  1. Nothing is written.
//  2. An owner that cannot be read is no owner without secrets: it is an error of
//     the plan, which must not be applied then.
//  3. Only a failure that concerns every owner ends a survey: a refused token, or
//     an interruption.
package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// Options say how a survey is taken.
type Options struct {
	Client   *pantheon.Client
	Progress Progress // nil tells nobody
	Git      git.Git
	Env      func(string) string
	// Tell is told what is wrong or doubtful in the manifest once its owners are
	// known. Its error ends the survey.
	Tell func(file string, problems problem.List) error
	// Version is cella's, for the plan.
	Version string
	// Today is the day that dates are compared with.
	Today civil.Date
	// Targets limit what is looked at.
	Targets plan.Targets
	// Strict: warnings are errors.
	Strict bool
	// Rewrite: hidden values are written again, also those that are as last applied.
	Rewrite bool
	// StructureOnly: the manifest was not decrypted, and no value is compared.
	StructureOnly bool
}

// Survey is what was found.
type Survey struct {
	Desired []secret.Desired
	Live    []secret.Live
	Keys    ledger.Keys
	Ledgers []ledger.Ledgers
	Record  record.Found
	Plan    plan.Plan
	// Now is the time by Pantheon's clock, after everything was read.
	Now time.Time

	*Reader
	opts     Options
	manifest *schema.Manifest
	lookout  *Lookout
}

// Take surveys what the manifest names and the targets cover.
func Take(ctx context.Context, manifest *schema.Manifest, opts Options) (*Survey, error) {
	s := &Survey{Reader: NewReader(opts.Client, opts.Progress), opts: opts, manifest: manifest, lookout: NewLookout(opts.Client)}
	if err := s.take(ctx); err != nil {
		return nil, tokenExpired(err, manifest.Policy.TokenExpires, opts.Today)
	}
	return s, nil
}

func (s *Survey) take(ctx context.Context) error {
	desired, err := s.compile(ctx)
	if err != nil {
		return err
	}
	if err := s.list(ctx, desired); err != nil {
		return err
	}
	recall, err := s.recalled(ctx, desired)
	if err != nil {
		return err
	}
	s.Desired, s.Record, s.Live = desired, recall.record, append(s.Live, recall.live...)
	input, err := s.input(recall.failed)
	if err != nil {
		return err
	}
	s.letGo()
	s.Plan, s.Now = decision.Diff(input), s.client.Now()
	return nil
}

// tokenExpired says of a refused token that it has expired, where the manifest says
// so: the plan that would warn of it is never reached.
func tokenExpired(err error, expires, today civil.Date) error {
	failed, _ := errors.AsType[*pantheon.Error](err)
	warning, due := plan.TokenWarning(expires, today)
	if failed == nil || failed.Reason != pantheon.TokenRefused || !due || warning.Code != plan.CodeTokenExpired {
		return err
	}
	message, _ := sentence.Date(warning)
	return hint.Credentials.New(err, append([]string{message + " (from policy.token_expires)"}, failed.Hint().Next...)...)
}

// Frameworks say what runs the sites where that was looked up, by name.
func (s *Survey) Frameworks() map[string]reader.Framework { return s.lookout.Frameworks() }

// compile looks up the ids that the manifest leaves out, and says what it wants.
func (s *Survey) compile(ctx context.Context) ([]secret.Desired, error) {
	unresolved := slices.DeleteFunc(s.manifest.Unresolved(), func(o secret.Owner) bool { return !s.opts.Targets.Covers(o) })
	ids, err := s.IDs(ctx, unresolved)
	if err != nil {
		return nil, err
	}
	desired, problems := s.manifest.Compile(ids)
	return desired, s.opts.Tell(s.manifest.File, problems)
}

// list reads the owners that targets cover and that have an id, with what cella
// last applied to them, and looks up what runs the sites where that matters.
func (s *Survey) list(ctx context.Context, desired []secret.Desired) error {
	var owners []secret.Owner
	looked := map[secret.Owner]bool{}
	for _, d := range desired {
		if s.opts.Targets.Covers(d.Owner) && d.Owner.ID != "" {
			owners, looked[d.Owner] = append(owners, d.Owner), minded(d)
		}
	}
	s.progress.Begin("reading", len(owners), s.client.Interval())
	lists, err := Each(ctx, s.Reader, owners, func(ctx context.Context, owner secret.Owner) (secret.Live, error) {
		live, err := s.client.List(ctx, owner)
		if err == nil && looked[owner] {
			err = s.lookout.Look(ctx, owner) // while others wait for the pace of lists
		}
		return live, err
	})
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if live, found := lists[owner]; found {
			s.Live = append(s.Live, live)
		}
	}
	return s.readLedgers(ctx)
}

// input is what the plan is decided from. failed are owners that left the manifest
// and could not be read.
func (s *Survey) input(failed []plan.OwnerError) (decision.Input, error) {
	inputs, err := inputDigests(s.manifest, s.Keys)
	policy := s.manifest.Policy
	input := decision.Input{
		CellaVersion: s.opts.Version,
		Project:      s.manifest.Project,
		Inputs:       inputs,
		Desired:      s.Desired,
		Live:         s.Live,
		Ledgers:      s.Ledgers,
		Sites:        s.sites(),
		Record:       s.Record,
		Failed:       failed,
		Keys:         s.Keys,
		Policy: decision.Policy{
			Unmanaged: policy.Unmanaged,
			Projects:  policy.Projects,
			Strict:    s.opts.Strict,

			MaxDeletePercent: policy.MaxDeletePercent,
			TokenExpires:     policy.TokenExpires,
		},
		Targets:       s.opts.Targets,
		Rewrite:       s.opts.Rewrite,
		StructureOnly: s.opts.StructureOnly,
		Today:         s.opts.Today,
	}
	for _, unread := range s.unread {
		input.Failed = append(input.Failed, failedRead(unread.owner, unread.err))
	}
	return input, err
}

// letGo takes what is to be abandoned out of the errors that end a command: that
// it cannot be read is what the plan goes by.
func (s *Survey) letGo() {
	s.unread = slices.DeleteFunc(s.unread, func(u unreadOwner) bool {
		return gone(u.err) && secret.DesiredOf(s.Desired, u.owner).Retire == secret.RetireAbandon
	})
}

// gone reports whether an error may mean that there is no such owner any more.
func gone(err error) bool {
	return errors.Is(err, pantheon.ErrForbidden) || errors.Is(err, pantheon.ErrNotFound)
}

// Unreadable is what kept owners from being read and planned, or nil.
func (s *Survey) Unreadable() error {
	if err := s.Unread(); err != nil {
		return err
	}
	var errs []error
	for _, failed := range s.Plan.Errors {
		errs = append(errs, fmt.Errorf("%s: %s", failed.Owner, sentence.Error(failed)))
	}
	return hint.Join(errs...)
}
