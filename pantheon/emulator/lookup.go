package emulator

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// pageRows is the largest page, and the one a request without limit gets.
const pageRows = 100

// readUser answers who is signed in; Terminus files a machine token under the
// email it finds here [client].
func (s *Server) readUser(w *world, c *call) Reply {
	if refusal, refused := c.refuseOthers(); refused {
		return refusal
	}
	account := w.accounts[c.account]
	return jsonReply(http.StatusOK, map[string]any{
		"id": account.ID, "email": account.Email,
		"profile": map[string]any{"firstname": "", "lastname": "", "full_name": account.Email},
	})
}

// refuseOthers refuses to show one account what is another's.
func (c *call) refuseOthers() (refusal Reply, refused bool) {
	if c.arguments[0] != c.account {
		return c.refuse(http.StatusForbidden, "Forbidden"), true
	}
	return Reply{}, false
}

// findSite turns a name into an id. Names are public: one can be found without
// being a member [client: Terminus looks whether a name is taken this way].
func (s *Server) findSite(w *world, c *call) Reply {
	site, found := w.siteNamed(c.arguments[0])
	if !found {
		return c.refuse(http.StatusNotFound, "Not Found")
	}
	return jsonReply(http.StatusOK, map[string]any{"id": site.ID})
}

func (s *Server) readSite(w *world, c *call) Reply {
	site, refusal := w.memberSite(c)
	if site == nil {
		return refusal
	}
	return jsonReply(http.StatusOK, siteBody(site))
}

// listEnvironments answers an object keyed by environment; Terminus reads
// php_version of one before it sets a secret [client].
func (s *Server) listEnvironments(w *world, c *call) Reply {
	site, refusal := w.memberSite(c)
	if site == nil {
		return refusal
	}
	environments := map[string]any{}
	for _, env := range site.Environments {
		environments[env] = map[string]any{"id": env, "php_version": "83", "environment_created": 0, "on_server_development": false}
	}
	return jsonReply(http.StatusOK, environments)
}

// memberSite returns the site that the path names, or nil and the refusal.
func (w *world) memberSite(c *call) (*Site, Reply) {
	site, found := w.sites[c.arguments[0]]
	if !found {
		return nil, c.refuse(http.StatusNotFound, "Not Found")
	}
	if _, member := w.siteRole(site, c.account); !member {
		return nil, c.refuse(http.StatusForbidden, "Forbidden")
	}
	return site, Reply{}
}

func siteBody(site *Site) map[string]any {
	body := map[string]any{
		"id": site.ID, "name": site.Name, "label": site.Label, "framework": site.Framework,
		"organization": nil, "holder_type": "user", "holder_id": nil,
		"service_level": "basic", "php_version": "83", "created": 0,
	}
	if site.Organization != "" {
		body["organization"], body["holder_type"], body["holder_id"] = site.Organization, "organization", site.Organization
	}
	return body
}

// row is one membership. Its id is the other party's: the organization's, or
// the site's [recorded].
type row struct {
	id   string
	body map[string]any
}

func membership(id string, body map[string]any) row {
	body["id"] = id
	return row{id: id, body: body}
}

func (s *Server) listOrganizations(w *world, c *call) Reply {
	if refusal, refused := c.refuseOthers(); refused {
		return refusal
	}
	var rows []row
	for i := range w.state.Organizations {
		organization := &w.state.Organizations[i]
		if role, member := w.organizationRole(organization, c.account); member {
			rows = append(rows, membership(organization.ID, map[string]any{
				"role": role,
				"organization": map[string]any{
					"id":      organization.ID,
					"profile": map[string]any{"machine_name": organization.Name, "name": organization.Label},
				},
			}))
		}
	}
	return page(c, rows)
}

// listUserSites lists the sites that the user is a member of without the help
// of an organization.
func (s *Server) listUserSites(w *world, c *call) Reply {
	if refusal, refused := c.refuseOthers(); refused {
		return refusal
	}
	var rows []row
	for i := range w.state.Sites {
		site := &w.state.Sites[i]
		if role, member := w.directSiteRole(site, c.account); member {
			rows = append(rows, membership(site.ID, map[string]any{"role": role, "site": siteBody(site)}))
		}
	}
	return page(c, rows)
}

// listOrganizationSites lists the sites that the organization owns or supports.
func (s *Server) listOrganizationSites(w *world, c *call) Reply {
	organization, found := w.organizations[c.arguments[0]]
	if !found {
		return c.refuse(http.StatusNotFound, "Not Found")
	}
	if _, member := w.organizationRole(organization, c.account); !member {
		return c.refuse(http.StatusForbidden, "Forbidden")
	}
	var rows []row
	for i := range w.state.Sites {
		site := &w.state.Sites[i]
		if site.Organization == organization.ID || slices.Contains(site.Supporting, organization.ID) {
			tags := append([]string{}, site.Tags...) // a list, never null
			rows = append(rows, membership(site.ID, map[string]any{"tags": tags, "site": siteBody(site)}))
		}
	}
	return page(c, rows)
}

// page answers with at most limit rows, in an order that stays the same: those
// behind the row whose id is start, where that row ends a page. Any other start
// is not known, and gives the first page again, without an error [measured].
func page(c *call, rows []row) Reply {
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	limit := pageRows
	if text := c.query.Get("limit"); text != "" {
		asked, err := strconv.Atoi(text)
		if err != nil || asked < 1 {
			return c.refuse(http.StatusBadRequest, "limit must be a positive number.")
		}
		limit = min(asked, pageRows)
	}
	start := oneForm(c.query.Get("start"))
	last := slices.IndexFunc(rows, func(r row) bool { return r.id == start })
	if past := last + 1; past%limit == 0 {
		rows = rows[past:]
	}
	bodies := []map[string]any{} // a list, never null
	for _, r := range rows[:min(limit, len(rows))] {
		bodies = append(bodies, r.body)
	}
	return jsonReply(http.StatusOK, bodies)
}
