package importing

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan/adopt"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/secret"
)

// Source are owners on Pantheon. Organizations are given by machine name or UUID.
type Source struct {
	Sites, Organizations []string
	// AllSites are all sites of the organizations too.
	AllSites bool
}

// FromPantheon takes over what the owners of source have. If one cannot be read,
// nothing is: what cannot be read is never taken for absent. With replace, entries
// that differ get what was found, where nothing would be lost. The draft is changed,
// not written.
func FromPantheon(ctx context.Context, client *pantheon.Client, source Source, draft *edit.File, replace bool) (*Report, error) {
	reader := survey.NewReader(client, nil)
	owners, err := source.owners(ctx, client, reader, draft)
	if err != nil {
		return nil, err
	}
	lookout := survey.NewLookout(client)
	found, err := survey.Each(ctx, reader, owners, func(ctx context.Context, owner secret.Owner) (secret.Live, error) {
		live, err := client.List(ctx, owner)
		if err == nil && owner.Kind == secret.Site && len(live.Secrets) > 0 {
			err = lookout.Look(ctx, owner)
		}
		return live, err
	})
	if err = cmp.Or(err, source.unread(reader)); err != nil {
		return nil, err
	}
	report := &Report{}
	for _, owner := range owners {
		if found[owner].Cut {
			report.Warnings = append(report.Warnings, fmt.Sprintf("%s: Pantheon counts more secrets than it lists, so some may be missing: import again later", owner))
		}
		all := entriesOf(draft, owner)
		if err := takeOver(draft, found[owner], replace, all, report); err != nil {
			return nil, err
		}
		if warning := all.unread(owner, lookout.Frameworks()[owner.Name]); warning != "" {
			report.Warnings = append(report.Warnings, warning)
		}
	}
	return report, report.finish(draft)
}

