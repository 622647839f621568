package recipients

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keys"

	"github.com/cella-secrets/cella/internal/words"
)

// Change is one thing in which two policies differ. Old and New are quoted for
// display, and empty where there is none.
type Change struct {
	// Field is Key, what is said of a key (such as recipient.role), shamir_threshold,
	// key_groups, or the name of a setting.
	Field    string
	Old, New string
	// Text says it to people.
	Text string
}

// Key is the field of changes of one key.
const Key = "recipient"

// Compare lists what changed from one policy to another: first who can no longer
// decrypt, then who can now, then how many keys it takes, in which groups, and the
// settings by name.
func Compare(old, new Policy) []Change {
	var changes []Change
	for _, key := range sorted(old.without(new)) {
		name := words.Quote(Name(key))
		changes = append(changes, Change{Field: Key, Old: name, Text: name + " can no longer decrypt new versions"})
	}
	for _, key := range sorted(new.without(old)) {
		name := words.Quote(Name(key))
		changes = append(changes, Change{Field: Key, New: name, Text: name + " " + can(new, key)})
	}
	changes = append(changes, usage(old, new)...)
	if old.Needed != new.Needed && old.Needed+new.Needed > 1 {
		changes = append(changes, Change{Field: "shamir_threshold", Old: old.takes(), New: new.takes(), Text: needs(old, new)})
	}
	if regrouped(old, new) {
		changes = append(changes, Change{Field: "key_groups", Old: old.drawn(), New: new.drawn(),
			Text: fmt.Sprintf("the key groups are others: %s -> %s", old.drawn(), new.drawn())})
	}
	return append(changes, Settings(old, new)...)
}

func sorted(list []keys.MasterKey) []keys.MasterKey {
	slices.SortFunc(list, func(a, b keys.MasterKey) int { return strings.Compare(Name(a), Name(b)) })
	return list
}

// can says what a key of the policy is good for.
func can(p Policy, key keys.MasterKey) string {
	var in []string // numbers of groups
	for i, group := range p.Groups {
		if contains(group, key) {
			in = append(in, strconv.Itoa(i+1))
		}
	}
	if len(in) >= p.Needed {
		return "can now decrypt"
	}
	return fmt.Sprintf("can now decrypt with %s of other groups (it is in key group %s of %d)",
		words.Count(p.Needed-len(in), "key"), strings.Join(in, " and "), len(p.Groups))
}

// takes is such as "keys of 2 of 3 groups", quoted for display.
func (p Policy) takes() string {
	switch {
	case len(p.Groups) == 0:
		return ""
	case p.Needed <= 1:
		return "one key"
	}
	return fmt.Sprintf("keys of %d of %d groups", p.Needed, len(p.Groups))
}

func needs(old, new Policy) string {
	switch {
	case old.Needed == 0:
		return "it takes " + new.takes() + " to decrypt"
	case new.Needed == 0:
		return "it took " + old.takes() + " to decrypt"
	case new.Needed == 1:
		return "one key is now enough to decrypt; it took " + old.takes()
	case old.Needed == 1:
		return "it now takes " + new.takes() + " to decrypt; one key was enough"
	}
	return "it now takes " + new.takes() + " to decrypt; it took " + old.takes()
}

// regrouped reports whether keys that both have stand in other company, or there
// are more groups or fewer.
func regrouped(old, new Policy) bool {
	if len(old.Groups) == 0 || len(new.Groups) == 0 {
		return false
	}
	if len(old.Groups) != len(new.Groups) {
		return true
	}
	both := slices.DeleteFunc(old.keys(), func(key keys.MasterKey) bool { return !contains(new.keys(), key) })
	return !slices.Equal(division(old, both), division(new, both))
}

// division is which of the keys each group has, in an order that does not depend on
// that of the groups.
func division(p Policy, of []keys.MasterKey) []string {
	var groups []string
	for _, group := range p.Groups {
		text := ""
		for i, key := range of {
			if contains(group, key) {
				text += fmt.Sprintf("%d,", i)
			}
		}
		groups = append(groups, text)
	}
	slices.Sort(groups)
	return groups
}

// drawn is the policy's groups, such as [a, b] [c].
func (p Policy) drawn() string {
	var groups []string
	for _, group := range p.Groups {
		groups = append(groups, "["+strings.Join(Names([]sops.KeyGroup{group}), ", ")+"]")
	}
	return strings.Join(groups, " ")
}

// usage compares how the keys that both have are used.
func usage(old, new Policy) []Change {
	var changes []Change
	for _, key := range sorted(old.keys()) {
		i := slices.IndexFunc(new.keys(), func(other keys.MasterKey) bool { return Same(key, other) })
		if i < 0 {
			continue
		}
		before, after := uses(key), uses(new.keys()[i])
		for _, name := range slices.Sorted(maps.Keys(merged(before, after))) {
			if was, is := before[name], after[name]; was != is {
				changes = append(changes, Change{Field: Key + "." + name, Old: shown(was), New: shown(is),
					Text: fmt.Sprintf("%s is used with another %s: %s -> %s", words.Quote(Name(key)), name, OrNone(shown(was)), OrNone(shown(is)))})
			}
		}
	}
	return changes
}

// Settings is the part of Compare that is about settings, sorted by name.
func Settings(old, new Policy) []Change {
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(merged(old.Settings, new.Settings))) {
		if was, is := shown(old.Settings[name]), shown(new.Settings[name]); was != is {
			changes = append(changes, Change{Field: name, Old: was, New: is})
		}
	}
	return changes
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

// shown quotes a text that is there.
func shown(text string) string {
	if text == "" {
		return ""
	}
	return words.Quote(text)
}

// OrNone is a quoted text for display, or a word for one that is not there.
func OrNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// Apart says in parts how the policy of a file (here) is not the one that it is
// compared with (there), but for settings. It is empty where they agree.
func Apart(here, there Policy) []string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if missing := there.without(here); len(missing) > 0 {
		add("missing here: %s", words.First(quoted(missing)))
	}
	if extra := here.without(there); len(extra) > 0 {
		add("only here: %s", words.First(quoted(extra)))
	}
	if here.Needed != there.Needed && here.Needed+there.Needed > 1 {
		add("it takes %s here, %s there", OrNone(here.takes()), OrNone(there.takes()))
	}
	if regrouped(there, here) {
		add("the key groups are others")
	}
	for _, change := range usage(there, here) {
		add("%s", change.Text)
	}
	return parts
}

func quoted(list []keys.MasterKey) []string {
	var names []string
	for _, key := range sorted(list) {
		names = append(names, words.Quote(Name(key)))
	}
	return names
}
