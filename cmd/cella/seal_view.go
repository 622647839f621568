package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
)

// showSealed writes what somebody has to approve of: the difference from a
// version that can be trusted, and what it does not tell.
func showSealed(std streams, flags *editFlags, sealed *edit.Sealed, git *fileHistory) error {
	out := bufio.NewWriter(std.out)
	name := words.Quote(flags.file)
	switch {
	case sealed.Base != "":
		fmt.Fprintf(out, "Since commit %s, the last version in git without errors:\n\n", words.Quote(sealed.Base))
	case git.found:
		fmt.Fprintf(out, "git has no version of %s without errors that could be decrypted, so all of it counts as new:\n\n", name)
	default:
		fmt.Fprintf(out, "git has no version of %s, so all of it counts as new:\n\n", name)
	}
	if err := differenceText(out, sealed.Difference); err != nil {
		return err
	}
	list(out, "Encrypted now, as they stood in clear:", sealed.Encrypted)
	var moved, copied []string
	for _, move := range sealed.Moved {
		line := fmt.Sprintf("%s, from %s", move.To, move.From)
		if move.Copied {
			copied = append(copied, line)
		} else {
			moved = append(moved, line)
		}
	}
	list(out, "Encrypted again for their new place:", moved)
	list(out, "Copied, and encrypted for the second place:", copied)
	list(out, "Values that are new here, but were encrypted before (by cella set or sops, or put back from an older version):", sealed.Foreign)
	fmt.Fprintln(out)
	if err := out.Flush(); err != nil {
		return err
	}
	if flags.quiet {
		return nil
	}
	if n := len(sealed.Skipped); n > 0 && sealed.Base != "" {
		writeLine(std.err, "cella: note: %s in git since then cannot be trusted: the MAC does not fit, or there are other errors", words.Count(n, "version"))
	}
	for _, path := range sealed.Exposed {
		writeLine(std.err, "cella: warning: git holds %s in clear: whoever has the repository knows the value; replace it at its source", path)
	}
	return nil
}

func list(out io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", title)
	for _, line := range lines {
		fmt.Fprintf(out, "  %s\n", line)
	}
}
