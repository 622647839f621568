package view_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
)

// document is the plan as it is saved.
func document(t testing.TB, p plan.Plan) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := view.JSON(&text, p); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// TestWhatIsSavedIsRead: every plan of a Diff that is rendered in these tests
// comes back as it was.
func TestWhatIsSavedIsRead(t *testing.T) {
	for name, c := range cases() {
		if c.FormatVersion == "" {
			continue // put together by hand
		}
		t.Run(name, func(t *testing.T) {
			saved := document(t, c)
			read, err := view.ReadJSON(saved)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(saved), string(document(t, read))); diff != "" {
				t.Errorf("it was read as another plan (-saved +read):\n%s", diff)
			}
		})
	}
}

// FuzzSavedPlan: whatever a plan file holds, it is refused or can be compared
// with what there is to do.
func FuzzSavedPlan(f *testing.F) {
	var now plan.Plan
	for _, c := range cases() {
		saved := document(f, c)
		if len(saved) > 64<<10 {
			continue // a large one is no better to begin with
		}
		now = c
		f.Add(saved)
		f.Add(bytes.ReplaceAll(saved, []byte(`"kind": "site"`), []byte(`"kind": null`)))
		f.Add(bytes.ReplaceAll(saved, []byte(`"owner": {`), []byte(`"owner": null, "was": {`)))
		f.Add(bytes.ReplaceAll(saved, []byte(`[`), []byte(`[null, `)))
		f.Add(saved[:len(saved)/2])
	}
	f.Add([]byte(`{"format_version":"1","changes":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		saved, err := view.ReadJSON(data)
		if err != nil {
			var format *view.FormatError
			if !errors.Is(err, view.ErrNoPlan) && !errors.As(err, &format) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %q", err)
			}
			return
		}
		if _, err := plan.Digest(saved); err != nil {
			t.Errorf("what was read has no digest: %v", err)
		}
		for _, pair := range [][2]plan.Plan{{saved, now}, {now, saved}, {saved, saved}, {saved, {}}} {
			if err := view.Stale(io.Discard, pair[0].Approved(), pair[1].Approved()); err != nil {
				t.Errorf("it cannot be compared: %v", err)
			}
		}
	})
}
