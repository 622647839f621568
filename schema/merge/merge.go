package merge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Versions are the texts that Merge works on. Base is empty where the two
// sides have no common version.
type Versions struct{ Base, Ours, Theirs []byte }

// Options say how to merge.
type Options struct {
	// File is the name for problems.
	File string
	Keys *keyring.Keyring
	// MarkerSize is the length of conflict markers in characters.
	MarkerSize int
	// Now becomes lastmodified, where the MAC has to be written anew.
	Now time.Time
}

// Merged is a merged file.
type Merged struct {
	Data []byte
	// Conflicts are left in Data as hunks, which hold ciphertext where the file
	// does. With ours in all of them the MAC is right; with theirs in all of
	// them too, unless the sops section itself is a conflict.
	Conflicts []Conflict
	// Problems are the errors of a merged manifest without conflicts: each side
	// may be valid, and both together not. Its MAC is right all the same.
	Problems problem.List
	// Notes are what a person should know besides, a sentence each.
	Notes []string
}

// Merge merges two versions of an encrypted manifest by key. Values that are
// equal are no conflict however often they were encrypted; ciphertext that
// need not change does not.
//
//  1. The sops section is taken from the side that changed keys, recipients or
//     rules, and the values of the other side are encrypted under its data key.
//     Where neither or both did, it is that of ours; where both did and do not
//     agree, it is a conflict. A new data key is taken from one side only if
//     most of the values that side shares with the base are still equal.
//  2. Nothing gets a new MAC whose own MAC was not checked: that of ours and of
//     theirs. The base only tells who changed what.
//  3. Without a key, a merge succeeds only where all that the MAC covers is
//     that of one side, whose MAC is then kept.
//
// An error means that nothing was merged: a *SideError, a *keyring.Error, ctx's,
// ErrUnvouched, or that the text is written in a way that cannot be merged by key.
func Merge(ctx context.Context, v Versions, opts Options) (merged Merged, err error) {
	sopsfile.SilenceLibraries()
	m := &merging{ctx: ctx, opts: opts}
	crashed := crash.Library(func() error {
		merged, err = m.merge(v)
		return nil
	})
	return merged, errors.Join(err, crashed)
}

// merging is one call of Merge.
type merging struct {
	ctx          context.Context
	opts         Options
	ours, theirs *side
	bases        []*side
	guess        bool // the base is there and cannot be used
	// primary is the side whose sops section and data key the result has.
	primary, other *side
	// torn: both sides changed keys, recipients or rules.
	torn   bool
	noKey  *keyring.Error
	result Merged
}

func (m *merging) merge(v Versions) (Merged, error) {
	var errs [2]error
	m.ours, errs[0] = readSide("ours", m.opts.File, v.Ours)
	m.theirs, errs[1] = readSide("theirs", m.opts.File, v.Theirs)
	if err := errors.Join(errs[:]...); err != nil {
		return Merged{}, err
	}
	var usable bool
	m.bases, usable = readBase(v.Base)
	m.guess = !usable
	if err := m.unlock(); err != nil {
		return Merged{}, err
	}
	if err := m.choose(); err != nil {
		return Merged{}, err
	}
	if err := m.align(); err != nil {
		return Merged{}, err
	}
	tree := threeWay{guess: m.guess}
	merged, err := m.tree(&tree)
	if err != nil {
		return Merged{}, err
	}
	m.result.Conflicts = tree.conflicts
	err = m.write(merged, lineEnds(m.bases, m.ours, m.theirs))
	return m.result, err
}

// unlock decrypts both sides and checks their MACs, and decrypts of the base
// what can be. Without a key for one side, nothing counts as decrypted.
func (m *merging) unlock() error {
	sides := []*side{m.ours, m.theirs}
	for _, s := range sides {
		if err := s.unlock(m.ctx, m.opts.Keys); errors.As(err, &m.noKey) {
			m.ours.DataKey, m.theirs.DataKey = nil, nil
			return m.unlockless()
		} else if err != nil {
			return err
		}
	}
	for _, s := range sides {
		if err := s.verify(); err != nil {
			return err
		}
	}
	for _, base := range m.bases {
		var missing *keyring.Error
		if err := base.unlock(m.ctx, m.opts.Keys); err == nil {
			base.Peek()
		} else if !errors.As(err, &missing) {
			return err
		}
	}
	return nil
}

// unlockless decides whether there is any hope without a key: ciphertext can
// only be compared and moved under one data key.
func (m *merging) unlockless() error {
	same := keyring.SameWrapping(m.ours.Meta, m.theirs.Meta) && sameSettings(m.ours, m.theirs)
	for _, base := range m.bases {
		same = same && keyring.SameWrapping(m.ours.Meta, base.Meta)
	}
	if !same {
		return m.noKey
	}
	return nil
}

// sameKey reports whether two sides certainly have one data key.
func sameKey(a, b *side) bool {
	if a.DataKey != nil && b.DataKey != nil {
		return a.DataKey.Same(b.DataKey)
	}
	return keyring.SameWrapping(a.Meta, b.Meta)
}

