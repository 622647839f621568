package record

import (
	"strings"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

// Found is the project's record as it was read, and what decides whether that
// may be continued. The zero Found is of a manifest without a key, or without
// an owner.
type Found struct {
	// Home is the owner on which the manifest wants the record.
	Home secret.Owner
	// Looked: the list of the home was read. With a target that does not cover
	// it that is done only where an owner joins.
	Looked bool
	// Lists counts the lists that were read for the record alone.
	Lists int
	// Own is the record at home under the project's present name; Further are
	// all others that were found: at a former home, or under a former name.
	Own     project.Record
	Further []project.Record
	// Source is where this manifest comes from.
	Source project.Source
	// MovedFrom is the source that policy.moved_from names; MovedLine says that
	// it names one.
	MovedFrom project.Source
	MovedLine bool
	// Reset: policy.reset_record gives up what cannot be believed.
	Reset bool
	// Age is how the commit that is checked out relates to one that was applied.
	Age Age
}

// Age says that what is checked out is, or may be, older than what was applied
// last. The zero Age is no such thing.
type Age struct {
	// Commit was applied, by Actor where that is known, at Time.
	Commit string
	Actor  string
	Time   time.Time
	// Certain: the commit that is checked out is an ancestor of it. Otherwise
	// the history is missing, and it was only made earlier, or, with Unknown, git
	// does not say what is checked out.
	Certain, Unknown bool
	// InCI: nobody looks on.
	InCI bool
}

// records are all records that were read, the one at home first.
func (f Found) records() []project.Record { return append([]project.Record{f.Own}, f.Further...) }

// Take enters the records that one list shows, whosever it is.
func (f *Found) Take(live secret.Live, name string, formerly []string, keys ledger.Keys) {
	found := project.Find(live, name, formerly, keys)
	if live.Owner.Kind == f.Home.Kind && strings.EqualFold(live.Owner.ID, f.Home.ID) {
		f.Looked, f.Own, found = true, found[0], found[1:]
	}
	for _, record := range found {
		if record.Status != ledger.None {
			f.Further = append(f.Further, record)
		}
	}
}

// LaterHome is where a ledger says that the record was, with a higher serial
// than any that was found. It has to be read, or the record would pass for a
// missing one, or one that was put back.
func (f Found) LaterHome(ledgers []ledger.Ledgers) (secret.Owner, bool) {
	_, ruling := project.Unite(f.records()...)
	serial, home := lastSerial(ledgers)
	return home, serial > ruling.Serial && home != (secret.Owner{})
}

// Left returns the owners in the records that the manifest does not name, sorted:
// by kind and id, or while the manifest's owner has no id yet, by name.
func (f Found) Left(desired []secret.Desired) []secret.Owner {
	rows, _ := project.Unite(f.records()...)
	declared := make(map[secret.Owner]bool, 2*len(desired))
	for _, d := range desired {
		declared[secret.Owner{Kind: d.Owner.Kind, ID: d.Owner.ID}] = d.Owner.ID != ""
		if d.Owner.ID == "" || d.Retire == secret.RetireAbandon {
			declared[secret.Owner{Kind: d.Owner.Kind, Name: d.Owner.Name}] = true
		}
	}
	var left []secret.Owner
	for _, row := range rows {
		if !declared[secret.Owner{Kind: row.Kind, ID: row.ID}] && !declared[secret.Owner{Kind: row.Kind, Name: row.Name}] {
			left = append(left, row)
		}
	}
	return left
}

// lastSerial is the highest serial of a record that a ledger of this project
// knows of, and where that record was.
func lastSerial(ledgers []ledger.Ledgers) (serial uint64, home secret.Owner) {
	for _, owner := range ledgers {
		for _, stored := range append([]ledger.Ledger{owner.Own}, owner.Former...) {
			if stored.Status == ledger.Whole && stored.Origin.Record > serial {
				serial, home = stored.Origin.Record, stored.Origin.Home
			}
		}
	}
	return serial, home
}
