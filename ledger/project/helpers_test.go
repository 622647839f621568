package project_test

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

const (
	run    = "run-1"
	first  = secret.Name("CELLA_PROJECT__STOREFRONT")
	second = secret.Name("CELLA_PROJECT__STOREFRONT__2")
)

var home = ledger.Identity{
	Project: "storefront",
	Owner:   secret.Owner{Kind: secret.Site, Name: "blue-shop", ID: "99999999-2222-3333-4444-55555555abcd"},
}

var source = project.Source{Forge: "github.com:123456", Path: "secrets.yaml"}

// keys derives keys for tests, each of 32 equal bytes; previous is 'no key'
// where it is 0.
func keys(t testing.TB, current, previous byte) ledger.Keys {
	t.Helper()
	text := func(fill byte) secret.Value {
		return secret.NewValue(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), ledger.KeyBytes))))
	}
	var old secret.Value
	if previous != 0 {
		old = text(previous)
	}
	derived, err := ledger.DeriveKeys(text(current), old)
	if err != nil {
		t.Fatal(err)
	}
	return derived
}

// store is what Pantheon holds for one owner.
type store map[secret.Name]secret.LiveSecret

func (s store) live(owner secret.Owner) secret.Live {
	return secret.Live{Owner: owner, Secrets: slices.SortedFunc(maps.Values(s), func(a, b secret.LiveSecret) int { return cmp.Compare(a.Name, b.Name) })}
}

func (s store) book(id ledger.Identity, k ledger.Keys) project.Record {
	return project.Find(s.live(id.Owner), id.Project, nil, k)[0]
}

func (s store) set(name secret.Name, text string) {
	s[name] = secret.LiveSecret{Name: name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(secret.NewValue(text))}
}

func (s store) text(name secret.Name) string { return s[name].Value.Value().Reveal() }

// change changes one entry of the listing.
func (s store) change(name secret.Name, change func(*secret.LiveSecret)) {
	entry := s[name]
	change(&entry)
	s[name] = entry
}

// apply carries writes out as Pantheon would, and fails where it would refuse.
func (s store) apply(t testing.TB, writes ...ledger.Write) {
	t.Helper()
	for _, w := range writes {
		_, present := s[w.Name]
		switch {
		case present == (w.Op == ledger.Create):
			t.Fatalf("%s %s: present is %v", w.Op, w.Name, present)
		case w.Op == ledger.Delete:
			delete(s, w.Name)
		default:
			if n := w.Value.Len(); n > ledger.MaxChunkBytes {
				t.Fatalf("%s %s writes %d bytes", w.Op, w.Name, n)
			}
			s.set(w.Name, w.Value.Reveal())
		}
	}
}

// owners makes n sites named as agencies name them, and one organization among
// a hundred, in no order. They are the same ones each time.
func owners(n int) []secret.Owner {
	random := rand.New(rand.NewPCG(7, 0))
	words := strings.Fields("acme blue north harbor studio clinic garden bakery summit river urban maple cedar atlas nova prime union legal " +
		"dental travel sports museum school college church energy solar market kitchen design group partners center foundation health")
	all := make([]secret.Owner, n)
	for i := range all {
		var id [16]byte
		binary.BigEndian.PutUint64(id[:8], random.Uint64())
		binary.BigEndian.PutUint64(id[8:], random.Uint64())
		name := words[random.IntN(len(words))] + "-" + words[random.IntN(len(words))]
		if i%3 == 0 {
			name += fmt.Sprintf("-%d", 2010+random.IntN(17))
		}
		all[i] = secret.Owner{Kind: secret.Site, Name: name, ID: fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])}
		if i%100 == 99 {
			all[i].Kind = secret.Organization
		}
	}
	return all
}

// sorted returns owners as a record holds them.
func sorted(all []secret.Owner) []secret.Owner {
	return slices.SortedFunc(slices.Values(all), func(a, b secret.Owner) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
}

func encode(t testing.TB, d *project.Revision, k ledger.Keys) ([]ledger.Write, project.Record) {
	t.Helper()
	writes, record, err := d.Encode(k, run)
	if err != nil {
		t.Fatal(err)
	}
	return writes, record
}

// stored returns what Pantheon holds after the record was written.
func stored(t testing.TB, k ledger.Keys, id ledger.Identity, all ...secret.Owner) store {
	t.Helper()
	s := store{}
	writes, _ := encode(t, s.book(id, k).Revise().Join(all...).SetSource(source), k)
	s.apply(t, writes...)
	return s
}

// describe lists what writes do, without their content.
func describe(writes []ledger.Write) string {
	var out []string
	for _, w := range writes {
		out = append(out, w.Op.String()+" "+strings.TrimPrefix(string(w.Name), "CELLA_PROJECT__"))
	}
	return strings.Join(out, ", ")
}

// diff explains a difference; that there is none is found out faster.
func diff(a, b any) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return gocmp.Diff(a, b)
}

// says is what a record says of the project, without where and how it stands.
func says(r project.Record) project.Record {
	return project.Record{Identity: r.Identity, Serial: r.Serial, Owners: r.Owners, Source: r.Source, Former: r.Former, MovedAt: r.MovedAt}
}

// mustBe compares what people and plans see of two books.
func mustBe(t *testing.T, got, want project.Record) {
	t.Helper()
	visible := func(b project.Record) []any {
		return []any{says(b), b.Status, b.Reason, b.HomeName, b.Run, b.Count, b.NeedsRekey}
	}
	if d := diff(visible(want), visible(got)); d != "" {
		t.Errorf("Read is not what Encode announced:\n%s", d)
	}
}