// ErrUnvouched: a side has a new data key, and its values do not show that
// whoever made it could read the ones before. Recipients are public, so anybody
// can write a manifest for them under a key of their own, and would read what
// is merged into it.
var ErrUnvouched = errors.New("it has another data key, and most of its values are not those of the common version")

// choose says whose sops section the result has; see Merge.
func (m *merging) choose() error {
	m.primary, m.other = m.ours, m.theirs
	unchanged := func(s *side) bool {
		return len(m.bases) > 0 && !slices.ContainsFunc(m.bases, func(base *side) bool {
			return !sameKey(s, base) || !sameSettings(s, base)
		})
	}
	same := sameSettings(m.ours, m.theirs)
	switch {
	case same && sameKey(m.ours, m.theirs):
	case unchanged(m.ours):
		m.primary, m.other = m.theirs, m.ours
		m.note(m.ours, m.theirs)
	case unchanged(m.theirs):
		m.note(m.theirs, m.ours)
	case !same:
		m.torn = true
	}
	if !m.vouched() {
		return fmt.Errorf("%s: %w", m.primary.label, ErrUnvouched)
	}
	return nil
}

// vouched reports whether values of the other side may be encrypted under the
// data key of the primary one: it is theirs too, or that of the base, or most
// values of the base are still there.
func (m *merging) vouched() bool {
	if m.primary.DataKey == nil || len(m.bases) == 0 || sameKey(m.primary, m.other) {
		return true
	}
	return slices.ContainsFunc(m.bases, func(base *side) bool {
		return sameKey(m.primary, base) || m.primary.keepsMostOf(base)
	})
}

// note says that the sops section comes from the one side that changed it.
func (m *merging) note(from, to *side) {
	text := fmt.Sprintf("%s changed the keys or the rules of encryption, so the result has those of %s", to.label, to.label)
	have, want := recipients.Names(from.Meta.KeyGroups), recipients.Names(to.Meta.KeyGroups)
	if added := recipients.Without(want, have); len(added) > 0 {
		text += "; new recipients: " + strings.Join(recipients.Quoted(added), ", ")
	}
	if removed := recipients.Without(have, want); len(removed) > 0 {
		text += "; removed recipients: " + strings.Join(recipients.Quoted(removed), ", ")
	}
	for _, change := range recipients.Compare(from.policy(), to.policy()) {
		switch {
		case change.Field == recipients.Key:
		case change.Text != "":
			text += "; " + change.Text
		default:
			text += fmt.Sprintf("; %s: %s -> %s", change.Field, recipients.OrNone(change.Old), recipients.OrNone(change.New))
		}
	}
	m.result.Notes = append(m.result.Notes, text)
}

// tree merges the keys of the document.
func (m *merging) tree(tree *threeWay) (outcome, error) {
	ours, err := m.ours.stanzas()
	if err != nil {
		return outcome{}, err
	}
	theirs, err := m.theirs.stanzas()
	if err != nil {
		return outcome{}, err
	}
	bases := make([][]*yamltext.Stanza, max(1, len(m.bases)))
	for i, base := range m.bases {
		if bases[i], err = base.stanzas(); err != nil {
			tree.guess = true
		}
	}
	shareSops(m.primary == m.ours, bases[0], ours, theirs)
	merged := tree.mapping(bases, ours, theirs)
	whole, err := sopsfile.ReadLines(decidedText(merged.parts, true), schema.EncryptionRules.Rule)
	if err == nil && !yamltext.SameNode(whole.Doc.Root, merged.node) {
		err = fmt.Errorf("the lines do not fit together")
	}
	if err != nil {
		return outcome{}, fmt.Errorf("merge by key: %w", err)
	}
	return merged, nil
}

// shareSops gives both sides the sops section of one of them, and the comments
// that stand above it on either.
func shareSops(fromOurs bool, base, ours, theirs []*yamltext.Stanza) {
	isSops := func(s *yamltext.Stanza) bool { return s.Key.Value == sopsfile.SopsKey }
	i, j := slices.IndexFunc(ours, isSops), slices.IndexFunc(theirs, isSops)
	shared := *theirs[j]
	if fromOurs {
		shared = *ours[i]
	}
	var before old
	if k := slices.IndexFunc(base, isSops); k >= 0 {
		before = old{base[k]}
	}
	shared.Lead = mergeComments(before.lead(), ours[i].Lead, theirs[j].Lead)
	ours[i], theirs[j] = &shared, &shared
}

// lineEnds says whether lines end in CRLF: as the side has it that changed it.
func lineEnds(bases []*side, ours, theirs *side) bool {
	if len(bases) > 0 && ours.Windows == bases[0].Windows {
		return theirs.Windows
	}
	return ours.Windows
}

// decidedText is the text with every conflict decided for one side.
func decidedText(parts []part, ours bool) []string {
	var lines []string
	for _, p := range parts {
		if ours {
			lines = append(lines, p.ours...)
		} else {
			lines = append(lines, p.theirs...)
		}
	}
	return lines
}
