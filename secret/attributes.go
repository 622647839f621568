package secret

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/cella-secrets/cella/internal/words"
)

// Name is the name of a secret.
type Name string

// ReservedPrefix begins the names of the secrets that cella keeps for itself.
// They are never listed, counted or changed as secrets.
const ReservedPrefix = "CELLA_"

// MaxNameBytes is the longest name cella sends. Pantheon's own limit is not
// published [inferred].
const MaxNameBytes = 128

// envName is the rule for names of env secrets (public documentation).
var envName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// Reserved reports whether the name is one of cella's own.
func (n Name) Reserved() bool { return strings.HasPrefix(string(n), ReservedPrefix) }

// Validate reports why a secret of type t cannot be called n, or nil. For env
// secrets Pantheon documents the rule; for the others it does not, so only
// what no rule can mean to allow is refused: unprintable characters, white
// space, more than MaxNameBytes.
func (n Name) Validate(t Type) error {
	switch {
	case n == "":
		return fmt.Errorf("the name is empty")
	case n == "." || n == "..":
		// Even percent-encoded, a proxy may take them for steps in a path.
		return fmt.Errorf("the name is a step in a path")
	case len(n) > MaxNameBytes:
		return fmt.Errorf("the name has %d bytes; at most %d are allowed", len(n), MaxNameBytes)
	case n.Reserved():
		return fmt.Errorf("names that begin with %s are kept for cella itself", ReservedPrefix)
	case t == EnvType && !envName.MatchString(string(n)):
		return fmt.Errorf("names of type env are letters, digits and underscores, and do not begin with a digit")
	case strings.ContainsFunc(string(n), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == unicode.ReplacementChar }):
		return fmt.Errorf("the name has white space or unprintable characters")
	}
	return nil
}

// Type is what a secret is for. It can never be changed on Pantheon.
type Type string

// The types that Pantheon documents, and two that older help lists.
const (
	RuntimeType  Type = "runtime"
	EnvType      Type = "env"
	ComposerType Type = "composer"
	FileType     Type = "file" // parsed, never created
	VCSType      Type = "vcs"  // parsed, never created
)

// CreatableTypes lists the types that a manifest may name, in the order of the
// documentation.
func CreatableTypes() []Type { return []Type{RuntimeType, EnvType, ComposerType} }

// Creatable reports whether a manifest may name t.
func (t Type) Creatable() bool { return slices.Contains(CreatableTypes(), t) }

// Scope is one reader of a secret.
type Scope string

// The scopes that Pantheon documents, and one that only replies show.
const (
	ICScope   Scope = "ic"   // Integrated Composer builds
	WebScope  Scope = "web"  // the running application
	UserScope Scope = "user" // people: the value comes back in listings
	OpsScope  Scope = "ops"  // parsed, never created
)

// CreatableScopes lists the scopes that a manifest may name.
func CreatableScopes() []Scope { return []Scope{ICScope, WebScope, UserScope} }

// Creatable reports whether a manifest may name s.
func (s Scope) Creatable() bool { return slices.Contains(CreatableScopes(), s) }

// Scopes is a sorted set. The zero Scopes is empty. NewScopes makes one.
type Scopes []Scope

// NewScopes returns the set of the given scopes.
func NewScopes(scopes ...Scope) Scopes {
	sorted := slices.Clone(scopes)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// Has reports whether scope is in the set.
func (s Scopes) Has(scope Scope) bool { return slices.Contains(s, scope) }

// Equal reports whether both sets hold the same scopes.
func (s Scopes) Equal(other Scopes) bool { return slices.Equal(s, other) }

// String joins the quoted scopes with ", ".
func (s Scopes) String() string {
	texts := make([]string, len(s))
	for i, scope := range s {
		texts[i] = words.Quote(string(scope))
	}
	return strings.Join(texts, ", ")
}

// UsualEnv is the environment that other hosts have another word for, such as
// production; ok is false where word is none of those.
func UsualEnv(word string) (env Env, ok bool) {
	switch strings.ToLower(word) {
	case "dev", "develop", "development", "main", "master":
		env = "dev"
	case "test", "testing", "stage", "staging", "uat":
		env = "test"
	case "live", "prod", "production":
		env = "live"
	}
	return env, env != "" && string(env) != word
}

// Env is the environment of an override: dev, test, live or a multidev. The
// empty Env stands for the default value.
type Env string

// envPattern is the rule for environment names: lower-case letters, digits
// and hyphens, at most 11 characters (public documentation).
var envPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,10}$`)

// Validate reports why e cannot be an environment, or nil.
func (e Env) Validate() error {
	if !envPattern.MatchString(string(e)) {
		return fmt.Errorf("environments are lower-case letters, digits and hyphens, at most 11 characters")
	}
	return nil
}
