package schema

import (
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/cella-secrets/cella/secret"
)

// CheckProject says that name cannot be the name of a project, or returns nil.
// ProjectRemedy says what to do about it.
func CheckProject(name string) error {
	if !secret.IsProject(name) {
		return fmt.Errorf("check project: %s cannot be the name of a project", secret.Quote(name))
	}
	return nil
}

// ProjectRemedy is the rule for names of projects, in words.
func ProjectRemedy() string {
	return fmt.Sprintf("use lower-case letters and digits in parts joined by single hyphens, beginning with a letter, at most %d characters", secret.MaxProjectBytes)
}

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
	if found == nil || !secret.IsProject(string(found[1])) {
		return ""
	}
	return string(found[1])
}
