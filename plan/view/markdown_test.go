package view_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/view"
)

func markdown(t *testing.T, p plan.Plan, limit int) string {
	t.Helper()
	var out bytes.Buffer
	if err := view.Markdown(&out, p, view.MarkdownOptions{Limit: limit, Run: runOf(p)}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// runOf is the run of a pipeline for the plan, whose manifest is named after the
// project.
func runOf(p plan.Plan) view.Run {
	return view.Run{
		Label: p.Project + ".yaml", Usual: "storefront.yaml", Commit: strings.Repeat("0123456789", 4), Link: "https://ci.example/runs/1",
		At: time.Date(2026, 3, 1, 12, 30, 59, 0, time.FixedZone("", 3600)),
	}
}

// markdownCases are the cases of the text view, and those that matter to
// Markdown alone.
func markdownCases() map[string]plan.Plan {
	all := cases()
	all["outbreaks"] = outbreakAll()
	all["3000 changes"] = huge(3000, 3)
	all["3000 findings"] = lengthy(decision.Diff(everything()), 3000)
	return all
}

func TestMarkdown(t *testing.T) {
	for name, p := range markdownCases() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".md", []byte(markdown(t, p, 0)))
		})
	}
}

// TestMarkdownIsSafe: each text alone wherever a plan has text leaves the
// comment with the outline that it has with a harmless one.
func TestMarkdownIsSafe(t *testing.T) {
	for name, p := range markdownCases() {
		if _, err := outline(markdown(t, p, 0)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range outbreaks {
		checkOutline(t, text)
		checkOutline(t, "see "+text)
		checkOutline(t, text+text)
		checkOutline(t, "site:"+text+": failed, "+text+"; "+text+".")
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, text := range outbreaks {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkOutline(t, text) })
}

// sentences are how many a row has.
var sentences = regexp.MustCompile(` of \d+`)

func checkOutline(t *testing.T, text string) {
	t.Helper()
	if len(text) > 500 {
		return // what may be cut has another outline
	}
	want, err := outline(markdown(t, outbreak("harmless"), 0))
	if err != nil {
		t.Fatal(err)
	}
	comment := markdown(t, outbreak(text), 0)
	got, err := outline(comment)
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return
	}
	if !strings.ContainsAny(text, "<&") { // a type may be the declared one, and is not told then
		want, got = sentences.ReplaceAllString(want, ""), sentences.ReplaceAllString(got, "")
	}
	if diff := cmp.Diff(want, got); diff != "" && text != "" { // an empty environment is none
		t.Errorf("%q has another outline:\n%s\n%s", text, diff, comment)
	}
	for _, r := range comment {
		if (r < ' ' || r > '~') && r != '\n' && r != '…' {
			t.Errorf("%q shows %q", text, r)
		}
	}
}

var (
	cutNote = regexp.MustCompile(`Not shown: (\d+) more lines?, none more dangerous`)
	newRow  = regexp.MustCompile("(?m)^\\| `\\+` new \\| `SECRET_\\d+` \\| (?:`site-\\d+`[, ]+)+")
)

// TestMarkdownIsCut: what is left out is counted, and the totals stay.
func TestMarkdownIsCut(t *testing.T) {
	tests := map[string]struct {
		plan  plan.Plan
		sites int // of each row
		limit int
	}{
		"one site":          {huge(3000, 1), 1, 0},
		"three sites":       {huge(3000, 3), 3, 0},
		"below the default": {huge(3000, 3), 3, 8000},
		"little fits":       {lengthy(huge(300, 1), 3000), 1, 8000},
		"findings":          {lengthy(huge(3000, 3), 3000), 3, 0},
		"text everywhere":   {lengthy(outbreak(strings.Repeat("\x00`\n", 500)), 3000), 1, 8000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := markdown(t, test.plan, test.limit)
			limit := test.limit
			if limit == 0 {
				limit = view.MarkdownLimit
			}
			if len(got) > limit {
				t.Errorf("%d bytes, want at most %d", len(got), limit)
			}
			if _, err := outline(got); err != nil {
				t.Error(err)
			}
			note := cutNote.FindStringSubmatch(got)
			if note == nil {
				t.Fatal("it does not say that it was cut")
			}
			missing, _ := strconv.Atoi(note[1])
			rows := newRow.FindAllString(got, -1)
			if created := test.plan.Summary.Create; created > 0 && (len(rows)+missing)*test.sites != created {
				t.Errorf("%d shown and %d missing, of %d sites each, are not %d", len(rows), missing, test.sites, created)
			}
			if n := test.plan.Summary.Create; n > 0 && !strings.Contains(got, fmt.Sprintf("reates %d secrets.", n)) && !strings.Contains(got, fmt.Sprintf("The rest: creates %d", n)) {
				t.Error("the total is missing")
			}
		})
	}
}

