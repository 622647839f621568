package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Op is what a Write does.
type Op uint8

// The operations.
const (
	Create Op = iota + 1
	Change
	Delete
)

var ops = [...]string{Create: "create", Change: "change", Delete: "delete"}

// String returns the operation in a word.
func (o Op) String() string {
	if o == 0 || int(o) >= len(ops) {
		return fmt.Sprintf("Op(%d)", uint8(o))
	}
	return ops[o]
}

// Write is one request: create a secret with Type and Scopes, change its
// default value, or delete it. Each may be repeated; creating what is there
// already may be repeated as a change, and deleting what is not there is no
// failure. Value is the zero Value for Delete.
type Write struct {
	Op    Op
	Name  secret.Name
	Value secret.Value
}

// printer collects writes, and keeps what is stored once they are done.
type printer struct {
	id     Identity
	keys   keySet
	stored map[int]entry
	writes []Write
}

func newPrinter(id Identity, keys keySet, stored []entry) *printer {
	p := &printer{id: id, keys: keys, stored: map[int]entry{}}
	for _, e := range stored {
		p.stored[e.number] = e
	}
	return p
}

// delete deletes entries in their order.
func (p *printer) delete(entries []entry) {
	for _, e := range entries {
		p.writes = append(p.writes, Write{Op: Delete, Name: e.live.Name})
		delete(p.stored, e.number)
	}
}

// print writes the chunk with the header's number.
func (p *printer) print(h header, records []Record) {
	c := chunk{header: h, records: records}
	c.close(p.id, p.keys)
	write := Write{Op: Change, Name: p.id.name(h.number), Value: secret.NewValue(c.text())}
	if _, present := p.stored[h.number]; !present {
		write.Op = Create
	}
	p.writes = append(p.writes, write)
	p.stored[h.number] = entry{h.number, secret.LiveSecret{
		Name: write.Name, Type: Type, Scopes: Scopes(), Presence: secret.Own, Value: secret.Read(write.Value),
	}}
}

// entries returns what is stored, sorted by number.
func (p *printer) entries() []entry {
	return slices.SortedFunc(maps.Values(p.stored), compareNumbers)
}

// reversed returns the entries with the highest number first.
func reversed(entries []entry) []entry {
	entries = slices.Clone(entries)
	slices.Reverse(entries)
	return entries
}

func compareNumbers(a, b entry) int { return cmp.Compare(a.number, b.number) }
