package ledger

import (
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// What a ledger has in common with other texts that are kept in chunks.
type (
	// Identity says whose ledger it is: the project that keeps it and the
	// owner it speaks of.
	Identity = chunk.Identity
	// Status says how far a ledger can be believed.
	Status = chunk.Status
	// Write is one request that an Encode asks for.
	Write = chunk.Write
	// Op is what a Write does.
	Op = chunk.Op
	// KeyID tells fingerprint keys apart in public.
	KeyID = chunk.KeyID
)

// The statuses, as in package chunk.
const (
	None       = chunk.None
	NoKey      = chunk.NoKey
	Whole      = chunk.Whole
	Unverified = chunk.Unverified
	Damaged    = chunk.Damaged
	OtherKey   = chunk.OtherKey
	Newer      = chunk.Newer
)

// The operations.
const (
	Create = chunk.Create
	Change = chunk.Change
	Delete = chunk.Delete
)

const (
	// MaxChunks is the largest number of secrets one ledger may take.
	MaxChunks = chunk.MaxCount
	// MaxChunkBytes is the largest chunk.
	MaxChunkBytes = chunk.MaxBytes
	// Type is the type of every secret that holds a chunk.
	Type = chunk.Type
)

// Scopes returns the scopes of every secret that holds a chunk.
func Scopes() secret.Scopes { return chunk.Scopes() }

// format is the ledger's:
//
//	cella-ledger 1
//	serial 7 run 4711 key 0123456789abcdef chunk 2 of 4
//	owner 11111111-2222-3333-4444-555555555555 my-site
//	record 3 home site 99999999-2222-3333-4444-555555555555 blue-shop
//	commit 0123456789abcdef0123456789abcdef01234567 1790000000 actor octocat at 1790000300
//	NAME TYPE SCOPES STATE FINGERPRINTS… MAC     (any number, sorted by name)
//	seal MAC
var format = chunk.Format{
	Word: "cella-ledger", Noun: "ledger",
	SitePrefix:         secret.ReservedPrefix + "LEDGER__",
	OrganizationPrefix: secret.ReservedPrefix + "ORG_LEDGER__",
	MinLines:           originLines,
	HeadBytes:          originBytes,
}

// Name returns the name of the secret that holds a chunk; numbers count from
// 1. Project must be a valid project name.
//
//	CELLA_LEDGER__STOREFRONT  CELLA_LEDGER__STOREFRONT__2  CELLA_ORG_LEDGER__STOREFRONT
func Name(project string, kind secret.OwnerKind, number int) secret.Name {
	return format.Name(project, kind, number)
}

// ParseName is the inverse of Name; it accepts what Name returns and nothing
// else. It is there for whoever meets such a name: cella itself reads whole
// listings.
func ParseName(name secret.Name, kind secret.OwnerKind) (project string, number int, ok bool) {
	return format.ParseName(name, kind)
}
