package rekey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keys"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// Add lets keys decrypt all of the files. group counts from 1, and is 0 where it was
// not said, which is fine as long as there is one.
func (f *Files) Add(ctx context.Context, added sops.KeyGroup, group int) error {
	if err := f.open(ctx); err != nil {
		return err
	}
	for _, one := range f.all {
		groups := one.Meta.KeyGroups
		at, err := groupOf(one, group)
		if err != nil {
			return err
		}
		fresh := slices.DeleteFunc(slices.Clone(added), func(key keys.MasterKey) bool {
			return slices.ContainsFunc(groups[at], func(other keys.MasterKey) bool { return recipients.Same(key, other) })
		})
		if len(fresh) == 0 {
			continue
		}
		wanted := slices.Clone(groups)
		wanted[at] = slices.Concat(groups[at], fresh)
		if err := f.share(ctx, one, wanted, one.Meta.ShamirThreshold); err != nil {
			return err
		}
	}
	return nil
}

// groupOf is the index of the key group that is meant.
func groupOf(one *file, group int) (int, error) {
	n := len(one.Meta.KeyGroups)
	switch {
	case group == 0 && n > 1:
		return 0, hint.New(fmt.Errorf("%s has %d key groups", words.Quote(one.Name), n),
			fmt.Sprintf("say to which one the key goes: --group 1 to --group %d; `cella keys list` shows them", n))
	case group < 0 || group > n:
		return 0, hint.New(fmt.Errorf("%s has no key group %d", words.Quote(one.Name), group),
			fmt.Sprintf("it has %s; `cella keys list` shows them", words.Count(n, "key group")))
	}
	return max(group-1, 0), nil
}

