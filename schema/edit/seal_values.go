package edit

import (
	"errors"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/diff"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// remember looks for the newest revision that can be trusted.
func (s *sealing) remember() error {
	if s.opts.History == nil {
		return nil
	}
	newest := true
	for revision := range s.opts.History {
		if newest {
			s.result.Exposed = sopsfile.InClear(revision.Data, schema.EncryptionRules)
			newest = false
		}
		base, err := s.trust(revision)
		if err != nil {
			return err
		}
		if base != nil {
			s.base, s.result.Base = base, revision.Name
			return nil
		}
		s.result.Skipped = append(s.result.Skipped, revision.Name)
	}
	return nil
}

// trust reads a revision; it is nil where that has errors, or cannot be
// decrypted. The error is ctx's.
func (s *sealing) trust(revision checkout.Revision) (*past, error) {
	r := &problem.Reporter{File: revision.Name}
	file := sopsfile.ReadText(revision.Name, revision.Data, schema.EncryptionRules.Rule, r)
	if file == nil || r.Failed() {
		return nil, nil
	}
	if file.Plain() {
		if schema.Interpret(file, r); r.Failed() {
			return nil, nil
		}
		return pastOf(file), nil
	}
	var missing *keyring.Error
	if err := file.Unlock(s.ctx, s.opts.Keys, r); errors.As(err, &missing) || r.Failed() {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	said := schema.Understand(file)
	if !said.Verified || len(said.Problems.Errors(false)) > 0 {
		return nil, nil
	}
	return pastOf(file), nil
}

func pastOf(file *sopsfile.File) *past {
	p := &past{version: diff.Of(file), vault: file.DataKey, at: map[string]*problem.Path{}, values: map[string]secret.Value{}, byPath: map[string]secret.Value{}}
	if file.DataKey != nil {
		p.comments = commentsOf(file)
	}
	for _, leaf := range file.Doc.Leaves {
		value, ok := file.Values[leaf.Node]
		if !ok {
			continue
		}
		p.byPath[leaf.At.String()] = value
		if leaf.Encrypted {
			p.at[leaf.Node.Value], p.values[leaf.Node.Value] = leaf.At, value
		}
	}
	return p
}

// encryptValues encrypts what is not, or not for its place.
func (s *sealing) encryptValues() error {
	opened := s.DataKey.All(s.Doc.Leaves)
	standing := map[string]*problem.Path{} // by ciphertext
	for i, leaf := range s.Doc.Leaves {
		if opened[i].OK {
			standing[leaf.Node.Value] = leaf.At
		}
	}
	for i, leaf := range s.Doc.Leaves {
		text := leaf.Node.Value
		switch {
		case !leaf.Encrypted || text == "" || leaf.Node.Tag == "!!null":
		case opened[i].OK:
			if s.base != nil && !s.base.byPath[leaf.At.String()].Equal(secret.NewValue(opened[i].Text)) {
				s.result.Foreign = append(s.result.Foreign, leaf.At.String())
			}
		case sopsfile.LooksEncrypted(text):
			if err := s.move(leaf, standing); err != nil {
				return err
			}
		case leaf.Node.Tag == "!!str":
			if err := s.encrypt(leaf); err != nil {
				return err
			}
		}
	}
	return nil
}

// encrypt encrypts a value in clear. One that Pantheon cannot store is left, to
// be reported.
func (s *sealing) encrypt(leaf sopsfile.Leaf) error {
	value := secret.NewValue(leaf.Node.Value)
	if value.Validate() != nil {
		return nil
	}
	done, err := s.put(leaf, value)
	if done {
		s.result.Encrypted = append(s.result.Encrypted, leaf.At.String())
	}
	return err
}

// move encrypts a value again that the base has in another place. What the base
// does not have is lost.
func (s *sealing) move(leaf sopsfile.Leaf, standing map[string]*problem.Path) error {
	text := leaf.Node.Value
	if s.base == nil || s.base.at[text] == nil {
		s.Doc.ReportUnopened(leaf, &s.lost)
		return nil
	}
	from := s.base.at[text].String()
	done, err := s.put(leaf, s.base.values[text])
	if err != nil || !done {
		return err
	}
	s.result.Moved = append(s.result.Moved, Move{From: from, To: leaf.At.String(), Copied: standing[text].String() == from})
	return nil
}

// put encrypts a value in the place of a leaf. It returns false where that is
// not a single value, which is an error of its own.
func (s *sealing) put(leaf sopsfile.Leaf, value secret.Value) (bool, error) {
	parent := s.parent(leaf.At)
	if parent == nil {
		return false, nil
	}
	node := parent.InBraces(leaf.At.Name)
	if kid := parent.Kid(leaf.At.Name); kid != nil {
		node = kid.Value
	}
	if node == nil || node.Kind != yaml.ScalarNode || node.Value != leaf.Node.Value {
		return false, nil
	}
	envelope, err := s.DataKey.EncryptValue(value, leaf.At)
	if err != nil {
		return false, err
	}
	if err := parent.SetText(leaf.At.Name, envelope, nil, s.unit()); err != nil {
		return false, err
	}
	return true, nil
}

// parent is the block of the mapping that a place is in, or nil.
func (s *sealing) parent(at *problem.Path) *yamltext.Block {
	if at.Parent == nil {
		return &yamltext.Block{Indent: -s.unit(), Kids: s.blocks}
	}
	above := s.parent(at.Parent)
	if above == nil || !above.Has(at.Parent.Name) || !above.Open(s.unit()) {
		return nil
	}
	return above.Kid(at.Parent.Name)
}
