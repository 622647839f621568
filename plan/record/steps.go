package record

import (
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// Steps are what apply does to the record: a revision before everything
// else, and after it what leaves and what goes. Plan counts their writes and
// apply carries them out.
type Steps struct {
	change  plan.RecordChange
	found   Found
	joins   []secret.Owner // all that are entered, with the names that they have now
	serials uint64         // ledgers know of this one
}

// NewSteps returns those of a change that was decided of what was found, and of
// the ledgers.
func NewSteps(change plan.RecordChange, found Found, ledgers []ledger.Ledgers) Steps {
	serial, _ := lastSerial(ledgers)
	return Steps{change: change, found: found, joins: slices.Clone(change.Joins), serials: serial}
}

// Ahead is what is written before everything else, in order, and the
// records after it: the one at home, and those that are removed at the end.
type Ahead struct {
	Writes  []Writes
	Record  project.Record
	further []project.Record
}

// Ahead returns the writes before everything else. Where the record is given up,
// only what cannot be believed of it is. While the home moves, who
// joins is entered at the former home too: if the run is interrupted and the
// manifest goes back, nobody looks at the new one.
func (s Steps) Ahead(keys ledger.Keys, run string, from ledger.Origin) (Ahead, error) {
	a := Ahead{further: slices.Clone(s.found.Further)}
	for i, record := range a.further {
		if record.Status != ledger.Whole || record.Identity.Project != s.found.Own.Identity.Project || len(s.joins) == 0 {
			continue
		}
		writes, joined, err := record.Revise().Join(s.joins...).ComeFrom(from).Encode(keys, run)
		if err != nil {
			return Ahead{}, err
		}
		a.further[i] = joined
		a.add(record.Identity.Owner, writes)
	}
	revision := s.found.Own.Revise(slices.DeleteFunc(slices.Clone(a.further), project.Record.Unusable)...)
	if s.found.Own.Unusable() {
		revision = s.found.Own.Reset()
		if owners, _ := project.Unite(s.found.records()...); len(owners) > 0 {
			revision.Join(owners...)
		}
	}
	for _, record := range a.further {
		revision.After(record.Serial)
	}
	revision.Join(s.joins...).SetSource(s.found.Source).ComeFrom(from)
	if s.resets() || len(s.found.Further) > 0 {
		revision.After(s.serials)
	}
	writes, record, err := revision.Encode(keys, run)
	a.add(s.change.Home, writes)
	a.Record = record
	return a, err
}

func (a *Ahead) add(owner secret.Owner, writes []ledger.Write) {
	if len(writes) > 0 {
		a.Writes = append(a.Writes, Writes{owner, writes})
	}
}

func (s Steps) resets() bool {
	return slices.ContainsFunc(s.change.Reasons, func(r plan.Reason) bool { return r.Code == plan.ReasonRecordReset })
}

// Behind returns the writes after everything else, by the owner that they go
// to: further records are removed, and then the owners that are gone. In that
// order: a former home that leaves is found as long as it is in the record. A
// record that would have no owner left is removed.
func (s Steps) Behind(ahead Ahead, gone []secret.Owner, keys ledger.Keys, run string, from ledger.Origin) ([]Writes, error) {
	revision := ahead.Record.Revise().Leave(gone...).ComeFrom(from)
	writes, left, err := revision.Encode(keys, run)
	if err == nil && len(left.Owners) == 0 && ahead.Record.Status == ledger.Whole {
		writes, err = ahead.Record.Remove(keys, run)
	}
	if err != nil {
		return nil, err
	}
	var all []Writes
	for _, further := range ahead.further {
		if further.Status == ledger.None {
			continue
		}
		removal, err := further.Discard(keys, run)
		if err != nil {
			return nil, err
		}
		all = append(all, Writes{further.Identity.Owner, removal})
	}
	return append(all, Writes{s.change.Home, writes}), nil
}

// Writes are writes to one owner, in order.
type Writes struct {
	Owner  secret.Owner
	Writes []ledger.Write
}

// count returns how many requests the steps take.
func (s Steps) count(keys ledger.Keys) (int, error) {
	ahead, err := s.Ahead(keys, ledger.NoRun, ledger.Origin{})
	if err != nil {
		return 0, err
	}
	behind, err := s.Behind(ahead, s.change.Leaves, keys, ledger.NoRun, ledger.Origin{})
	n := 0
	for _, one := range slices.Concat(ahead.Writes, behind) {
		n += len(one.Writes)
	}
	return n, err
}
