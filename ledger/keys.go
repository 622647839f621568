package ledger

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/cella-secrets/cella/secret"
)

// KeyBytes is the size of a fingerprint key before base64.
const KeyBytes = 32

// ErrNoKey is returned where a manifest without fingerprint_key cannot do
// without.
var ErrNoKey = errors.New("there is no fingerprint_key")

// KeyID tells keys apart in public. It is derived from the key one way and
// reveals nothing of it.
type KeyID [8]byte

// String returns 16 lower-case hex digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// Keys are derived from a manifest's fingerprint_key and, while rotating,
// previous_fingerprint_key. They cannot be printed. The zero Keys stand for a
// manifest without a key.
type Keys struct {
	current, previous keySet
}

// keySet is what one fingerprint key gives: one key per purpose, so that a MAC
// made for one is worth nothing for another.
type keySet struct {
	id                              KeyID
	fingerprint, record, seal, plan secret.Value
}

// DeriveKeys derives the keys by HKDF-SHA256 without salt. Each argument is
// the standard base64 of exactly KeyBytes bytes; either may be the zero
// Value, but there is no previous key without a current one. Errors name the
// manifest's field and never quote it.
func DeriveKeys(current, previous secret.Value) (Keys, error) {
	var keys Keys
	var err error
	if !current.Known() {
		if previous.Known() {
			return Keys{}, errors.New("derive ledger keys: previous_fingerprint_key needs a fingerprint_key beside it")
		}
		return Keys{}, nil
	}
	if keys.current, err = derive(current); err != nil {
		return Keys{}, fmt.Errorf("derive ledger keys: fingerprint_key %w", err)
	}
	if previous.Known() {
		if keys.previous, err = derive(previous); err != nil {
			return Keys{}, fmt.Errorf("derive ledger keys: previous_fingerprint_key %w", err)
		}
	}
	return keys, nil
}

var errKeyForm = fmt.Errorf("is not the base64 of exactly %d bytes", KeyBytes)

func derive(encoded secret.Value) (keySet, error) {
	// The length is checked because the decoder skips line breaks.
	if encoded.Len() != base64.StdEncoding.EncodedLen(KeyBytes) {
		return keySet{}, errKeyForm
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded.Reveal())
	if err != nil || len(raw) != KeyBytes {
		return keySet{}, errKeyForm // the decoder's own error quotes input
	}
	var set keySet
	for label, key := range map[string]*secret.Value{
		"fingerprint": &set.fingerprint, "record": &set.record, "seal": &set.seal, "plan": &set.plan,
	} {
		derived, err := hkdf.Key(sha256.New, raw, nil, label, sha256.Size)
		if err != nil {
			return keySet{}, fmt.Errorf("cannot be expanded: %w", err)
		}
		*key = secret.NewValue(string(derived))
	}
	id, err := hkdf.Key(sha256.New, raw, nil, "key id", len(set.id))
	if err != nil {
		return keySet{}, fmt.Errorf("cannot be expanded: %w", err)
	}
	copy(set.id[:], id)
	return set, nil
}

// Known reports whether there is a key at all.
func (k Keys) Known() bool { return k.current.known() }

// Current returns the id of the key that is written with.
func (k Keys) Current() KeyID { return k.current.id }

// set returns the keys that belong to id.
func (k Keys) set(id KeyID) (keySet, bool) {
	for _, set := range []keySet{k.current, k.previous} {
		if set.known() && set.id == id {
			return set, true
		}
	}
	return keySet{}, false
}

func (s keySet) known() bool { return s.fingerprint.Known() }

// PlanMAC returns the lower-case hex HMAC-SHA256 by which a saved plan
// recognises a value that came from the environment variable called name.
// Without a key the error is ErrNoKey: a plain digest could be tested against
// guesses.
func (k Keys) PlanMAC(name string, value secret.Value) (string, error) {
	if !k.Known() {
		return "", fmt.Errorf("digest environment variable %s: %w", secret.Quote(name), ErrNoKey)
	}
	return hex.EncodeToString(mac(k.current.plan, formatVersion, name, value.Reveal())), nil
}

// mac is HMAC-SHA256 over the parts, each preceded by its length in bytes as
// 8 bytes, big-endian, so that no byte can move between neighbours.
func mac(key secret.Value, parts ...string) []byte {
	h := hmac.New(sha256.New, []byte(key.Reveal()))
	h.Write(lengthPrefixed(parts...)) // a Hash never returns an error
	return h.Sum(nil)
}

func lengthPrefixed(parts ...string) []byte {
	size := 0
	for _, part := range parts {
		size += 8 + len(part)
	}
	out := make([]byte, 0, size)
	for _, part := range parts {
		out = binary.BigEndian.AppendUint64(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out
}

// tag is a MAC, cut to 16 bytes.
type tag [16]byte

func newTag(key secret.Value, parts ...string) tag { return tag(mac(key, parts...)[:len(tag{})]) }

// equal takes the same time wherever the tags differ.
func (t tag) equal(other tag) bool { return hmac.Equal(t[:], other[:]) }

// String returns 22 characters of URL-safe base64 without padding.
func (t tag) String() string { return base64.RawURLEncoding.EncodeToString(t[:]) }

func parseTag(text string) (tag, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(tag{}) {
		return tag{}, false
	}
	return tag(raw), true
}
