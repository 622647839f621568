package pantheon

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Organization is an organization that the account is a member of. The names
// come from Pantheon: quote them where they are shown.
type Organization struct {
	ID          string
	MachineName string
	Label       string
}

// SiteID returns the UUID of the site called name, as secret.ParseID does. An
// unknown site is an ErrNotFound.
func (c *Client) SiteID(ctx context.Context, name string) (string, error) {
	r := request{
		op:      OpFindSite,
		owner:   secret.Owner{Kind: secret.Site, Name: name},
		method:  http.MethodGet,
		path:    []string{"api", "site-names", name},
		service: lookUpService,
		limit:   lookUpLimit,
	}
	if name == "" {
		return "", (&run{request: r}).fail(malformed("the site has no name"))
	}
	var answer struct {
		ID string `json:"id"`
	}
	r.accept = func(body []byte) error {
		if err := decodeAnswer(body, &answer); err != nil {
			return err
		}
		if answer.ID == "" {
			return malformed("the answer holds no id")
		}
		var ok bool
		if answer.ID, ok = secret.ParseID(answer.ID); !ok {
			return malformed("the id in the answer is not a UUID")
		}
		return nil
	}
	if _, err := c.do(ctx, r); err != nil {
		return "", err
	}
	return answer.ID, nil
}

// Organizations returns every organization that the account is a member of,
// each once, sorted by machine name, then by id. Two may have one machine name.
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	s, err := c.sessions.get(ctx)
	if err != nil {
		return nil, (&run{request: request{op: OpOrganizations}}).notReady(err)
	}
	rows, err := allRows[membership](ctx, c, request{op: OpOrganizations, path: []string{"api", "users", s.userID, "memberships", "organizations"}})
	if err != nil {
		return nil, err
	}
	all := make([]Organization, len(rows))
	for i, row := range rows {
		all[i] = Organization{ID: row.party().ID, MachineName: row.Organization.Profile.MachineName, Label: row.Organization.Profile.Name}
	}
	slices.SortFunc(all, func(a, b Organization) int {
		return cmp.Or(cmp.Compare(a.MachineName, b.MachineName), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

type membership struct {
	ID           string `json:"id"`
	Organization struct {
		ID      string `json:"id"`
		Profile struct {
			MachineName string `json:"machine_name"`
			Name        string `json:"name"`
		} `json:"profile"`
	} `json:"organization"`
}

func (m membership) cursor() string { return m.ID }

func (m membership) party() secret.Owner {
	id, _ := secret.ParseID(m.Organization.ID)
	return secret.Owner{Kind: secret.Organization, Name: m.Organization.Profile.MachineName, ID: id}
}

func (m membership) complete() bool { return m.Organization.ID != "" }

// OrganizationSites returns the sites of the organization, those that it only
// supports among them, each once, sorted by name: what OrganizationSites knows
// of each is the owner that it is. A site without name or id is an error, and so
// are two of one name.
func (c *Client) OrganizationSites(ctx context.Context, organization secret.Owner) ([]secret.Owner, error) {
	r := request{op: OpSites, owner: organization, path: []string{"api", "organizations", organization.ID, "memberships", "sites"}}
	if err := checkOwner(organization); err != nil {
		return nil, (&run{request: r}).fail(malformed(err.Error()))
	}
	rows, err := allRows[siteMembership](ctx, c, r)
	if err != nil {
		return nil, err
	}
	sites := make([]secret.Owner, len(rows))
	for i, row := range rows {
		sites[i] = row.party()
	}
	slices.SortFunc(sites, secret.Owner.Compare)
	for i := 1; i < len(sites); i++ {
		if sites[i].Same(sites[i-1]) {
			return nil, (&run{request: r}).fail(malformed("the list has two sites of one name"))
		}
	}
	return sites, nil
}

type siteMembership struct {
	ID   string `json:"id"`
	Site struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"site"`
}

func (m siteMembership) cursor() string { return m.ID }

func (m siteMembership) party() secret.Owner {
	id, _ := secret.ParseID(m.Site.ID)
	return secret.Owner{Kind: secret.Site, Name: m.Site.Name, ID: id}
}

func (m siteMembership) complete() bool { return m.Site.ID != "" && m.Site.Name != "" }
