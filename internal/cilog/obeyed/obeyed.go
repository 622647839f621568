// Package obeyed finds what CI systems would obey in the output of a job, for
// tests. It reads as each of them does, from its source or its documentation,
// and shares nothing with the package that makes text inert.
package obeyed

import (
	"regexp"
	"strings"
	"unicode"
)

// anywhere are the forms that are found wherever they stand in a line.
var anywhere = []*regexp.Regexp{
	regexp.MustCompile(`##\[[^\]]*\]`),                  // actions/runner: ActionCommand.TryParse
	regexp.MustCompile(`(?i)##vso\[[^\]]*\]`),           // azure-pipelines-agent: Command.TryParse
	regexp.MustCompile(`(?i)##teamcity\[`),              // TeamCity: service messages
	regexp.MustCompile(`travis_(fold|time):`),           // Travis CI: folds
	regexp.MustCompile(`section_(start|end):[0-9]+:.*`), // GitLab: sections
}

// heading is a group of Buildkite's.
var heading = regexp.MustCompile(`^(---|\+\+\+|~~~|\^\^\^) `)

// Commands returns what in the output would be obeyed.
func Commands(output string) []string {
	var found []string
	for _, line := range strings.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' }) {
		for _, form := range anywhere {
			if match := form.FindString(line); match != "" {
				found = append(found, match)
			}
		}
		if match := heading.FindString(line); match != "" {
			found = append(found, line)
		}
		// actions/runner: ActionCommand.TryParseV2
		if rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::"); ok && strings.Contains(rest, "::") {
			found = append(found, line)
		}
	}
	return found
}
