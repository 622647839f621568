package sopsfile

import (
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
)

// Comment is one line of a comment that belongs to what SOPS encrypts. SOPS encrypts
// it too, bound to the path of the mapping or list that it stands in: under another
// path it is unreadable for ever. The MAC does not cover it.
type Comment struct {
	// Text is what stands behind the #: an envelope, or plaintext.
	Text string
	// Frame is the path of the mapping or list that it stands in.
	Frame *problem.Path
	// Span is where Text is.
	Span yamltext.Span
}

// Encrypted reports whether the comment has the form of an envelope.
func (c Comment) Encrypted() bool { return LooksEncrypted(c.Text) }

// Open decrypts an encrypted comment as one of a frame, which need not be its own.
func (c Comment) Open(key *DataKey, frame *problem.Path) (string, bool) {
	return key.Text(c.Text, "comment", frame.AppendAAD(nil), nil)
}

// Seal is the envelope of a comment's text in its frame.
func (c Comment) Seal(key *DataKey, text string) (string, error) {
	return key.Encrypt(sops.Comment{Value: text}, c.Frame.AppendAAD(nil))
}

// Comments lists those of the file's encrypted mappings and lists, in document
// order.
func (f *File) Comments() []Comment {
	if f.Rule == nil || !slices.ContainsFunc(f.Lines, func(line string) bool { return strings.Contains(line, "#") }) {
		return nil
	}
	w := commenting{file: f, standing: map[string][]int{}, taken: map[yamltext.Span]bool{}}
	for i, line := range f.Lines {
		if yamltext.IsComment(line) {
			text := strings.TrimSpace(line)
			w.standing[text] = append(w.standing[text], i)
		}
	}
	w.mapping(f.Doc.Root, nil, false)
	return w.found
}

// commenting goes through a document for its comments, as SOPS does.
type commenting struct {
	file     *File
	standing map[string][]int // the lines that are a comment, by their text
	taken    map[yamltext.Span]bool
	found    []Comment
}

func (w *commenting) mapping(node *yaml.Node, at *problem.Path, encrypted bool) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if value == w.file.Doc.Sops {
			continue
		}
		if encrypted {
			w.around(key, at)
		}
		w.node(value, at, at.Child(key.Value), encrypted, encrypted || w.file.Rule.Matches(key.Value))
	}
}

// node walks a value. Comments of a scalar belong to what holds it.
func (w *commenting) node(node *yaml.Node, outer, at *problem.Path, outerEncrypted, encrypted bool) {
	switch node.Kind {
	case yaml.MappingNode:
		if encrypted {
			w.around(node, at)
		}
		w.mapping(node, at, encrypted)
	case yaml.SequenceNode:
		if encrypted {
			w.around(node, at)
		}
		for _, item := range node.Content {
			w.node(item, at, at, encrypted, encrypted)
		}
	default:
		if outerEncrypted {
			w.around(node, outer)
		}
	}
}

// around takes the comments above, behind and below a node.
func (w *commenting) around(node *yaml.Node, frame *problem.Path) {
	w.lines(node.HeadComment, frame, func(standing []int) int {
		after, _ := slices.BinarySearch(standing, node.Line-1)
		return after - 1
	})
	w.behind(node, frame)
	w.lines(node.FootComment, frame, func(standing []int) int {
		after, _ := slices.BinarySearch(standing, node.Line)
		return after
	})
}

// lines takes comments that are lines of their own: the one among those with the
// same text that nearest picks.
func (w *commenting) lines(text string, frame *problem.Path, nearest func(standing []int) int) {
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		standing := w.standing[line]
		if i := nearest(standing); i >= 0 && i < len(standing) {
			w.take(standing[i], strings.Index(w.file.Lines[standing[i]], "#"), frame)
		}
	}
}

// behind takes the comment at the end of a node's line.
func (w *commenting) behind(node *yaml.Node, frame *problem.Path) {
	if node.LineComment == "" || node.Line < 1 || node.Line > len(w.file.Lines) {
		return
	}
	line := strings.TrimRight(w.file.Lines[node.Line-1], " \t")
	if strings.HasSuffix(line, node.LineComment) {
		w.take(node.Line-1, len(line)-len(node.LineComment), frame)
	}
}

// take takes the comment whose # is at an offset of a line.
func (w *commenting) take(line, offset int, frame *problem.Path) {
	text := strings.TrimRight(w.file.Lines[line][offset+1:], " \t")
	span := yamltext.Span{Line: line, From: offset + 1, To: offset + 1 + len(text)}
	if text == "" || w.taken[span] {
		return
	}
	w.taken[span] = true
	w.found = append(w.found, Comment{Text: text, Frame: frame, Span: span})
}

// WithComments is the file with other texts in the place of comments. It is as it
// was where anything but comments would change.
func (f *File) WithComments(changes []yamltext.Change) (*File, error) {
	if len(changes) == 0 {
		return f, nil
	}
	lines := slices.Clone(f.Lines)
	yamltext.Splice(lines, changes)
	changed, err := f.With(lines)
	if err != nil || !yamltext.SameNode(changed.Doc.Root, f.Doc.Root) {
		return f, err
	}
	return changed, nil
}

// recryptedComments are the changes that put the comments under another data key. One
// that does not decrypt where it stands stays as unreadable as it is.
func (f *File) recryptedComments(key *DataKey) ([]yamltext.Change, error) {
	var changes []yamltext.Change
	for _, c := range f.Comments() {
		text, ok := c.Open(f.DataKey, c.Frame)
		if !ok {
			continue
		}
		envelope, err := c.Seal(key, text)
		if err != nil {
			return nil, err
		}
		changes = append(changes, yamltext.Change{Span: c.Span, Text: envelope})
	}
	return changes, nil
}
