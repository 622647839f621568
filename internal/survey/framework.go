package survey

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// patience is how long it may take to look up what runs one site: no more than
// warnings, and what new secrets are, depends on it.
const patience = 10 * time.Second

// Framework asks Pantheon what runs a site, whose id is looked up where it is not
// known.
func Framework(ctx context.Context, client *pantheon.Client, site secret.Owner) (on reader.Framework, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if site.ID == "" {
		if site.ID, err = client.SiteID(ctx, site.Name); err != nil {
			return "", err
		}
	}
	record, err := client.Site(ctx, site)
	return reader.Framework(record.Framework), err
}

// Lookout looks up the records of sites while their lists are read. That costs a
// request for each, outside of the rate-limited service, and no failure of one is
// anybody's: of a site that it could not look up nothing is known. Once one failed for
// another reason than that the account may not see the site, it asks no more.
type Lookout struct {
	client  *pantheon.Client
	down    atomic.Bool
	lock    sync.Mutex
	records map[string]pantheon.SiteRecord // by name
}

// NewLookout returns a Lookout that asks client.
func NewLookout(client *pantheon.Client) *Lookout {
	return &Lookout{client: client, records: map[string]pantheon.SiteRecord{}}
}

// Look looks a site up. The error is that of the context.
func (l *Lookout) Look(ctx context.Context, site secret.Owner) error {
	if l.down.Load() {
		return ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	record, err := l.client.Site(limited, site)
	switch {
	case err == nil:
		l.lock.Lock()
		defer l.lock.Unlock()
		l.records[site.Name] = record
	case !errors.Is(err, pantheon.ErrForbidden) && !errors.Is(err, pantheon.ErrNotFound):
		l.down.Store(true)
	}
	return ctx.Err()
}

// Frameworks say what runs the sites that were looked up, by name. No look-up may be
// under way.
func (l *Lookout) Frameworks() map[string]reader.Framework {
	frameworks := make(map[string]reader.Framework, len(l.records))
	for name, record := range l.records {
		frameworks[name] = reader.Framework(record.Framework)
	}
	return frameworks
}

// minded reports whether what runs the site decides who reads a secret that the
// manifest has for it: an application or a build.
func minded(d secret.Desired) bool {
	return d.Owner.Kind == secret.Site && slices.ContainsFunc(d.Secrets, func(s secret.DesiredSecret) bool {
		return s.Scopes.Has(secret.WebScope) || s.Scopes.Has(secret.ICScope)
	})
}

// sites is what plans are told of them.
func (s *Survey) sites() map[string]decision.Site {
	sites := make(map[string]decision.Site, len(s.lookout.records))
	for name, record := range s.lookout.records {
		sites[name] = decision.Site{Framework: reader.Framework(record.Framework), OrganizationID: record.OrganizationID}
	}
	return sites
}
