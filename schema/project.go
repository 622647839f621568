package schema

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// CheckProject says that name cannot be the name of a project, or returns nil.
// ProjectRemedy says what to do about it.
func CheckProject(name string) error {
	if !secret.IsProject(name) {
		return fmt.Errorf("check project: %s cannot be the name of a project", words.Quote(name))
	}
	return nil
}

// ProjectRemedy is the rule for names of projects, in words.
func ProjectRemedy() string {
	return fmt.Sprintf("use lower-case letters and digits in parts joined by single hyphens, beginning with a letter, "+
		"at most %d characters", secret.MaxProjectBytes)
}

// The lines by which a manifest is known, as SOPS and people write them.
var (
	projectLine  = topLine("project", `([a-z0-9-]+)`)
	versionLine  = topLine("version", "1")
	manifestLine = regexp.MustCompile(`(?m)^\x{FEFF}?["']?(?:sites|organizations|fingerprint_key)["']?[ \t]*:`)
)

// topLine is a key of the top level with a word behind it, either in quotes or
// not.
func topLine(key, word string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\x{FEFF}?["']?` + key + `["']?[ \t]*:[ \t]+["']?` + word + `["']?[ \t]*(?:#.*)?\r?$`)
}

// maxProjectSearch bounds how much of a file is searched for that line, in
// bytes.
const maxProjectSearch = 1 << 20

// ProjectOf returns the name of the project that the manifest in file names,
// or "" where no line near its beginning does. It judges nothing else, so that
// it also answers for a file that Load finds fault with: whoever tells of the
// faults can say whose they are.
func ProjectOf(file string) string {
	opened, err := files.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = opened.Close() }() // opened for reading only, nothing to lose
	data, err := io.ReadAll(io.LimitReader(opened, maxProjectSearch))
	if err != nil {
		return ""
	}
	return projectIn(data)
}

func projectIn(data []byte) string {
	found := projectLine.FindSubmatch(data)
	if found == nil || !secret.IsProject(string(found[1])) {
		return ""
	}
	return string(found[1])
}

// IsManifestOf reports whether a text begins like a manifest of the project. It
// judges nothing else.
func IsManifestOf(project string, head []byte) bool {
	return bytes.Contains(head, []byte(project)) && projectIn(head) == project && versionLine.Match(head) && manifestLine.Match(head)
}

// CodeSecondManifest is the code of a project that has a second manifest in the
// same repository: nothing is wrong with the file by itself.
const CodeSecondManifest = "second-manifest"

// maxNamed is how many files a problem names at most.
const maxNamed = 5

// AddCopies adds to the problems of a manifest that other files of its repository
// are manifests of the same project; paths are theirs from the top of it.
func (m *Manifest) AddCopies(problems problem.List, paths []string) problem.List {
	if len(paths) == 0 {
		return problems
	}
	named := make([]string, min(len(paths), maxNamed))
	for i := range named {
		named[i] = words.Quote(paths[i])
	}
	who, more := strings.Join(named, ", "), len(paths)-len(named)
	is := "is a manifest"
	if len(paths) > 1 {
		is = "are manifests"
	}
	if more > 0 {
		who += fmt.Sprintf(" and %d more", more)
	}
	r := &problem.Reporter{File: m.File, Problems: slices.Clone(problems)}
	r.Add(m.projectAt, CodeSecondManifest, "give each manifest a project of its own, or remove the copy: git rm "+words.Argument(":/"+paths[0]),
		fmt.Sprintf("%s %s of project %s too, so each apply would delete what another one of them has set", who, is, m.Project), false)
	r.Problems.Sort()
	return r.Problems
}
