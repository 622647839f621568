package main

import (
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestManifestReferenceKeys holds the tables of keys in docs/manifest.md
// against the lists that the decoder goes by.
func TestManifestReferenceKeys(t *testing.T) {
	lists := grammar(t)
	prefixes := map[string][]string{
		"topKeys": {""}, "defaultsKeys": {"defaults."}, "policyKeys": {"policy."},
		"orgKeys": {"organizations.NAME.", "sites.NAME."}, "siteKeys": {"sites.NAME."}, "secretKeys": {"secrets.NAME."},
		"fromKeys": {"secrets.NAME.value_from.", "secrets.NAME.override_from.ENV."},
	}
	var want []string
	for list, keys := range lists {
		if prefixes[list] == nil {
			t.Errorf("the manifest reference has no table for the keys of %s", list)
		}
		for _, prefix := range prefixes[list] {
			for _, key := range keys {
				want = append(want, prefix+key)
			}
		}
	}
	sections := sectionsOf(readPage(t, "../../docs/manifest.md"))
	got := rowsOf(sections["Keys"])
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys in docs/manifest.md (-known +shown):\n%s", diff)
	}
}

// grammar returns the lists of keys in schema/grammar.go. Where one list is
// made from another one, it holds what is added.
func grammar(t *testing.T) map[string][]string {
	t.Helper()
	lists := map[string][]string{}
	eachSourceFile(t, func(path string, file *ast.File) {
		if path != "schema/grammar.go" {
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Names) != len(spec.Values) {
				return true
			}
			for i, name := range spec.Names {
				ast.Inspect(spec.Values[i], func(node ast.Node) bool {
					if key := literal(node); key != "" {
						lists[name.Name] = append(lists[name.Name], key)
					} else if word, ok := node.(*ast.Ident); ok && word.Name == "SopsKey" {
						lists[name.Name] = append(lists[name.Name], "sops")
					}
					return true
				})
			}
			return false
		})
	})
	return lists
}

// TestManifestReferenceCodes holds the tables of codes in docs/manifest.md
// against the calls that report problems, and the constants.
func TestManifestReferenceCodes(t *testing.T) {
	errors, lints := map[string]bool{}, map[string]bool{}
	eachSourceFile(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if strings.HasPrefix(path, "schema/") && len(node.Args) > 2 && slices.Contains([]string{"Fail", "unknownWord", "Add"}, called(node)) {
					errors[literal(node.Args[1])] = true
				}
			case *ast.CompositeLit:
				if name, ok := node.Type.(*ast.Ident); ok && name.Name == "fault" {
					errors[literal(node.Elts[0])] = true
				}
			case *ast.ValueSpec:
				if len(node.Values) != 1 {
					return true
				}
				switch code, name := literal(node.Values[0]), node.Names[0].Name; {
				case strings.HasPrefix(path, "schema/") && strings.HasPrefix(strings.ToLower(name), "lint"),
					path == "secret/slip/slip.go" && ast.IsExported(name):
					lints[code] = true
				case strings.HasPrefix(path, "schema/") && strings.HasPrefix(name, "Code"):
					errors[code] = true
				}
			}
			return true
		})
	})
	delete(errors, "") // a code that is passed on
	sections := sectionsOf(readPage(t, "../../docs/manifest.md"))
	for name, tables := range map[string]struct {
		known map[string]bool
		shown []string
	}{
		"errors": {errors, rowsOf(sections["Errors"])},
		"lints":  {lints, rowsOf(sections["Lints"])},
	} {
		slices.Sort(tables.shown)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(tables.known)), tables.shown); diff != "" {
			t.Errorf("%s in docs/manifest.md (-known +shown):\n%s", name, diff)
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(sections["Keys"], -1) {
		cells := strings.Split(row, "|")
		for _, code := range backquoted.FindAllStringSubmatch(cells[len(cells)-2], -1) {
			if !errors[code[1]] {
				t.Errorf("no error has the code %s, which this row names:\n%s", code[1], row)
			}
		}
	}
}

var backquoted = regexp.MustCompile("`([^`]+)`")

// sectionsOf cuts a page at its headings of the second level.
func sectionsOf(page string) map[string]string {
	sections := map[string]string{}
	for _, part := range strings.Split(page, "\n## ")[1:] {
		title, body, _ := strings.Cut(part, "\n")
		sections[title] = body
	}
	return sections
}

// rowsOf returns what the first cells of tables hold in backquotes.
func rowsOf(section string) []string {
	var rows []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, match[1])
	}
	return rows
}
