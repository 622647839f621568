package merge

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
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
	rekeyed := !sameKey(m.primary, m.other)
	if err := m.adopt(m.other, known, true); err != nil {
		return err
	}
	if rekeyed {
		if err := m.reencryptComments(); err != nil {
			return err
		}
	}
	for _, base := range m.bases {
		if err := m.adopt(base, known, false); err != nil {
			return err
		}
	}
	return nil
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

// encryptedComment is a comment that SOPS encrypted.
var encryptedComment = regexp.MustCompile(`#(ENC\[AES256_GCM,[^\]]*,type:comment\])`)

// reencryptComments encrypts the comments of the other side under the data key of
// the result. SOPS authenticates with a comment the path of the mapping that it
// stands in.
func (m *merging) reencryptComments() error {
	var found *places
	var changes []yamltext.Change
	for i, line := range m.other.Lines {
		for _, at := range encryptedComment.FindAllStringSubmatchIndex(line, -1) {
			if found == nil {
				found = &places{frames: framesOf(m.other.Doc)}
			}
			envelope, ok := m.reencryptComment(line[at[2]:at[3]], found)
			switch {
			case found.tried > maxTries:
				return errors.New("re-encrypt comments: there are too many, and too many places for them")
			case !ok:
				return errors.New("re-encrypt comments: one does not decrypt")
			}
			changes = append(changes, yamltext.Change{Span: yamltext.Span{Line: i, From: at[2], To: at[3]}, Text: envelope})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	lines := slices.Clone(m.other.Lines)
	yamltext.Splice(lines, changes)
	return m.other.replace(lines)
}

// places are where an encrypted comment may stand: no text says where. The next
// one is looked for where the last one was found, as they stand in order.
type places struct {
	frames []*problem.Path
	last   int
	tried  int
}

// maxTries bounds how often a comment is decrypted for a place. Where comments
// stand in order, each takes a few.
const maxTries = 4_000_000

func (m *merging) reencryptComment(envelope string, in *places) (string, bool) {
	for i := range in.frames {
		if in.tried++; in.tried > maxTries {
			break
		}
		n := (in.last + i) % len(in.frames)
		aad := in.frames[n].AppendAAD(nil)
		if text, ok := m.other.DataKey.Text(envelope, "comment", aad, nil); ok {
			in.last = n
			made, err := m.primary.DataKey.Encrypt(sops.Comment{Value: text}, aad)
			return made, err == nil
		}
	}
	return "", false
}

// framesOf lists the paths of all mappings and leaves, each once.
func framesOf(d *sopsfile.Document) []*problem.Path {
	var frames []*problem.Path
	seen := map[*problem.Path]bool{}
	for _, leaf := range d.Leaves {
		for at := leaf.At; at != nil && !seen[at]; at = at.Parent {
			seen[at] = true
			frames = append(frames, at)
		}
	}
	return append(frames, nil)
}
