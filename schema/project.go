package schema

import (
	"io"
	"os"
	"regexp"
)

// projectLine is the line that names the project, as SOPS and people write it.
var projectLine = regexp.MustCompile(`(?m)^project:[ \t]+["']?([a-z0-9-]+)["']?[ \t]*(?:#.*)?\r?$`)

// maxProjectSearch bounds how much of a file is searched for that line, in
// bytes.
const maxProjectSearch = 1 << 20

// ProjectOf returns the name of the project that the manifest in file names,
// or "" where no line near its beginning does. It judges nothing else, so that
// it also answers for a file that Load finds fault with: whoever tells of the
// faults can say whose they are.
func ProjectOf(file string) string {
	opened, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = opened.Close() }() // opened for reading only, nothing to lose
	data, err := io.ReadAll(io.LimitReader(opened, maxProjectSearch))
	if err != nil {
		return ""
	}
	found := projectLine.FindSubmatch(data)
	if found == nil || len(found[1]) > maxProject || !projectPattern.Match(found[1]) {
		return ""
	}
	return string(found[1])
}