// TestMarkdownFillsItsRoom: a comment is not cut further than it must be.
func TestMarkdownFillsItsRoom(t *testing.T) {
	if got := len(markdown(t, huge(3000, 3), 0)); got < view.MarkdownLimit-500 {
		t.Errorf("%d bytes of %d are used", got, view.MarkdownLimit)
	}
	whole := markdown(t, huge(300, 3), 0)
	if strings.Contains(whole, "Cut here") {
		t.Error("what fits is cut")
	}
}

// TestMarkdownSaysWhatTextSays: each sentence about the whole plan is the same, and
// "No changes." is said of the same plans.
func TestMarkdownSaysWhatTextSays(t *testing.T) {
	for name, p := range cases() {
		inText := string(text(t, p, false))
		plain := strings.NewReplacer("**", "", "`", "") // names are code in the comment
		comment := plain.Replace(markdown(t, p, 0))
		blocks := strings.Split(strings.TrimSpace(inText), "\n\n")
		unwrapped := strings.ReplaceAll(blocks[len(blocks)-1], "\n  ", " ")
		for line := range strings.Lines(unwrapped) {
			line = plain.Replace(strings.TrimSuffix(line, "\n"))
			if strings.HasPrefix(line, "Plan: ") || strings.HasPrefix(line, "Apply writes nothing") {
				continue // the first sentence of the comment: see TestHeadline
			}
			if !strings.Contains(comment, "\n"+line+"\n") {
				t.Errorf("%s: does not say %q", name, line)
			}
		}
		if says := strings.Contains(strings.ToLower(comment), "no changes"); says != strings.Contains(inText, "No changes.") {
			t.Errorf("%s: says no changes is %t", name, says)
		}
		if strings.Contains(comment, "canary") {
			t.Errorf("%s shows a value", name)
		}
	}
}

func TestMarkdownHasTheDigest(t *testing.T) {
	p := decision.Diff(everything())
	digest, err := plan.Digest(p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(markdown(t, p, 0), "Plan `sha256:"+digest+"`, made by cella `1.2.3`.\n") {
		t.Error("the foot does not name the digest")
	}
}

func TestMarkdownErrors(t *testing.T) {
	if err := view.Markdown(brokenWriter{}, plan.Plan{}, view.MarkdownOptions{}); err == nil {
		t.Error("the writer's error is lost")
	}
	var out bytes.Buffer
	err := view.Markdown(&out, plan.Plan{Changes: []plan.Change{{Secret: "A"}}}, view.MarkdownOptions{})
	if err == nil || !strings.HasPrefix(err.Error(), "digest plan: ") || out.Len() > 0 {
		t.Errorf("a change of nobody: %v, %d bytes", err, out.Len())
	}
}

// TestMarkers: each label has its own, whatever it is, and a later run the same.
func TestMarkers(t *testing.T) {
	seen := map[string]string{}
	for _, label := range append(slices.Clone(outbreaks), "secrets.yaml", "secrets.yaml ", "./secrets.yaml", strings.Repeat("a", 300)) {
		marker, _, _ := strings.Cut(markdown(t, plan.Plan{Project: label}, 0), "\n")
		if other, taken := seen[marker]; taken {
			t.Errorf("%q and %q have the same marker", label, other)
		}
		seen[marker] = label
		if marker != view.Marker(label+".yaml") {
			t.Errorf("%q is not found again", label)
		}
	}
	// The action's script makes the same one, where cella could not be installed.
	if got := view.Marker("secrets.yaml"); got != "<!-- cella:08c80ed11902eefef09739d41c91408238bb8b5e7be7cc1e5db933b7c8de65c3 -->" {
		t.Errorf("it is %s", got)
	}
}
