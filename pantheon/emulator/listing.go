package emulator

import (
	"net/http"
	"slices"
)

// listing is the reply to both lists. For organizations, that the id stands
// under SiteID too is [inferred].
type listing struct {
	SiteID  string
	Count   int
	Version string
	Scopes  []string
	Secrets map[string]any
}

// listSecrets answers a site's list, inherited organization values included,
// or an organization's.
func (s *Server) listSecrets(w *world, c *call) Reply {
	o, refusal, refused := w.memberOwner(c)
	if refused {
		return refusal
	}
	secrets := map[string]any{}
	inherited := w.inherited(o)
	for name, held := range o.secrets {
		entry := s.entry(held)
		if o.kind == siteKind {
			organizations, exists := inherited[name]
			s.addOrganizationValues(entry, organizations, exists)
		}
		secrets[name] = entry
	}
	for name, held := range inherited {
		if _, own := o.secrets[name]; own {
			continue
		}
		// The site has no value of its own: the attributes are the
		// organization's, the value is null [client: the SDK falls back to
		// OrgValues.default].
		entry := s.entry(Secret{Type: held.Type, Scopes: held.Scopes})
		s.addOrganizationValues(entry, held, true)
		secrets[name] = entry
	}
	return jsonReply(http.StatusOK, listing{
		SiteID: o.id, Count: len(secrets), Scopes: []string{"user", "ic", "web", "ops"}, Secrets: secrets,
	})
}

// inherited returns the secrets of the organization that owns the site; never
// those of a supporting one [doc].
func (w *world) inherited(o owner) map[string]Secret {
	if o.kind != siteKind {
		return nil
	}
	organization, owned := w.organizations[w.sites[o.id].Organization]
	if !owned {
		return nil
	}
	return organization.Secrets
}

// entry renders one secret. What is not readable is null.
func (s *Server) entry(held Secret) map[string]any {
	entry := map[string]any{
		"Type":   held.Type,
		"Scopes": slices.Clone(held.Scopes),
		"Value":  shown(held, held.Value),
	}
	overrides := map[string]any{}
	for _, env := range held.environments() {
		overrides[env] = shown(held, held.Overrides[env])
	}
	s.add(entry, "EnvValues", overrides)
	return entry
}

// addOrganizationValues adds the organization's default and overrides. That
// overrides are among them is [inferred].
func (s *Server) addOrganizationValues(entry map[string]any, held Secret, exists bool) {
	values := map[string]any{}
	if exists {
		values["default"] = shown(held, held.Value)
		for _, env := range held.environments() {
			values[env] = shown(held, held.Overrides[env])
		}
	}
	s.add(entry, "OrgValues", values)
}

// add puts values under key, in the chosen shape when there are none.
func (s *Server) add(entry map[string]any, key string, values map[string]any) {
	switch {
	case len(values) > 0 || s.options.Empty == EmptyObject:
		entry[key] = values
	case s.options.Empty == EmptyList:
		entry[key] = []any{}
	}
}

// shown is the value if people may read it, else null. A value that was kept
// as a digest is gone even where the scopes would show it.
func shown(held Secret, value string) any {
	if !held.readable() || value == "" {
		return nil
	}
	return value
}

// memberOwner returns the owner that the path names, or the refusal.
func (w *world) memberOwner(c *call) (o owner, refusal Reply, refused bool) {
	o, found := w.owner(c.kind, c.arguments[0])
	switch {
	case !found:
		return owner{}, c.refuse(http.StatusNotFound, "Not Found"), true
	case !w.member(o, c.account):
		return owner{}, c.refuse(http.StatusForbidden, "Forbidden"), true
	}
	return o, Reply{}, false
}
