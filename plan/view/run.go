package view

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"

	"github.com/cella-secrets/cella/internal/words"
)

// Run is the run of a pipeline that a comment or a summary is of. The zero Run is
// none: nothing is said of it then, and no comment is found again.
type Run struct {
	// Label tells the comments on one pull request apart: which manifest, and which
	// targets of it. A later run with the same label updates the comment.
	Label string
	// Usual is the label that the heading leaves out.
	Usual string
	// Commit is the full id of the commit that was planned, Link the https address
	// of the run. Either may be empty; what does not look like one is left out.
	Commit, Link string
	// At is when it was written; zero where nobody wants to know.
	At time.Time
}

// Marker is the first line of a comment by which it is found again; nobody sees it.
// Any text may be a label.
func Marker(label string) string {
	sum := sha256.Sum256([]byte(label))
	return "<!-- cella:" + hex.EncodeToString(sum[:]) + " -->"
}

// marker is a line, or nothing where no comment is found again.
func (r Run) marker() string {
	if r.Label == "" {
		return ""
	}
	return Marker(r.Label) + "\n"
}

// named is what the heading says of the label.
func (r Run) named() string {
	if r.Label == r.Usual {
		return ""
	}
	return " (" + code(words.Quote(r.Label)) + ")"
}

var (
	commitForm = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)
	linkForm   = regexp.MustCompile(`^https?://[A-Za-z0-9.:_/-]{1,300}$`)
)

// shortCommit is how many digits of a commit are shown, as many as forges show at
// most.
const shortCommit = 12

// told says of which commit a comment speaks, which run wrote it, and when.
func (r Run) told() string {
	said := ""
	add := func(text string) {
		if said != "" {
			said += ", "
		}
		said += text
	}
	if commitForm.MatchString(r.Commit) {
		add("Commit " + code(r.Commit[:shortCommit]))
	}
	if linkForm.MatchString(r.Link) {
		add(fmt.Sprintf("[the run that wrote this](%s)", r.Link))
	}
	if said == "" {
		return ""
	}
	if !r.At.IsZero() {
		add(r.At.UTC().Format("2006-01-02 15:04") + " UTC")
	}
	return said + ".\n\n"
}
