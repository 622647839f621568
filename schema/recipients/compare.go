package recipients

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getsops/sops/v3"

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
	before, after := newSet(old), newSet(new)
	var changes []Change
	for _, name := range before.without(after) {
		name = words.QuoteKey(name)
		changes = append(changes, Change{Field: Key, Old: name, Text: name + " can no longer decrypt new versions"})
	}
	for _, name := range after.without(before) {
		changes = append(changes, Change{Field: Key, New: words.QuoteKey(name), Text: words.QuoteKey(name) + " " + after.can(name)})
	}
	changes = append(changes, usage(before, after)...)
	if old.Needed != new.Needed && old.Needed+new.Needed > 1 {
		changes = append(changes, Change{Field: "shamir_threshold", Old: old.takes(), New: new.takes(), Text: needs(old, new)})
	}
	if regrouped(before, after) {
		changes = append(changes, Change{Field: "key_groups", Old: old.drawn(), New: new.drawn(),
			Text: fmt.Sprintf("the key groups are others: %s -> %s", old.drawn(), new.drawn())})
	}
	return append(changes, Settings(old, new)...)
}

// can says what a key of the policy is good for.
func (s *set) can(name string) string {
	if s.Needed <= 1 {
		return "can now decrypt"
	}
	var in []string // numbers of groups
	for i, group := range s.groups {
		if slices.ContainsFunc(group, func(one named) bool { return one.name == name }) {
			in = append(in, strconv.Itoa(i+1))
		}
	}
	if len(in) >= s.Needed {
		return "can now decrypt"
	}
	return fmt.Sprintf("can now decrypt with %s of other groups (it is in key group %s of %d)",
		words.Count(s.Needed-len(in), "key"), strings.Join(in, " and "), len(s.groups))
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
func regrouped(old, new *set) bool {
	if len(old.groups) == 0 || len(new.groups) == 0 {
		return false
	}
	if len(old.groups) != len(new.groups) {
		return true
	}
	if len(old.groups) == 1 {
		return false
	}
	both := map[string]string{} // names in either, and one for both
	for _, one := range old.all {
		if other, found := new.find(one.name); found {
			both[one.name], both[other.name] = one.name, one.name
		}
	}
	return !slices.Equal(old.division(both), new.division(both))
}

// division is which of the keys each group has, in an order that does not depend on
// that of the groups.
func (s *set) division(of map[string]string) []string {
	var groups []string
	for _, group := range s.groups {
		var names []string
		for _, one := range group {
			if name, known := of[one.name]; known {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		groups = append(groups, strings.Join(slices.Compact(names), "\n"))
	}
	slices.Sort(groups)
	return groups
}

// drawn is the policy's groups, such as [a, b] [c].
func (p Policy) drawn() string {
	var groups []string
	for _, group := range p.Groups {
		groups = append(groups, "["+strings.Join(Quoted(Names([]sops.KeyGroup{group})), ", ")+"]")
	}
	return strings.Join(groups, " ")
}

// usage compares how the keys that both have are used.
func usage(old, new *set) []Change {
	var changes []Change
	for _, one := range old.all {
		before, after := old.uses[one.name], new.uses[one.name]
		switch {
		case len(before) == 0 || len(after) == 0:
		case len(before) == 1 && len(after) == 1:
			changes = append(changes, reused(words.QuoteKey(one.name), before[0], after[0])...)
		case !sameUses(before, after):
			changes = append(changes, Change{Field: Key + ".uses", Old: strconv.Itoa(len(before)), New: strconv.Itoa(len(after)),
				Text: fmt.Sprintf("%s is there with other roles, profiles or contexts: %d -> %d of them", words.QuoteKey(one.name), len(before), len(after))})
		}
	}
	return changes
}

// reused compares how one key is used.
func reused(key string, before, after map[string]string) []Change {
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(merged(before, after))) {
		if was, is := before[name], after[name]; was != is {
			changes = append(changes, Change{Field: Key + "." + name, Old: shown(was), New: shown(is),
				Text: fmt.Sprintf("%s is used with another %s: %s -> %s", key, name, OrNone(shown(was)), OrNone(shown(is)))})
		}
	}
	return changes
}

func sameUses(a, b []map[string]string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(one map[string]string) bool {
		return !slices.ContainsFunc(b, func(other map[string]string) bool { return maps.Equal(one, other) })
	})
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
	ours, theirs := newSet(here), newSet(there)
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if missing := theirs.without(ours); len(missing) > 0 {
		add("missing here: %s", words.First(Quoted(missing)))
	}
	if extra := ours.without(theirs); len(extra) > 0 {
		add("only here: %s", words.First(Quoted(extra)))
	}
	if here.Needed != there.Needed && here.Needed+there.Needed > 1 {
		add("it takes %s here, %s there", OrNone(here.takes()), OrNone(there.takes()))
	}
	if regrouped(theirs, ours) {
		add("the key groups are others")
	}
	for _, change := range usage(theirs, ours) {
		add("%s", change.Text)
	}
	return parts
}
