package pantheon

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// SiteRecord is what Pantheon knows of a site. The texts come from Pantheon:
// quote them where they are shown.
type SiteRecord struct {
	// Framework is such as wordpress, drupal8 or nodejs; empty where the
	// record does not say.
	Framework string
	// OrganizationID is the UUID of the organization that owns the site, whose
	// secrets reach it; empty where none does.
	OrganizationID string
}

// Site returns the record of a site, whose id has to be known. One that the
// account cannot see is an ErrNotFound or ErrForbidden.
func (c *Client) Site(ctx context.Context, site secret.Owner) (SiteRecord, error) {
	r := request{
		op:      OpReadSite,
		owner:   site,
		method:  http.MethodGet,
		path:    []string{"api", "sites", site.ID},
		query:   url.Values{"site_state": {"true"}}, // as Terminus asks [client]
		service: lookUpService,
		limit:   lookUpLimit,
	}
	if site.ID == "" {
		return SiteRecord{}, (&run{request: r}).fail(malformed("the id of the site is not known"))
	}
	var record SiteRecord
	r.accept = func(body []byte) (err error) {
		record, err = parseSite(site.ID, body)
		return err
	}
	_, err := c.do(ctx, r)
	return record, err
}

// parseSite reads a record. The owner stands in it twice, as organization and
// as holder [client]; where the two contradict each other, neither is
// believed.
func parseSite(id string, body []byte) (SiteRecord, error) {
	var answer struct {
		ID           string `json:"id"`
		Framework    string `json:"framework"`
		Organization string `json:"organization"`
		HolderType   string `json:"holder_type"`
		HolderID     string `json:"holder_id"`
	}
	if err := decodeAnswer(body, &answer); err != nil {
		return SiteRecord{}, err
	}
	if !strings.EqualFold(answer.ID, id) {
		return SiteRecord{}, malformed("the answer is about another site")
	}
	holder := ""
	if answer.HolderType == "organization" {
		holder = answer.HolderID
	}
	switch {
	case holder == "":
		holder = answer.Organization
	case answer.Organization != "" && !strings.EqualFold(answer.Organization, holder):
		return SiteRecord{}, malformed("the answer names two organizations for the site")
	}
	organization, ok := secret.ParseID(holder)
	if !ok && holder != "" {
		return SiteRecord{}, malformed("the id of the site's organization is not a UUID")
	}
	return SiteRecord{Framework: answer.Framework, OrganizationID: organization}, nil
}
