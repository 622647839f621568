package edit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/diff"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// SealOptions say how to seal a manifest.
type SealOptions struct {
	Keys *keyring.Keyring
	// Now becomes lastmodified.
	Now time.Time
	// History yields earlier versions, newest first; nil where there is none. It
	// is asked for no more than are needed.
	History iter.Seq[checkout.Revision]
}

// Sealed is a manifest that was brought in order after an edit by hand, and
// what there is to know about it before it may take the place of the other.
// Paths are those of Problem.Path.
type Sealed struct {
	// Data is nil where there is nothing to do: no value is in clear, each
	// decrypts in its place, and the MAC fits.
	Data []byte
	// first: the file had never been encrypted.
	first bool
	// Base is the newest revision without errors, whose MAC fits; empty where
	// there is none.
	Base string
	// Skipped are the revisions before that.
	Skipped []string
	// Difference is what changed since Base, or from nothing.
	Difference diff.Difference
	// Encrypted are the values that stood in clear, and the comments among them.
	Encrypted []string
	// Moved are the values that Base has in another place.
	Moved []Move
	// Foreign are values whose ciphertext Base does not have there, and which
	// decrypt all the same: whoever wrote them has the key, or took an older
	// version.
	Foreign []string
	// LostComments are the places of encrypted comments that decrypt nowhere, one
	// for each.
	LostComments []string
	// Exposed are the values that the newest revision holds in clear.
	Exposed []string
}

// Move is a value that was encrypted again for another place.
type Move struct {
	From, To string
	Copied   bool // it stands in its old place too
}

// ErrNoCreation: the file has never been encrypted, and no .sops.yaml says for
// whom it is to be.
var ErrNoCreation = errors.New("no .sops.yaml says who can decrypt it")

// Seal encrypts the values of a manifest that are in clear, and those that
// stand in another place than in History, and makes its MAC anew. All other
// ciphertext stays, and so does every other line. A file that was never
// encrypted is encrypted for the recipients of the nearest .sops.yaml.
//
// The data key of a file that has one has to be that of the newest revision
// without errors: nothing is encrypted under a key that came with an edit. The
// MAC of data is not looked at but to find out whether there is anything to do.
// So whoever uses the result has to approve of Difference, which comes from a
// revision whose MAC was checked, and of the lists.
//
// Problems is what is wrong, sorted by position. Sealed is nil where that
// includes an error, or where there is an error: a *keyring.Error, ctx's, ErrManner,
// ErrNoCreation, a *sopsconfig.Error or a *keyring.RecipientError.
func Seal(ctx context.Context, file string, data []byte, opts SealOptions) (*Sealed, problem.List, error) {
	sopsfile.SilenceLibraries()
	s := &sealing{ctx: ctx, file: file, opts: opts, lost: problem.Reporter{File: file}}
	return s.seal(data)
}

// sealing is one call of Seal.
type sealing struct {
	rewriting
	ctx    context.Context
	file   string
	opts   SealOptions
	result Sealed
	base   *past
	lost   problem.Reporter // values that do not decrypt, and that base does not have
}

// past is a revision that can be trusted.
type past struct {
	version *diff.Version
	// at and values are those of its encrypted values, by ciphertext.
	at     map[string]*problem.Path
	values map[string]secret.Value
	byPath map[string]secret.Value
	// comments are its encrypted comments, by ciphertext.
	comments map[string]string
	vault    *sopsfile.DataKey // nil where it was not encrypted
}

func (s *sealing) seal(data []byte) (*Sealed, problem.List, error) {
	r := &problem.Reporter{File: s.file}
	file, err := s.read(data, r)
	if r.Failed() || err != nil {
		r.Problems.Sort()
		return nil, r.Problems, err
	}
	now := schema.Understand(file)
	if now.Verified && !s.result.first && !exposes(file) {
		return &Sealed{}, now.Problems, nil
	}
	if err := s.remember(); err != nil {
		return nil, nil, err
	}
	if !s.result.first && s.base != nil && s.base.vault != nil && !s.base.vault.Same(file.DataKey) {
		// Otherwise a section from somebody who knows its key, which anybody can
		// make for these recipients, would get all values.
		r.Fail(file.Doc.SopsPlace(), "other-data-key",
			"take values and sops section from one version; where `cella keys` or sops changed the data key, "+
				"commit that before you edit by hand",
			"the sops section does not belong to the values: its data key is not the one in %s, and whoever made it may know it", words.Quote(s.result.Base))
		return nil, r.Problems, nil
	}
	if s.rewriting, err = rewrite(file, s.opts.Now); err != nil {
		return nil, nil, fmt.Errorf("seal %s: %w", words.Quote(s.file), err)
	}
	s.finish = s.sealComments
	if err := s.encryptValues(); err != nil {
		return nil, nil, err
	}
	if left := s.left(now.Problems); len(left.Errors(false)) > 0 {
		return nil, left, nil
	}
	text, problems, err := s.text(nil)
	if err != nil || text == nil {
		return nil, problems, err
	}
	s.result.Data = text
	s.compare(text)
	return &s.result, problems, nil
}

// left are the problems that sealing does not mend.
func (s *sealing) left(problems problem.List) problem.List {
	mended := map[string]bool{}
	for _, path := range s.result.Encrypted {
		mended[path] = true
	}
	kept := problems.Filter(func(p problem.Problem) bool {
		switch p.Code {
		case "mac-mismatch", "mac-unreadable", "mac-unchecked", "value-tampered":
			return false
		case "more-errors": // the sealed text is checked again
			return false
		case "plaintext":
			return !mended[p.Path]
		}
		return true
	})
	kept = append(kept, s.lost.Problems...)
	kept.Sort()
	return kept
}

// read opens the file, or gives it its first data key.
func (s *sealing) read(data []byte, r *problem.Reporter) (*sopsfile.File, error) {
	file := sopsfile.ReadText(s.file, data, schema.EncryptionRules.Rule, r)
	switch {
	case file != nil && file.Plain():
		return s.begin(file, r)
	case r.Failed():
		return nil, nil
	}
	return file, file.Unlock(s.ctx, s.opts.Keys, r)
}

// begin gives a file that was never encrypted its sops section.
func (s *sealing) begin(plain *sopsfile.File, r *problem.Reporter) (*sopsfile.File, error) {
	if plain.NeedSection(r, true); r.Failed() {
		return nil, nil
	}
	if plain.Doc.Root.Style&yaml.FlowStyle != 0 {
		return nil, fmt.Errorf("encrypt %s: %w", words.Quote(s.file), ErrManner) // no section can follow braces
	}
	creation, err := sopsconfig.Find(s.file, schema.EncryptionRules, s.opts.Keys)
	if err == nil && creation == nil {
		err = ErrNoCreation
	}
	if err != nil {
		return nil, fmt.Errorf("encrypt %s: %w", words.Quote(s.file), err)
	}
	made, section, err := creation.Section(s.ctx, s.opts.Keys, s.opts.Now)
	if err != nil {
		return nil, fmt.Errorf("encrypt %s: %w", words.Quote(s.file), err)
	}
	file := sopsfile.ReadEncrypted(s.file, yamltext.JoinLines(append(plain.Lines, section...), plain.Windows), schema.EncryptionRules.Rule, r)
	if file != nil {
		file.DataKey = made
	}
	s.result.first = true
	return file, nil
}

// compare fills in the difference from the base.
func (s *sealing) compare(text []byte) {
	var before *diff.Version
	if s.base != nil {
		before = s.base.version
	}
	s.result.Difference = diff.Compare(before, diff.Of(schema.Reread(s.DataKey, s.file, text).File))
}
