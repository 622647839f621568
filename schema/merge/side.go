package merge

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// side is one version of a file that is to be merged.
type side struct {
	*sopsfile.File
	label string // ours, theirs or base
}

// SideError says why one version of a file cannot be merged: what is wrong
// with it.
type SideError struct {
	Side     string // ours or theirs
	Problems problem.List
}

// Error is one line, and leaves what Problems says to whoever shows them.
func (e *SideError) Error() string {
	if len(e.Problems) == 1 {
		return fmt.Sprintf("%s has an error", e.Side)
	}
	return fmt.Sprintf("%s has %d errors", e.Side, len(e.Problems))
}

// readSide reads what can be read without a key. Of the meaning of a manifest
// it checks nothing: what is unknown here merges too.
func readSide(label, name string, data []byte) (*side, error) {
	r := &problem.Reporter{File: name}
	file := sopsfile.ReadEncrypted(name, data, schema.EncryptionRules.Rule, r)
	if r.Failed() {
		r.Problems.Sort()
		return nil, &SideError{Side: label, Problems: r.Problems.Errors(false)}
	}
	return &side{File: file, label: label}, nil
}

// replace puts other text in the place of a side's, as many lines as before.
func (s *side) replace(lines []string) error {
	changed, err := s.With(lines)
	if err != nil {
		return fmt.Errorf("%s: %w", s.label, err)
	}
	s.File = changed
	return nil
}

// unlock finds the data key of a side. The error is a *keyring.Error where there is
// none.
func (s *side) unlock(ctx context.Context, keys *keyring.Keyring) error {
	r := &problem.Reporter{File: s.Name}
	if err := s.Unlock(ctx, keys, r); err != nil {
		return err
	}
	return s.judged(r)
}

// verify decrypts a side and checks its MAC: what was not checked must not end
// under a new MAC.
func (s *side) verify() error {
	r := &problem.Reporter{File: s.Name}
	s.Decrypt(r)
	return s.judged(r)
}

func (s *side) judged(r *problem.Reporter) error {
	if !r.Failed() {
		return nil
	}
	r.Problems.Sort()
	return &SideError{Side: s.label, Problems: r.Problems}
}

// keepsMostOf reports whether more than half of the values that both have are
// equal.
func (s *side) keepsMostOf(base *side) bool {
	before := map[string]secret.Value{}
	for _, leaf := range base.Doc.Leaves {
		if value, ok := base.Values[leaf.Node]; ok {
			before[string(leaf.At.AppendAAD(nil))] = value
		}
	}
	shared, equal := 0, 0
	for _, leaf := range s.Doc.Leaves {
		value, own := s.Values[leaf.Node]
		was, known := before[string(leaf.At.AppendAAD(nil))]
		if !own || !known {
			continue
		}
		if shared++; value.Equal(was) {
			equal++
		}
	}
	return 2*equal > shared
}

// stanzas cuts a side into its keys.
func (s *side) stanzas() ([]*yamltext.Stanza, error) {
	found, ok := yamltext.StanzasOf(s.Lines, s.Doc.Root, 0, len(s.Lines), nil)
	if !ok {
		return nil, fmt.Errorf("take %s apart: it is not written one key per line", s.label)
	}
	return found, nil
}

// conflictMarkers are those of git, of any length: merges within merges have
// longer ones.
var conflictMarkers = regexp.MustCompile(`^(<{7,}|\|{7,}|={7,}|>{7,})( .*)?$`)

// readBase reads the common version of both sides: nil where there was none,
// two where it is itself a merge with conflicts, decided for one side and for
// the other. It returns false where it is there and cannot be used.
func readBase(data []byte) ([]*side, bool) {
	if len(data) == 0 {
		return nil, true
	}
	lines, windows := yamltext.SplitLines(data)
	texts := [][]string{lines}
	if slices.ContainsFunc(lines, conflictMarkers.MatchString) {
		texts = [][]string{decided(lines, '<'), decided(lines, '=')}
	}
	var bases []*side
	for _, text := range texts {
		base, err := readSide("base", "base", yamltext.JoinLines(text, false))
		if err != nil {
			return nil, false
		}
		base.Windows = windows
		bases = append(bases, base)
	}
	return bases, true
}

// decided is a text with each conflict decided for the lines that follow the
// marker of a kind. Nested conflicts come out as something that is no YAML.
func decided(lines []string, marker byte) []string {
	var kept []string
	within := byte('>')
	for _, line := range lines {
		if conflictMarkers.MatchString(line) {
			if line[0] == '<' && within != '>' {
				return lines
			}
			within = line[0]
			continue
		}
		if within == '>' || within == marker {
			kept = append(kept, line)
		}
	}
	return kept
}

// policy is who can decrypt the side, and how it is encrypted.
func (s *side) policy() recipients.Policy { return recipients.Of(s.Meta) }

// sameSettings reports whether two sops sections say the same of keys and rules.
func sameSettings(a, b *side) bool { return len(recipients.Compare(a.policy(), b.policy())) == 0 }
