package completion

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// inert is a name that is one word with no other meaning to a shell where the
// scripts offer it, and neither a flag nor the last line of an answer. It has no
// white space, quote, backslash, dollar sign, bracket or control character.
var inert = regexp.MustCompile(`^[A-Za-z0-9_./@%+][A-Za-z0-9_./:@%+,=-]*$`)

func isInert(name string) bool { return len(name) <= secret.MaxNameBytes && inert.MatchString(name) }

// fromManifest are the names that may stand in a place of this kind, where typed
// stands now.
func (l *line) fromManifest(kind Kind, typed string) []string {
	if kind < OwnerMaybeEnv {
		return nil
	}
	m := manifest(slices.DeleteFunc(slices.Clone(l.names(l.given["file"])), func(d secret.Desired) bool { return !isInert(d.Owner.Name) }))
	switch kind {
	case OwnerMaybeEnv:
		return m.addresses(typed, maybeEnv, secret.Owner.Address, bare)
	case Target:
		return m.targets(typed)
	case Site:
		return m.of(secret.Site).addresses(typed, noEnv, bare)
	case SiteMaybeEnv:
		return m.of(secret.Site).addresses(typed, maybeEnv, bare, secret.Owner.Address)
	case SiteEnv:
		return m.of(secret.Site).addresses(typed, needsEnv, bare, secret.Owner.Address)
	case Organization:
		return m.of(secret.Organization).addresses(typed, noEnv, bare)
	case Env:
		return m.environments()
	case Secret:
		if len(l.args) > 0 {
			return m.secretsAt(l.args[len(l.args)-1])
		}
	case AnySecret:
		return m.secrets()
	}
	return nil
}

// manifest is what a manifest declares.
type manifest []secret.Desired

func bare(owner secret.Owner) string { return owner.Name }

func (m manifest) of(kind secret.OwnerKind) manifest {
	return m.which(func(d secret.Desired) bool { return d.Owner.Kind == kind })
}

func (m manifest) which(keep func(secret.Desired) bool) manifest {
	return slices.DeleteFunc(slices.Clone(m), func(d secret.Desired) bool { return !keep(d) })
}

// called are the owners that word means: two where it is the bare name of both.
func (m manifest) called(word string) manifest {
	return m.which(func(d secret.Desired) bool { return word == d.Owner.Name || word == d.Owner.Address() })
}

// envUse says whether .ENV follows an owner. Where it has to, the dot is offered
// with the owner.
type envUse int

const (
	noEnv envUse = iota
	maybeEnv
	needsEnv
)

// addresses are the owners in the first of forms in which some begin as typed, and
// the environments of those that are typed already, up to the dot. A bare name
// that two owners have is none.
func (m manifest) addresses(typed string, env envUse, forms ...func(secret.Owner) string) []string {
	for _, form := range forms {
		var found []string
		for i, d := range m {
			address := form(d.Owner)
			switch {
			case env != noEnv && strings.HasPrefix(typed, address+"."):
				for _, name := range m[i : i+1].environments() {
					found = append(found, address+"."+name)
				}
			case strings.HasPrefix(address, typed) && len(m.called(address)) == 1:
				if env == needsEnv {
					address += "."
				}
				found = append(found, address)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// environments are those that each site has, then those that overrides name.
func (m manifest) environments() []string {
	always := []string{"dev", "test", "live"}
	var named []string
	for _, d := range m {
		for _, s := range d.Secrets {
			for _, override := range s.Overrides {
				if name := string(override.Env); isInert(name) && !slices.Contains(always, name) {
					named = append(named, name)
				}
			}
		}
	}
	slices.Sort(named)
	return append(always, slices.Compact(named)...)
}

// secrets are the names of the secrets of all owners, sorted.
func (m manifest) secrets() []string {
	var names []string
	for _, d := range m {
		for _, s := range d.Secrets {
			if name := string(s.Name); isInert(name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// secretsAt are those of OWNER[.ENV].
func (m manifest) secretsAt(address string) []string {
	owners := m.called(address)
	if dot := strings.LastIndexByte(address, '.'); len(owners) == 0 && dot >= 0 {
		owners = m.called(address[:dot])
	}
	return owners.secrets()
}

// targets are those of OWNER[/SECRET].
func (m manifest) targets(typed string) []string {
	owner, _, slash := strings.Cut(typed, "/")
	if !slash {
		return m.addresses(typed, noEnv, secret.Owner.Address, bare)
	}
	names := m.called(owner).secrets()
	for i, name := range names {
		names[i] = owner + "/" + name
	}
	return names
}
