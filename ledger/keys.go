package ledger

import (
	"encoding/hex"
	"fmt"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// KeyBytes is the size of a fingerprint key before base64.
const KeyBytes = chunk.KeyBytes

// ErrNoKey is returned where a manifest without fingerprint_key cannot do
// without.
var ErrNoKey = chunk.ErrNoKey

// Keys are derived from a manifest's fingerprint_key and, while rotating,
// previous_fingerprint_key. They cannot be printed. The zero Keys stand for a
// manifest without a key.
type Keys struct{ chunk.Keys }

// DeriveKeys derives the keys. Each argument is the standard base64 of exactly
// KeyBytes bytes; either may be the zero Value, but there is no previous key
// without a current one. Errors name the manifest's field and never quote it.
func DeriveKeys(current, previous secret.Value) (Keys, error) {
	keys, err := chunk.DeriveKeys(current, previous)
	return Keys{keys}, err
}

// current are the keys that are written with; there must be some.
func (k Keys) current() chunk.Set {
	set, _ := k.Set(k.Current())
	return set
}

// PlanMAC returns the lower-case hex HMAC-SHA256 by which a saved plan
// recognises a value that came from the environment variable called name.
// Without a key the error is ErrNoKey: a plain digest could be tested against
// guesses.
func (k Keys) PlanMAC(name string, value secret.Value) (string, error) {
	if !k.Known() {
		return "", fmt.Errorf("digest environment variable %s: %w", words.Quote(name), ErrNoKey)
	}
	return hex.EncodeToString(k.current().MAC(chunk.Plans, chunk.Version, name, value.Reveal())), nil
}
