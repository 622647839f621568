package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// TestProblemsAreBounded: a small file can hold any number of mistakes under a
// long path, and must not take memory for each.
func TestProblemsAreBounded(t *testing.T) {
	const head = "version: 1\nproject: storefront\n"
	path := strings.Repeat("{"+strings.Repeat("k", sopsfile.MaxKey)+": ", sopsfile.MaxDepth/2)
	tests := map[string]struct{ text, last string }{
		"errors": {
			head + "a: &a b\nsites: " + path + "[" + strings.Repeat("*a, ", 50_000) + "x]" + strings.Repeat("}", sopsfile.MaxDepth/2) + "\n",
			"[more-errors]",
		},
		"warnings": {head + "sites: {s: {secrets: {" + warned(problem.MaxProblems+10) + "}}}\n", "[more-warnings]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, problems, err := loadData(t, []byte(test.text), Options{AllowPlaintext: true})
			if err != nil || (m == nil) != (name == "errors") {
				t.Fatalf("manifest %v, %v", m, err)
			}
			if len(problems) != problem.MaxProblems+1 {
				t.Errorf("%d problems", len(problems))
			}
			if got := sealtest.Lines(problems[len(problems)-1:]); !strings.Contains(got, test.last) {
				t.Errorf("the last one is %s", got)
			}
		})
	}
}

// warned are secrets with one warning each.
func warned(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "A%d: {type: runtime, scopes: [user], value: x}, ", i)
	}
	return out.String()
}
