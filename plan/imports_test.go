package plan

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestImports keeps plan and plan/view pure: nothing they reach speaks to the
// network, runs programs or reads YAML, and no package of cella among them
// touches files or the clock. Days come from a calendar that knows no today,
// and times are given: see TestNoClock. (The standard library's own fmt imports
// os, so that is looked for in cella's packages only.)
func TestImports(t *testing.T) {
	everywhere := []string{"net", "net/http", "os/exec", "gopkg.in/yaml.v3", "github.com/getsops/sops"}
	inCella := []string{"os", "io/ioutil", "log", "syscall", "crypto/rand", "math/rand", "math/rand/v2"}
	allowed := []string{
		"internal/cilog", "internal/words", "internal/hint", "plan", "plan/adopt", "plan/decision", "plan/effective", "plan/entry", "plan/record", "plan/sentence", "plan/view",
		"ledger", "ledger/chunk", "ledger/project", "secret", "secret/address", "secret/slip", "secret/reader",
	}
	libraries := []string{
		"cloud.google.com/go/civil",      // days, without a clock
		"github.com/agext/levenshtein",   // how far two words are apart
		"golang.org/x/text/transform",    // of norm
		"golang.org/x/text/unicode/norm", // how letters are composed
	}

	const module = "github.com/cella-secrets/cella/"
	for _, pkg := range dependencies(t, "./...") {
		for _, bad := range everywhere {
			if pkg.ImportPath == bad || strings.HasPrefix(pkg.ImportPath, bad+"/") {
				t.Errorf("plan reaches %s", pkg.ImportPath)
			}
		}
		if pkg.Standard || slices.Contains(libraries, pkg.ImportPath) {
			continue
		}
		name, isCella := strings.CutPrefix(pkg.ImportPath, module)
		if !isCella || !slices.Contains(allowed, name) {
			t.Errorf("plan reaches %s; beyond the standard library it needs %v alone", pkg.ImportPath, allowed)
		}
		for _, bad := range inCella {
			// hint names errors of the system, which it never calls.
			if slices.Contains(pkg.Imports, bad) && (name != "internal/hint" || bad != "syscall") {
				t.Errorf("%s imports %s", pkg.ImportPath, bad)
			}
		}
	}
}

// TestNoClock lets the packages that plan reaches hold times, and ask nobody
// what time it is, nor where.
func TestNoClock(t *testing.T) {
	asking := []string{
		"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Local", "LoadLocation",
	}
	looked := 0
	for _, pkg := range dependencies(t, "./...") {
		if !slices.Contains(pkg.Imports, "time") || !strings.HasPrefix(pkg.ImportPath, "github.com/cella-secrets/cella/") {
			continue
		}
		for _, name := range pkg.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			looked++
			ast.Inspect(file, func(node ast.Node) bool {
				selector, ok := node.(*ast.SelectorExpr)
				if !ok || !slices.Contains(asking, selector.Sel.Name) {
					return true
				}
				if x, ok := selector.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("%s in %s uses time.%s", name, pkg.ImportPath, selector.Sel.Name)
				}
				return true
			})
		}
	}
	if looked == 0 {
		t.Error("no file was looked at")
	}
}

type listed struct {
	ImportPath, Dir string
	Standard        bool
	Imports         []string
	GoFiles         []string
}

func dependencies(t *testing.T, pattern string) []listed {
	t.Helper()
	output, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Standard,Imports,GoFiles", pattern).Output()
	if err != nil {
		t.Fatalf("list dependencies: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var pkg listed
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("read dependencies: %v", err)
		}
		all = append(all, pkg)
	}
}
