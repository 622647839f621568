package decision

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// maxNamedSites is the most sites that a warning names. The others are counted.
const maxNamedSites = 20

// standing says whether a site has a secret of its own under a name.
type standing uint8

const (
	unknownOwn standing = iota
	noOwn
	hasOwn
)

// overlap is one name that an organization has or gets, at one of its sites.
type overlap struct {
	site *part
	// announced is what is true at the latest while the plan is carried out,
	// after it once it is.
	announced, after standing
	// declared: the manifest gives the site a secret of its own.
	declared bool
	// assumed: nothing shows that the organization owns the site.
	assumed bool
}

// tellShadows says, for each secret that the manifest has for an organization,
// which sites get their own value instead, and what the ledger will remember of
// that:
//
//  1. The plan that creates it names every site that has one of its own then.
//  2. Later plans name those that are known to, unless the manifest itself
//     declares it.
//  3. Of how many sites it is not known is told once for the secret.
//  4. What is seen is remembered where the entry is written anyway. It is
//     written for the sake of the memory alone where a deletion brings the
//     organization's value to light, or releasing a site's own makes it wrong.
//  5. One that a target creates may be shadowed by sites that the target leaves
//     out, and afterwards nobody can see it.
func (all organizations) tellShadows(parts []*part, in Input) {
	unlooked := 0
	for _, d := range in.Desired {
		if d.Owner.Kind == secret.Site && !in.Targets.Covers(d.Owner) {
			unlooked++
		}
	}
	for _, o := range all.read {
		p, sites := o.part, all.sitesOf(o, parts)
		for i := range p.changes {
			change := &p.changes[i]
			if o.declared(change.Secret) == nil {
				continue
			}
			overlaps := make([]overlap, 0, len(sites))
			for _, site := range sites {
				overlaps = append(overlaps, o.overlap(change.Secret, site))
			}
			p.tellOverlaps(*change, overlaps, !in.keyed())
			if unlooked > 0 && change.Action == plan.Create {
				p.warnings = append(p.warnings, plan.Warning{Code: plan.CodeShadowingUnlooked, Owner: p.owner, Secret: change.Secret, Facts: plan.Facts{Count: unlooked}})
			}
			change.Sites = o.sitesChange(*change, overlaps, in)
		}
	}
}

// related is a site that an organization owns, or may own.
type related struct {
	part    *part
	assumed bool
}

// sitesOf leaves out what is known to be another organization's.
func (all organizations) sitesOf(o *organization, parts []*part) []related {
	var sites []related
	for _, p := range parts {
		if p.owner.Kind != secret.Site {
			continue
		}
		is := o.relation(p.live)
		elsewhere := is == mayOwn && slices.ContainsFunc(all.read, func(other *organization) bool { return other != o && other.relation(p.live) == member })
		if is != stranger && !elsewhere {
			sites = append(sites, related{p, is == mayOwn})
		}
	}
	return sites
}

// overlap looks at one site, before and after its change.
func (o *organization) overlap(name secret.Name, site related) overlap {
	p := site.part
	found := overlap{site: p, assumed: site.assumed}
	now := o.standing(name, p)
	found.announced, found.after = now, now
	change := p.change(name)
	if change == nil {
		return found
	}
	found.declared = change.External || p.wants(name)
	switch {
	case change.Action == plan.Delete:
		found.announced, found.after = hasOwn, noOwn
	case found.declared && !change.External && change.Action != plan.None:
		found.announced, found.after = hasOwn, hasOwn
	}
	return found
}

// change is what was decided of a name; nil where there was nothing to decide.
func (p *part) change(name secret.Name) *plan.Change {
	at, found := slices.BinarySearchFunc(p.changes, name, func(c plan.Change, n secret.Name) int { return cmp.Compare(c.Secret, n) })
	if !found {
		return nil
	}
	return &p.changes[at]
}

// wants reports whether the manifest gives the owner a value under the name.
func (p *part) wants(name secret.Name) bool {
	at, found := slices.BinarySearchFunc(p.want, name, func(s secret.DesiredSecret, n secret.Name) int { return cmp.Compare(s.Name, n) })
	return found && !p.want[at].External && p.want[at].Retire == ""
}

