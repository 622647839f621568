package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// remember reads the ledgers that came with the listings. Of a site whose id
// only the manifest vouches for, one look-up proves that name and id belong
// together; without that proof nothing is said of it. It returns the listings
// that stand.
func (s *session) remember(ctx context.Context, manifest *schema.Manifest, live []secret.Live) ([]secret.Live, error) {
	var err error
	s.keys, err = ledger.DeriveKeys(manifest.FingerprintKey, manifest.PreviousFingerprintKey)
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	var unproved []secret.Owner
	for _, one := range live {
		holding := hold(one, manifest, s.keys)
		s.holdings = append(s.holdings, holding)
		if (s.keys.Known() || holding.Presumed) && needsProof(manifest, holding) {
			unproved = append(unproved, one.Owner)
		}
	}
	refuted := map[secret.Owner]bool{}
	s.progress.begin("looking up", len(unproved), 0)
	found, err := eachOwner(ctx, unproved, counting(s.progress, func(ctx context.Context, owner secret.Owner) (string, error) {
		return s.client.SiteID(ctx, owner.Name)
	}), func(owner secret.Owner, err error) {
		refuted[owner] = true
		s.missed(owner, err)
	})
	for owner, id := range found {
		if !strings.EqualFold(id, owner.ID) {
			refuted[owner] = true
			s.unread = append(s.unread, unreadOwner{owner, fmt.Errorf("%s: the id in the manifest is not that of the site of this name", owner),
				[]string{"correct the name or the id; without an id cella looks it up"}})
		}
	}
	s.holdings = slices.DeleteFunc(s.holdings, func(h ledger.Holding) bool { return refuted[h.Owner] })
	return slices.DeleteFunc(live, func(l secret.Live) bool { return refuted[l.Owner] }), err
}

// hold reads the ledgers of one listing: without verifying them where the
// manifest has a key that was not decrypted.
func hold(live secret.Live, manifest *schema.Manifest, keys ledger.Keys) ledger.Holding {
	if manifest.Keyed && !keys.Known() {
		return ledger.Presume(live, manifest.Project, manifest.Formerly)
	}
	return ledger.Hold(live, manifest.Project, manifest.Formerly, keys)
}

// needsProof reports whether nothing but the manifest says that the owner's
// name and id belong together: no look-up gave the id, and no ledger that can be
// believed, or has to be for want of a key, was written under both.
func needsProof(manifest *schema.Manifest, holding ledger.Holding) bool {
	given := slices.Contains(manifest.Owners(), holding.Owner)
	switch {
	case holding.Owner.Kind != secret.Site || !given:
		return false
	case holding.Own.Status == ledger.Whole, holding.Own.Status == ledger.Unverified:
		return holding.Own.OwnerName != holding.Owner.Name
	}
	return true // also where there is one that cannot be believed, and may be given up
}
