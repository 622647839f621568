package sentence_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
)

const referencePath = "../../docs/codes.md"

const introduction = `# Codes

<!-- Written by ` + "`go test ./plan/sentence -run TestReference -update`" + ` from the codes themselves. -->

What a plan says, it says in codes and facts; sentences are made of them for people. A code is stable: a program may go by it, and
what a reviewer approves binds the codes and facts of refusals, never a sentence. In the JSON form of a plan each code stands beside
its facts and, as ` + "`message`" + `, the sentence of this version of cella. The columns below show the members of ` + "`facts`" + ` that a code can come
with, and the sentence for an example.
`

// TestReference holds docs/codes.md, and with it every sentence, against the
// code.
func TestReference(t *testing.T) {
	got := introduction + reasonsPage() +
		page("Warnings", "They stop nothing.", warningSamples(), func(s sample) string {
			return sentence.Warning(plan.Warning{Code: s.code, Owner: shop, Secret: s.secret, Facts: s.facts, Detail: s.detail})
		}) +
		page("Refusals", "One of them, and apply writes nothing: exit code 3. `--target` goes on with what it names alone.", refusalSamples(), func(s sample) string {
			message, remedy := sentence.Refusal(plan.Refusal{Code: s.code, Owner: shop, Secret: s.secret, Facts: s.facts, Detail: s.detail})
			return message + "<br>**To allow it:** " + remedy
		}) +
		page("Changed outside", "Members of `drift`: what somebody else changed since cella applied it.", driftSamples, func(s sample) string {
			return sentence.Drift(plan.Drift{Owner: shop, Secret: s.secret, Env: s.env, Code: s.code, Facts: s.facts})
		}) +
		page("Errors", "Nothing is known of the site or organization: exit code 1.", errorSamples, func(s sample) string {
			return sentence.Error(plan.OwnerError{Code: s.code, Owner: shop, Secret: s.secret, Facts: s.facts, Detail: s.detail})
		})
	testkit.Golden(t, referencePath, got)
}

func reasonsPage() string {
	out := "\n## Reasons\n\nWhy a secret, a value or a ledger is written, or what there is to know about one that is not.\n\n| code | sentence |\n| --- | --- |\n"
	for _, code := range reasonCodes {
		out += fmt.Sprintf("| `%s` | %s |\n", code, cell(sentence.Reason(plan.Reason{Code: code})))
		for _, s := range reasonSamples {
			if s.Code == code {
				fact := fmt.Sprintf("`changed_by`: `%s`", s.Facts.ChangedBy)
				if s.Facts.OnlyIn != "" {
					fact = fmt.Sprintf("`only_in`: `%s`", s.Facts.OnlyIn)
				}
				out += fmt.Sprintf("| `%s`, %s | %s |\n", code, fact, cell(sentence.Reason(s)))
			}
		}
	}
	return out
}

func page(title, about string, samples []sample, say func(sample) string) string {
	out := fmt.Sprintf("\n## %s\n\n%s\n\n| code | facts | sentence |\n| --- | --- | --- |\n", title, about)
	for _, s := range samples {
		facts := ""
		for _, name := range members(s.facts) {
			facts += ", `" + name + "`"
		}
		out += fmt.Sprintf("| `%s` | %s | %s |\n", s.code, strings.TrimPrefix(facts, ", "), cell(say(s)))
	}
	return out
}

func members(facts plan.Facts) []string {
	encoded, err := json.Marshal(facts)
	if err != nil {
		panic(err)
	}
	var object map[string]any
	if err := json.Unmarshal(encoded, &object); err != nil {
		panic(err)
	}
	return slices.Sorted(maps.Keys(object))
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// TestEveryCodeHasASentence: no code of package plan is left out of the
// reference, and none stands there that the package does not have.
func TestEveryCodeHasASentence(t *testing.T) {
	shown := map[string]bool{}
	for _, code := range reasonCodes {
		shown[string(code)] = true
	}
	for _, s := range slices.Concat(warningSamples(), refusalSamples(), driftSamples, errorSamples) {
		shown[string(s.code)] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(codes(t))), slices.Sorted(maps.Keys(shown))); diff != "" {
		t.Errorf("codes (-declared +shown):\n%s", diff)
	}
	for code := range shown {
		for _, said := range []string{
			sentence.Reason(plan.Reason{Code: plan.Code(code)}), sentence.Warning(plan.Warning{Code: plan.Code(code)}),
			sentence.Drift(plan.Drift{Code: plan.Code(code)}), sentence.Error(plan.OwnerError{Code: plan.Code(code)}),
		} {
			if said == "" {
				t.Errorf("%s without facts says nothing", code)
			}
		}
	}
}

// codes are the constants of type Code in package plan.
func codes(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	declared := map[string]bool{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Code" {
				if word, ok := spec.Values[0].(*ast.BasicLit); ok {
					text, err := strconv.Unquote(word.Value)
					if err != nil || declared[text] && !strings.HasPrefix(text, "external-") {
						t.Errorf("%s: the code %s is declared twice (%v)", path, word.Value, err)
					}
					declared[text] = true
				}
			}
			return true
		})
	}
	return declared
}

// TestUnknownCodes: a plan that a later cella saved has a line for each.
func TestUnknownCodes(t *testing.T) {
	const code = "later\n"
	for _, said := range []string{
		sentence.Reason(plan.Reason{Code: code}), sentence.Warning(plan.Warning{Code: code}),
		sentence.Drift(plan.Drift{Code: code, Facts: plan.Facts{Action: plan.None}}), sentence.Error(plan.OwnerError{Code: code}),
	} {
		if !strings.HasPrefix(said, `code "later\n"`) {
			t.Errorf("says %q", said)
		}
	}
}
