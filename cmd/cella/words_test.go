package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spoken are the files and folders whose texts users read.
var spoken = []string{
	"README.md",
	"CONTRIBUTING.md",
	"action.yml",
	"apply",
	"ci",
	"cmd/cella",
	"docs",
	"examples",
	"internal",
	"ledger",
	"pantheon",
	"plan",
	"schema",
	"secret",
}

// What follows or precedes "live" where it is not the environment. Of that one
// says "override for live": "live override" was read both ways.
const (
	asState  = "as|entry|ledgers?|names?|ones?|overrides?|scopes?|secrets?|settings|state|types?|values?|with|yet"
	saidLive = "all|are|as|be|been|go|goes|has|have|is|it|leaves?|left|longer|not|stays?|them|undeclared|was|were"
)

// unwanted are words that readers stopped at, with what to say instead.
var unwanted = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`(?i)\b(?:leav(?:e|es|ing)|left)\s+(?:\S+\s+){0,3}away\b`), "omit, leave out"},
	{regexp.MustCompile(`(?i)\bmend(?:s|ed|ing)?\b`), "fix"},
	{regexp.MustCompile(`(?i)\banew\b`), "again, recompute"},
	{regexp.MustCompile(`(?i)\bin\s+clear\b`), "plaintext"},
	{regexp.MustCompile(`(?i)\bways?\s+out\b`), "to allow it, to fix it"},
	{regexp.MustCompile(`(?i)\btook\s+(?:\S+\s+){0,4}out\b`), "removed"},
	{regexp.MustCompile(`(?i)\boverride\s+removed\b`), "removes the override: a plan speaks of what apply will do"},
	{regexp.MustCompile(`(?i)\bnothing\s+says\s+that\b`), "what is known, such as: Pantheon hides the value"},
	{regexp.MustCompile(`(?i)\blive\s+(?:` + asState + `)\b`), "on Pantheon"},
	{regexp.MustCompile(`(?i)\blive(?:,\s+(?:but|not)\b| $)`), "on Pantheon"},
	{regexp.MustCompile(`(?i)\b(?:` + saidLive + `)\s+live\b`), "on Pantheon"},
}

// environment is what stands before "live" where that is the environment: "the
// override for live, not in the manifest".
var environment = regexp.MustCompile(`\b(?:for|names) $`)

// unwantedIn returns what a text has of unwanted words, by the offset in it.
func unwantedIn(text string) map[int]string {
	found := map[int]string{}
	for _, word := range unwanted {
		for _, at := range word.pattern.FindAllStringIndex(text, -1) {
			if environment.MatchString(text[:at[0]]) {
				continue
			}
			found[at[0]] = strings.Join(strings.Fields(text[at[0]:at[1]]), " ") + "; say: " + word.instead
		}
	}
	return found
}

// TestUnwantedWordsAreFound: what is looked for is found, also over a line end,
// and what looks like it is left alone.
func TestUnwantedWordsAreFound(t *testing.T) {
	for _, text := range []string{
		"leave --out away", "Leave it away", "what was left away", "mend the file", "it is made anew", "in clear", "In\nclear", "the ways out",
		"took site:shop KEY out", "nothing says that it is equal", "live state", "a live secret", "the live values", "live override for test",
		"it is live", "not live yet", "stays live", "leaves it live", "live as declared", "live, not in the manifest",
		"what goes live", "no longer live", "would lose the live ",
	} {
		if len(unwantedIn(text)) == 0 {
			t.Errorf("nothing is found in %q", text)
		}
	}
	for _, text := range []string{
		"in clearance", "amend a commit", "plaintext", "right away", "it went away", "on its way", "the `live` override", "override for live",
		"the environment is `live`", "site:shop.live", "live.json", "deliver", "default, live: hidden", "a live environment",
		"the override for live, not in the manifest", "drop_overrides names live, but Pantheon has no such override",
	} {
		for _, found := range unwantedIn(text) {
			t.Errorf("%q: %s", text, found)
		}
	}
}

