package view_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// TestJSONIsSafeAndWhole: the document is ASCII on the outside, and holds the
// very plan on the inside.
func TestJSONIsSafeAndWhole(t *testing.T) {
	all := cases()
	odd := plan.Diff(input([]secret.DesiredSecret{want("\x7f\u0085\u202e\U0001F511<&>", "1")}, nil))
	all["odd"] = odd
	for name, p := range all {
		var out bytes.Buffer
		if err := view.JSON(&out, p); err != nil {
			t.Fatal(err)
		}
		if at := strings.IndexFunc(out.String(), func(r rune) bool { return (r < ' ' || r > '~') && r != '\n' }); at >= 0 {
			t.Errorf("%s: byte %d is not printable ASCII", name, at)
		}
		if !strings.HasSuffix(out.String(), "}\n") {
			t.Errorf("%s does not end in a newline", name)
		}
		var back plan.Plan
		if err := json.Unmarshal(out.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if name == "odd" && !strings.Contains(out.String(), `\u007f\u0085\u202e\ud83d\udd11<&>`) {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}

func TestJSONOfAnInvalidPlan(t *testing.T) {
	var out bytes.Buffer
	err := view.JSON(&out, plan.Plan{Errors: []plan.OwnerError{{Message: "no owner"}}})
	if err == nil || !strings.HasPrefix(err.Error(), "encode plan: ") {
		t.Errorf("error is %v", err)
	}
	if out.Len() != 0 {
		t.Error("half a document was written")
	}
}
