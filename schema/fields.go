package schema

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

// decoder gives the nodes of a document their meaning. Its methods report
// what is wrong and return false; they are silent about what the walk has
// reported already.
type decoder struct {
	*sopsfile.Document
	*problem.Reporter
	rule *sopsfile.Rule
	// uncovered are the keys that were reported as left out by the file's
	// encrypted_regex.
	uncovered map[string]bool
	defaults  defaults
	manifest  *Manifest
	record    *recordLine // nil where there is no such line
	// misspelt are the keys of the top level that unknown ones were probably
	// meant to be.
	misspelt map[string]bool
	// ownersUnread: not every owner that may be meant could be read.
	ownersUnread bool
	secrets      int // so many were seen
}

// pairs yields no more once enough errors were told.
func (d *decoder) pairs(mapping *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(*yaml.Node, *yaml.Node) bool) {
		for key, value := range d.Document.Pairs(mapping) {
			if d.Full() || !yield(key, value) {
				return
			}
		}
	}
}

// unknown reports a key that has no meaning in its place, and returns the one
// of known that was probably meant; "" where none is close.
func (d *decoder) unknown(key *yaml.Node, at *problem.Path, known []string) (meant string) {
	d.Fail(at.Child(key.Value).At(key), "unknown-key", words.Suggestion(key.Value, known, "known here: "+strings.Join(known, ", ")), "the key is unknown")
	meant, _ = words.Closest(key.Value, known)
	return meant
}

// mapping checks that node is one; remedy is for one that is null.
func (d *decoder) mapping(node *yaml.Node, at *problem.Path, remedy string) bool {
	switch {
	case d.Skip[node]:
		return false
	case node.Kind == yaml.MappingNode:
		return true
	case isNull(node):
		d.Fail(at.At(node), "empty", remedy, "there is nothing here")
	case !d.misread(node):
		d.Fail(at.At(node), "not-a-mapping", "write keys with values below it", "this must be a mapping")
	}
	return false
}

// scalar checks that node is one and neither null nor empty nor encrypted.
func (d *decoder) scalar(node *yaml.Node, at *problem.Path) bool {
	switch {
	case d.Skip[node] || d.misread(node):
		return false
	case node.Kind != yaml.ScalarNode:
		d.Fail(at.At(node), "not-a-scalar", "write one value after the colon", "this must be a single value")
	case isNull(node) || node.Value == "":
		d.Fail(at.At(node), "empty", "give it a value or remove the line", "there is nothing here")
	case d.Sops != nil && sopsfile.LooksEncrypted(node.Value):
		d.Fail(at.At(node), "encrypted", "write it as plaintext; encrypted_regex: "+standardRegex+" keeps it so", "this is encrypted, but must be readable")
	default:
		return true
	}
	return false
}

