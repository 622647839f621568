package view_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// TestJSONIsSafeAndWhole: the document is ASCII on the outside, and holds the
// very plan on the inside.
func TestJSONIsSafeAndWhole(t *testing.T) {
	all := cases()
	odd := decision.Diff(input([]secret.DesiredSecret{want("\x7f\u0085\u202e\U0001F511<&>", "1")}, nil))
	all["odd"] = odd
	for name, p := range all {
		var out bytes.Buffer
		if err := view.JSON(&out, p); err != nil {
			t.Fatal(err)
		}
		written := out.String()
		if at := strings.IndexFunc(written, func(r rune) bool { return (r < ' ' || r > '~') && r != '\n' }); at >= 0 {
			t.Errorf("%s: byte %d is not printable ASCII", name, at)
		}
		if !strings.HasSuffix(out.String(), "}\n") {
			t.Errorf("%s does not end in a newline", name)
		}
		if _, err := view.ReadJSON([]byte(out.String() + "{}")); err == nil {
			t.Errorf("%s: something behind it is read", name)
		}
		back, err := view.ReadJSON(out.Bytes())
		switch {
		case p.FormatVersion == "":
			continue // put together by hand
		case err != nil:
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if name == "odd" && !strings.Contains(written, `\u007f\u0085\u202e\ud83d\udd11<&>`) {
			t.Errorf("%s: %s", name, written)
		}
	}
}

func TestJSONOfAnInvalidPlan(t *testing.T) {
	var out bytes.Buffer
	err := view.JSON(&out, plan.Plan{Errors: []plan.OwnerError{{Code: plan.CodeNotRead}}})
	if err == nil || !strings.HasPrefix(err.Error(), "encode plan: ") {
		t.Errorf("error is %v", err)
	}
	if out.Len() != 0 {
		t.Error("half a document was written")
	}
}