// Remove takes keys out of all of the files, by their names, and gives the files that
// had them new data keys. It returns the names as they stood there.
func (f *Files) Remove(ctx context.Context, names []string) ([]string, error) {
	var found []string
	for _, name := range names {
		full, err := f.find(name)
		if err != nil {
			return nil, err
		}
		found = append(found, full...)
	}
	if err := f.open(ctx); err != nil {
		return nil, err
	}
	for _, one := range f.all {
		var wanted []sops.KeyGroup
		removed := false
		for i, group := range one.Meta.KeyGroups {
			kept := slices.DeleteFunc(slices.Clone(group), func(key keys.MasterKey) bool { return slices.Contains(found, recipients.Name(key)) })
			if len(kept) == 0 {
				return nil, lastKey(one, i)
			}
			removed = removed || len(kept) < len(group)
			wanted = append(wanted, kept)
		}
		if removed {
			if err := f.rotate(ctx, one, wanted, one.Meta.ShamirThreshold); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// lastKey refuses to leave a file, or a key group of it, to nobody.
func lastKey(one *file, group int) error {
	if len(one.Meta.KeyGroups) == 1 {
		return hint.New(fmt.Errorf("nobody could decrypt %s any more", words.Quote(one.Name)), "first add the key that takes its place: cella keys add KEY")
	}
	return hint.New(fmt.Errorf("key group %d of %s would have no key left", group+1, words.Quote(one.Name)),
		fmt.Sprintf("first add another one to it: cella keys add KEY --group %d", group+1),
		"to do without the group, take it out of .sops.yaml, and then run: cella keys sync")
}

// minPart is how much of a key's name has to be typed.
const minPart = 8

// find is the name of the one key that is meant: the whole of it, a part, or the label
// that .sops.yaml has for it.
func (f *Files) find(typed string) ([]string, error) {
	if sopsfile.IsPrivate(typed) {
		return nil, hint.New(errors.New("this is a private key"), "name the public one, as `cella keys list` shows it")
	}
	labels := sopsconfig.LabelsFor(f.all[0].Name)
	var all, parts, labelled []string
	for _, one := range f.all {
		for _, group := range one.Meta.KeyGroups {
			for _, key := range group {
				name := recipients.Name(key)
				upper := strings.ToUpper(strings.ReplaceAll(typed, " ", ""))
				switch {
				case recipients.SameName(name, typed) || recipients.SameName(name, upper):
					return []string{name}, nil
				case strings.EqualFold(labels.Of(name), typed):
					labelled = append(labelled, name)
				case len(typed) >= minPart && strings.Contains(name, typed):
					parts = append(parts, name)
				}
				all = append(all, words.QuoteKey(name))
			}
		}
	}
	if len(labelled) > 0 {
		parts = labelled
	}
	slices.Sort(parts)
	if parts = slices.Compact(parts); len(parts) == 1 {
		return parts, nil
	}
	what := "is for nobody called"
	if len(parts) > 1 {
		what = "is for more than one whose key has"
	}
	slices.Sort(all)
	return nil, hint.New(fmt.Errorf("%s %s %s", words.Quote(f.all[0].Name), what, words.QuoteKey(typed)),
		"name one of: "+words.First(slices.Compact(all)))
}

// Rotate gives all of the files new data keys; who can decrypt stays.
func (f *Files) Rotate(ctx context.Context) error {
	if err := f.open(ctx); err != nil {
		return err
	}
	for _, one := range f.all {
		if err := f.rotate(ctx, one, one.Meta.KeyGroups, one.Meta.ShamirThreshold); err != nil {
			return err
		}
	}
	return nil
}

// Sync gives each file the keys that .sops.yaml says, in its groups, and its
// threshold. Who is no longer there, or alone no longer enough, knows the data key: then
// there is a new one. The error has next steps.
func (f *Files) Sync(ctx context.Context) error {
	if err := f.open(ctx); err != nil {
		return err
	}
	for _, one := range f.all {
		rule, err := sopsconfig.RuleFor(one.Name, f.opts.Keys)
		if err != nil {
			return err
		}
		wanted := recipients.Of(sops.Metadata{KeyGroups: rule.KeyGroups, ShamirThreshold: rule.ShamirThreshold})
		changes := recipients.Compare(recipients.Policy{Groups: one.Meta.KeyGroups, Needed: recipients.Needed(one.Meta.KeyGroups, one.Meta.ShamirThreshold)}, wanted)
		switch {
		case len(changes) == 0:
		case slices.ContainsFunc(changes, func(c recipients.Change) bool { return c.Field != recipients.Key || c.Old != "" }):
			err = f.rotate(ctx, one, rule.KeyGroups, rule.ShamirThreshold)
		default:
			err = f.share(ctx, one, rule.KeyGroups, rule.ShamirThreshold)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// share gives the data key of a file to key groups.
func (f *Files) share(ctx context.Context, one *file, groups []sops.KeyGroup, threshold int) error {
	meta, err := one.Shared(ctx, f.opts.Keys, groups, threshold)
	if err != nil {
		return err
	}
	text, err := one.Wearing(meta)
	if err != nil {
		return byHand(one, err)
	}
	return one.become(text, one.DataKey)
}

// rotate gives a file a new data key, and that to key groups.
func (f *Files) rotate(ctx context.Context, one *file, groups []sops.KeyGroup, threshold int) error {
	text, key, err := one.Rotated(ctx, f.opts.Keys, groups, threshold, f.opts.Now)
	if err != nil {
		return byHand(one, err)
	}
	return one.become(text, key)
}

func byHand(one *file, err error) error {
	if errors.Is(err, sopsfile.ErrManner) {
		return hint.New(fmt.Errorf("%s: %w", words.Quote(one.Name), err), "write it as sops does: sops edit "+words.Argument(one.Name))
	}
	return err
}

// Key is who can decrypt a file, one of a key group.
type Key struct {
	Name, Label string // text for files: quote it for display
	// Held: a key at hand decrypts with it. It is looked at where asked for.
	Held bool
}

// Listed is who can decrypt one file.
type Listed struct {
	File   string
	Groups [][]Key
	Needed int
}

// List says who can decrypt each file, and which of the keys are at hand; the keyring
// says which may be tried. The error is ctx's.
func (f *Files) List(ctx context.Context) ([]Listed, error) {
	var all []Listed
	for _, one := range f.all {
		labels := sopsconfig.LabelsFor(one.Name)
		listed := Listed{File: one.Name, Needed: recipients.Needed(one.Meta.KeyGroups, one.Meta.ShamirThreshold)}
		for _, group := range one.Meta.KeyGroups {
			var found []Key
			for _, key := range group {
				held, err := f.opts.Keys.Holds(ctx, one.Name, key)
				if err != nil {
					return nil, err
				}
				name := recipients.Name(key)
				found = append(found, Key{name, labels.Of(name), held})
			}
			listed.Groups = append(listed.Groups, found)
		}
		all = append(all, listed)
	}
	return all, nil
}

// Names are the files, the manifest first.
func (f *Files) Names() []string {
	var names []string
	for _, one := range f.all {
		names = append(names, one.Name)
	}
	return names
}
