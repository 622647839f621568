package pantheon

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/cella-secrets/cella/secret"
)

// pageSize is how many rows a page of memberships may hold [client]; maxPages
// bounds what a list without an end could take of memory and time.
const (
	pageSize = 100
	maxPages = 1000
)

// Organization is an organization that the account is a member of. The names
// come from Pantheon: quote them where they are shown.
type Organization struct {
	ID          string
	MachineName string
	Label       string
}

// SiteID returns the UUID of the site called name. An unknown site is an
// ErrNotFound.
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
		return nil
	}
	_, err := c.do(ctx, r)
	return answer.ID, err
}

// Organizations returns every organization that the account is a member of,
// sorted by machine name, then by id.
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	s, err := c.sessions.get(ctx)
	if err != nil {
		return nil, (&run{request: request{op: OpOrganizations}}).notReady(err)
	}
	var all []Organization
	seen := map[string]bool{}
	for start, more, pages := "", true, 0; more; pages++ {
		if pages == maxPages {
			return nil, (&run{request: request{op: OpOrganizations}}).fail(malformed("the list does not end"))
		}
		rows, err := c.memberships(ctx, s.userID, start)
		if err != nil {
			return nil, err
		}
		// A page may begin with the row it starts from, and one that brings
		// nothing new ends the list [client].
		more = len(rows) >= pageSize && !seen[rows[len(rows)-1].ID]
		for _, row := range rows {
			if !seen[row.ID] {
				seen[row.ID] = true
				all = append(all, Organization{
					ID:          row.Organization.ID,
					MachineName: row.Organization.Profile.MachineName,
					Label:       row.Organization.Profile.Name,
				})
			}
			start = row.ID
		}
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

// memberships returns one page, after the row with the id start.
func (c *Client) memberships(ctx context.Context, userID, start string) ([]membership, error) {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if start != "" {
		query.Set("start", start)
	}
	var rows []membership
	_, err := c.do(ctx, request{
		op:      OpOrganizations,
		method:  http.MethodGet,
		path:    []string{"api", "users", userID, "memberships", "organizations"},
		query:   query,
		service: lookUpService,
		accept: func(body []byte) error {
			rows = nil
			if err := decodeAnswer(body, &rows); err != nil {
				return err
			}
			if rows == nil {
				return malformed("the answer is not a list")
			}
			for _, row := range rows {
				if row.ID == "" || row.Organization.ID == "" {
					return malformed("a membership has no id")
				}
			}
			return nil
		},
		limit: lookUpLimit,
	})
	return rows, err
}
