package ledger

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Claim is what another project's ledger says it owns. It is not verified, as
// that takes the other project's key: it may cause a refusal, and nothing
// else.
type Claim struct {
	Project string
	// Names are sorted. An intact ledger claims what its ruling chunks list,
	// another one everything that its text lists.
	Names []secret.Name
	// Intact: every chunk is there and well-formed.
	Intact bool
	// Reason says in words why a ledger is not intact.
	Reason string
}

// Foreign returns the claims of all ledgers in an owner's listing but those of
// the projects in except, sorted by project.
func Foreign(live secret.Live, except ...string) []Claim {
	return foreign(live.Owner, format.Chunks(live.Secrets, live.Owner.Kind), except)
}

func foreign(owner secret.Owner, found map[string][]chunk.Chunk, except []string) []Claim {
	ours := map[string]bool{}
	for _, project := range except {
		ours[project] = true
	}
	var claims []Claim
	for project, entries := range found {
		if !ours[project] {
			claims = append(claims, claimOf(presume(entries, Identity{Project: project, Owner: owner})))
		}
	}
	slices.SortFunc(claims, func(a, b Claim) int { return strings.Compare(a.Project, b.Project) })
	return claims
}

// claimOf says what a ledger claims that nobody could verify.
func claimOf(stored Ledger) Claim {
	claim := Claim{Project: stored.Identity.Project, Names: stored.Names, Intact: !stored.Unusable(), Reason: stored.Reason}
	for _, entry := range stored.Entries {
		claim.Names = append(claim.Names, entry.Name)
	}
	return claim
}
