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

// patience is how long one look-up of what runs a site may take: only warnings
// depend on it.
const patience = 10 * time.Second

// lookout looks up the records of sites while their lists are read. That costs a
// request for each, outside of the rate-limited service, and no failure of one is
// anybody's: of a site that it could not look up nothing is known. Once one failed for
// another reason than that the account may not see the site, it asks no more.
type lookout struct {
	client *pantheon.Client
	down   atomic.Bool
	lock   sync.Mutex
	found  map[string]pantheon.SiteRecord // by name
}

func newLookout(client *pantheon.Client) *lookout {
	return &lookout{client: client, found: map[string]pantheon.SiteRecord{}}
}

// look looks one site up.
func (l *lookout) look(ctx context.Context, site secret.Owner) {
	if l.down.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	record, err := l.client.Site(ctx, site)
	if err != nil {
		if !errors.Is(err, pantheon.ErrForbidden) && !errors.Is(err, pantheon.ErrNotFound) {
			l.down.Store(true)
		}
		return
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.found[site.Name] = record
}

// minded reports whether what runs the site decides who reads a secret that the
// manifest has for it: an application or a build.
func minded(d secret.Desired) bool {
	return d.Owner.Kind == secret.Site && slices.ContainsFunc(d.Secrets, func(s secret.DesiredSecret) bool {
		return s.Retire == "" && (s.Scopes.Has(secret.WebScope) || s.Scopes.Has(secret.ICScope))
	})
}

// Frameworks say what runs the sites that were looked up, by name.
func (s *Survey) Frameworks() map[string]reader.Framework {
	frameworks := make(map[string]reader.Framework, len(s.records))
	for name, record := range s.records {
		frameworks[name] = reader.Framework(record.Framework)
	}
	return frameworks
}

// sites is what plans are told of them.
func (s *Survey) sites() map[string]decision.Site {
	sites := make(map[string]decision.Site, len(s.records))
	for name, record := range s.records {
		sites[name] = decision.Site{Framework: reader.Framework(record.Framework), OrganizationID: record.OrganizationID}
	}
	return sites
}
