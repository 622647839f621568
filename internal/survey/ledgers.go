package survey

import (
	"context"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// readLedgers reads the ledgers that came with the listings. Of a site whose id
// only the manifest vouches for, one look-up proves that name and id belong
// together, with or without a fingerprint_key: without that proof nothing is
// said of it, or its values could be written to another site. A listing that may
// be cut and lacks the ledger was not read. The
// listings that stand are kept.
func (s *Survey) readLedgers(ctx context.Context) (err error) {
	s.Keys, err = ledger.DeriveKeys(s.manifest.FingerprintKey, s.manifest.PreviousFingerprintKey)
	if err != nil {
		return fmt.Errorf("derive keys: %w", err)
	}
	var unproved []secret.Owner
	given := map[secret.Owner]bool{}
	for _, owner := range s.manifest.Owners() {
		given[owner] = true
	}
	refuted := map[secret.Owner]bool{}
	for _, one := range s.Live {
		holding := hold(one, s.manifest, s.Keys)
		s.Ledgers = append(s.Ledgers, holding)
		switch {
		case one.Cut && lacksLedger(holding):
			refuted[one.Owner] = true
			s.missed(one.Owner, cutLedger(one.Owner))
		case given[holding.Owner] && needsProof(holding):
			unproved = append(unproved, one.Owner)
		}
	}
	s.progress.Begin("looking up", len(unproved), 0)
	found, err := each(ctx, s.Reader, unproved, func(ctx context.Context, owner secret.Owner) (string, error) {
		return s.client.SiteID(ctx, owner.Name)
	}, func(owner secret.Owner, err error) {
		refuted[owner] = true
		s.missed(owner, err)
	})
	for owner, id := range found {
		if id != owner.ID {
			refuted[owner] = true
			s.missed(owner, hint.New(fmt.Errorf("%s: the id in the manifest is not that of the site of this name", owner),
				"correct the name or the id; without an id cella looks it up"))
		}
	}
	s.Ledgers = slices.DeleteFunc(s.Ledgers, func(h ledger.Ledgers) bool { return refuted[h.Owner] })
	s.Live = slices.DeleteFunc(s.Live, func(l secret.Live) bool { return refuted[l.Owner] })
	return err
}

func cutLedger(owner secret.Owner) error {
	return hint.New(fmt.Errorf("%s: %s", owner, listCut),
		"run the command again; if it stays so, tell Pantheon's support the time and the message above")
}

const listCut = "Pantheon counts more secrets than it lists, so it cannot be said what cella last applied here"

// hold reads the ledgers of one listing: without verifying them where the
// manifest has a key that was not decrypted.
func hold(live secret.Live, manifest *schema.Manifest, keys ledger.Keys) ledger.Ledgers {
	if manifest.Keyed && !keys.Known() {
		return ledger.Presume(live, manifest.Project, manifest.Formerly)
	}
	return ledger.ReadAll(live, manifest.Project, manifest.Formerly, keys)
}

// lacksLedger reports whether this project's ledgers are not all there, as far
// as a listing shows: what is missing from one that may be cut may be live.
func lacksLedger(holding ledger.Ledgers) bool {
	damaged := func(book ledger.Ledger) bool { return book.Status == ledger.Damaged }
	return holding.Own.Status == ledger.None || damaged(holding.Own) || slices.ContainsFunc(holding.Former, damaged)
}

// needsProof reports of an owner whose id the manifest gives whether nothing
// else says that its name and id belong together: no ledger that can be
// believed, or has to be for want of a key, was written under both.
func needsProof(holding ledger.Ledgers) bool {
	switch {
	case holding.Owner.Kind != secret.Site:
		return false
	case holding.Own.Status == ledger.Whole, holding.Own.Status == ledger.Unverified:
		return holding.Own.OwnerName != holding.Owner.Name
	}
	return true // also where there is one that cannot be believed, and may be given up
}
