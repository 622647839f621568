package decision

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// tellReaders warns, once for a site, of what its framework makes of the secrets
// that the manifest has for it:
//
//  1. Of those that no application and no build reads there.
//  2. Of those that are one key for Drupal's module, whoever has them: the site or
//     its organization, in the manifest or on Pantheon. One of them at least
//     stands in the manifest.
//
// Of a site whose framework is not known it says nothing.
func (p *part) tellReaders(in Input, all organizations) {
	site, known := in.Sites[p.owner.Name]
	if p.owner.Kind != secret.Site || !known {
		return
	}
	p.tellUnread(site.Framework, in.Targets)
	if site.Framework.Drupal() {
		p.tellSameKeys(site.Framework, all.of(site.OrganizationID), in.Targets)
	}
}

func (p *part) tellUnread(on reader.Framework, targets plan.Targets) {
	meant := p.want
	if len(targets) > 0 {
		meant = keep(meant, func(s secret.DesiredSecret) bool { return targets.Selects(p.owner, s.Name) })
	}
	if w, unread := plan.UnreadWarning(p.owner, meant, on); unread {
		p.warnings = append(p.warnings, w)
	}
}

func (p *part) tellSameKeys(on reader.Framework, above *organization, targets plan.Targets) {
	keys, declared := map[string][]secret.Name{}, map[string]bool{}
	for name, inManifest := range p.readByPHP(on, above) {
		key := reader.Folded(name)
		keys[key] = append(keys[key], name)
		declared[key] = declared[key] || inManifest && targets.Selects(p.owner, name)
	}
	var facts plan.Facts
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		names := keys[key]
		if len(names) == 1 || !declared[key] {
			continue
		}
		slices.Sort(names)
		facts.Count += len(names)
		if room := plan.MaxNamedSecrets - len(facts.Secrets); room > 1 { // one name alone says nothing
			facts.Secrets = append(facts.Secrets, names[:min(len(names), room)]...)
		}
	}
	if facts.Count > 0 {
		p.warnings = append(p.warnings, plan.Warning{Code: plan.CodeSameKeyInDrupal, Owner: p.owner, Facts: facts})
	}
}

// readByPHP are the secrets that the site's application reads once the plan is
// carried out, and whether the manifest has them.
func (p *part) readByPHP(on reader.Framework, above *organization) map[secret.Name]bool {
	found := map[secret.Name]bool{}
	add := func(name secret.Name, kind secret.Type, scopes secret.Scopes, declared bool) {
		if !name.Reserved() && slices.Contains(reader.Of(kind, scopes, "", on), reader.PHP) {
			found[name] = found[name] || declared
		}
	}
	for _, live := range p.live.Secrets {
		change := p.change(live.Name)
		gone := change != nil && change.Action == plan.Delete && change.Uncovers == secret.Owner{} ||
			above != nil && live.Presence == secret.MayBeInherited && above.deletes(live.Name)
		if !gone && !p.declares(live.Name) {
			add(live.Name, live.Type, live.Scopes, false)
		}
	}
	lists := [][]secret.DesiredSecret{p.want}
	if above != nil {
		lists = append(lists, above.want)
	}
	for _, list := range lists {
		for _, s := range list {
			if s.Retire == "" {
				add(s.Name, s.Type, s.Scopes, true)
			}
		}
	}
	return found
}

// declares reports whether the manifest says what type and scopes the owner's
// secret of the name has.
func (p *part) declares(name secret.Name) bool {
	at, found := slices.BinarySearchFunc(p.want, name, func(s secret.DesiredSecret, n secret.Name) int { return cmp.Compare(s.Name, n) })
	return found && p.want[at].Retire == ""
}

// of is the organization of an id; nil where the manifest has none of it.
func (all organizations) of(id string) *organization {
	at := slices.IndexFunc(all.read, func(o *organization) bool { return id != "" && strings.EqualFold(o.sides.owner.ID, id) })
	if at < 0 {
		return nil
	}
	return all.read[at]
}
