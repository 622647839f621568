package forge

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// FuzzAnnotations: whatever a file and a problem are called, an annotation is
// one line with one command, and the runner reads back what was meant.
func FuzzAnnotations(f *testing.F) {
	f.Add("secrets.yaml", "the key is unknown")
	f.Add("a,b:c%0A.yaml", "50%\r\n::error::owned")
	f.Add("::stop-commands::x", "%25%0A ##[add-mask]x")
	f.Fuzz(func(t *testing.T, file, message string) {
		f := Findings{File: file, Problems: problem.List{{Pos: secret.Pos{File: file, Line: 3, Column: 4}, Code: "unknown-key", Message: message}}}
		var out bytes.Buffer
		if err := (Report{f}).Annotations(&out); err != nil {
			t.Fatal(err)
		}
		line, rest, ended := strings.Cut(out.String(), "\n")
		if !ended || rest != "" || strings.Contains(line, "\r") {
			t.Fatalf("not one line: %q", out.String())
		}
		properties, data, found := strings.Cut(strings.TrimPrefix(line, "::error "), "::")
		if !found {
			t.Fatalf("no command: %q", line)
		}
		if got := unescaped(data); got != message {
			t.Errorf("message %q is read as %q", message, got)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(properties, "file="), ",")
		if got := unescaped(name); got != insideOf("", file) {
			t.Errorf("file %q is read as %q", file, got)
		}
		if !strings.HasSuffix(properties, ",line=3,col=4,title=cella%3A unknown-key") {
			t.Errorf("properties %q", properties)
		}
	})
}

// unescaped reads as GitHub's runner does: the percent sign last.
func unescaped(text string) string {
	for _, pair := range [][2]string{{"%0D", "\r"}, {"%0A", "\n"}, {"%3A", ":"}, {"%2C", ","}, {"%25", "%"}} {
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return text
}

// TestFingerprintsOutliveEdits: a problem is the same one when lines above it
// come and go, and two alike are two.
func TestFingerprintsOutliveEdits(t *testing.T) {
	report := func(lines ...int) string {
		f := Findings{File: "secrets.yaml"}
		for _, line := range lines {
			f.Problems = append(f.Problems, problem.Problem{Pos: secret.Pos{Line: line}, Path: "sites.a", Code: "unknown-key", Message: "m"})
		}
		var out bytes.Buffer
		if err := (Report{f}).CodeQuality(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	fingerprints := func(report string) []string {
		var found []string
		for line := range strings.Lines(report) {
			if strings.Contains(line, "fingerprint") {
				found = append(found, line)
			}
		}
		return found
	}
	first, moved := fingerprints(report(3, 4)), fingerprints(report(13, 14))
	if len(first) != 2 || first[0] == first[1] || first[0] != moved[0] || first[1] != moved[1] {
		t.Errorf("%q, moved %q", first, moved)
	}
}

// TestAnnotationsShareTheRoom: the runner counts what one step says, of all files.
func TestAnnotationsShareTheRoom(t *testing.T) {
	file := func(name string, errors, warnings int, unread error) Findings {
		f := Findings{File: name, Unread: unread}
		for i := range errors + warnings {
			f.Problems = append(f.Problems, problem.Problem{Code: "unknown-key", Message: "m", Warning: i >= errors})
		}
		return f
	}
	report := Report{file("a.yaml", 7, 9, nil), file("b.yaml", 0, 0, errors.New("gone")), file("c.yaml", 4, 3, nil), file("d.yaml", 0, 0, errors.New("gone"))}
	var out bytes.Buffer
	if err := report.Annotations(&out); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"::error ": MaxAnnotations, "::warning ": MaxAnnotations, "::error file=b.yaml,": 1, "::error file=c.yaml,": 2, "::error file=d.yaml": 0,
		"::notice file=a.yaml": 0, "::notice file=c.yaml,title=cella::2 more errors not": 1,
		"::notice file=c.yaml,title=cella::2 more warnings not": 1, "::notice file=d.yaml,title=cella::1 more error not": 1,
	} {
		if got := strings.Count(out.String(), text); got != want {
			t.Errorf("%q stands there %d times, want %d:\n%s", text, got, want, &out)
		}
	}
}
