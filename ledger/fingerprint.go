package ledger

import (
	"time"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Place is where a value stands within its owner. The empty Env is the
// default value.
type Place struct {
	Name   secret.Name
	Env    secret.Env
	Type   secret.Type
	Scopes secret.Scopes
}

// Fingerprint recognises a value at one place without holding it: an
// HMAC-SHA256, cut to 16 bytes, and the key it was made with. Without the key
// it can be neither guessed nor linked to another place; the same value at the
// same place has the same fingerprint again.
type Fingerprint struct {
	Key KeyID
	Sum [16]byte
}

// Fingerprint returns the fingerprint of value under the current key. Without
// a key it is the zero Fingerprint, which matches nothing.
func (k Keys) Fingerprint(id Identity, place Place, value secret.Value) Fingerprint {
	if !k.Known() {
		return Fingerprint{}
	}
	return of(k.current(), id, place, value)
}

// Matches reports whether f was made of value at that place, under the
// current or the previous key. A value that is not known matches nothing.
func (k Keys) Matches(f Fingerprint, id Identity, place Place, value secret.Value) bool {
	set, known := k.Set(f.Key)
	if !known || !value.Known() {
		return false
	}
	return chunk.Tag(f.Sum).Equal(of(set, id, place, value).Sum)
}

// Knows reports whether f was made under the current or the previous key, so
// that Matches can tell whether it is a value's.
func (k Keys) Knows(f Fingerprint) bool {
	_, known := k.Set(f.Key)
	return known
}

// Since returns when past, an entry of the ledger that id names, says that
// value was applied as that of env. It is the zero Time where that was another
// value, or cannot be told, or no time is known. A fingerprint that is made
// anew, under another key or another name of the project, keeps its time by it.
func (k Keys) Since(id Identity, past Entry, env secret.Env, value secret.Value) time.Time {
	at, _ := past.AppliedAt(env)
	made, _ := past.Fingerprint(env)
	place := Place{Name: past.Name, Env: env, Type: past.Type, Scopes: past.Scopes}
	if !k.Matches(made, id, place, value) {
		return time.Time{}
	}
	return at
}

// of covers format version, project, owner kind, owner id, name, environment,
// type, sorted scopes and value, in this order. The scopes are length-prefixed
// on their own first, so that they count as one part.
func of(set chunk.Set, id Identity, place Place, value secret.Value) Fingerprint {
	scopes := make([]string, 0, len(place.Scopes))
	for _, scope := range secret.NewScopes(place.Scopes...) {
		scopes = append(scopes, string(scope))
	}
	sum := set.Tag(chunk.Fingerprints, chunk.Version, id.Project, id.Owner.Kind.String(), id.OwnerID(),
		string(place.Name), string(place.Env), string(place.Type), chunk.LengthPrefixed(scopes...), value.Reveal())
	return Fingerprint{Key: set.ID(), Sum: sum}
}
