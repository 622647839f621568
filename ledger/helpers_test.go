package ledger_test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

const run = "run-1"

var site = ledger.Identity{
	Project: "storefront",
	Owner:   secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-55555555abcd"},
}

// origin knows everything.
var origin = ledger.Origin{
	Record: 3, Home: secret.Owner{Kind: secret.Site, Name: "blue-shop", ID: "99999999-2222-3333-4444-55555555abcd"},
	Commit: "0123456789abcdef0123456789abcdef01234567", CommitTime: time.Unix(1790000000, 0).UTC(),
	Actor: "octocat", Time: time.Unix(1790000300, 0).UTC(),
}

// keyText is the manifest's form of a key of 32 equal bytes.
func keyText(fill byte) secret.Value {
	return secret.NewValue(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), ledger.KeyBytes))))
}

// keys derives keys for tests; previous is 'no key' where it is 0.
func keys(t testing.TB, current, previous byte) ledger.Keys {
	t.Helper()
	var old secret.Value
	if previous != 0 {
		old = keyText(previous)
	}
	derived, err := ledger.DeriveKeys(keyText(current), old)
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

func (s store) book(id ledger.Identity, k ledger.Keys) ledger.Ledger {
	return ledger.ReadAll(s.live(id.Owner), id.Project, nil, k).Own
}

func (s store) set(name secret.Name, text string) {
	s[name] = secret.LiveSecret{Name: name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(secret.NewValue(text))}
}

func (s store) text(name secret.Name) string { return s[name].Value.Value().Reveal() }

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

// record makes a record with fingerprints for the default value and envs.
func record(k ledger.Keys, id ledger.Identity, name, value string, envs ...secret.Env) ledger.Entry {
	r := ledger.Entry{Name: secret.Name(name), Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)}
	for _, env := range append([]secret.Env{""}, envs...) {
		place := ledger.Place{Name: r.Name, Env: env, Type: r.Type, Scopes: r.Scopes}
		r.Fingerprints = append(r.Fingerprints, ledger.EnvFingerprint{Env: env, Fingerprint: k.Fingerprint(id, place, secret.NewValue(value)), At: origin.Time})
	}
	return r
}

// many makes n records with three overrides each.
func many(k ledger.Keys, id ledger.Identity, n int, value string) []ledger.Entry {
	records := make([]ledger.Entry, n)
	for i := range records {
		records[i] = record(k, id, fmt.Sprintf("SECRET_NUMBER_%04d", i), value, "dev", "live", "test")
	}
	return records
}

func put(d *ledger.Revision, records ...ledger.Entry) *ledger.Revision {
	for _, r := range records {
		d.Put(r)
	}
	return d
}

func encode(t testing.TB, d *ledger.Revision, k ledger.Keys) ([]ledger.Write, ledger.Ledger) {
	t.Helper()
	writes, stored, err := d.Encode(k, run, origin)
	if err != nil {
		t.Fatal(err)
	}
	return writes, stored
}

// stored returns what Pantheon holds after the records were written.
func stored(t testing.TB, k ledger.Keys, id ledger.Identity, records ...ledger.Entry) store {
	t.Helper()
	s := store{}
	writes, _ := encode(t, put(s.book(id, k).Revise(), records...), k)
	s.apply(t, writes...)
	return s
}

// byName indexes the records of a book that must be whole, or none.
func byName(t testing.TB, stored ledger.Ledger) map[secret.Name]ledger.Entry {
	t.Helper()
	if stored.Status != ledger.Whole && stored.Status != ledger.None {
		t.Fatalf("status = %s: %s", stored.Status, stored.Reason)
	}
	index := map[secret.Name]ledger.Entry{}
	for _, r := range stored.Entries {
		index[r.Name] = r
	}
	return index
}

func diff(a, b any) string { return gocmp.Diff(a, b) }

// sameRecord is diff for hot loops.
func sameEntry(a, b ledger.Entry) bool {
	return a.Name == b.Name && a.Type == b.Type && a.Scopes.Equal(b.Scopes) && a.Protect == b.Protect &&
		a.State == b.State && slices.Equal(a.Fingerprints, b.Fingerprints)
}
