package sopsfile

import (
	"bytes"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// The limits of a file. Within them time and memory grow with its size, and
// no faster; the largest takes less than 1 GB. No manifest of people comes near.
const (
	// MaxFileBytes bounds the size of a file.
	MaxFileBytes = 64 << 20
	// MaxParts bounds the keys, values and list items of a file, which cost
	// memory before anything is known of them; see PartsEnd.
	MaxParts = 1_200_000
	// MaxDirectives bounds the lines that begin with a percent sign. The YAML
	// library compares each %TAG with every other one.
	MaxDirectives = 10

	// MaxRecipients bounds the recipients of one file, all groups together.
	// Each of them may cost a request or a question.
	MaxRecipients = 1_000
	// MaxSectionNodes bounds what stands in the sops section, and MaxSectionText one
	// text there: a data key encrypted for one recipient has some 1,000 bytes.
	MaxSectionNodes = 50_000
	MaxSectionText  = 16 << 10
)

// PartsEnd returns the offset at which data has more than limit parts, or -1.
// At most two nodes of YAML come with a part: an entry, its key or its value. An
// encrypted value counts as two, because SOPS's form looks like a list of five.
func PartsEnd(data []byte, limit int) int {
	if partsAtMost(data) <= limit {
		return -1
	}
	parts := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case ',', '[', '{':
			parts++
		case ':':
			if endsWord(data, i+1) || i > 0 && strings.IndexByte(`"'}]`, data[i-1]) >= 0 {
				parts++
			}
		case '-', '?':
			if endsWord(data, i+1) {
				parts++
			}
		case 'E':
			if size := envelopeSize(data[i:]); size > 0 {
				parts += 2
				i += size - 1
			}
		}
		if parts > limit {
			return i
		}
	}
	return -1
}

// partsAtMost counts what parts begin with, at several times the speed of looking
// at them: few files hold more of it than they may have parts.
func partsAtMost(data []byte) int {
	parts := 0
	for _, mark := range []byte(",[{:-?") {
		parts += bytes.Count(data, []byte{mark})
	}
	return parts
}

// unfitSops says why a sops section is not let near SOPS's own code, or nothing.
func unfitSops(section *yaml.Node) string {
	nodes, text := 0, 0
	var look func(*yaml.Node)
	look = func(node *yaml.Node) {
		nodes++
		text = max(text, len(node.Value))
		for _, child := range node.Content {
			look(child)
		}
	}
	look(section)
	switch {
	case nodes > MaxSectionNodes:
		return fmt.Sprintf("the sops section has %d keys, values and list items; at most %d are read", nodes, MaxSectionNodes)
	case text > MaxSectionText:
		return fmt.Sprintf("a text in the sops section has %d bytes; at most %d are read", text, MaxSectionText)
	}
	return ""
}

// endsWord reports whether an indicator of YAML can end at i.
func endsWord(data []byte, i int) bool {
	return i >= len(data) || strings.IndexByte(" \t\r\n,[]{}", data[i]) >= 0
}

// envelopeSize is the length of the encrypted value that text begins with, or 0.
func envelopeSize(text []byte) int {
	if !bytes.HasPrefix(text, []byte(EnvelopeHead)) {
		return 0
	}
	// Up to the next one at most, so that no byte is looked at twice.
	end := len(EnvelopeHead) + bytes.IndexAny(text[len(EnvelopeHead):], "[]\n") + 1
	if _, whole := ParseEnvelope(string(text[:end])); !whole {
		return 0
	}
	return end
}

// DirectivesEnd returns the offset of the directive that is one too many, or -1.
func DirectivesEnd(data []byte) int {
	found := 0
	for offset := 0; ; {
		if bytes.HasPrefix(data[offset:], []byte{'%'}) {
			if found++; found > MaxDirectives {
				return offset
			}
		}
		next := bytes.Index(data[offset:], []byte("\n%"))
		if next < 0 {
			return -1
		}
		offset += next + 1
	}
}
