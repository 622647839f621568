package sopsfile

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/getsops/sops/v3"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// File is a text with what SOPS added to it: read once, and decrypted once under
// the data key that a Keyring finds. Whatever loads, edits, seals, merges or
// compares works on it; what it means is for its reader to say.
type File struct {
	Name string // for problems
	// Lines are the text without line ends, where it is to be edited; Windows
	// says that they end in CRLF.
	Lines   []string
	Windows bool

	Rules   RuleFor
	Doc     *Document
	Meta    sops.Metadata // the zero Metadata of a plain file, and of one that is not usable
	Rule    *Rule         // nil where nothing is encrypted, or nobody knows what
	DataKey *DataKey      // nil as long as it is not known
	// Values are the texts of the leaves that are known, of a plain file all of
	// them; nil where none is.
	Values map[*yaml.Node]secret.Value
	// Verified: the MAC fits.
	Verified bool
}

// RuleFor returns which keys of a file its metadata say are encrypted. It reports
// and returns nil where that is not what the reader of the file needs.
type RuleFor func(meta sops.Metadata, at problem.Place, r *problem.Reporter) *Rule

// Read reads a text, and its sops section where it has one. It reports what is
// wrong, but for a missing section (see NeedSection), and returns nil where the
// text is not one YAML mapping.
func Read(name string, text []byte, rules RuleFor, r *problem.Reporter) *File {
	doc := parse(text, r)
	if doc == nil {
		return nil
	}
	f := &File{Name: name, Rules: rules, Doc: doc}
	if doc.findSops(r); doc.Sops != nil {
		doc.walkSops(r)
		if meta, ok := doc.metadata(r); ok {
			f.Meta, f.Rule = meta, rules(meta, doc.SopsPlace(), r)
		}
	}
	doc.walk(f.Rule, r)
	if f.Plain() {
		f.Values = f.clear()
	}
	return f
}

// ReadText is Read for a file whose lines are needed.
func ReadText(name string, text []byte, rules RuleFor, r *problem.Reporter) *File {
	lines, windows := yamltext.SplitLines(text)
	f := Read(name, yamltext.JoinLines(lines, false), rules, r)
	if f != nil {
		f.Lines, f.Windows = lines, windows
	}
	return f
}

// ReadEncrypted is ReadText for one that must have a sops section.
func ReadEncrypted(name string, text []byte, rules RuleFor, r *problem.Reporter) *File {
	f := ReadText(name, text, rules, r)
	if f != nil {
		f.NeedSection(r, false)
	}
	return f
}

// ReadLines reads lines that a program put together.
func ReadLines(lines []string, rules RuleFor) (*File, error) {
	r := &problem.Reporter{}
	f := ReadEncrypted("", yamltext.JoinLines(lines, false), rules, r)
	if r.Failed() {
		return nil, fmt.Errorf("read edited text: %s", r.Problems[0].Message)
	}
	f.Lines = lines
	return f, nil
}

// Plain reports that the file was never encrypted.
func (f *File) Plain() bool { return f.Doc.sopsPos == nil }

// clear are the texts of a file that was never encrypted.
func (f *File) clear() map[*yaml.Node]secret.Value {
	values := map[*yaml.Node]secret.Value{}
	for _, leaf := range f.Doc.Leaves {
		if leaf.Node.Tag == "!!str" {
			values[leaf.Node] = secret.NewValue(leaf.Node.Value)
		}
	}
	return values
}

// NeedSection reports of a plain file that it is one, or that values in it lost
// their section.
func (f *File) NeedSection(r *problem.Reporter, allowPlaintext bool) {
	if f.Plain() {
		f.Doc.missingSops(r, allowPlaintext)
	}
}

// Unlock finds the data key of a file with a usable sops section. The error is a
// *keyring.Error where no allowed key source gave it, or ctx's; a key that is none is
// reported.
func (f *File) Unlock(ctx context.Context, keys *keyring.Keyring, r *problem.Reporter) error {
	key, err := keys.DataKey(ctx, f.Name, f.Meta)
	if err != nil {
		return err
	}
	if f.DataKey, err = NewDataKey(key); err != nil {
		r.Fail(f.Doc.SopsPlace(), "data-key", restoreSops, "the data key has a wrong size")
	}
	return nil
}

// Decrypt decrypts the leaves under the data key and checks the MAC.
// Where that does not fit, or could not be checked, an error is reported and
// nothing is known.
func (f *File) Decrypt(r *problem.Reporter) {
	f.Values, f.Verified = f.Doc.decrypt(f.Meta, f.DataKey.opener, r)
}

// Peek decrypts what decrypts, for comparisons alone.
func (f *File) Peek() {
	f.Values = map[*yaml.Node]secret.Value{}
	for i, opened := range f.DataKey.All(f.Doc.Leaves) {
		if opened.OK {
			f.Values[f.Doc.Leaves[i].Node] = secret.NewValue(opened.Text)
		}
	}
}

// With is the file with other lines in place of its own, as many, and so with as
// many leaves. What is known of its values stays.
func (f *File) With(lines []string) (*File, error) {
	changed, err := ReadLines(lines, f.Rules)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", words.Quote(f.Name), err)
	}
	if len(changed.Doc.Leaves) != len(f.Doc.Leaves) {
		return nil, fmt.Errorf("%s: the lines do not fit together", words.Quote(f.Name))
	}
	changed.Name, changed.Windows, changed.DataKey = f.Name, f.Windows, f.DataKey
	if f.Values != nil {
		changed.Values = make(map[*yaml.Node]secret.Value, len(f.Values))
	}
	for i, leaf := range f.Doc.Leaves {
		if value, ok := f.Values[leaf.Node]; ok {
			changed.Values[changed.Doc.Leaves[i].Node] = value
		}
	}
	return changed, nil
}

// Stamp brings the MAC of the file up to date as it was changed to, and the time
// that is authenticated with it. It returns new lines; none is added or removed.
func (f *File) Stamp(made *File, now time.Time) ([]string, error) {
	mac, complete := made.Doc.digest(f.Meta, f.DataKey.All(made.Doc.Leaves))
	if !complete {
		return nil, fmt.Errorf("compute the file's checksum (MAC): a value does not decrypt")
	}
	meta := f.Meta
	meta.LastModified = now.UTC().Truncate(time.Second)
	envelope, err := f.DataKey.Encrypt(mac, macAAD(meta))
	if err != nil {
		return nil, err
	}
	return SetMAC(made.Lines, made.Doc, envelope, meta.LastModified.Format(time.RFC3339))
}

// InClear lists the paths of the values in a text that stand in clear, where the
// standard rule wants them encrypted, whatever the text's own rule is.
func InClear(text []byte, rules Rules) []string {
	r := &problem.Reporter{}
	doc := parse(text, r)
	if doc == nil {
		return nil
	}
	doc.findSops(r)
	doc.walk(&Rule{Regex: regexp.MustCompile(rules.Standard), Known: map[string]bool{}}, r)
	var paths []string
	for _, leaf := range doc.Leaves {
		if leaf.Encrypted && leaf.Node.Value != "" && leaf.Node.Tag != "!!null" && !LooksEncrypted(leaf.Node.Value) {
			paths = append(paths, leaf.At.String())
		}
	}
	return paths
}
