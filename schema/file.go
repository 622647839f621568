package schema

import (
	"fmt"
	"regexp"
	"time"

	"github.com/getsops/sops/v3"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// File is a text with what SOPS added to it: read once by read, and decrypted
// once by a Keyring. Whatever loads, edits, seals, merges or compares works on
// it; Interpret says what it means.
type File struct {
	name string // for problems
	// lines are the text without line ends, where it is to be edited; windows
	// says that they end in CRLF.
	lines   []string
	windows bool

	rules ruleFor
	doc   *document
	meta  sops.Metadata // the zero Metadata of a plain file, and of one that is not usable
	rule  *rule         // nil where nothing is encrypted, or nobody knows what
	// vault has the data key, once it is known.
	vault *vault
	// values are the texts of the leaves that are known, of a plain file all of
	// them; nil where none is.
	values map[*yaml.Node]secret.Value
	// verified: the MAC fits.
	verified bool
}

// ruleFor returns which keys of a file its metadata say are encrypted. It reports
// and returns nil where that is not what the reader of the file needs.
type ruleFor func(meta sops.Metadata, at problem.Place, r *problem.Reporter) *rule

// read reads a text, and its sops section where it has one. It reports what is
// wrong, but for a missing section (see needSection), and returns nil where the
// text is not one YAML mapping.
func read(name string, text []byte, rules ruleFor, r *problem.Reporter) *File {
	doc := parse(text, r)
	if doc == nil {
		return nil
	}
	f := &File{name: name, rules: rules, doc: doc}
	if doc.findSops(r); doc.sops != nil {
		doc.walkSops(r)
		if meta, ok := doc.metadata(r); ok {
			f.meta, f.rule = meta, rules(meta, doc.sopsPlace(), r)
		}
	}
	doc.walk(f.rule, r)
	if f.plain() {
		f.values = f.clear()
	}
	return f
}

// readText is read for a file whose lines are needed.
func readText(name string, text []byte, rules ruleFor, r *problem.Reporter) *File {
	lines, windows := yamltext.SplitLines(text)
	f := read(name, yamltext.JoinLines(lines, false), rules, r)
	if f != nil {
		f.lines, f.windows = lines, windows
	}
	return f
}

// readSealed is readText for one that must have a sops section.
func readSealed(name string, text []byte, rules ruleFor, r *problem.Reporter) *File {
	f := readText(name, text, rules, r)
	if f != nil {
		f.needSection(r, false)
	}
	return f
}

// readLines reads lines that a program put together.
func readLines(lines []string, rules ruleFor) (*File, error) {
	r := &problem.Reporter{}
	f := readSealed("", yamltext.JoinLines(lines, false), rules, r)
	if r.Failed() {
		return nil, fmt.Errorf("read edited text: %s", r.Problems[0].Message)
	}
	f.lines = lines
	return f, nil
}

// plain reports that the file was never encrypted.
func (f *File) plain() bool { return f.doc.sopsPos == nil }

// clear are the texts of a file that was never encrypted.
func (f *File) clear() map[*yaml.Node]secret.Value {
	values := map[*yaml.Node]secret.Value{}
	for _, leaf := range f.doc.leaves {
		if leaf.node.Tag == "!!str" {
			values[leaf.node] = secret.NewValue(leaf.node.Value)
		}
	}
	return values
}

// needSection reports of a plain file that it is one, or that values in it lost
// their section.
func (f *File) needSection(r *problem.Reporter, allowPlaintext bool) {
	if f.plain() {
		f.doc.missingSops(r, allowPlaintext)
	}
}

// unseal decrypts the leaves under the key of the vault and checks the MAC.
// Where that does not fit, or could not be checked, an error is reported and
// nothing is known.
func (f *File) unseal(r *problem.Reporter) {
	f.values, f.verified = f.doc.unseal(f.meta, f.vault.opener, r)
}

// peek decrypts what decrypts, for comparisons alone.
func (f *File) peek() {
	f.values = map[*yaml.Node]secret.Value{}
	for i, opened := range f.vault.all(f.doc.leaves) {
		if opened.ok {
			f.values[f.doc.leaves[i].node] = secret.NewValue(opened.text)
		}
	}
}

// with is the file with other lines in place of its own, as many, and so with as
// many leaves. What is known of its values stays.
func (f *File) with(lines []string) (*File, error) {
	changed, err := readLines(lines, f.rules)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", words.Quote(f.name), err)
	}
	if len(changed.doc.leaves) != len(f.doc.leaves) {
		return nil, fmt.Errorf("%s: the lines do not fit together", words.Quote(f.name))
	}
	changed.name, changed.windows, changed.vault = f.name, f.windows, f.vault
	if f.values != nil {
		changed.values = make(map[*yaml.Node]secret.Value, len(f.values))
	}
	for i, leaf := range f.doc.leaves {
		if value, ok := f.values[leaf.node]; ok {
			changed.values[changed.doc.leaves[i].node] = value
		}
	}
	return changed, nil
}

// stamp brings the MAC of changed lines of the file up to date, and the time that
// is authenticated with it. It returns new lines; none is added or removed.
func (f *File) stamp(lines []string, now time.Time) ([]string, error) {
	made, err := readLines(lines, f.rules)
	if err != nil {
		return nil, err
	}
	mac, complete := made.doc.digest(f.meta, f.vault.all(made.doc.leaves))
	if !complete {
		return nil, fmt.Errorf("compute MAC: a value does not decrypt")
	}
	meta := f.meta
	meta.LastModified = now.UTC().Truncate(time.Second)
	sealed, err := f.vault.encrypt(mac, macAAD(meta))
	if err != nil {
		return nil, err
	}
	return setMAC(lines, made.doc, sealed, meta.LastModified.Format(time.RFC3339))
}

// inClear lists the paths of the values in a text that stand in clear, where the
// standard rule wants them encrypted, whatever the text's own rule is.
func inClear(text []byte, rules Rules) []string {
	r := &problem.Reporter{}
	doc := parse(text, r)
	if doc == nil {
		return nil
	}
	doc.findSops(r)
	doc.walk(&rule{regex: regexp.MustCompile(rules.Standard), known: map[string]bool{}}, r)
	var paths []string
	for _, leaf := range doc.leaves {
		if leaf.sealed && leaf.node.Value != "" && leaf.node.Tag != "!!null" && !looksSealed(leaf.node.Value) {
			paths = append(paths, leaf.at.String())
		}
	}
	return paths
}
