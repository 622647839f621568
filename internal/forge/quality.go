package forge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/cella-secrets/cella/plan/view"
)

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

// CodeQuality writes the problems as the report that GitLab shows on a
// merge request where a job lists it under artifacts:reports:codequality. A
// fingerprint outlives edits above the line: it is made of the file, what is wrong
// and with which key.
func (r Report) CodeQuality(w io.Writer) error {
	issues := []qualityIssue{}
	for _, f := range r {
		issues = append(issues, f.issues()...)
	}
	return view.Document(w, issues)
}

func (f Findings) issues() []qualityIssue {
	file := insideOf(f.Root, f.File)
	var issues []qualityIssue
	seen := map[string]int{}
	add := func(code, path, description, severity string, line int) {
		what := fmt.Sprintf("%q %q %q", file, code, path)
		seen[what]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, seen[what]))
		issues = append(issues, qualityIssue{description, "cella: " + code, hex.EncodeToString(sum[:]), severity,
			qualityLocation{file, qualityLines{max(line, 1)}}})
	}
	if f.Unread != nil {
		add("unreadable", "", f.Unread.Error(), "blocker", 1)
	}
	for _, p := range f.Problems {
		severity := "major"
		if p.Severity(f.Strict) == "warning" {
			severity = "minor"
		}
		add(p.Code, p.Path, describe(p), severity, p.Pos.Line)
	}
	return issues
}
