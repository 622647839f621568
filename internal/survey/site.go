package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// explainer asks Pantheon about one site.
type explainer struct {
	manifest *schema.Manifest
	opts     Options
	refused  int            // by the plans of the owners that were read
	cut      []secret.Owner // whose lists may be cut
	// remembered is what the organization's ledger says of the site.
	remembered map[secret.Name]bool
}

// Explain says which values win on a site, and on whose word: it compares the site,
// and the organization that owns it, with what is on Pantheon as Take does. Targets
// of the options do not count.
func Explain(ctx context.Context, manifest *schema.Manifest, site secret.Owner, env secret.Env, opts Options) (effective.Report, error) {
	e := explainer{manifest: manifest, opts: opts}
	return e.explain(ctx, site, env)
}

func (e *explainer) explain(ctx context.Context, site secret.Owner, env secret.Env) (effective.Report, error) {
	side, found, err := e.read(ctx, site)
	if err != nil {
		return effective.Report{}, err
	}
	record, looked := found.lookout.records[side.Owner.Name]
	if !looked {
		if record, err = e.opts.Client.Site(ctx, side.Owner); err != nil {
			return effective.Report{}, err
		}
	}
	in := effective.Input{Site: side, Framework: reader.Framework(record.Framework)}
	var notes []effective.Note
	if record.OrganizationID != "" {
		if in.Organization, err = e.organization(ctx, found.Reader, record.OrganizationID, side.Owner.ID); err != nil {
			return effective.Report{}, err
		}
		in.Remembered, in.Retires = e.remembered, e.manifest.Keyed
		if in.Organization.Live == nil {
			notes = append(notes, effective.Note{Code: "organization-unlisted", Message: fmt.Sprintf(
				"this account cannot list the secrets of %s: of those, only what the site's own list shows is here, without overrides", in.Organization.Owner)})
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
	return effective.Resolve(in, secret.ByPantheon, env, notes...)
}

// read compares one owner of the manifest with its live state.
func (e *explainer) read(ctx context.Context, owner secret.Owner) (effective.Side, *Survey, error) {
	opts := e.opts
	opts.Targets = plan.Targets{{Owner: owner}}
	s, err := Take(ctx, e.manifest, opts)
	if err != nil {
		return effective.Side{}, nil, err
	}
	if err := s.Unreadable(); err != nil {
		return effective.Side{}, nil, err
	}
	e.refused += len(s.Plan.Refusals)
	side := effective.Side{Desired: secret.DesiredOf(s.Desired, owner), Changes: s.Plan.Changes}
	side.Owner = side.Desired.Owner
	if i := slices.IndexFunc(s.Live, func(l secret.Live) bool { return l.Owner.Same(owner) }); i >= 0 {
		side.Live = e.listed(s.Live[i])
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

// organization reads the organization that owns the site: compared with the
// manifest where it is named there, else just as it is live. Live is nil where
// this account may not list it. What its ledger remembers of the site is kept.
func (e *explainer) organization(ctx context.Context, reader *Reader, id, siteID string) (*effective.Side, error) {
	owner, named, err := e.identify(ctx, reader, id)
	if err != nil {
		return nil, err
	}
	if named {
		side, s, err := e.read(ctx, owner)
		if err != nil {
			return nil, err
		}
		for _, holding := range s.Ledgers {
			e.remembered = holding.OfSite(s.Keys, siteID)
		}
		return &side, nil
	}
	live, err := e.opts.Client.List(ctx, owner)
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
func (e *explainer) identify(ctx context.Context, reader *Reader, id string) (owner secret.Owner, named bool, err error) {
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
	memberships, err := reader.memberships(ctx)
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
