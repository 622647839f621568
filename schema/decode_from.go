package schema

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// VariablePrefix begins the names of the environment variables that a manifest
// may name. Without it, whoever writes the manifest could have any variable of
// the pipeline sent to Pantheon, its tokens included.
const VariablePrefix = "CELLA_VALUE_"

var variablePattern = regexp.MustCompile(`^` + VariablePrefix + `[A-Za-z0-9_]{1,100}$`)

// maxPath is the longest path of a value file, in bytes.
const maxPath = 1024

// origin says where a value comes from that does not stand in the manifest.
type origin struct {
	at     problem.Place
	source secret.Source // empty: what stands there was reported
}

// envOrigin is the origin of an override.
type envOrigin struct {
	env    secret.Env
	origin origin
}

func (d *decoder) decodeOverridesFrom(e *entry, node *yaml.Node, at *problem.Path) {
	d.environments(node, at, func(env secret.Env, _, value *yaml.Node, here *problem.Path) {
		e.overridesFrom = append(e.overridesFrom, envOrigin{env, d.origin(value, here)})
	})
	slices.SortFunc(e.overridesFrom, func(a, b envOrigin) int { return cmp.Compare(a.env, b.env) })
}

// environments hands the entries of a mapping from environments to visit.
func (d *decoder) environments(node *yaml.Node, at *problem.Path, visit func(env secret.Env, key, value *yaml.Node, here *problem.Path)) {
	if !d.mapping(node, at, "name an environment, or remove the line") {
		return
	}
	if len(node.Content) == 0 {
		d.Fail(at.At(node), "empty", "name an environment, or remove the line", "there are no overrides here")
	}
	for key, value := range d.pairs(node) {
		here := at.Child(key.Value)
		if err := secret.Env(key.Value).Validate(); err != nil {
			d.Fail(here.At(key), "env-name", "write dev, test, live or the name of a multidev", "this is not an environment: %v", err)
			continue
		}
		visit(secret.Env(key.Value), key, value, here)
	}
}

// origin reads {env: NAME} or {file: PATH}.
func (d *decoder) origin(node *yaml.Node, at *problem.Path) origin {
	const remedy = "write {env: " + VariablePrefix + "NAME} or {file: PATH}"
	from := origin{at: at.At(node)}
	if node.Kind == yaml.ScalarNode && !isNull(node) && !d.Skip[node] && !d.misread(node) {
		d.Fail(from.at, "value-source", remedy, "this does not say where the value comes from")
		return from
	}
	if !d.mapping(node, at, remedy) {
		return from
	}
	found := 0
	for key, value := range d.pairs(node) {
		here := at.Child(key.Value)
		switch key.Value {
		case "env":
			from.source = d.variable(value, here)
		case "file":
			from.source = d.valuePath(value, here)
		default:
			d.unknown(key, at, fromKeys)
			continue
		}
		found++
		from.at = here.At(value)
	}
	if found != 1 {
		d.Fail(at.At(node), "value-source", remedy, "a value comes from one place; here are %d", found)
		from.source = ""
	}
	return from
}

// variable reads the name of an environment variable. It does not repeat what
// is none: it may be a value that slipped into the wrong line.
func (d *decoder) variable(node *yaml.Node, at *problem.Path) secret.Source {
	name, ok := d.text(node, at)
	if !ok {
		return ""
	}
	if !variablePattern.MatchString(name) {
		d.Fail(at.At(node), "variable-name", "write a name that begins with "+VariablePrefix+", in letters, digits and underscores",
			"this is no environment variable that a value may come from")
		return ""
	}
	return secret.EnvSource(name)
}

// valuePath reads the path of a value file, as a form only.
func (d *decoder) valuePath(node *yaml.Node, at *problem.Path) secret.Source {
	name, ok := d.text(node, at)
	if !ok {
		return ""
	}
	unfit := func(r rune) bool { return r == '\\' || !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	inGit := func(part string) bool { return strings.EqualFold(part, ".git") } // which no commit holds
	if path.IsAbs(name) || slices.ContainsFunc(strings.Split(name, "/"), inGit) || strings.HasSuffix(name, "/") ||
		len(name) > maxPath || strings.ContainsFunc(name, unfit) {
		d.Fail(at.At(node), "value-path", "write a path relative to the manifest's folder, with slashes, such as certs/shop.pem",
			"this cannot be the path of a value file")
		return ""
	}
	return secret.FileSource(path.Clean(name))
}
