package forge

import (
	"path/filepath"

	"github.com/cella-secrets/cella/schema/problem"
)

// Findings are what is wrong or doubtful in one file.
type Findings struct {
	File string
	// Root is the folder that services name files from; empty where it is not
	// known.
	Root     string
	Unread   error // why the file could not be judged at all
	Problems problem.List
	Strict   bool // warnings are errors
}

// Report are the findings of one run, a file each.
type Report []Findings

// describe is a problem without its place, which stands elsewhere.
func describe(p problem.Problem) string {
	text := p.Message
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Remedy != "" {
		text += "; " + p.Remedy
	}
	return text
}

// insideOf returns file relative to root, with slashes, as services name files
// of a repository. A file that does not lie there, and any where root is not
// known, comes back as it was given.
func insideOf(root, file string) string {
	if root == "" {
		return filepath.ToSlash(file)
	}
	relative, err := filepath.Rel(resolved(root), resolved(file))
	if err != nil || !filepath.IsLocal(relative) {
		return filepath.ToSlash(file)
	}
	return filepath.ToSlash(relative)
}

// resolved is path from the root of the file system, as far as it exists
// without links.
func resolved(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return abs
	}
	return real
}
