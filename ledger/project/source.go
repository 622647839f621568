package project

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// MaxOwners is how many sites and organizations one project can have.
const MaxOwners = 50_000

// normal returns the owner as it is written.
func normal(owner secret.Owner) secret.Owner {
	owner.ID = strings.ToLower(owner.ID)
	return owner
}

func compareIDs(a, b secret.Owner) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// checkOwner reports why the owner, which is normal, cannot be written, or nil.
func checkOwner(owner secret.Owner) error {
	if owner.Kind != secret.Site && owner.Kind != secret.Organization {
		return errors.New("it is neither a site nor an organization")
	}
	return chunk.ValidOwner(owner.ID, owner.Name)
}

// rowName decides in which chunk the owner's row is.
func rowName(owner secret.Owner) string { return owner.Kind.String() + ":" + owner.ID }

// Source is where a project is applied from. Empty parts are unknown.
type Source struct {
	// Forge names a repository for good: the forge and its numeric id, in
	// letters, digits and .-_:/.
	Forge string
	// Path is the manifest's in the repository.
	Path string
}

const (
	maxForgeBytes = 100
	maxPathBytes  = 1000
)

var forgePattern = regexp.MustCompile(`^[A-Za-z0-9._:/-]{0,` + strconv.Itoa(maxForgeBytes) + `}$`)

// validate reports why s cannot be written, or nil.
func (s Source) validate() error {
	switch {
	case !forgePattern.MatchString(s.Forge):
		return fmt.Errorf("the repository's id is not letters, digits and .-_:/, at most %d", maxForgeBytes)
	case len(s.Path) > maxPathBytes || !chunk.Printable(s.Path):
		return fmt.Errorf("the manifest's path is not printable, or longer than %d bytes", maxPathBytes)
	}
	return nil
}

// Agrees reports whether both can be the same source: every part that both
// know is equal.
func (s Source) Agrees(other Source) bool {
	agree := func(a, b string) bool { return a == "" || b == "" || a == b }
	return agree(s.Forge, other.Forge) && agree(s.Path, other.Path)
}

// over returns s with its unknown parts from other.
func (s Source) over(other Source) Source {
	return Source{Forge: cmp.Or(s.Forge, other.Forge), Path: cmp.Or(s.Path, other.Path)}
}

// setting is what every chunk says beside its rows.
type setting struct {
	source, former Source
	movedAt        uint64
}

func (r Record) setting() setting { return setting{r.Source, r.Former, r.MovedAt} }

// next returns the setting with which the source follows on s, in a writing
// that begins with serial.
func (s setting) next(source Source, serial uint64) setting {
	if !source.Agrees(s.source) {
		s.former, s.movedAt = s.source, serial
	}
	s.source = source.over(s.source)
	return s
}

// Unite puts records of one project together, as they are found while its home
// moves or its name changes: the owners of all Whole ones, sorted by kind and
// id, and for the rest the one with the highest serial. One without owners is
// being removed, or made, and rules only where there is no other. Without any
// Whole one the ruling one is the zero Record.
func Unite(records ...Record) (owners []secret.Owner, ruling Record) {
	whole := slices.DeleteFunc(slices.Clone(records), func(b Record) bool { return b.Status != ledger.Whole })
	slices.SortStableFunc(whole, func(a, b Record) int {
		return cmp.Or(cmp.Compare(min(len(b.Owners), 1), min(len(a.Owners), 1)), cmp.Compare(b.Serial, a.Serial))
	})
	for _, record := range whole {
		owners = append(owners, record.Owners...)
	}
	slices.SortStableFunc(owners, compareIDs)
	owners = slices.CompactFunc(owners, func(a, b secret.Owner) bool { return compareIDs(a, b) == 0 })
	if len(whole) > 0 {
		ruling = whole[0]
	}
	return owners, ruling
}