// owners looks up the owners, sorted, each once, under the names that the manifest
// has for them.
func (s Source) owners(ctx context.Context, client *pantheon.Client, reader *survey.Reader, draft *edit.File) ([]secret.Owner, error) {
	var named []secret.Owner
	for _, name := range s.Organizations {
		named = append(named, secret.Owner{Kind: secret.Organization, Name: name})
	}
	for _, name := range s.Sites {
		named = append(named, secret.Owner{Kind: secret.Site, Name: name})
	}
	ids, err := reader.IDs(ctx, named)
	if err != nil {
		return nil, err
	}
	var owners, organizations []secret.Owner
	for owner, id := range ids {
		owner.ID = id
		owners = append(owners, owner)
		if owner.Kind == secret.Organization {
			organizations = append(organizations, owner)
		}
	}
	if s.AllSites {
		found, err := survey.Each(ctx, reader, organizations, client.OrganizationSites)
		if err != nil {
			return nil, err
		}
		for _, sites := range found {
			owners = append(owners, sites...)
		}
	}
	if err := s.unread(reader); err != nil {
		return nil, err
	}
	for i := range owners {
		machineName := ""
		if owners[i].Kind == secret.Organization {
			machineName = reader.MachineName(owners[i].ID)
		}
		if owners[i], err = asDeclared(draft, owners[i], machineName); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(owners, secret.Owner.Compare)
	owners = slices.Compact(owners)
	return owners, distinct(owners)
}

// distinct is the error of two owners that have one id, or nil.
func distinct(owners []secret.Owner) error {
	seen := map[string]secret.Owner{}
	for _, owner := range owners {
		if other, found := seen[owner.ID]; found {
			return hint.New(fmt.Errorf("%s and %s have the same id: %s", other, owner, owner.ID), "name one of them only")
		}
		seen[owner.ID] = owner
	}
	return nil
}

// unread is the error of owners that could not be read, or nil.
func (s Source) unread(reader *survey.Reader) error {
	err := reader.Unread()
	if err == nil {
		return nil
	}
	next := append(slices.Compact(slices.Sorted(slices.Values(hint.Next(err)))), "nothing was written: cella never takes what it cannot read for missing")
	if s.AllSites {
		next = append(next, "to leave a site out, name the others: cella import site NAME…")
	}
	return hint.ClassOf(err).New(err, next...)
}

// asDeclared is the owner under the name that the manifest has for it: of an
// organization, its UUID or its machine name, which is empty for a site. A site
// that has another name there was renamed; the manifest has to follow first. None
// may be about to leave.
func asDeclared(draft *edit.File, owner secret.Owner, machineName string) (secret.Owner, error) {
	for _, declared := range draft.Owners() {
		if declared.Same(owner) && declared.ID != "" && declared.ID != owner.ID {
			return owner, hint.New(fmt.Errorf("%s has the id %s in the manifest, and on Pantheon %s", owner, words.Quote(declared.ID), words.Quote(owner.ID)),
				"find out which one is meant, and fix the id in the manifest")
		}
		same := declared.ID == owner.ID || declared.ID == "" && machineName != "" && declared.Name == machineName
		if declared.Kind != owner.Kind || !same || declared.Name == owner.Name {
			continue
		}
		if owner.Kind == secret.Organization {
			return asDeclared(draft, secret.Owner{Kind: owner.Kind, Name: declared.Name, ID: owner.ID}, "")
		}
		return owner, hint.New(fmt.Errorf("%s is %s in the manifest: they have the same id", owner, declared),
			fmt.Sprintf("the site was renamed: write %s in place of %s in the manifest, then import again", words.Quote(owner.Name), words.Quote(declared.Name)))
	}
	return owner, draft.CheckOwner(owner)
}

// takeOver takes over one owner. all are its entries, which follow.
func takeOver(draft *edit.File, live secret.Live, replace bool, all entries, result *Report) error {
	owner := live.Owner
	if err := draft.AddOwner(owner); err != nil {
		return err
	}
	rules, own := rulesFor(draft, live)
	for _, p := range adopt.Propose(live, rules) {
		name := p.Desired.Name
		if p.Fate == adopt.External && own[name] {
			p.Notes = append(p.Notes, "this project applied it before, and will give it up as external: to keep it, give it its value with cella set")
		}
		entry, exists := draft.Entry(owner, name)
		if !exists {
			if p.Fate != adopt.LeftOut {
				if err := draft.Insert(owner, trimmed(draft.Draft, p.Desired)); err != nil {
					return err
				}
				all.put(p.Desired)
			}
			result.add(owner, name, fateWord(p.Fate), p.Notes...)
			continue
		}
		match, why := adopt.Compare(entry, p)
		switch {
		case match == adopt.Same:
			result.present++
		case match == adopt.Differs && replace:
			if err := draft.Rewrite(owner, trimmed(draft.Draft, p.Replace(entry))); err != nil {
				return err
			}
			all.put(p.Replace(entry))
			result.add(owner, name, replacedEntry, p.Notes...)
		default:
			if result.add(owner, name, keptEntry, why); match == adopt.Differs {
				result.replaceable++
			}
		}
	}
	return nil
}

// rulesFor are the rules of a manifest for an owner, and the names that the
// project's own ledgers have, those of before it was renamed among them.
func rulesFor(draft *edit.File, live secret.Live) (adopt.Rules, map[secret.Name]bool) {
	project, formerly := draft.Project()
	expected := draft.Policy().Projects
	claimed := map[secret.Name]string{}
	for _, claim := range ledger.Foreign(live, append([]string{project}, formerly...)...) {
		if !claim.Intact || expected != nil && !slices.Contains(expected, claim.Project) {
			continue
		}
		for _, name := range claim.Names {
			claimed[name] = claim.Project
		}
	}
	own := map[secret.Name]bool{}
	if current, previous := draft.FingerprintKeys(); current.Known() {
		// Keys that were read from a manifest without errors are fit.
		if keys, err := ledger.DeriveKeys(current, previous); err == nil {
			ledgers := ledger.ReadAll(live, project, formerly, keys)
			for _, stored := range append([]ledger.Ledger{ledgers.Own}, ledgers.Former...) {
				for _, entry := range stored.Entries {
					own[entry.Name] = true
				}
			}
		}
	}
	return adopt.Rules{
		Holds:   func(name secret.Name) bool { return draft.Holds(string(name)) },
		Claimed: func(name secret.Name) string { return claimed[name] },
	}, own
}

// trimmed is an entry without what the manifest's defaults say already.
func trimmed(draft *edit.Draft, s secret.DesiredSecret) secret.DesiredSecret {
	kind, scopes := draft.Defaults()
	if s.Type == kind {
		s.Type = ""
	}
	if s.Scopes.Equal(scopes) {
		s.Scopes = nil
	}
	return s
}
