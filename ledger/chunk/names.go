package chunk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// MaxCount is the largest number of secrets one text may take.
const MaxCount = 256

// Type is the type of every secret that holds a chunk.
const Type = secret.RuntimeType

// Scopes returns the scopes of every secret that holds a chunk: people and
// cella can read it back, applications cannot.
func Scopes() secret.Scopes { return secret.NewScopes(secret.UserScope) }

// Identity says whose text it is: the project that keeps it and the owner it
// lies on. The owner's ID must be known; its case does not matter. The owner's
// name is only written down, so that a rename can be noticed. For a project's
// earlier name, Project is that name: everything was made with it.
type Identity struct {
	Project string
	Owner   secret.Owner
}

// OwnerID returns the owner's ID in the form that is written, and that MACs are over.
func (id Identity) OwnerID() string { return strings.ToLower(id.Owner.ID) }

// Name returns the name of the secret that holds a chunk of a project's text;
// numbers count from 1. Project must be a valid project name.
//
//	CELLA_LEDGER__STOREFRONT  CELLA_LEDGER__STOREFRONT__2  CELLA_ORG_LEDGER__STOREFRONT
func (f Format) Name(project string, kind secret.OwnerKind, number int) secret.Name {
	name := f.prefix(kind) + strings.ToUpper(strings.ReplaceAll(project, "-", "_"))
	if number > 1 {
		name += "__" + strconv.Itoa(number)
	}
	return secret.Name(name)
}

// ParseName is the inverse of Name; it accepts what Name returns and nothing
// else.
func (f Format) ParseName(name secret.Name, kind secret.OwnerKind) (project string, number int, ok bool) {
	rest, ok := strings.CutPrefix(string(name), f.prefix(kind))
	if !ok {
		return "", 0, false
	}
	project, suffix, numbered := strings.Cut(rest, "__")
	project = strings.ReplaceAll(strings.ToLower(project), "_", "-")
	number = 1
	if numbered {
		number, _ = strconv.Atoi(suffix) // not a number is 0
		if number < 2 || number > MaxCount {
			return "", 0, false
		}
	}
	// Naming it again rejects lower case, hyphens and leading zeros.
	if !secret.IsProject(project) || f.Name(project, kind, number) != name {
		return "", 0, false
	}
	return project, number, true
}

func (f Format) prefix(kind secret.OwnerKind) string {
	if kind == secret.Organization {
		return f.OrganizationPrefix
	}
	return f.SitePrefix
}

// name returns the name of one chunk.
func (f Format) name(id Identity, number int) secret.Name {
	return f.Name(id.Project, id.Owner.Kind, number)
}

// Context returns what every MAC binds to: moved to another project, owner or
// kind of text, nothing verifies. It names the first chunk, because lines move
// between chunks when the count doubles.
func (f Format) Context(id Identity) []string {
	return []string{Version, id.Project, id.Owner.Kind.String(), id.OwnerID(), string(f.name(id, 1))}
}

// Entry is one secret of a listing that has the name of a chunk.
type Chunk struct {
	number int
	Live   secret.LiveSecret
}

// Text returns what the secret holds, however it came there; empty where it is
// hidden.
func (e Chunk) Text() string { return e.Live.Value.Value().Reveal() }

// Entries returns the secrets of a listing that are named as chunks of this
// format on owners of this kind, by project, sorted by number.
func (f Format) Chunks(live []secret.LiveSecret, kind secret.OwnerKind) map[string][]Chunk {
	found := map[string][]Chunk{}
	for _, s := range live {
		if project, number, ok := f.ParseName(s.Name, kind); ok {
			found[project] = append(found[project], Chunk{number, s})
		}
	}
	for _, list := range found {
		slices.SortFunc(list, compareNumbers)
	}
	return found
}

func compareNumbers(a, b Chunk) int { return a.number - b.number }
