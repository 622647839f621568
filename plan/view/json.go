package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/plan"
)

// JSON writes the plan as its published document, as Document does: the plan's
// own members, and beside each code a sentence for people. Nothing is decided
// by the sentences, and no approval binds them. It returns the writer's error.
func JSON(w io.Writer, p plan.Plan) error {
	if err := Document(w, documentOf(p)); err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	return nil
}

// Document writes a published document of any kind: indented by two spaces,
// ended by a newline, `<`, `>` and `&` as they are. Everything beyond printable
// ASCII is escaped, so that the document is as harmless in a log as it is to a
// parser. The error is the encoder's or the writer's.
func Document(w io.Writer, content any) error {
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(content); err != nil {
		return err
	}
	// Marks of commands to CI systems stand in strings only, as names do.
	inert := cilog.Escape(string(escaped(document.Bytes())), func(last byte) string { return fmt.Sprintf(`\u%04x`, last) })
	_, err := io.WriteString(w, inert)
	return err
}

// escaped writes what is not ASCII as \uXXXX. In a JSON document that stands
// in strings only, where both mean the same.
func escaped(document []byte) []byte {
	ascii := make([]byte, 0, len(document))
	for _, r := range string(document) {
		if r < 0x7f {
			ascii = append(ascii, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			ascii = fmt.Appendf(ascii, `\u%04x`, unit)
		}
	}
	return ascii
}
