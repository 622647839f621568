package diff

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// What says how something differs between two versions.
type What string

// The ways to differ. Only the first three are certain to matter; a value that
// was re-encrypted is the same, and of one that may be, nobody can tell without
// a key.
const (
	Added       What = "added"
	Removed     What = "removed"
	Changed     What = "changed"
	MayDiffer   What = "re-encrypted or changed"
	ReEncrypted What = "re-encrypted, same value"
)

// Difference is what changed from one version of a manifest to another, sorted
// by name. It holds no value and no ciphertext.
type Difference struct {
	// ValuesCompared: both versions were decrypted, or one is not there.
	ValuesCompared bool          `json:"values_compared"`
	Fields         []FieldChange `json:"fields"`
	Owners         []OwnerChange `json:"owners"`
}

// FieldChange is a key that differs. A key within a mapping has the names of
// both, with a dot. Old and New are what it says in clear, quoted for display;
// empty for values, for descriptions and where it is not there.
type FieldChange struct {
	Field string `json:"field"`
	What  What   `json:"what"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
	// Text says it to people, where the rest does not speak for itself.
	Text string `json:"text,omitempty"`
}

// OwnerChange is an owner that differs, in itself or in its secrets.
type OwnerChange struct {
	Owner   secret.Owner   `json:"owner"`
	What    What           `json:"what"`
	Fields  []FieldChange  `json:"fields"`
	Secrets []SecretChange `json:"secrets"`
}

// SecretChange is a secret that differs. Where only ciphertext does, What says
// so.
type SecretChange struct {
	Name   string        `json:"secret"`
	What   What          `json:"what"`
	Fields []FieldChange `json:"fields"`
}

// Compare compares two versions; nil is a version that is not there. Defaults
// are filled in: type and scopes count as what they are, wherever they stand.
func Compare(old, new *Version) Difference {
	c := comparing{known: (old == nil || old.decrypted) && (new == nil || new.decrypted)}
	old, new = orNothing(old), orNothing(new)
	d := Difference{ValuesCompared: c.known, Fields: c.fields(old.top, new.top), Owners: []OwnerChange{}}
	d.Fields = append(d.Fields, encryption(old, new)...)
	for _, owner := range keys(old.owners, new.owners, secret.Owner.Compare) {
		before, had := old.owners[owner]
		after, has := new.owners[owner]
		change := OwnerChange{Owner: owner, What: whether(had, has), Fields: c.fields(before.fields, after.fields), Secrets: []SecretChange{}}
		for _, name := range keys(before.secrets, after.secrets, cmp.Compare[string]) {
			if one, differs := c.secret(name, before.secrets, after.secrets); differs {
				change.Secrets = append(change.Secrets, one)
			}
		}
		if change.What != Changed || len(change.Fields)+len(change.Secrets) > 0 {
			d.Owners = append(d.Owners, change)
		}
	}
	return d
}

func orNothing(v *Version) *Version {
	if v == nil {
		return &Version{}
	}
	return v
}

// Differs reports whether the versions differ, or may, in more than
// ciphertext.
func (d Difference) Differs() bool {
	matters := func(changes []FieldChange) bool {
		return slices.ContainsFunc(changes, func(c FieldChange) bool { return c.What != ReEncrypted })
	}
	return matters(d.Fields) || slices.ContainsFunc(d.Owners, func(o OwnerChange) bool {
		return o.What != Changed || matters(o.Fields) ||
			slices.ContainsFunc(o.Secrets, func(s SecretChange) bool { return s.What != ReEncrypted })
	})
}

// comparing is one call of Compare. known: values are.
type comparing struct{ known bool }

func (c comparing) secret(name string, before, after map[string]map[string]field) (SecretChange, bool) {
	old, had := before[name]
	new, has := after[name]
	change := SecretChange{Name: name, What: whether(had, has), Fields: c.fields(old, new)}
	if change.What != Changed {
		return change, true
	}
	// The most that is said of a field is said of the secret.
	for _, what := range []What{ReEncrypted, MayDiffer} {
		if !slices.ContainsFunc(change.Fields, func(f FieldChange) bool { return f.What != ReEncrypted && f.What != what }) {
			change.What = what
			break
		}
	}
	return change, len(change.Fields) > 0
}

func (c comparing) fields(old, new map[string]field) []FieldChange {
	changes := []FieldChange{}
	for _, name := range keys(old, new, cmp.Compare[string]) {
		before, had := old[name]
		after, has := new[name]
		change := FieldChange{Field: name, What: whether(had, has)}
		if had && has {
			change.What = c.what(before, after)
		}
		if change.What == "" {
			continue
		}
		if name != "description" {
			change.Old, change.New = before.shown(), after.shown()
		}
		changes = append(changes, change)
	}
	return changes
}

// what compares a field that both have; it is empty where they are equal.
func (c comparing) what(old, new field) What {
	switch {
	case old.isValue != new.isValue:
		return Changed
	case !old.isValue && slices.Equal(old.clear, new.clear):
		return ""
	case !old.isValue || c.known && !old.value.Equal(new.value):
		return Changed
	case old.ciphertext == new.ciphertext:
		return ""
	case c.known:
		return ReEncrypted
	}
	return MayDiffer
}

// shown is what a field says in clear, quoted for display.
func (f field) shown() string {
	quoted := make([]string, len(f.clear))
	for i, word := range f.clear {
		quoted[i] = words.Quote(word)
	}
	return strings.Join(quoted, ", ")
}

// whether says what became of something; Changed is that both have it.
func whether(had, has bool) What {
	switch {
	case had && has:
		return Changed
	case had:
		return Removed
	}
	return Added
}

// keys lists the keys of both maps, sorted, each once.
func keys[K comparable, V any](a, b map[K]V, compare func(K, K) int) []K {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.SortFunc(all, compare)
	return slices.Compact(all)
}