// standing is what the site's list shows, or else what is remembered. That an
// override stands on a default of the same owner is [inferred]; at least in its
// environment the site's own value wins.
func (o *organization) standing(name secret.Name, p *part) standing {
	live, found := p.live.Secret(name)
	switch {
	case !found && p.live.Cut:
		return unknownOwn
	case !found:
		return noOwn
	case live.Presence == secret.Own, len(live.Overrides) > 0, p.ledgers.Of(name).Recorded():
		return hasOwn
	}
	own, known := o.remembers(name, p.owner.ID)
	switch {
	case !known:
		return unknownOwn
	case own:
		return hasOwn
	}
	return noOwn
}

// tellOverlaps warns of one secret of the organization.
func (p *part) tellOverlaps(change plan.Change, overlaps []overlap, keyless bool) {
	creates := change.Action == plan.Create
	shadowed, unknown := plan.Facts{Keyless: keyless}, plan.Facts{Keyless: keyless}
	enter := func(facts *plan.Facts, site string) {
		if facts.Count++; len(facts.Sites) < maxNamedSites {
			facts.Sites = append(facts.Sites, site)
		}
	}
	for _, one := range overlaps {
		switch {
		case one.after == hasOwn && (creates || !one.declared):
			enter(&shadowed, one.site.owner.Name)
			shadowed.Assumed = shadowed.Assumed || one.assumed
		case one.after == unknownOwn && !one.declared:
			enter(&unknown, one.site.owner.Name)
		}
	}
	warn := func(holds bool, code plan.Code, facts plan.Facts) {
		if holds {
			p.warnings = append(p.warnings, plan.Warning{Code: code, Owner: p.owner, Secret: change.Secret, Facts: facts})
		}
	}
	warn(shadowed.Count > 0, plan.CodeShadowed, shadowed)
	unknown.Of = len(overlaps)
	warn(unknown.Count > 0, plan.CodeShadowingUnknown, unknown)
}

// sitesChange is what the entry of a secret is to remember; the zero one where
// it is not written.
func (o *organization) sitesChange(change plan.Change, overlaps []overlap, in Input) plan.SitesChange {
	past := o.ledgers.Of(change.Secret)
	if !in.Keys.Known() || !o.ledgers.Keeps() || change.Action == plan.None && !past.Recorded() {
		return plan.SitesChange{}
	}
	owner, forced := o.sides.owner, false
	var had, have, lacked, lacks, cleared []ledger.Mark
	looked := map[ledger.Mark]bool{}
	for _, one := range overlaps {
		id := one.site.owner.ID
		for _, mark := range o.marksOf(past, id) {
			looked[mark] = true
		}
		mark := o.marksOf(entry.Known{}, id)[0]
		uncovered := one.site.uncovers(change.Secret, owner)
		own, known := o.remembers(change.Secret, id)
		forced = forced || uncovered || known && !own && one.site.releases(change.Secret)
		switch one.announced {
		case hasOwn:
			had = append(had, mark)
		case noOwn:
			lacked = append(lacked, mark)
		}
		switch {
		case one.after == hasOwn:
			have = append(have, mark)
		case uncovered:
			cleared = append(cleared, mark)
		case one.after == noOwn:
			lacks = append(lacks, mark)
		}
	}
	if change.Action == plan.None && !forced {
		return plan.SitesChange{}
	}
	own, none := o.unlooked(past, looked, in)
	return plan.SitesChange{
		Announced: ledger.NewSites(slices.Concat(had, own), lacked, none),
		Concluded: ledger.NewSites(slices.Concat(have, own), cleared, lacks, none),
	}
}

// unlooked are the marks of sites that were not looked at, where there are any.
func (o *organization) unlooked(past entry.Known, looked map[ledger.Mark]bool, in Input) (own, none []ledger.Mark) {
	if len(in.Targets) == 0 || past.Former {
		return nil, nil
	}
	own, none = past.Entry.Sites.Marks()
	seen := func(m ledger.Mark) bool { return looked[m] }
	return slices.DeleteFunc(own, seen), slices.DeleteFunc(none, seen)
}

// uncovers reports whether the owner's change of the name brings the
// organization's value to light.
func (p *part) uncovers(name secret.Name, organization secret.Owner) bool {
	change := p.change(name)
	return change != nil && change.Uncovers == organization
}

// releases reports whether the owner's ledger stops saying that it has the
// secret, which stays.
func (p *part) releases(name secret.Name) bool {
	change := p.change(name)
	return change != nil && change.Action == plan.Release
}
