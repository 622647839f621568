package secret

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/cella-secrets/cella/internal/words"
)

// OwnerKind says what owns a secret. The zero OwnerKind is invalid.
type OwnerKind uint8

// The owners that Pantheon knows (public documentation, guide "Pantheon
// Secrets").
const (
	Organization OwnerKind = iota + 1
	Site
)

var ownerKinds = [...]string{Organization: "organization", Site: "site"}

// String returns "organization" or "site".
func (k OwnerKind) String() string {
	if k != Organization && k != Site {
		return fmt.Sprintf("OwnerKind(%d)", uint8(k))
	}
	return ownerKinds[k]
}

// MarshalText writes the kind as String does; an invalid kind is an error.
func (k OwnerKind) MarshalText() ([]byte, error) {
	if k != Organization && k != Site {
		return nil, fmt.Errorf("marshal owner kind: %s is none", k)
	}
	return []byte(k.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *OwnerKind) UnmarshalText(text []byte) error {
	for kind, name := range ownerKinds {
		if name != "" && name == string(text) {
			*k = OwnerKind(kind)
			return nil
		}
	}
	return fmt.Errorf("unmarshal owner kind: %s is neither organization nor site", words.Quote(string(text)))
}

// Owner is a site or an organization. Name is what the manifest calls it (for
// an organization its machine name, or its UUID); ID is its UUID as ParseID
// returns it, empty until it has been looked up.
type Owner struct {
	Kind OwnerKind `json:"kind"`
	Name string    `json:"name"`
	ID   string    `json:"id,omitempty"`
}

// How owners are addressed, on the command line and in a manifest.
const (
	sitePrefix         = "site:"
	organizationPrefix = "org:"
)

// String returns the owner as it is written on the command line, site:NAME or
// org:NAME, quoted for display.
func (o Owner) String() string { return o.prefix() + words.Quote(o.Name) }

// Address is String without the quoting, as ParseOwner reads it.
func (o Owner) Address() string { return o.prefix() + o.Name }

func (o Owner) prefix() string {
	if o.Kind == Organization {
		return organizationPrefix
	}
	return sitePrefix
}

// ParseOwner reads site:NAME or org:NAME. ok is false for anything else. It
// judges no name but the empty one.
func ParseOwner(address string) (owner Owner, ok bool) {
	if name, site := strings.CutPrefix(address, sitePrefix); site {
		return Owner{Kind: Site, Name: name}, name != ""
	}
	name, organization := strings.CutPrefix(address, organizationPrefix)
	return Owner{Kind: Organization, Name: name}, organization && name != ""
}

// maxSiteName is the longest site name (public documentation): the domain of an
// environment begins with it.
const maxSiteName = 51

// siteName is the rest of the rule for site names (public documentation).
var siteName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// Validate reports why there can be no owner of this name, or nil. For sites
// Pantheon documents the rule; of organizations, machine names and UUIDs, only
// what no rule can mean to allow is refused.
func (o Owner) Validate() error {
	unfit := func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == unicode.ReplacementChar || strings.ContainsRune("*?/\\|\"'`:;,$", r)
	}
	switch {
	case o.Kind == Site && !siteName.MatchString(o.Name):
		return errors.New("the name of a site has lower-case letters, digits and hyphens only, and no hyphen at either end")
	case o.Kind == Site && len(o.Name) > maxSiteName:
		return fmt.Errorf("the name of a site has at most %d characters", maxSiteName)
	case o.Name == "" || o.Name == "." || o.Name == ".." || len(o.Name) > MaxNameBytes || strings.ContainsFunc(o.Name, unfit):
		return errors.New("this cannot be the name of an organization")
	}
	return nil
}

// Same reports whether both have one kind and name. Ids do not count: one side
// may not have looked its own up yet.
func (o Owner) Same(other Owner) bool { return o.Kind == other.Kind && o.Name == other.Name }

// Compare orders organizations before sites, then by name, then by id.
func (o Owner) Compare(other Owner) int {
	return cmp.Or(
		cmp.Compare(o.Kind, other.Kind),
		cmp.Compare(o.Name, other.Name),
		cmp.Compare(o.ID, other.ID),
	)
}
