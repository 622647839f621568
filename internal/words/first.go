package words

import (
	"fmt"
	"strings"
)

const (
	// maxNames bounds how many names a line lists.
	maxNames = 5
	// maxShown is how much is shown of one, and of a public key, in bytes. Those that
	// withstand quantum computers have some 2,000.
	maxShown = 4096
)

// First lists the first of some quoted names and counts the others.
func First(quoted []string) string {
	var shown []string
	for i, name := range quoted {
		if i == maxNames {
			shown = append(shown, fmt.Sprintf("%d more", len(quoted)-maxNames))
			break
		}
		if len(name) > maxShown {
			name = strings.ToValidUTF8(name[:maxShown], "") + "…"
		}
		shown = append(shown, name)
	}
	return strings.Join(shown, ", ")
}
