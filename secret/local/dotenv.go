package local

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// marker begins every dotenv file that this package writes, so that one can
// be told from a file that somebody wrote by hand. Its line ends in a checksum
// of the others, so that one can be told that somebody added to.
const marker = "# Written by cella local"

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// expands is what some version of dotenv-expand replaces.
	expands = regexp.MustCompile(`\$[A-Za-z0-9_{]|\\\$`)
	// unescapes is what double quotes change.
	unescapes = regexp.MustCompile(`\\[nr]`)
)

// encodeDotenv writes one assignment a line, after a comment.
func encodeDotenv(site Site, entries []entry, format Format) (content []byte, skipped, refused []Unfit) {
	var out bytes.Buffer
	for _, e := range entries {
		// JavaScript gives __proto__ a meaning of its own.
		if !identifier.MatchString(string(e.Name)) || e.Name == "__proto__" {
			skipped = append(skipped, Unfit{e.Name, "the name cannot be an environment variable"})
			continue
		}
		form, reason := dotenvValue(e.text, format)
		if reason != "" {
			refused = append(refused, Unfit{e.Name, reason})
			continue
		}
		fmt.Fprintf(&out, "%s=%s\n", e.Name, form)
	}
	head := fmt.Sprintf("%s for %s; not to be committed. [%s]\n", marker, site.Title, checksum(out.Bytes()))
	return slices.Concat([]byte(head), out.Bytes()), skipped, refused
}

// checksum is short, so that who sees it alone can tell little of the values.
func checksum(content []byte) string { return fmt.Sprintf("%08x", crc32.ChecksumIEEE(content)) }

// wroteDotenv reports whether content is a dotenv file as it was written.
func wroteDotenv(content []byte) bool {
	head, assignments, _ := bytes.Cut(content, []byte("\n"))
	return bytes.HasPrefix(head, []byte(marker)) && bytes.HasSuffix(head, []byte("["+checksum(assignments)+"]"))
}

// dotenvValue returns a form of text that every reader that the format is for gives
// back as it is, or the reason why there is none.
func dotenvValue(text string, format Format) (form, reason string) {
	switch {
	case strings.Contains(text, "\x00"):
		return "", "the value holds a NUL, which no environment variable can"
	case format == DotenvPHP:
		return phpValue(text), ""
	}
	return nodeValue(text, format == DotenvNext)
}

// phpEscape is what phpdotenv reads in double quotes. In single quotes it takes no
// line breaks, and =" for the beginning of a text of several lines.
var phpEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "\n", `\n`, "\r", `\r`)

// phpValue is the form for phpdotenv, which has one for every text.
func phpValue(text string) string { return `"` + phpEscape.Replace(text) + `"` }

// nodeValue returns the form for the readers of Node, or for Next.js alone. The rules:
//  1. dotenv-expand replaces $NAME and ${NAME} in any quotes, and takes the
//     backslash from \$. The other readers do neither, so only Next.js alone
//     can be given a dollar sign that it would take for a name.
//  2. All readers normalise or drop a CR, unless double quotes hold it as \r,
//     which `node --env-file` does not know.
//  3. Single quotes and backticks hold everything but themselves, line breaks
//     included. A backslash right before the closing quote would escape it.
//  4. Double quotes do too, but \n and \r in them become line breaks.
//  5. Without quotes, a value is one line without # and ends at its last
//     character that is no white space.
func nodeValue(text string, next bool) (form, reason string) {
	switch {
	case next:
		text = strings.ReplaceAll(text, "$", `\$`)
	case expands.MatchString(text):
		return "", "dotenv-expand, which Next.js uses, would change a dollar sign in the value, and other readers would keep its escape"
	case strings.Contains(text, "\r"):
		return "", "the readers of dotenv files do not agree on a carriage return, which the value holds"
	}
	closes := !strings.HasSuffix(text, `\`)
	for _, quote := range []string{"'", "`"} {
		if closes && !strings.ContainsAny(text, quote+"\r") {
			return quote + text + quote, ""
		}
	}
	if closes && !strings.Contains(text, `"`) && !unescapes.MatchString(text) {
		return `"` + strings.ReplaceAll(text, "\r", `\r`) + `"`, ""
	}
	if bare(text) {
		return text, ""
	}
	return "", "its quotes, backslashes and line breaks together have no form that the readers of dotenv files agree on"
}

// bare reports whether text can stand without quotes.
func bare(text string) bool {
	space := func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' }
	return text != "" && !strings.ContainsAny(text, "\r\n#") && !strings.ContainsAny(text[:1], "'\"`") && strings.TrimFunc(text, space) == text
}
