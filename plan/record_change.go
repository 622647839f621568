package plan

import (
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

// RecordChange is what happens to the project's record. The zero RecordChange
// is nothing.
type RecordChange struct {
	// Home is where the record is, or will be; Record is its first secret.
	Home    secret.Owner `json:"home"`
	Record  secret.Name  `json:"record"`
	Reasons []Reason     `json:"reasons"`
	// Joins are the owners that are about to have a first ledger: they are
	// entered before anything else is written. Leaves are those whose ledger is
	// gone at the end.
	Joins  []secret.Owner `json:"joins,omitempty"`
	Leaves []secret.Owner `json:"leaves,omitempty"`
	// Source is where the project is applied from, as it will be recorded, where
	// that changes.
	Source string `json:"source,omitempty"`
	// Removes are records that are deleted last: at a former home, or under a
	// former name.
	Removes []RecordPlace `json:"removes,omitempty"`
}

// RecordPlace is one record: its first secret, and the owner that has it.
type RecordPlace struct {
	Owner  secret.Owner `json:"owner"`
	Record secret.Name  `json:"record"`
}

// IsZero reports whether nothing happens.
func (c RecordChange) IsZero() bool { return c.Record == "" }

// RecordSteps are what apply does to the record: a draft before everything
// else, and after it what leaves and what goes. Plan counts their writes and
// apply carries them out.
type RecordSteps struct {
	change  RecordChange
	in      Recorded
	joins   []secret.Owner // all that are entered, with the names that they have now
	serials uint64         // ledgers know of this one
}

// Steps returns them for a plan that was made of in; holdings are the ledgers
// that it was made of.
func (c RecordChange) Steps(in Recorded, desired []secret.Desired, holdings []ledger.Holding) RecordSteps {
	serial, _ := lastSerial(holdings)
	s := RecordSteps{change: c, in: in, joins: slices.Clone(c.Joins), serials: serial}
	return s
}

// RecordAhead is what is written before everything else, in order, and the
// records after it: the one at home, and those that are removed at the end.
type RecordAhead struct {
	Writes  []RecordWrites
	Book    project.Book
	further []project.Book
}

// Ahead returns the writes before everything else. Where the record is given up,
// only what cannot be believed of it is. While the home moves, who
// joins is entered at the former home too: if the run is interrupted and the
// manifest goes back, nobody looks at the new one.
func (s RecordSteps) Ahead(keys ledger.Keys, run string, from ledger.Origin) (RecordAhead, error) {
	a := RecordAhead{further: slices.Clone(s.in.Further)}
	for i, book := range a.further {
		if book.Status != ledger.Whole || book.Identity.Project != s.in.Own.Identity.Project || len(s.joins) == 0 {
			continue
		}
		writes, joined, err := book.Edit().Join(s.joins...).ComeFrom(from).Encode(keys, run)
		if err != nil {
			return RecordAhead{}, err
		}
		a.further[i] = joined
		a.add(book.Identity.Owner, writes)
	}
	draft := s.in.Own.Edit(slices.DeleteFunc(slices.Clone(a.further), project.Book.Unusable)...)
	if s.in.Own.Unusable() {
		draft = s.in.Own.Reset()
		if owners, _ := project.Unite(s.in.books()...); len(owners) > 0 {
			draft.Join(owners...)
		}
	}
	for _, book := range a.further {
		draft.After(book.Serial)
	}
	draft.Join(s.joins...).SetSource(s.in.Source).ComeFrom(from)
	if s.resets() || len(s.in.Further) > 0 {
		draft.After(s.serials)
	}
	writes, book, err := draft.Encode(keys, run)
	a.add(s.change.Home, writes)
	a.Book = book
	return a, err
}

func (a *RecordAhead) add(owner secret.Owner, writes []ledger.Write) {
	if len(writes) > 0 {
		a.Writes = append(a.Writes, RecordWrites{owner, writes})
	}
}

func (s RecordSteps) resets() bool {
	return slices.ContainsFunc(s.change.Reasons, func(r Reason) bool { return r.Code == ReasonRecordReset })
}

// Behind returns the writes after everything else, by the owner that they go
// to: further records are removed, and then the owners that are gone. In that
// order: a former home that leaves is found as long as it is in the record. A
// record that would have no owner left is removed.
func (s RecordSteps) Behind(ahead RecordAhead, gone []secret.Owner, keys ledger.Keys, run string, from ledger.Origin) ([]RecordWrites, error) {
	draft := ahead.Book.Edit().Leave(gone...).ComeFrom(from)
	writes, left, err := draft.Encode(keys, run)
	if err == nil && len(left.Owners) == 0 && ahead.Book.Status == ledger.Whole {
		writes, err = ahead.Book.Remove(keys, run)
	}
	if err != nil {
		return nil, err
	}
	var all []RecordWrites
	for _, further := range ahead.further {
		if further.Status == ledger.None {
			continue
		}
		removal, err := further.Discard(keys, run)
		if err != nil {
			return nil, err
		}
		all = append(all, RecordWrites{further.Identity.Owner, removal})
	}
	return append(all, RecordWrites{s.change.Home, writes}), nil
}

// RecordWrites are writes to one owner, in order.
type RecordWrites struct {
	Owner  secret.Owner
	Writes []ledger.Write
}

// count returns how many requests the steps take.
func (s RecordSteps) count(keys ledger.Keys) (int, error) {
	ahead, err := s.Ahead(keys, rehearsal, ledger.Origin{})
	if err != nil {
		return 0, err
	}
	behind, err := s.Behind(ahead, s.change.Leaves, keys, rehearsal, ledger.Origin{})
	n := 0
	for _, one := range slices.Concat(ahead.Writes, behind) {
		n += len(one.Writes)
	}
	return n, err
}
