package ledger

import (
	"slices"
	"strings"

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
	var claims []Claim
	for project, found := range entries(live.Secrets, live.Owner.Kind) {
		if !slices.Contains(except, project) {
			claims = append(claims, claimOf(Identity{Project: project, Owner: live.Owner}, found))
		}
	}
	slices.SortFunc(claims, func(a, b Claim) int { return strings.Compare(a.Project, b.Project) })
	return claims
}

func claimOf(id Identity, found []entry) Claim {
	claim := Claim{Project: id.Project}
	chunks := shelf{}
	for _, e := range found {
		c, err := e.parse(id.ownerID())
		if err != nil {
			claim.Names, claim.Reason = namesOf(found), string(e.live.Name)+" "+err.Error()
			return claim
		}
		chunks[e.number] = &c
	}
	records, _, err := chunks.read(id.name)
	if err != nil {
		claim.Names, claim.Reason = namesOf(found), err.Error()
		return claim
	}
	for _, record := range records {
		claim.Names = append(claim.Names, record.Name)
	}
	claim.Intact = true
	return claim
}
