package view

import (
	"strings"

	"github.com/cella-secrets/cella/plan/sentence"
)

// What stands around the comment that a run wrote, once a later one could not.
const (
	outdatedHead  = "### Outdated: what "
	outdatedStart = "<details><summary>What the earlier run wrote</summary>\n\n"
	outdatedEnd   = "\n</details>\n"
)

// Outdated is the comment of an earlier run under words that say that it no longer
// holds, and why; run is the one that could not write a new one. What is outdated
// already gets the new reason. why is text from anywhere.
func Outdated(comment, why string, run Run) string {
	marker, earlier, _ := strings.Cut(comment, "\n")
	if _, folded, found := strings.Cut(earlier, outdatedStart); found && strings.HasPrefix(earlier, outdatedHead) {
		earlier = strings.TrimSuffix(folded, outdatedEnd)
	}
	head := marker + "\n" + outdatedHead + code("cella apply") + " will do is not known\n\n" +
		prose(sentence.Plain(why)) + "\n\n" + run.told()
	earlier = outdatedStart + strings.TrimSuffix(earlier, "\n") + "\n" + outdatedEnd
	if len(head)+len(earlier) > MarkdownLimit+len(outdatedStart) {
		earlier = "The earlier plan was too long to be kept here; the history of this comment's edits has it.\n"
	}
	return head + earlier
}
