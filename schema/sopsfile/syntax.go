package sopsfile

import (
	"bytes"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
)

// syntaxError is the form of the YAML library's errors. The line is close to the
// beginning of the block, which may be far above what is wrong, or is missing.
var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxHints explains the library's commonest sentences. Others are left out:
// some quote the file.
var syntaxHints = map[string]string{
	"mapping values are not allowed in this context": "a colon is not possible here: check the indentation, and put text with a colon in quotes",
	"found character that cannot start any token": "a character is not possible here: indent with spaces, not tabs, " +
		"and put text that begins with @, ` or % in quotes",
	"found unexpected end of stream":                         "a quote or bracket is not closed",
	"could not find expected ':'":                            "a key has no colon, or the indentation is wrong",
	"did not find expected key":                              "a key was expected: check the indentation and the quotes",
	"did not find expected ',' or '}'":                       "a brace is not closed, or a comma is missing",
	"did not find expected ',' or ']'":                       "a bracket is not closed, or a comma is missing",
	"did not find expected node content":                     "a value was expected: check the brackets and commas",
	"block sequence entries are not allowed in this context": "a dash is not possible here: check the indentation",
	"control characters are not allowed":                     "it holds control characters",
	"found incompatible YAML document":                       "it asks for a version of YAML that is not supported: remove the line that begins with %YAML",
	"exceeded max depth of 10000":                            "it is nested too deeply",
}

// reportSyntax reports that data is not YAML, without quoting it.
func reportSyntax(data []byte, err error, r *problem.Reporter) {
	if at := ConflictMarker(data); at >= 0 {
		r.Fail(lineOf(data, at), "conflict-marker", conflictRemedy(r.File), "there is a conflict marker of git")
		return
	}
	line, text := syntaxErrorParts(err)
	what := syntaxHints[text]
	switch {
	case strings.HasPrefix(text, "unknown anchor"):
		what = "an alias (*) has no anchor: put text that begins with * in quotes"
	case what == "":
		what = "check this line and the one before it: indentation, quotes, brackets"
	}
	if len(data) <= maxSearched && PartsEnd(data, maxPartsSearched) < 0 {
		line = failingLine(data, err)
	}
	if column := tabIn(data, line); column > 0 {
		r.Fail(problem.Place{Line: line, Column: column}, "syntax", "write spaces in its place",
			"a tab indents this line, and YAML takes only spaces for that")
		return
	}
	r.Fail(problem.Place{Line: line, Column: 1}, "syntax", what, "the file is not valid YAML here or close to here")
}

// conflictMarker is a line that a merge of git left, or what is left of several.
var conflictMarker = regexp.MustCompile(`(?m)^(?:<{7,} |\|{7,} |>{7,} |={7,}\r?$)`)

// ConflictMarker is where the first such line begins, or -1. Only a text that cannot be
// read is sure to be a merge's.
func ConflictMarker(data []byte) int {
	if at := conflictMarker.FindIndex(data); at != nil {
		return at[0]
	}
	return -1
}

// conflictRemedy is for a file that a merge left with conflicts.
func conflictRemedy(file string) string {
	return "run: " + problem.SealCommand(file) + ", which merges both sides by name, as git's merge driver for it would have " +
		"(`cella init --git-config" + problem.FileFlag(file) + "` sets that up); or keep either side of each conflict, then run it"
}

// tabIn is the column of the first tab among what indents a line, or 0.
func tabIn(data []byte, line int) int {
	n := 0
	for text := range bytes.Lines(data) {
		if n++; n < line {
			continue
		}
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		return bytes.IndexByte(indent, '\t') + 1
	}
	return 0
}

// syntaxErrorParts returns the line that the library names, or 1, and its
// sentence.
func syntaxErrorParts(err error) (line int, text string) {
	found := syntaxError.FindStringSubmatch(err.Error())
	if found == nil {
		return 1, ""
	}
	line, notNumber := strconv.Atoi(found[1])
	if notNumber != nil {
		line = 1
	}
	return line, found[2]
}

// maxSearched bounds the files whose failing line is searched for, in bytes, and
// maxPartsSearched what is in them: the search reads the file some twenty times.
const (
	maxSearched      = 4 << 20
	maxPartsSearched = 100_000
)

// failingLine is the line at which the library gave up on data with err: with
// the lines up to it, and no fewer, it fails in the same way.
func failingLine(data []byte, err error) int {
	var ends []int // where the lines but the last end
	for i, c := range data {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	return 1 + sort.Search(len(ends), func(i int) bool {
		_, _, failed := yamltext.Decode(data[:ends[i]])
		return failed != nil && failed.Error() == err.Error()
	})
}
