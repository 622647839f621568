package importing

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/envfile"
)

// sectionLine is the line that SOPS's section of a YAML file begins with.
var sectionLine = regexp.MustCompile(`(?m)^sops:[ \t]*\r?$`)

// yaml reads a plain YAML file of names and texts. What YAML takes for something else is
// refused, because it does not say how that was written: 0123 is a number, 83.
func (f File) yaml() ([]envfile.Variable, error) {
	if len(bytes.TrimSpace(f.Text)) == 0 {
		return nil, nil // as of a .env file
	}
	r := &problem.Reporter{File: f.Name}
	file := readYAML(f.Text, r)
	wrong := &envfile.SyntaxError{}
	add := func(p envfile.Problem) {
		if len(wrong.Problems) == maxTold {
			wrong.More++
			return
		}
		wrong.Problems = append(wrong.Problems, p)
	}
	for _, p := range r.Problems {
		if p.Fails(false) {
			add(envfile.Problem{Line: p.Pos.Line, What: p.Message})
		}
	}
	if file == nil {
		return nil, wrong
	}
	var list []envfile.Variable
	for key, value := range file.Doc.Pairs(file.Doc.Root) {
		kind := kindOfNode(value)
		switch {
		case f.skips(key.Value):
			list = append(list, envfile.Variable{Name: key.Value})
		case kind == aText:
			list = append(list, envfile.Variable{Name: key.Value, Value: secret.NewValue(value.Value)})
		default:
			add(envfile.Problem{Line: value.Line, Name: words.Quote(key.Value), What: kind.wrong(YAML), How: f.remedy(kind, key.Value)})
		}
	}
	switch {
	case len(wrong.Problems) > 0:
		return nil, wrong
	case len(list) > envfile.MaxVariables:
		return nil, &envfile.SyntaxError{Problems: []envfile.Problem{{What: "it has too many variables"}}}
	}
	slices.SortFunc(list, func(a, b envfile.Variable) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// readYAML reads a YAML file for its names and values alone.
func readYAML(text []byte, r *problem.Reporter) *sopsfile.File {
	return sopsfile.Read("", text, func(sops.Metadata, problem.Place, *problem.Reporter) *sopsfile.Rule { return nil }, r)
}

// looksYAML reports whether text that is no .env file is YAML with names and texts.
func looksYAML(text []byte) bool {
	r := &problem.Reporter{}
	file := readYAML(text, r)
	return bytes.ContainsRune(text, ':') && file != nil && !r.Failed() && len(file.Doc.Leaves) > 0
}
