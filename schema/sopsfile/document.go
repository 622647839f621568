package sopsfile

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
)

const SopsKey = "sops"

const lintHiddenDirection = "hidden-direction"

// Document is the file as it stands: the parsed tree, with what SOPS added
// taken out.
type Document struct {
	Root *yaml.Node // the top mapping
	Sops *yaml.Node // the mapping under sops; nil in a plain file
	// sopsPos is the key sops, for problems of the whole section.
	sopsPos *yaml.Node
	// Skip holds keys and values that were reported already and are not to
	// be looked at again: duplicate keys with their values, aliases, keys
	// that are not text.
	Skip map[*yaml.Node]bool
	// Leaves are all scalars outside sops, in document order.
	Leaves []Leaf
}

// Leaf is a scalar of the document.
type Leaf struct {
	Node      *yaml.Node
	At        *problem.Path
	Encrypted bool // the rule of the file says that SOPS encrypts it
}

// parse reads data into a document, without leaves. It reports and returns
// nil where data is not one YAML mapping.
func parse(data []byte, r *problem.Reporter) *Document {
	top := problem.Place{Line: 1, Column: 1}
	if offset := invalidUTF8(data); offset >= 0 {
		r.Fail(lineOf(data, offset), "not-utf8", "save the file as UTF-8", "the file is not UTF-8")
		return nil
	}
	if offset := hiddenBreak(data); offset >= 0 {
		r.Fail(lineOf(data, offset), "hidden-line-end", "write a normal line end there, or remove it; in double quotes, write \\L, \\P, \\N or \\r",
			"a character here ends a line for YAML, but reviews and many editors do not show that")
		return nil
	}
	if offset := indexRare(data, hiddenDirections); offset >= 0 {
		r.Warn(lineOf(data, offset), lintHiddenDirection, "remove it; in double quotes, write it as \\u with four digits",
			"an invisible character here changes the direction of text, so the line may not be what it looks like")
	}
	if offset := PartsEnd(data, MaxParts); offset >= 0 {
		r.Fail(lineOf(data, offset), "too-large", "split it: give some of the sites a project and a manifest of their own",
			"the file has too many keys, values and list items; at most %d are read", MaxParts)
		return nil
	}
	if offset := DirectivesEnd(data); offset >= 0 {
		r.Fail(lineOf(data, offset), "directives", "remove the lines that begin with %", "more than %d lines begin with %%", MaxDirectives)
		return nil
	}
	first, second, err := yamltext.Decode(data)
	switch {
	case err != nil:
		reportSyntax(data, err, r)
		return nil
	case first == nil:
		r.Fail(top, "empty-file", "begin it with: version: 1", "the file is empty")
		return nil
	case second != nil:
		r.Fail(problem.Place{Line: second.Line, Column: second.Column}, "second-document",
			"keep one document in the file, and no line of three dashes after the first key", "there is a second YAML document")
		return nil
	}
	root := first.Content[0]
	if root.Kind != yaml.MappingNode {
		r.Fail(problem.Place{Line: root.Line, Column: root.Column}, "not-a-mapping", "begin it with: version: 1",
			"the file is not a mapping of keys to values")
		return nil
	}
	return &Document{Root: root, Skip: map[*yaml.Node]bool{}}
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for offset := 0; offset < len(data); {
		r, size := utf8.DecodeRune(data[offset:])
		if r == utf8.RuneError && size <= 1 {
			return offset
		}
		offset += size
	}
	return -1
}

// hiddenDirections override and isolate directions of text: what stands in a line
// need not be what is seen there.
const hiddenDirections = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// hiddenBreak finds the first line end but LF and CRLF, or is -1. What stands
// behind one is read as YAML, though it looks like more of a comment.
func hiddenBreak(data []byte) int {
	lone := loneCR(data)
	if lone >= 0 {
		data = data[:lone]
	}
	if other := indexRare(data, yamltext.UnicodeBreaks); other >= 0 {
		return other
	}
	return lone
}

// loneCR finds the first CR without LF, or is -1.
func loneCR(data []byte) int {
	for offset := 0; ; offset += len("\r\n") {
		next := bytes.IndexByte(data[offset:], '\r')
		if next < 0 {
			return -1
		}
		if offset += next; !bytes.HasPrefix(data[offset:], []byte("\r\n")) {
			return offset
		}
	}
}

// indexRare is bytes.IndexAny for characters that hardly any text has: it looks
// for one after the other, at several times the speed.
func indexRare(data []byte, characters string) int {
	first := -1
	for _, character := range characters {
		if at := bytes.Index(data, []byte(string(character))); at >= 0 {
			first, data = at, data[:at]
		}
	}
	return first
}

func lineOf(data []byte, offset int) problem.Place {
	before := data[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return problem.Place{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: 1 + utf8.RuneCount(before[start:])}
}

// Pairs yields the keys and values of a mapping in document order, without
// those that were reported already.
func (d *Document) Pairs(mapping *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(*yaml.Node, *yaml.Node) bool) {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			key, value := mapping.Content[i], mapping.Content[i+1]
			if !d.Skip[key] && !yield(key, value) {
				return
			}
		}
	}
}

// findSops looks for the sops section and takes note of it.
func (d *Document) findSops(r *problem.Reporter) {
	for i := 0; i+1 < len(d.Root.Content); i += 2 {
		key, value := d.Root.Content[i], d.Root.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Value != SopsKey || d.sopsPos != nil {
			continue
		}
		d.sopsPos = key
		if value.Kind == yaml.MappingNode {
			d.Sops = value
		} else {
			r.Fail(d.SopsPlace(), "sops-section", restoreSops, "the sops section is not a mapping")
		}
	}
}

