package project

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Record is the project's record on one home as it was read.
type Record struct {
	// Identity is the project and the home. Identity.Owner.Name is what the
	// caller calls it.
	Identity ledger.Identity
	Status   ledger.Status
	// Reason says in words what is wrong; empty for None, NoKey and Whole. It names secrets of the record and quotes nothing of their
	// content.
	Reason string
	// HomeName is what the home was called when the record was last written,
	// Run the id of the run that did. They are empty unless it is Whole.
	HomeName string
	Run      string
	// Origin is where the last writing came from, as far as that is known; it says
	// nothing of the record itself.
	Origin ledger.Origin
	// Count is the number of chunks; 0 unless Whole.
	Count int
	// NeedsRekey: a chunk is under another key than the current one. While it
	// is true, previous_fingerprint_key is still needed.
	NeedsRekey bool

	// Serial is that of the last write; the next one has a higher one. From here
	// on everything is zero unless the record is Whole.
	Serial uint64
	// Owners are sorted by kind and id, each once; ids are in lower case.
	Owners []secret.Owner
	Source Source
	// Former is the source before, and MovedAt the serial of the first write
	// with the present one; 0 where it never moved. A ledger whose Origin has
	// that serial, or a higher one, was written from the present source.
	Former  Source
	MovedAt uint64

	stored chunk.Stored
}

// Unusable reports whether there is a record that cannot be believed.
func (r Record) Unusable() bool { return r.Status.Unusable() }

// Find reads the records under the project's name and under its former ones in
// the listing of any owner. The first one is under the present name, whether
// there is one or not; former names without a record are left out.
func Find(live secret.Live, project string, formerly []string, keys ledger.Keys) []Record {
	found := format.Chunks(live.Secrets, live.Owner.Kind)
	records := []Record{read(found[project], ledger.Identity{Project: project, Owner: live.Owner}, keys)}
	if !keys.Known() {
		return records
	}
	for _, former := range formerly {
		if entries := found[former]; len(entries) > 0 {
			records = append(records, read(entries, ledger.Identity{Project: former, Owner: live.Owner}, keys))
		}
	}
	return records
}

// Name returns the name of the secret that holds a chunk; numbers count from
// 1. Project must be a valid project name.
//
//	CELLA_PROJECT__STOREFRONT  CELLA_PROJECT__STOREFRONT__2  CELLA_ORG_PROJECT__STOREFRONT
func Name(project string, kind secret.OwnerKind, number int) secret.Name {
	return format.Name(project, kind, number)
}

// read verifies the chunks of a record. It never fails: what cannot be believed is
// a Status. Of several faults the one that is told is a newer format, else another
// key, else the first damaged chunk.
func read(entries []chunk.Chunk, id ledger.Identity, keys ledger.Keys) Record {
	if !keys.Known() {
		return Record{Identity: id, Status: ledger.NoKey}
	}
	record := recordOf(id, chunk.Assemble(format, id, entries, func(e chunk.Chunk) (chunk.Mark, content, error) {
		text, err := openForm(e, id)
		if err != nil {
			return chunk.Mark{}, content{}, err
		}
		set, err := format.Verify(text, id, keys.Keys)
		if err != nil {
			return chunk.Mark{}, content{}, err
		}
		c, err := decrypt(id, set, text)
		return text.Mark, c, err
	}))
	record.NeedsRekey = record.stored.NeedsRekey(keys.Keys)
	return record
}

// openForm reads a chunk as far as it goes without a key.
func openForm(e chunk.Chunk, id ledger.Identity) (chunk.Text, error) {
	text, err := format.Open(e, id)
	if err == nil && len(text.Lines) != 1 {
		err = chunk.ErrForm
	}
	return text, err
}

// recordOf makes a record of the chunks that were found.
func recordOf(id ledger.Identity, found chunk.Found[content]) Record {
	record := Record{Identity: id, Status: found.Status, Reason: found.Reason, stored: found.Stored}
	if found.Status != ledger.Whole {
		return record
	}
	ruling, last := found.Ruling, found.Last
	owners := []secret.Owner{}
	for class, says := range found.Says {
		for _, owner := range says.owners {
			if chunk.Class(rowName(owner), ruling.Count) == class {
				owners = append(owners, owner)
			}
		}
	}
	if len(owners) > MaxOwners {
		record.Status, record.Reason = ledger.Damaged, fmt.Sprintf("%s names more than %d sites and organizations", found.Chunks[0].Live.Name, MaxOwners)
		return record
	}
	slices.SortFunc(owners, compareIDs)
	record.HomeName, record.Run, record.Count, record.Origin = ruling.OwnerName, ruling.Run, ruling.Count, last.origin
	record.Serial, record.Owners = ruling.Serial, owners
	record.Source, record.Former, record.MovedAt = last.source, last.former, last.movedAt
	return record
}