// misread reports whether node is encrypted because of a rule that has been
// reported already.
func (d *decoder) misread(node *yaml.Node) bool {
	return d.Sops != nil && d.rule == nil && sopsfile.LooksEncrypted(node.Value)
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

func (d *decoder) text(node *yaml.Node, at *problem.Path) (string, bool) {
	if !d.scalar(node, at) {
		return "", false
	}
	if node.Tag != "!!str" {
		d.Fail(at.At(node), "not-text", "put it in quotes", "this must be text, but reads as %s", kindOf(node))
		return "", false
	}
	return node.Value, true
}

// word is text out of a short list.
func (d *decoder) word(node *yaml.Node, at *problem.Path, known []string) (string, bool) {
	text, ok := d.fixed(node, at, "unknown-word", known)
	if ok && !slices.Contains(known, text) {
		d.unknownWord(at.At(node), "unknown-word", text, known)
		return "", false
	}
	return text, ok
}

// fixed is text where only the words of a list fit. What is not text is unknown
// whatever its form: quotes around it would not help.
func (d *decoder) fixed(node *yaml.Node, at *problem.Path, code string, known []string) (string, bool) {
	if !d.scalar(node, at) {
		return "", false
	}
	if node.Tag != "!!str" {
		d.unknownWord(at.At(node), code, node.Value, known)
		return "", false
	}
	return node.Value, true
}

// unknownWord reports text. It repeats it only where it is a typing error of a
// known word: anything else may be a secret that slipped into the wrong line.
func (d *decoder) unknownWord(at problem.Place, code, text string, known []string) {
	if match, ok := words.Closest(text, known); ok {
		d.Fail(at, code, "did you mean "+match+"?", "%s is unknown here", words.Quote(text))
		return
	}
	d.Fail(at, code, "write one of: "+strings.Join(known, ", "), "this is unknown here")
}

func (d *decoder) flag(node *yaml.Node, at *problem.Path) (value, ok bool) {
	if !d.scalar(node, at) {
		return false, false
	}
	if node.Value != "true" && node.Value != "false" || node.Tag != "!!bool" {
		d.Fail(at.At(node), "not-a-boolean", "write true or false, without quotes", "this must be true or false")
		return false, false
	}
	return node.Value == "true", true
}

var decimal = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

// number reads a whole number from 0 up.
func (d *decoder) number(node *yaml.Node, at *problem.Path) (int, bool) {
	if !d.scalar(node, at) {
		return 0, false
	}
	if node.Tag == "!!int" && decimal.MatchString(node.Value) {
		if number, err := strconv.Atoi(node.Value); err == nil {
			return number, true
		}
	}
	d.Fail(at.At(node), "not-a-number", "write digits, without quotes", "this must be a whole number")
	return 0, false
}

func (d *decoder) percent(node *yaml.Node, at *problem.Path) (int, bool) {
	number, ok := d.number(node, at)
	if ok && number > 100 {
		d.Fail(at.At(node), "not-a-percentage", "write a number from 0 to 100", "%d is not a percentage", number)
		return 0, false
	}
	return number, ok
}

// list reads a list of different words with one. An empty list is reported.
func (d *decoder) list(node *yaml.Node, at *problem.Path, one func(*yaml.Node) (string, bool)) ([]string, bool) {
	switch {
	case d.Skip[node] || d.misread(node):
		return nil, false
	case isNull(node) || node.Kind == yaml.SequenceNode && len(node.Content) == 0:
		d.Fail(at.At(node), "empty", "name at least one, or remove the line", "the list is empty")
		return nil, false
	case node.Kind != yaml.SequenceNode:
		d.Fail(at.At(node), "not-a-list", "put it in brackets: [ ]", "this must be a list")
		return nil, false
	}
	var texts []string
	complete := true
	seen := make(map[string]bool, len(node.Content))
	for _, item := range node.Content {
		if d.Full() {
			return nil, false
		}
		word, ok := one(item)
		switch {
		case !ok:
			complete = false
		case seen[word]:
			d.Fail(at.At(item), "duplicate", "remove one of them", "%s is listed twice", words.Quote(word))
			complete = false
		default:
			seen[word] = true
			texts = append(texts, word)
		}
	}
	return texts, complete
}

func kindOf(node *yaml.Node) string {
	switch node.Tag {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!timestamp":
		return "a date"
	}
	return "something else"
}

// encryptedText checks a value that has to be encrypted; covered says whether the
// file's rule encrypts it. In a plain file it is a text.
func (d *decoder) encryptedText(node *yaml.Node, at *problem.Path, key string, covered bool) bool {
	switch {
	case d.Skip[node] || d.misread(node):
		return false
	case node.Kind != yaml.ScalarNode:
		d.Fail(at.At(node), "not-a-scalar", "write one value after the colon", "this must be a single value")
	case isNull(node) && d.Sops != nil && node.Value != "":
		d.Fail(at.At(node), "empty-value", "restore the line from git, or write the value in its place; then run: "+problem.SealCommand(d.File),
			"the value is null: `sops edit` leaves that of a value that begins with a tab and holds a line end")
	case isNull(node) || node.Value == "":
		d.Fail(at.At(node), "empty-value", "write the value in its place, then run: "+problem.SealCommand(d.File)+"; or remove the line", "the value is empty")
	case d.Sops == nil:
		return d.plainText(node, at)
	case d.rule == nil:
	case !covered:
		d.reportUncovered(key, at.At(node))
	default:
		return d.envelope(node, at)
	}
	return false
}

// plainText checks a value of a file without a sops section.
func (d *decoder) plainText(node *yaml.Node, at *problem.Path) bool {
	switch {
	case node.Tag != "!!str":
		d.Fail(at.At(node), "not-text", "put it in quotes", "the value must be text, but reads as %s", kindOf(node))
	default:
		return !sopsfile.LooksEncrypted(node.Value) // which is reported once, for all
	}
	return false
}

func (d *decoder) envelope(node *yaml.Node, at *problem.Path) bool {
	if !sopsfile.LooksEncrypted(node.Value) {
		d.reportReadable(node, at)
		return false
	}
	switch e, ok := sopsfile.ParseEnvelope(node.Value); {
	case !ok:
		d.Fail(at.At(node), "value-damaged", "restore the line from git", "the encrypted value is cut or changed")
	case e.Kind != "str":
		d.Fail(at.At(node), "value-type", "put it in quotes with: sops edit "+words.Argument(d.File),
			"the value was not text when it was encrypted (type:%s)", words.Quote(e.Kind))
	default:
		return true
	}
	return false
}

// reportReadable reports a value that stands there unencrypted.
func (d *decoder) reportReadable(node *yaml.Node, at *problem.Path) {
	unfit := secret.NewValue(node.Value).Validate()
	switch {
	case node.Tag != "!!str":
		d.Fail(at.At(node), "not-text", "put it in quotes, then run: "+problem.SealCommand(d.File), "the value is not encrypted, and reads as %s", kindOf(node))
	case unfit != nil:
		d.Fail(at.At(node), "value", settingAgain(at, d.File).of(unfit), "the value is not encrypted, and cannot be: %v", unfit)
	default:
		d.Fail(at.At(node), "plaintext", "run: "+problem.SealCommand(d.File)+", or remove the line; if it was ever committed, replace the secret at its source",
			"the value is not encrypted")
	}
}

// reportUncovered reports once per key that the file's rule leaves it in
// clear.
func (d *decoder) reportUncovered(key string, at problem.Place) {
	if d.uncovered[key] {
		return
	}
	d.uncovered[key] = true
	d.Fail(at, "not-covered", EncryptionRules.Remedy(),
		"encrypted_regex does not match %s, so values are plaintext", key)
}
