package diff

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
)

// Text writes the differences for people.
func (d Difference) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, field := range d.Fields {
		fmt.Fprintln(out, fieldLine(field))
	}
	if len(d.Fields) > 0 && len(d.Owners) > 0 {
		fmt.Fprintln(out)
	}
	for i, owner := range d.Owners {
		if i > 0 {
			fmt.Fprintln(out)
		}
		ownerText(out, owner)
	}
	if len(d.Fields)+len(d.Owners) > 0 {
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, d.summary())
	if !d.ValuesCompared {
		fmt.Fprintln(out, "Values were not compared, because the key is missing. Where ciphertext differs, they were re-encrypted or changed.")
	}
	return out.Flush()
}

var symbols = map[What]string{
	Added: "+", Removed: "-", Changed: "~", MayDiffer: "?", ReEncrypted: "=",
}

func ownerText(out io.Writer, owner OwnerChange) {
	if owner.What == Changed {
		fmt.Fprintln(out, owner.Owner)
	} else {
		fmt.Fprintf(out, "%s %s  %s\n", symbols[owner.What], owner.Owner, owner.What)
	}
	for _, field := range owner.Fields {
		fmt.Fprintf(out, "  %s\n", fieldLine(field))
	}
	for _, one := range owner.Secrets {
		secretText(out, one)
	}
}

func secretText(out io.Writer, one SecretChange) {
	line := fmt.Sprintf("  %s %s", symbols[one.What], words.Quote(one.Name))
	switch one.What {
	case Removed:
		fmt.Fprintln(out, line)
		return
	case Added:
		var texts []string
		for _, field := range one.Fields {
			texts = append(texts, strings.TrimSpace(fieldName(field.Field)+" "+field.New))
		}
		fmt.Fprintf(out, "%s  %s\n", line, strings.Join(texts, "; "))
		return
	}
	fmt.Fprintln(out, line)
	for _, field := range one.Fields {
		fmt.Fprintf(out, "      %s\n", fieldLine(field))
	}
}

// fieldLine is such as "~ type: runtime -> env".
func fieldLine(field FieldChange) string {
	if field.Text != "" {
		return symbols[field.What] + " " + field.Text
	}
	line := symbols[field.What] + " " + fieldName(field.Field)
	switch {
	case field.What == Changed && field.Old+field.New != "":
		return fmt.Sprintf("%s: %s -> %s", line, field.Old, field.New)
	case field.Old+field.New != "":
		return line + ": " + field.Old + field.New
	case field.What == Added || field.What == Removed:
		return line
	}
	return fmt.Sprintf("%s: %s", line, field.What)
}

// fieldName says "override live" for overrides.live.
func fieldName(field string) string {
	if env, ok := strings.CutPrefix(field, "overrides."); ok {
		return "override " + words.Quote(env)
	}
	return words.Quote(field)
}

// summary counts secrets by what became of them, those of added and removed
// owners included.
func (d Difference) summary() string {
	counts := map[What]int{}
	for _, owner := range d.Owners {
		for _, one := range owner.Secrets {
			counts[one.What]++
		}
	}
	var parts []string
	for _, what := range []What{Added, Removed, Changed, MayDiffer, ReEncrypted} {
		if n := counts[what]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	other := len(d.Fields) > 0 || slices.ContainsFunc(d.Owners, func(o OwnerChange) bool { return len(o.Fields) > 0 || o.What != Changed })
	switch {
	case len(parts) > 0:
		return "Secrets: " + strings.Join(parts, ", ") + "."
	case other:
		return "Secrets: no differences."
	case d.ValuesCompared:
		return "No differences: every name, setting and value is the same."
	}
	return "No differences, and no ciphertext differs."
}
