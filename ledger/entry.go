package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// State says what is known of the last write to a secret.
type State uint8

const (
	// Applied: the last write was confirmed.
	Applied State = iota
	// Pending: a write was announced and not confirmed. The secret is owned,
	// and nothing is known of its value.
	Pending
	// Taking: as Pending, over a secret that was live before and in no ledger
	// of the project. Until the write is confirmed nobody can tell whose it
	// is, so it is never deleted for leaving the manifest.
	Taking
)

var states = [...]string{Applied: "applied", Pending: "pending", Taking: "taking"}

// String returns "applied", "pending" or "taking".
func (s State) String() string {
	if int(s) >= len(states) {
		return fmt.Sprintf("State(%d)", uint8(s))
	}
	return states[s]
}

// protectSuffix follows the state of a protected entry.
const protectSuffix = "+protect"

// Entry is what the ledger holds of one secret. Fingerprints are sorted by
// environment, each once; the empty environment is the default value.
type Entry struct {
	Name         secret.Name
	Type         secret.Type
	Scopes       secret.Scopes
	Protect      bool
	State        State
	Fingerprints []EnvFingerprint
	// Sites is what an organization's entry remembers of its sites.
	Sites Sites
}

// EnvFingerprint is the fingerprint of the value of one environment.
type EnvFingerprint struct {
	Env         secret.Env
	Fingerprint Fingerprint
	// At is when the value was applied, or found equal: whole seconds in UTC.
	// The zero Time is unknown.
	At time.Time
}

// Fingerprint returns the fingerprint for env.
func (r Entry) Fingerprint(env secret.Env) (Fingerprint, bool) {
	i, found := slices.BinarySearchFunc(r.Fingerprints, env, func(e EnvFingerprint, env secret.Env) int { return cmp.Compare(e.Env, env) })
	if !found {
		return Fingerprint{}, false
	}
	return r.Fingerprints[i].Fingerprint, true
}

// AppliedAt returns when the value of env was applied; false where that is not
// known, and where the last write was not confirmed.
func (r Entry) AppliedAt(env secret.Env) (time.Time, bool) {
	for _, made := range r.Fingerprints {
		if made.Env == env && r.State == Applied {
			return made.At, !made.At.IsZero()
		}
	}
	return time.Time{}, false
}

// Same reports whether both say the same but for when it was applied, and for
// what is remembered of sites. Where they do, the entry need not be written.
func (r Entry) Same(other Entry) bool {
	same := func(a, b EnvFingerprint) bool { return a.Env == b.Env && a.Fingerprint == b.Fingerprint }
	r, other = r.normal(), other.normal()
	return r.Name == other.Name && r.Type == other.Type && r.Scopes.Equal(other.Scopes) && r.Protect == other.Protect &&
		r.State == other.State && slices.EqualFunc(r.Fingerprints, other.Fingerprints, same)
}

// since fills in when values were applied that past has under the same
// fingerprints.
func (r Entry) since(past Entry) Entry {
	for i, made := range r.Fingerprints {
		for _, known := range past.Fingerprints {
			if made.At.IsZero() && made.Env == known.Env && made.Fingerprint == known.Fingerprint {
				r.Fingerprints[i].At = known.At
			}
		}
	}
	return r
}

// normal returns a copy with scopes and fingerprints in order, and times in
// the form that is written.
func (r Entry) normal() Entry {
	r.Scopes = secret.NewScopes(r.Scopes...)
	r.Fingerprints = slices.Clone(r.Fingerprints)
	slices.SortStableFunc(r.Fingerprints, func(a, b EnvFingerprint) int { return cmp.Compare(a.Env, b.Env) })
	for i, made := range r.Fingerprints {
		r.Fingerprints[i].At = moment(seconds(made.At))
	}
	return r
}

// word is the form of types and scopes. It is wider than the ones known
// today, so that a later type does not look like damage.
var word = regexp.MustCompile(`^[a-z][a-z0-9_]{0,15}$`)

