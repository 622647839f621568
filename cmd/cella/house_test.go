package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// revealing lists the files that may call secret.Value.Reveal: where a value
// leaves on purpose, and where it is measured or compared.
var revealing = []string{
	"internal/importing/sealed.go", // the text of an encrypted file is read like one in clear
	"ledger/chunk/keys.go",         // key derivation
	"ledger/chunk/names.go",        // the ledger itself is read back as a value
	"ledger/fingerprint.go",        // keyed fingerprints
	"ledger/keys.go",               // keyed digests for saved plans
	"pantheon/request.go",          // request bodies
	"schema/check.go",              // the length of the fingerprint key
	"schema/sopsfile/datakey.go",   // merged values are encrypted again
	"secret/local/encode.go",       // files for local development
	"secret/slip/between.go",       // what two values differ in
	"secret/slip/slip.go",          // line ends, spaces, what does not show
	"secret/value.go",              // its own methods
}

// TestValuesAreRevealedInFewPlaces walks the syntax of every file that is not
// a test. A new place needs a line above, and a look at where the text goes.
func TestValuesAreRevealedInFewPlaces(t *testing.T) {
	var found []string
	eachSourceFile(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if ok && selector.Sel.Name == "Reveal" && !slices.Contains(found, path) {
				found = append(found, path)
			}
			return true
		})
	})
	slices.Sort(found)
	if diff := cmp.Diff(revealing, found); diff != "" {
		t.Errorf("files that call Reveal (-listed +found):\n%s", diff)
	}
}

// TestOnlyMainExits keeps defers running: nothing but main calls os.Exit, and
// nothing runs before main.
func TestOnlyMainExits(t *testing.T) {
	eachSourceFile(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.SelectorExpr:
				if x, ok := node.X.(*ast.Ident); ok && x.Name == "os" && node.Sel.Name == "Exit" && path != "cmd/cella/main.go" {
					t.Errorf("%s calls os.Exit", path)
				}
			case *ast.FuncDecl:
				if node.Recv == nil && node.Name.Name == "init" {
					t.Errorf("%s has an init function", path)
				}
			}
			return true
		})
	})
}

// TestGoroutinesAreGuarded: a panic in a goroutine that nobody guards ends the
// process, in the middle of what others do.
func TestGoroutinesAreGuarded(t *testing.T) {
	const guard = "internal/crash/goroutine.go"
	eachSourceFile(t, func(path string, file *ast.File) {
		if path == guard || slices.Contains(forTests, filepath.ToSlash(filepath.Dir(path))) {
			return
		}
		for _, spec := range file.Imports {
			if strings.Contains(spec.Path.Value, "errgroup") {
				t.Errorf("%s imports errgroup, not internal/crash", path)
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine that %s does not guard", path, guard)
			case *ast.SelectorExpr:
				// A crash.Group is called group.
				x, ok := node.X.(*ast.Ident)
				if node.Sel.Name == "Go" && (!ok || x.Name != "crash" && x.Name != "group") {
					t.Errorf("%s calls another Go than internal/crash's", path)
				}
			}
			return true
		})
	})
}

// eachSourceFile parses every Go file of the module that is not a test.
func eachSourceFile(t *testing.T, visit func(path string, file *ast.File)) {
	t.Helper()
	eachGoFile(t, func(path string, file *ast.File) {
		if !strings.HasSuffix(path, "_test.go") {
			visit(path, file)
		}
	})
}

// eachGoFile parses every Go file of the module.
func eachGoFile(t *testing.T, visit func(path string, file *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, path)
		visit(filepath.ToSlash(short), file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// longest is how many characters a line may have: they fit a screen.
const longest = 160

// longLined are the folders that have longer ones until they follow.
var longLined = []string{"apply", "ledger", "pantheon", "plan"}

// TestLinesFitAScreen: nobody reads the end of a line that does not. The files of
// the commands themselves follow too.
func TestLinesFitAScreen(t *testing.T) {
	eachGoFile(t, func(path string, _ *ast.File) {
		top, _, _ := strings.Cut(path, "/")
		command := top == "cmd" && !strings.HasSuffix(path, "_test.go")
		if command || slices.Contains(longLined, top) {
			return
		}
		number := 0
		for line := range strings.Lines(readPage(t, filepath.Join("..", "..", path))) {
			number++
			if length := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); length > longest {
				t.Errorf("%s:%d has %d characters", path, number, length)
			}
		}
	})
}

// TestLinesOfScriptsFitAScreen, but those of files that the script compares output
// with: no line of output can be cut.
func TestLinesOfScriptsFitAScreen(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%d scripts, %v", len(scripts), err)
	}
	for _, script := range scripts {
		var compared []string
		number, output := 0, false
		for line := range strings.Lines(readPage(t, script)) {
			number++
			line = strings.TrimSuffix(line, "\n")
			if words := strings.Fields(line); len(words) > 1 && words[0] == "cmp" {
				compared = append(compared, path.Base(words[len(words)-1]))
			}
			if name, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(name, " --") {
				output = slices.Contains(compared, path.Base(strings.TrimSuffix(name, " --")))
			}
			if length := utf8.RuneCountInString(line); length > longest && !output {
				t.Errorf("%s:%d has %d characters", script, number, length)
			}
		}
	}
}

// skipping lists the tests that are skipped for another reason than what a machine
// lacks: those say so by testkit.Need.
var skipping = map[string]string{
	"cmd/cella/figures_test.go":            "a figure of what can't be built here",
	"cmd/cella/harness_test.go":            "-short, which is for the race detector",
	"cmd/cella/oldsops_test.go":            "a program that takes minutes to build, and that CONTRIBUTING.md names",
	"internal/testkit/need.go":             "it says so",
	"internal/words/argument_test.go":      "a fuzzed input that is none",
	"ledger/project/size_test.go":          "-short",
	"pantheon/secrecy_test.go":             "a fuzzed input that is none",
	"schema/bench_test.go":                 "a figure that the system does not tell",
	"schema/internal/sealtest/sealtest.go": "-short, which is for the race detector",
}

// TestSkippedTestsAreTold: what is not tested for want of a program is said at the
// end of the run, and fails in .ci/run.
func TestSkippedTestsAreTold(t *testing.T) {
	found := map[string]bool{}
	eachGoFile(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, selector.Sel.Name) {
				return true
			}
			found[path] = true
			if skipping[path] == "" {
				t.Errorf("%s skips a test without a word: for want of a program use testkit.Need", path)
			}
			return true
		})
	})
	for path := range skipping {
		if !found[path] {
			t.Errorf("%s skips nothing", path)
		}
	}
}

// unbounded lists the tests that start programs by themselves.
var unbounded = []string{
	"cmd/cella/ci_stubs_test.go", // a stub has no test to end with
	"cmd/cella/script_test.go",   // a script has a context of its own
	"plan/imports_test.go",
}

// TestProgramsOfTestsEnd: a test that hangs leaves no program behind.
func TestProgramsOfTestsEnd(t *testing.T) {
	eachGoFile(t, func(path string, file *ast.File) {
		if !strings.HasSuffix(path, "_test.go") || slices.Contains(unbounded, path) {
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == "exec" && strings.HasPrefix(selector.Sel.Name, "Command") {
				t.Errorf("%s starts a program that may outlive it: use testkit.Command", path)
			}
			return true
		})
	})
}