// missingSops reports of a file without a sops section, once its leaves are
// collected, that its values lost theirs, or else, unless that is allowed, that it
// is in clear.
func (d *Document) missingSops(r *problem.Reporter, allowPlaintext bool) {
	var encrypted []Leaf
	for _, leaf := range d.Leaves {
		if LooksEncrypted(leaf.Node.Value) {
			encrypted = append(encrypted, leaf)
		}
	}
	switch {
	case len(encrypted) > 0:
		these := "the value is"
		if more := len(encrypted) - 1; more > 0 {
			these = fmt.Sprintf("this value and %d more are", more)
		}
		r.Fail(encrypted[0].At.At(encrypted[0].Node), "sops-missing", restoreSops, "%s encrypted, but the file has no sops section", these)
	case !allowPlaintext:
		r.Fail(problem.Place{Line: 1, Column: 1}, "not-encrypted", problem.RemedyPlain(r.File), "the file is not encrypted")
	}
}

// SopsPlace is the place of the sops section as a whole.
func (d *Document) SopsPlace() problem.Place {
	return problem.PathOf(SopsKey).At(d.sopsPos)
}

// walk checks what holds for every node, whatever its meaning, and collects
// the leaves. rule may be nil: then nothing is encrypted.
func (d *Document) walk(rule *Rule, r *problem.Reporter) {
	d.Leaves = make([]Leaf, 0, scalars(d.Root)/2) // keys are scalars too
	w := walker{Document: d, rule: rule, Reporter: r}
	w.mapping(d.Root, nil, false)
}

func scalars(node *yaml.Node) int {
	if len(node.Content) == 0 {
		return 1
	}
	n := 0
	for _, child := range node.Content {
		n += scalars(child)
	}
	return n
}

// walkSops checks the sops section alone, which has to be sound before the
// rule can be known.
func (d *Document) walkSops(r *problem.Reporter) {
	w := walker{Document: d, Reporter: r, inSops: true}
	w.mapping(d.Sops, problem.PathOf(SopsKey), false)
}

// Limits that no manifest comes near, and that keep the cost of paths in
// proportion to the size of the file: nested nodes, and bytes of a key.
const (
	MaxDepth = 32
	MaxKey   = 256
)

type walker struct {
	*Document
	*problem.Reporter
	rule   *Rule
	depth  int
	inSops bool
}

func (w *walker) node(node *yaml.Node, at *problem.Path, encrypted bool) {
	w.depth++
	w.nested(node, at, encrypted)
	w.depth--
}

func (w *walker) nested(node *yaml.Node, at *problem.Path, encrypted bool) {
	if w.depth > MaxDepth {
		w.Skip[node] = true
		w.Fail(at.At(node), "too-deep", "check the indentation", "this is nested more than %d levels deep", MaxDepth)
		return
	}
	switch node.Kind {
	case yaml.AliasNode:
		w.Skip[node] = true
		w.Fail(at.At(node), "alias", "write the value out", "aliases (*) are not supported")
	case yaml.MappingNode:
		w.mapping(node, at, encrypted)
	case yaml.SequenceNode:
		w.tag(node, at)
		for _, item := range node.Content {
			if w.Full() {
				return
			}
			w.node(item, at, encrypted)
		}
	default:
		if w.tag(node, at) {
			w.Skip[node] = true
		}
		if !w.inSops {
			w.Leaves = append(w.Leaves, Leaf{Node: node, At: at, Encrypted: encrypted})
		}
	}
}

// tag reports a tag that stands before node.
func (w *walker) tag(node *yaml.Node, at *problem.Path) bool {
	if node.Style&yaml.TaggedStyle == 0 {
		return false
	}
	w.Fail(at.At(node), "tag", "remove the tag; put text in quotes", "tags (!) are not supported")
	return true
}

func (w *walker) mapping(node *yaml.Node, at *problem.Path, encrypted bool) {
	w.tag(node, at)
	var seen map[string]int
	if len(node.Content) > 2 {
		seen = make(map[string]int, len(node.Content)/2)
	}
	for i := 0; i+1 < len(node.Content) && !w.Full(); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if !w.key(key, at, seen) {
			w.Skip[key], w.Skip[value] = true, true
			continue
		}
		if key == w.sopsPos {
			continue
		}
		w.node(value, at.Child(key.Value), encrypted || w.rule.Matches(key.Value))
	}
}

// key checks one key of a mapping and adds it to seen.
func (w *walker) key(key *yaml.Node, at *problem.Path, seen map[string]int) bool {
	switch {
	case key.Kind != yaml.ScalarNode:
		w.Fail(at.At(key), "key-not-text", "write one word before the colon", "a key is not text")
		return false
	case key.Tag == "!!merge":
		w.Fail(at.At(key), "merge", "write the keys out", "merge keys (<<) are not supported")
		return false
	case key.Tag != "!!str" || key.Style&yaml.TaggedStyle != 0:
		w.Fail(at.At(key), "key-not-text", "put the key in quotes", "a key is read as something other than text")
		return false
	case len(key.Value) > MaxKey:
		w.Fail(at.At(key), "key-too-long", "shorten it", "a key has %d bytes; at most %d are allowed", len(key.Value), MaxKey)
		return false
	}
	name := key.Value
	if w.inSops {
		// SOPS takes its own keys in any case.
		name = strings.ToLower(name)
	}
	if line, twice := seen[name]; twice {
		w.Fail(at.Child(key.Value).At(key), "duplicate-key", "keep one of them", "the key is here twice, first in line %d", line)
		return false
	}
	if seen != nil {
		seen[name] = key.Line
	}
	return true
}