// validate reports why r, which is normal, cannot be written, or nil.
func (r Entry) validate() error {
	if err := r.Name.Validate(r.Type); err != nil {
		return err
	}
	if !word.MatchString(string(r.Type)) {
		return errors.New("the type is not a word")
	}
	for _, scope := range r.Scopes {
		if !word.MatchString(string(scope)) {
			return errors.New("a scope is not a word")
		}
	}
	if int(r.State) >= len(states) {
		return errors.New("the state is not known")
	}
	for i, made := range r.Fingerprints {
		if made.Env != "" {
			if err := made.Env.Validate(); err != nil {
				return err
			}
		}
		if i > 0 && r.Fingerprints[i-1].Env >= made.Env {
			return errors.New("an environment is there twice")
		}
		if made.Fingerprint.Key == (KeyID{}) {
			return errors.New("a fingerprint has no key")
		}
	}
	return r.Sites.validate()
}

// noScopes stands for an empty set, so that every field has a text.
const noScopes = "-"

// line writes the entry as it stands in a chunk under key, without its MAC:
//
//	NAME TYPE SCOPE,SCOPE STATE[+protect] [own=MARKS] [none=MARKS] [ENV]:SUM:AT[@KEY] …
//
// AT is when the value was applied, in seconds, in seven digits to the base of
// 36. The key of a fingerprint is written where it is not the chunk's.
func (r Entry) line(key KeyID) string {
	var out strings.Builder
	out.WriteString(string(r.Name) + " " + string(r.Type) + " ")
	for i, scope := range r.Scopes {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(string(scope))
	}
	if len(r.Scopes) == 0 {
		out.WriteString(noScopes)
	}
	out.WriteString(" " + r.State.String())
	if r.Protect {
		out.WriteString(protectSuffix)
	}
	out.WriteString(r.Sites.fields())
	for _, made := range r.Fingerprints {
		out.WriteString(" " + string(made.Env) + ":" + chunk.Tag(made.Fingerprint.Sum).String() + ":" + digits(made.At))
		if made.Fingerprint.Key != key {
			out.WriteString("@" + made.Fingerprint.Key.String())
		}
	}
	return out.String()
}

var errNoEntry = errors.New("is not a record")

// parseRecord reads what line wrote. It may accept more than that; what was read
// has to be compared with what would be written.
func parseEntry(line string, key KeyID) (Entry, error) {
	fields := strings.Split(line, " ")
	if len(fields) < 4 {
		return Entry{}, errNoEntry
	}
	entry := Entry{Name: secret.Name(fields[0]), Type: secret.Type(fields[1]), Scopes: secret.Scopes{}}
	if fields[2] != noScopes {
		for scope := range strings.SplitSeq(fields[2], ",") {
			entry.Scopes = append(entry.Scopes, secret.Scope(scope))
		}
	}
	state, protect := strings.CutSuffix(fields[3], protectSuffix)
	index := slices.Index(states[:], state)
	if index < 0 {
		return Entry{}, errNoEntry
	}
	entry.State, entry.Protect = State(index), protect
	fields = entry.Sites.take(fields[4:])
	for _, field := range fields {
		made, ok := parseFingerprint(field, key)
		if !ok {
			return Entry{}, errNoEntry
		}
		entry.Fingerprints = append(entry.Fingerprints, made)
	}
	if !slices.Equal(entry.Scopes, secret.NewScopes(entry.Scopes...)) || entry.validate() != nil {
		return Entry{}, errNoEntry
	}
	return entry, nil
}

func parseFingerprint(field string, key KeyID) (EnvFingerprint, bool) {
	field, foreign, keyed := strings.Cut(field, "@")
	parts := strings.Split(field, ":")
	if len(parts) != 3 {
		return EnvFingerprint{}, false
	}
	ok := true
	if keyed {
		key, ok = chunk.ParseKeyID(foreign)
	}
	sum, isSum := chunk.ParseTag(parts[1])
	at, isTime := parseDigits(parts[2])
	return EnvFingerprint{Env: secret.Env(parts[0]), Fingerprint: Fingerprint{Key: key, Sum: sum}, At: at}, ok && isSum && isTime
}
