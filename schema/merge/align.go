package merge

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/secret"
)

// encryption is an envelope for a value, under the data key of the result.
type encryption struct {
	value    secret.Value
	envelope string
}

// align gives equal values in equal places equal ciphertext, in all versions,
// under the data key of the result. What is compared after that is text alone.
// Envelopes of the primary side never change. Without a key it does nothing.
func (m *merging) align() error {
	if m.primary.DataKey == nil {
		return nil
	}
	known := map[string][]encryption{}
	for _, leaf := range m.primary.Doc.Leaves {
		if value, ok := m.primary.Values[leaf.Node]; ok {
			path := string(leaf.At.AppendAAD(nil))
			known[path] = append(known[path], encryption{value, leaf.Node.Value})
		}
	}
	if err := m.adopt(m.other, known, true); err != nil {
		return err
	}
	for _, base := range m.bases {
		if err := m.adopt(base, known, false); err != nil {
			return err
		}
	}
	return m.alignComments()
}

// adopt replaces envelopes of s by those known for the same value in the same
// place. complete: the others end in the result, so they are encrypted anew
// where their data key is another one, and become known.
func (m *merging) adopt(s *side, known map[string][]encryption, complete bool) error {
	var changes []yamltext.Change
	found := &yamltext.Finder{Lines: s.Lines}
	for _, leaf := range s.Doc.Leaves {
		value, ok := s.Values[leaf.Node]
		if !ok || !leaf.Encrypted {
			continue
		}
		path := string(leaf.At.AppendAAD(nil))
		envelope := leaf.Node.Value
		if same := slices.IndexFunc(known[path], func(k encryption) bool { return k.value.Equal(value) }); same >= 0 {
			envelope = known[path][same].envelope
		} else if complete {
			if !sameKey(m.primary, s) {
				var err error
				if envelope, err = m.primary.DataKey.EncryptValue(value, leaf.At); err != nil {
					return err
				}
			}
			known[path] = append(known[path], encryption{value, envelope})
		}
		if envelope == leaf.Node.Value {
			continue
		}
		place, ok := found.Span(leaf.Node)
		switch {
		case !ok && !complete:
			continue // stays different, which costs a conflict at worst
		case !ok:
			return fmt.Errorf("re-encrypt %s: %s is not on one line", s.label, leaf.At)
		}
		changes = append(changes, yamltext.Change{Span: place, Text: envelope})
	}
	lines := slices.Clone(s.Lines)
	yamltext.Splice(lines, changes)
	return s.replace(lines)
}

// sealed is an encrypted comment in the clear: its text, and the path that it is
// bound to.
type sealed struct{ frame, text string }

// alignComments does for comments what align does for values: each time that SOPS
// writes a file, all their ciphertext is new. One that does not decrypt where it
// stands stays as it is.
func (m *merging) alignComments() error {
	known := map[sealed]string{}
	if err := m.adoptComments(m.primary, known, true); err != nil {
		return err
	}
	if err := m.adoptComments(m.other, known, true); err != nil {
		return err
	}
	for _, base := range m.bases {
		if err := m.adoptComments(base, known, false); err != nil {
			return err
		}
	}
	return nil
}

// adoptComments is adopt for the comments of s.
func (m *merging) adoptComments(s *side, known map[sealed]string, complete bool) error {
	if s.DataKey == nil {
		return nil // a base that others encrypted
	}
	var changes []yamltext.Change
	for _, c := range s.Comments() {
		text, ok := c.Open(s.DataKey, c.Frame)
		if !ok {
			continue
		}
		this := sealed{string(c.Frame.AppendAAD(nil)), text}
		envelope, found := known[this]
		if !found {
			envelope = c.Text
			if complete && !sameKey(m.primary, s) {
				var err error
				if envelope, err = c.Seal(m.primary.DataKey, text); err != nil {
					return err
				}
			}
		}
		if complete {
			known[this] = envelope
		}
		if s != m.primary && envelope != c.Text {
			changes = append(changes, yamltext.Change{Span: c.Span, Text: envelope})
		}
	}
	changed, err := s.WithComments(changes)
	if err != nil {
		return fmt.Errorf("re-encrypt the comments of %s: %w", s.label, err)
	}
	s.File = changed
	return nil
}
