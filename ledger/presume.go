package ledger

import "github.com/cella-secrets/cella/secret"

// Presume reads every ledger in an owner's listing as Hold does, for somebody
// who knows that the manifest has a fingerprint_key and has not got it. What
// can be seen without it is seen: that a ledger is missing, damaged, of a newer
// format, or else Unverified. What it records can then be told as what would
// follow if it verifies, and nothing may be done on the strength of it: no
// draft continues such a book.
func Presume(live secret.Live, project string, formerly []string) Holding {
	found := entries(live.Secrets, live.Owner.Kind)
	holding := Holding{
		Owner:    live.Owner,
		Own:      presume(found[project], Identity{Project: project, Owner: live.Owner}),
		Claims:   Foreign(live, append([]string{project}, formerly...)...),
		Presumed: true,
	}
	for _, former := range formerly {
		book := presume(found[former], Identity{Project: former, Owner: live.Owner})
		if book.Status != None {
			holding.Former = append(holding.Former, book)
		}
	}
	return holding
}

func presume(found []entry, id Identity) Book {
	book := assemble(found, id, func(e entry) (chunk, error) { return e.parse(id.ownerID()) })
	if book.Status == Whole {
		book.Status, book.chunks = Unverified, nil
	}
	return book
}
