package decision

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// A site gets what its organization has under a name, unless it has a value of
// its own. Once the organization has the name, a site's list no longer shows
// whether it does. What the lists of both show together, and what the
// organization's ledger remembers, is gathered here before anything is decided.

// organization is one that was read, as its sites look at it.
type organization struct {
	sides   *sides
	part    *part // what was decided of it
	ledgers entry.Ledgers
	want    []secret.DesiredSecret       // sorted by name
	sites   map[secret.Name]knownSites   // what its entries remember, as far as it was asked for
	marks   map[string][]ledger.Mark     // by site, under the present name of the project
	former  map[formerSite][]ledger.Mark // under former ones
}

type knownSites map[ledger.Mark]bool // true: it has one of its own

type formerSite struct{ project, id string }

// relation says whether an organization owns a site. The lists prove it where
// they prove anything: a site's list shows whatever its organization has.
type relation uint8

const (
	stranger relation = iota
	mayOwn            // nothing speaks for it or against it
	member
)

// organizations are those that the manifest names; unread says that one of them
// was not looked at.
type organizations struct {
	read   []*organization
	unread bool
}

func newOrganizations(owners []*sides, in Input) organizations {
	var all organizations
	for _, one := range owners {
		switch {
		case one.owner.Kind != secret.Organization || !one.declared:
		case len(one.failures) > 0 || !in.Targets.Covers(one.owner):
			all.unread = true
		default:
			o := &organization{sides: one, ledgers: entry.Read(one.desired, one.ledgers, in.Keys), want: sortedBy(one.desired.Secrets, nameOf)}
			o.sites, o.marks, o.former = map[secret.Name]knownSites{}, map[string][]ledger.Mark{}, map[formerSite][]ledger.Mark{}
			all.read = append(all.read, o)
		}
	}
	return all
}

// decided takes note of what was decided of an organization.
func (all organizations) decided(p *part) {
	for _, o := range all.read {
		if o.sides.owner == p.owner {
			o.part = p
		}
	}
}

// relation compares both lists. Each name that the organization has must be in
// the site's, and each that the site's shows of its organization in the
// organization's [client].
func (o *organization) relation(site secret.Live) relation {
	for _, entry := range site.Secrets {
		if _, has := o.sides.live.Secret(entry.Name); entry.Behind() && !has && !o.sides.live.Cut {
			return stranger
		}
	}
	found := mayOwn
	for _, above := range o.sides.live.Secrets {
		entry, shown := site.Secret(above.Name)
		switch {
		case !shown && !site.Cut:
			return stranger
		case shown && entry.Behind():
			found = member
		}
	}
	return found
}

// declared is what the manifest writes to the organization under a name; nil
// where it writes nothing.
func (o *organization) declared(name secret.Name) *secret.DesiredSecret {
	at, found := slices.BinarySearchFunc(o.want, name, func(s secret.DesiredSecret, n secret.Name) int { return cmp.Compare(s.Name, n) })
	if !found || o.want[at].External || o.want[at].Retire != "" || name.Reserved() {
		return nil
	}
	return &o.want[at]
}

// deletes reports whether the organization's own goes. Organizations are decided
// before their sites.
func (o *organization) deletes(name secret.Name) bool {
	change := o.part.change(name)
	return change != nil && change.Action == plan.Delete
}

// remembers says what the organization's ledger says of a site: whether it had
// one of its own. Known is false where it says nothing.
func (o *organization) remembers(name secret.Name, siteID string) (own, known bool) {
	past := o.ledgers.Of(name)
	sites, asked := o.sites[name]
	if !asked {
		sites = knownSites{}
		has, lacks := past.Entry.Sites.Marks()
		for _, mark := range lacks {
			sites[mark] = false
		}
		for _, mark := range has {
			sites[mark] = true
		}
		o.sites[name] = sites
	}
	if len(sites) == 0 {
		return false, false
	}
	for _, mark := range o.marksOf(past, siteID) {
		has, found := sites[mark]
		own, known = own || has, known || found
	}
	return own, known
}

// veiled reports that the ledger remembers sites that have none, and nobody can
// tell which, for want of the key.
func (o *organization) veiled(name secret.Name) bool {
	return !o.ledgers.Keys.Known() && o.ledgers.Of(name).Entry.Sites.None != ""
}

// marksOf are the marks of a site in the ledger that holds the entry.
func (o *organization) marksOf(past entry.Known, siteID string) []ledger.Mark {
	if !past.Former {
		if _, made := o.marks[siteID]; !made {
			o.marks[siteID] = o.ledgers.Keys.Marks(o.ledgers.Found.Own.Identity, siteID)
		}
		return o.marks[siteID]
	}
	key := formerSite{past.Identity.Project, siteID}
	if _, made := o.former[key]; !made {
		o.former[key] = o.ledgers.Keys.Marks(past.Identity, siteID)
	}
	return o.former[key]
}

// cover is what lies behind a site's own secrets: its organization, as far as
// the manifest names it.
type cover struct {
	siteID       string
	organization *organization // nil where none may own the site, or several
	proven       bool          // the lists show that it does
	unread       bool          // which may be for one that was not looked at
}

// over returns the organization that owns the site: the one that the lists prove
// to, or else the only one that may.
func (all organizations) over(site *sides) *cover {
	if site.owner.Kind != secret.Site || len(all.read) == 0 && !all.unread {
		return nil
	}
	var members, candidates []*organization
	for _, o := range all.read {
		switch o.relation(site.live) {
		case member:
			members = append(members, o)
		case mayOwn:
			candidates = append(candidates, o)
		}
	}
	c := &cover{siteID: site.owner.ID}
	switch {
	case len(members) == 1:
		c.organization, c.proven = members[0], true
	case len(members) > 1: // they have names in common, and no other
	case all.unread:
		c.unread = true
	case len(candidates) == 1:
		c.organization = candidates[0]
	}
	return c
}

// backing says what stands behind a secret that its organization has too.
type backing uint8

const (
	// unbacked: not this project's, or not known to be.
	unbacked backing = iota
	// backingUnread: the organization was not looked at as a whole, or what it
	// remembers cannot be read.
	backingUnread
	// backingLeaves: the organization's is to be deleted itself, after the site's.
	backingLeaves
	// backedAlone: the site is remembered to have none of its own.
	backedAlone
	// backedDeclared: the manifest has the organization's value, so that it
	// could be put back.
	backedDeclared
)

// Certain says that the site has one of its own, whatever is remembered.
func (c *cover) backing(name secret.Name, certain bool) backing {
	switch {
	case c == nil:
		return unbacked
	case c.organization == nil && c.unread:
		return backingUnread
	case c.organization == nil:
		return unbacked
	case !c.proven: // no site is to get another organization's value
		return backingUnread
	case c.organization.deletes(name):
		return backingLeaves
	case c.organization.declared(name) == nil:
		return unbacked
	case !certain && c.organization.veiled(name):
		return backingUnread
	}
	if own, known := c.organization.remembers(name, c.siteID); known && !own && !certain {
		return backedAlone
	}
	return backedDeclared
}

// uncovers is the organization whose value a site gets once its own secret is
// deleted; the zero Owner where that is none of this manifest's.
func (c *cover) uncovers(name secret.Name) secret.Owner {
	if c == nil || c.organization == nil || c.organization.declared(name) == nil {
		return secret.Owner{}
	}
	return c.organization.sides.owner
}
