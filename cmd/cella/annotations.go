package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema/problem"
)

// maxAnnotations is how many errors, and how many warnings, GitHub's runner
// passes on of one step (ExecutionContext in actions/runner).
const maxAnnotations = 10

// writeAnnotations writes the problems as workflow commands, which GitHub
// shows at their lines in the pull request: at most ten errors and ten
// warnings, and a notice that counts the rest.
func writeAnnotations(w io.Writer, c checkup, root string) error {
	file := insideOf(root, c.file)
	var out strings.Builder
	if c.unread != nil {
		fmt.Fprintf(&out, "::error file=%s,title=cella::%s\n", escapeProperty(file), escapeData(c.unread.Error()))
	}
	shown := map[string]int{}
	for _, p := range c.problems {
		severity := c.severity(p)
		if shown[severity]++; shown[severity] > maxAnnotations {
			continue
		}
		fmt.Fprintf(&out, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", severity, escapeProperty(file),
			max(p.Pos.Line, 1), max(p.Pos.Column, 1), escapeProperty("cella: "+p.Code), escapeData(describe(p)))
	}
	for _, severity := range []string{"error", "warning"} {
		if rest := shown[severity] - maxAnnotations; rest > 0 {
			fmt.Fprintf(&out, "::notice file=%s,title=cella::%s not shown here; the log of the run has them all\n",
				escapeProperty(file), escapeData(words.Count(rest, "more "+severity)))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

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

// escapeData escapes the message of a workflow command as the runner reads it:
// https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// escapeProperty escapes the value of a workflow command's property.
func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
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

// qualityIssue is one finding of a code quality report:
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
type qualityIssue struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

// writeCodeQuality writes the problems as the report that GitLab shows on a
// merge request where a job lists it under artifacts:reports:codequality. A
// fingerprint outlives edits above the line: it is made of what is wrong and
// with which key.
func writeCodeQuality(w io.Writer, c checkup, root string) error {
	file := insideOf(root, c.file)
	issues := []qualityIssue{}
	seen := map[string]int{}
	add := func(code, path, description, severity string, line int) {
		what := fmt.Sprintf("%q %q %q", file, code, path)
		seen[what]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, seen[what]))
		issues = append(issues, qualityIssue{description, "cella: " + code, hex.EncodeToString(sum[:]), severity,
			qualityLocation{file, qualityLines{max(line, 1)}}})
	}
	if c.unread != nil {
		add("unreadable", "", c.unread.Error(), "blocker", 1)
	}
	for _, p := range c.problems {
		severity := "major"
		if c.severity(p) == "warning" {
			severity = "minor"
		}
		add(p.Code, p.Path, describe(p), severity, p.Pos.Line)
	}
	return view.Document(w, issues)
}
