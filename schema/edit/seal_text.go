package edit

import (
	"bufio"
	"fmt"
	"io"

	"github.com/cella-secrets/cella/internal/words"
)

// Text writes what somebody has to approve of: the difference from a
// version that can be trusted, and what it does not tell. inGit: git has a version of
// the file.
func (s *Sealed) Text(w io.Writer, file string, inGit bool) error {
	out := bufio.NewWriter(w)
	name := words.Quote(file)
	switch {
	case s.Base != "":
		fmt.Fprintf(out, "Since commit %s, the last version in git without errors:\n\n", words.Quote(s.Base))
	case inGit:
		fmt.Fprintf(out, "git has no version of %s without errors that could be decrypted, so all of it counts as new:\n\n", name)
	default:
		fmt.Fprintf(out, "git has no version of %s, so all of it counts as new:\n\n", name)
	}
	if err := s.Difference.Text(out); err != nil {
		return err
	}
	list(out, "Encrypted now; these were plaintext:", s.Encrypted)
	var moved, copied []string
	for _, move := range s.Moved {
		line := fmt.Sprintf("%s, from %s", move.To, move.From)
		if move.Copied {
			copied = append(copied, line)
		} else {
			moved = append(moved, line)
		}
	}
	list(out, "Encrypted again for their new place:", moved)
	list(out, "Copied, and encrypted for the second place:", copied)
	list(out, "Values that are new here, but were encrypted before (by cella set or sops, or put back from an older version):", s.Foreign)
	fmt.Fprintln(out)
	return out.Flush()
}

// Warnings are what a person should know beside that, a sentence each.
func (s *Sealed) Warnings() []string {
	var said []string
	if n := len(s.Skipped); n > 0 && s.Base != "" {
		said = append(said, fmt.Sprintf("note: %s in git since then cannot be trusted: "+
			"the file's checksum (MAC) is wrong, or there are other errors", words.Count(n, "version")))
	}
	for _, path := range s.LostComments {
		said = append(said, fmt.Sprintf("warning: a comment in %s doesn't decrypt there: restore it from the version in git that it comes from, or remove it", path))
	}
	for _, path := range s.Exposed {
		said = append(said, fmt.Sprintf("warning: git has %s as plaintext: whoever has the repository knows the value; replace it at its source", path))
	}
	return said
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
