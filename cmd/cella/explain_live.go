package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// explainOnline compares the site, and the organization that owns it, with
// their live state as plan does.
func explainOnline(ctx context.Context, std streams, flags *explainFlags, argument string) (effective.Report, time.Time, error) {
	if err := flags.session.api.check(std.env); err != nil {
		return effective.Report{}, time.Time{}, err
	}
	manifest, err := loadManifest(ctx, std, &flags.session)
	if err != nil {
		return effective.Report{}, time.Time{}, offlineHint(err)
	}
	site, env, err := address.Owners(manifest.Owners()).SiteEnv(argument)
	if err != nil {
		return effective.Report{}, time.Time{}, err
	}
	client, err := connect(std, &flags.session)
	if err != nil {
		return effective.Report{}, time.Time{}, offlineHint(err)
	}
	e := explainer{client: client, std: std, flags: &flags.session, manifest: manifest}
	report, err := e.explain(ctx, site, env)
	return report, client.Now(), offlineHint(err)
}

// offlineHint adds the way that needs neither key nor token nor network.
func offlineHint(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if hint.ClassOf(err) != hint.Credentials && !errors.Is(err, pantheon.ErrUnavailable) {
		return err
	}
	return hint.With(err, "`cella explain --offline` goes by the manifest alone")
}

// explainer asks Pantheon about one site.
type explainer struct {
	client   *pantheon.Client
	std      streams
	flags    *sessionFlags
	manifest *schema.Manifest
	refused  int            // by the plans of the owners that were read
	cut      []secret.Owner // whose lists may be cut
	// remembered is what the organization's ledger says of the site.
	remembered map[secret.Name]bool
}

func (e *explainer) explain(ctx context.Context, site secret.Owner, env secret.Env) (effective.Report, error) {
	side, _, err := e.read(ctx, site)
	if err != nil {
		return effective.Report{}, err
	}
	record, err := e.client.Site(ctx, side.Owner)
	if err != nil {
		return effective.Report{}, err
	}
	in := effective.Input{Site: side, Framework: record.Framework}
	var notes []effective.Note
	if record.OrganizationID != "" {
		if in.Organization, err = e.organization(ctx, record.OrganizationID, side.Owner.ID); err != nil {
			return effective.Report{}, err
		}
		in.Remembered, in.Retires = e.remembered, e.manifest.Keyed
		if in.Organization.Live == nil {
			notes = append(notes, effective.Note{Code: "organization-unlisted", Message: fmt.Sprintf(
				"the secrets of %s cannot be listed by this account: of those, only what the site's own list shows is here, without overrides", in.Organization.Owner)})
		}
	}
	for _, owner := range e.cut {
		notes = append(notes, effective.Note{Code: string(plan.CodeListMayBeCut), Message: fmt.Sprintf(
			"Pantheon counts more secrets of %s than it lists, so some may be missing here", owner)})
	}
	if e.refused > 0 {
		notes = append(notes, effective.Note{Code: "refused", Message: fmt.Sprintf(
			"the plan has %s, and as long as it has, nothing is applied; `cella plan` lists them", words.Count(e.refused, "refusal"))})
	}
	return effective.Resolve(in, address.ByPantheon, env, notes...)
}

// read compares one owner of the manifest with its live state.
func (e *explainer) read(ctx context.Context, owner secret.Owner) (effective.Side, *session, error) {
	s := &session{client: e.client}
	if err := s.read(ctx, e.std, e.flags, e.manifest, plan.Targets{{Owner: owner}}); err != nil {
		return effective.Side{}, nil, err
	}
	if err := s.unreadable(); err != nil {
		return effective.Side{}, nil, err
	}
	e.refused += len(s.plan.Refusals)
	side := effective.Side{Desired: secret.DesiredOf(s.desired, owner), Changes: s.plan.Changes}
	side.Owner = side.Desired.Owner
	if i := slices.IndexFunc(s.live, func(l secret.Live) bool { return l.Owner.Same(owner) }); i >= 0 {
		side.Live = e.listed(s.live[i])
	}
	return side, s, nil
}

// listed is a list that was read; whether it may be cut is noted.
func (e *explainer) listed(live secret.Live) *secret.Live {
	if live.Cut {
		e.cut = append(e.cut, live.Owner)
	}
	return &live
}

// unreadable is what kept owners from being read, or nil.
func (s *session) unreadable() error {
	var errs []error
	for _, unread := range s.unread {
		errs = append(errs, unread.err)
	}
	if len(errs) == 0 {
		for _, failed := range s.plan.Errors {
			errs = append(errs, fmt.Errorf("%s: %s", failed.Owner, sentence.Error(failed)))
		}
	}
	return hint.Join(errs...)
}

// organization reads the organization that owns the site: compared with the
// manifest where it is named there, else just as it is live. Live is nil where
// this account may not list it. What its ledger remembers of the site is kept.
func (e *explainer) organization(ctx context.Context, id, siteID string) (*effective.Side, error) {
	owner, named, err := e.identify(ctx, id)
	if err != nil {
		return nil, err
	}
	if named {
		side, s, err := e.read(ctx, owner)
		if err != nil {
			return nil, err
		}
		for _, holding := range s.holdings {
			e.remembered = holding.OfSite(s.keys, siteID)
		}
		return &side, nil
	}
	live, err := e.client.List(ctx, owner)
	switch {
	case err == nil:
		return &effective.Side{Owner: owner, Live: e.listed(live)}, nil
	case errors.Is(err, pantheon.ErrForbidden), errors.Is(err, pantheon.ErrNotFound):
		return &effective.Side{Owner: owner}, nil
	}
	return nil, err
}

// identify finds the organization in the manifest, by id, or by the name that
// it has among the account's memberships.
func (e *explainer) identify(ctx context.Context, id string) (owner secret.Owner, named bool, err error) {
	var unresolved []secret.Owner
	for _, owner := range e.manifest.Owners() {
		switch {
		case owner.Kind != secret.Organization:
		case owner.ID == "":
			unresolved = append(unresolved, owner)
		case strings.EqualFold(owner.ID, id):
			return owner, true, nil
		}
	}
	owner = secret.Owner{Kind: secret.Organization, Name: id, ID: id}
	memberships, err := e.client.Organizations(ctx)
	if err != nil {
		return owner, false, err
	}
	for _, membership := range memberships {
		if !strings.EqualFold(membership.ID, id) {
			continue
		}
		owner.Name = membership.MachineName
		for _, candidate := range unresolved {
			if candidate.Name == owner.Name {
				return candidate, true, nil
			}
		}
	}
	return owner, false, nil
}
