package chunk

import (
	"crypto/aes"
	"crypto/cipher"
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

// ParseKeyID reads what String wrote, in either case.
func ParseKeyID(text string) (KeyID, bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(KeyID{}) {
		return KeyID{}, false
	}
	return KeyID(raw), true
}

// Purpose is what a derived key is for. Each has a key of its own, so that a
// MAC made for one is worth nothing for another.
type Purpose uint8

// The purposes, in the order of their labels.
const (
	Fingerprints Purpose = iota
	Entries              // the lines of a ledger
	wholeChunks          // chunks as a whole
	Plans                // values from the environment, in a saved plan
	Project              // encrypts the record of a project
	ProjectNonce         // makes the nonces for that
	Sites                // stands for sites in an organization's ledger
)

var labels = [...]string{
	Fingerprints: "fingerprint", Entries: "record", wholeChunks: "seal", Plans: "plan", Project: "project", ProjectNonce: "project nonce",
	Sites: "sites",
}

// keyIDLabel derives what is public.
const keyIDLabel = "key id"

// Keys are derived from a manifest's fingerprint_key and, while rotating,
// previous_fingerprint_key. They cannot be printed. The zero Keys stand for a
// manifest without a key.
type Keys struct {
	current, previous Set
}

// Set is what one fingerprint key gives. Only one that Keys.Set returned may
// be used.
type Set struct {
	id   KeyID
	keys [len(labels)]secret.Value
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
			return Keys{}, errors.New("derive keys: previous_fingerprint_key needs a fingerprint_key too")
		}
		return Keys{}, nil
	}
	if keys.current, err = derive(current); err != nil {
		return Keys{}, fmt.Errorf("derive keys: fingerprint_key %w", err)
	}
	if previous.Known() {
		if keys.previous, err = derive(previous); err != nil {
			return Keys{}, fmt.Errorf("derive keys: previous_fingerprint_key %w", err)
		}
	}
	return keys, nil
}

var errKeyForm = fmt.Errorf("is not the base64 of exactly %d bytes", KeyBytes)

func derive(encoded secret.Value) (Set, error) {
	// The length is checked because the decoder skips line breaks.
	if encoded.Len() != base64.StdEncoding.EncodedLen(KeyBytes) {
		return Set{}, errKeyForm
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded.Reveal())
	if err != nil || len(raw) != KeyBytes {
		return Set{}, errKeyForm // the decoder's own error quotes input
	}
	var set Set
	for purpose, label := range labels {
		derived, err := hkdf.Key(sha256.New, raw, nil, label, sha256.Size)
		if err != nil {
			return Set{}, fmt.Errorf("cannot be expanded: %w", err)
		}
		set.keys[purpose] = secret.NewValue(string(derived))
	}
	id, err := hkdf.Key(sha256.New, raw, nil, keyIDLabel, len(set.id))
	if err != nil {
		return Set{}, fmt.Errorf("cannot be expanded: %w", err)
	}
	copy(set.id[:], id)
	return set, nil
}

// Known reports whether there is a key at all.
func (k Keys) Known() bool { return k.current.known() }

// Current returns the id of the key that is written with.
func (k Keys) Current() KeyID { return k.current.id }

// Set returns the keys that belong to id; of both, the current ones come
// first.
func (k Keys) Set(id KeyID) (Set, bool) {
	for _, set := range []Set{k.current, k.previous} {
		if set.known() && set.id == id {
			return set, true
		}
	}
	return Set{}, false
}

// Sets returns all there are, the current one first.
func (k Keys) Sets() []Set {
	var sets []Set
	for _, set := range []Set{k.current, k.previous} {
		if set.known() {
			sets = append(sets, set)
		}
	}
	return sets
}

func (s Set) known() bool { return s.keys[wholeChunks].Known() }

// ID returns the id of the key that all of these were derived from.
func (s Set) ID() KeyID { return s.id }

// MAC is HMAC-SHA256 over the parts, each preceded by its length.
func (s Set) MAC(purpose Purpose, parts ...string) []byte {
	h := hmac.New(sha256.New, []byte(s.keys[purpose].Reveal()))
	h.Write(lengthPrefixed(parts)) // a Hash never returns an error
	return h.Sum(nil)
}

// Tag is MAC, cut to 16 bytes.
func (s Set) Tag(purpose Purpose, parts ...string) Tag {
	return Tag(s.MAC(purpose, parts...)[:len(Tag{})])
}

// AEAD returns AES-256-GCM under the key for purpose. The error is that of a
// library that allows no nonces of ours (FIPS 140 mode).
func (s Set) AEAD(purpose Purpose) (cipher.AEAD, error) {
	block, err := aes.NewCipher([]byte(s.keys[purpose].Reveal()))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// LengthPrefixed joins the parts, each preceded by its length in bytes as 8
// bytes, big-endian, so that no byte can move between neighbours.
func LengthPrefixed(parts ...string) string { return string(lengthPrefixed(parts)) }

func lengthPrefixed(parts []string) []byte {
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

// Tag is a MAC, cut to 16 bytes.
type Tag [16]byte

// Equal takes the same time wherever the tags differ.
func (t Tag) Equal(other Tag) bool { return hmac.Equal(t[:], other[:]) }

// TagBytes is the size of a tag's text.
const TagBytes = 22

// String returns TagBytes characters of URL-safe base64 without padding.
func (t Tag) String() string { return base64.RawURLEncoding.EncodeToString(t[:]) }

// ParseTag reads what String wrote. It may accept more than that (line
// breaks), so what it read has to be compared with what would be written.
func ParseTag(text string) (Tag, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(Tag{}) {
		return Tag{}, false
	}
	return Tag(raw), true
}
