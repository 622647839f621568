package ledger

import (
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// MaxChunks is the largest number of secrets one ledger may take.
const MaxChunks = 256

// Type is the type of every secret that holds a chunk.
const Type = secret.RuntimeType

// Scopes returns the scopes of every secret that holds a chunk: people and
// cella can read it back, applications cannot.
func Scopes() secret.Scopes { return secret.NewScopes(secret.UserScope) }

// The names differ by kind because a site's listing shows what it inherits
// from its organization: an organization's ledger is never a site's.
const (
	sitePrefix         = secret.ReservedPrefix + "LEDGER__"
	organizationPrefix = secret.ReservedPrefix + "ORG_LEDGER__"
)

// Identity says whose ledger it is: the project that keeps it and the owner
// it speaks of. The owner's ID must be known; its case does not matter. The
// owner's name is only written down, so that a rename can be noticed. For a
// project's earlier name, Project is that name: its fingerprints and MACs were
// made with it.
type Identity struct {
	Project string
	Owner   secret.Owner
}

// Name returns the name of the secret that holds a chunk; numbers count from
// 1. Project must be a valid project name.
//
//	CELLA_LEDGER__STOREFRONT  CELLA_LEDGER__STOREFRONT__2  CELLA_ORG_LEDGER__STOREFRONT
func Name(project string, kind secret.OwnerKind, number int) secret.Name {
	name := prefix(kind) + strings.ToUpper(strings.ReplaceAll(project, "-", "_"))
	if number > 1 {
		name += "__" + strconv.Itoa(number)
	}
	return secret.Name(name)
}

// ParseName is the inverse of Name; it accepts what Name returns and nothing
// else.
func ParseName(name secret.Name, kind secret.OwnerKind) (project string, number int, ok bool) {
	rest, ok := strings.CutPrefix(string(name), prefix(kind))
	if !ok {
		return "", 0, false
	}
	project, suffix, numbered := strings.Cut(rest, "__")
	project = strings.ReplaceAll(strings.ToLower(project), "_", "-")
	number = 1
	if numbered {
		number, _ = strconv.Atoi(suffix) // not a number is 0
		if number < 2 || number > MaxChunks {
			return "", 0, false
		}
	}
	// Naming it again rejects lower case, hyphens and leading zeros.
	if !secret.IsProject(project) || Name(project, kind, number) != name {
		return "", 0, false
	}
	return project, number, true
}

func prefix(kind secret.OwnerKind) string {
	if kind == secret.Organization {
		return organizationPrefix
	}
	return sitePrefix
}

// name returns the name of one chunk of this ledger.
func (id Identity) name(number int) secret.Name {
	return Name(id.Project, id.Owner.Kind, number)
}

// ownerID returns the owner's ID in the form that is written and sealed.
func (id Identity) ownerID() string { return strings.ToLower(id.Owner.ID) }

// context returns what every MAC binds to: moved to another project, owner or
// ledger, nothing verifies. It names the first chunk, because records move
// between chunks when the count doubles.
func (id Identity) context() []string {
	return []string{formatVersion, id.Project, id.Owner.Kind.String(), id.ownerID(), string(id.name(1))}
}