// TestNoUnwantedWords goes through what users read: pages, templates and their
// comments, and, in the folders that are spoken, strings and expected output.
func TestNoUnwantedWords(t *testing.T) {
	for _, top := range spoken {
		files := 0
		err := filepath.WalkDir(filepath.Join("..", "..", filepath.FromSlash(top)), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			short, err := filepath.Rel(filepath.Join("..", ".."), file)
			short = filepath.ToSlash(short)
			for text, line := range textsOf(t, short, readPage(t, file)) {
				files++
				for at, found := range unwantedIn(text) {
					t.Errorf("%s:%d: %s", short, line+strings.Count(text[:at], "\n"), found)
				}
			}
			return err
		})
		if err != nil || files == 0 {
			t.Errorf("%s: nothing was read: %v", top, err)
		}
	}
}

// textsOf returns what users read of a file, each text with the line that it
// begins in.
func textsOf(t *testing.T, name, text string) map[string]int {
	switch {
	case strings.HasSuffix(name, "_test.go"):
		return nil
	case path.Ext(name) == ".go":
		return stringsOf(t, text)
	case path.Ext(name) == ".txtar":
		return map[string]int{expectedOutput(text): 1}
	case strings.Contains(name, "/testdata/") && path.Ext(name) == ".yaml":
		return nil // what a test puts in
	case slices.Contains([]string{".golden", ".json", ".md", ".sh", ".txt", ".yaml", ".yml"}, path.Ext(name)):
		return map[string]int{text: 1}
	}
	return nil
}

var (
	outputLine  = regexp.MustCompile(`^(?:stdout|stderr) `)
	goldenLine  = regexp.MustCompile(`(?m)^cmp (?:stdout|stderr) (\S+)$`)
	sectionLine = regexp.MustCompile(`^-- (\S+) --$`)
)

// expectedOutput empties the lines of a script but for those that say what a
// command prints.
func expectedOutput(script string) string {
	var golden []string
	for _, match := range goldenLine.FindAllStringSubmatch(script, -1) {
		golden = append(golden, match[1])
	}
	lines, section := strings.Split(script, "\n"), ""
	for i, line := range lines {
		if match := sectionLine.FindStringSubmatch(line); match != nil {
			section = match[1]
		}
		if section == "" && !outputLine.MatchString(line) || section != "" && !slices.Contains(golden, section) {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// stringsOf returns the string literals of a Go file, except for tags, imports
// and regular expressions. What a sum adds to a literal is an ellipsis.
func stringsOf(t *testing.T, source string) map[string]int {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]int{"": 0}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			return node.Tag == nil
		case *ast.CallExpr:
			return called(node) != "MustCompile"
		case *ast.BinaryExpr:
			texts[sum(node)] = set.Position(node.Pos()).Line
		case *ast.BasicLit:
			texts[literal(node)] = set.Position(node.Pos()).Line
		}
		return true
	})
	return texts
}

// sum is the text of literals that are added.
func sum(node ast.Expr) string {
	if both, ok := node.(*ast.BinaryExpr); ok && both.Op == token.ADD {
		return sum(both.X) + sum(both.Y)
	}
	if text := literal(node); text != "" {
		return text
	}
	return "…"
}

// TestTextsOfFiles: of a script, what commands print; of a page, everything; of
// code, its strings.
func TestTextsOfFiles(t *testing.T) {
	script := "# comment\nexec cella plan\nstdout 'said'\n! stdout 'unsaid'\ncmp stdout plan.golden\n-- plan.golden --\nshown\n-- secrets.yaml --\nput in\n"
	page := "prose\n\n```sh\ntyped\n```\n\n```text\nshown\n```\n\nmore\n"
	code := "package p\n\nimport \"os\"\n\ntype s struct {\n\tA int `json:\"tag\"`\n}\n\n" +
		"var x = f(\"one \"+os.Args[0]+\" two\") + regexp.MustCompile(\"pattern\").String()\n"
	words := func(texts map[string]int) (all []string) {
		for text := range texts {
			all = append(all, strings.Join(strings.Fields(text), " "))
		}
		slices.Sort(all)
		return all
	}
	for name, want := range map[string][]string{
		"a.txtar": {"stdout 'said' -- plan.golden -- shown"},
		"a.md":    {"prose ```sh typed ``` ```text shown ``` more"},
		"a.go":    {"", "one", "one … two", "one …", "two", "……"},
	} {
		text := map[string]string{"a.txtar": script, "a.md": page, "a.go": code}[name]
		slices.Sort(want)
		if diff := cmp.Diff(want, words(textsOf(t, name, text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if textsOf(t, "a_test.go", code) != nil || textsOf(t, "schema/testdata/a.yaml", "x") != nil {
		t.Error("tests and their input are read")
	}
}
