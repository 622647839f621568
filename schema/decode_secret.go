package schema

import (
	"cmp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// valueField is a value, an override or a key of the document, to be filled
// in once values are known.
type valueField struct {
	node   *yaml.Node
	at     *problem.Path
	usable bool // its form is right
}

// entry is one declared secret.
type entry struct {
	secret.DesiredSecret
	at        *problem.Path
	key       *yaml.Node
	keys      []*yaml.Node // that are present
	misspelt  []string     // keys that unknown ones were probably meant to be
	unread    bool         // external says something else than true or false
	value     *valueField
	overrides []envField

	valueFrom     *origin
	overridesFrom []envOrigin
	dated         map[string]problem.Place // where dates stand, by key
}

// field is the key that stands there under this name, or nil.
func (e *entry) field(name string) *yaml.Node {
	for _, key := range e.keys {
		if key.Value == name {
			return key
		}
	}
	return nil
}

type envField struct {
	env   secret.Env
	field valueField
}

func (d *decoder) decodeSecrets(o *owner, node *yaml.Node, at *problem.Path) {
	if !d.mapping(node, at, "write {} to say that there are no secrets") {
		return
	}
	for key, value := range d.pairs(node) {
		here := at.Child(key.Value)
		if d.secrets++; d.secrets > maxSecrets {
			d.tooManySecrets(here.At(key))
			return
		}
		if Reserved(d.rule, key.Value) {
			d.Fail(here.At(key), "reserved-name", "choose another name",
				"a secret cannot have this name: SOPS would encrypt its type and scopes too")
			continue
		}
		e := &entry{at: here, key: key}
		e.Name = secret.Name(key.Value)
		e.Pos = secret.Pos{File: d.File, Line: key.Line, Column: key.Column}
		e.Type, e.Scopes = d.defaults.kind, d.defaults.scopes
		if !d.secret(value, here) {
			continue
		}
		e.keys = make([]*yaml.Node, 0, len(value.Content)/2)
		for field, content := range d.pairs(value) {
			e.keys = append(e.keys, field)
			d.secretField(e, field, content)
		}
		d.checkSecret(e)
		d.lintSecret(e)
		o.secrets = append(o.secrets, e)
	}
}

// tooManySecrets reports it at the first one, and of no other.
func (d *decoder) tooManySecrets(at problem.Place) {
	if d.secrets == maxSecrets+1 {
		d.Fail(at, "too-many-secrets", "split the manifest: give some of the sites a project and a manifest of their own",
			"the manifest has more than %d secrets", maxSecrets)
	}
}

// secret checks that node is a mapping, as a secret must be.
func (d *decoder) secret(node *yaml.Node, at *problem.Path) bool {
	if node.Kind == yaml.ScalarNode && !isNull(node) && !d.Skip[node] && !d.misread(node) {
		d.Fail(at.At(node), "bare-value", "write it on a line of its own below the name, after value:, then run: "+problem.SealCommand(d.File)+
			"; if it was ever committed, replace the secret at its source", "the value is right after the name, where SOPS does not encrypt it")
		return false
	}
	return d.mapping(node, at, "give the secret a value, or remove the line")
}

func (d *decoder) secretField(e *entry, key, node *yaml.Node) {
	at := e.at.Child(key.Value)
	switch key.Value {
	case "description":
		e.Description, _ = d.text(node, at)
	case "type":
		e.Type = d.decodeType(node, at)
	case "scopes":
		e.Scopes = d.decodeScopes(node, at)
	case "value":
		e.value = &valueField{node: node, at: at, usable: d.encryptedText(node, at, key.Value, d.rule.Matches(key.Value))}
		d.lintComment(key, node, at)
	case "overrides":
		d.decodeOverrides(e, node, at)
	case "value_from":
		from := d.origin(node, at)
		e.valueFrom = &from
	case "override_from":
		d.decodeOverridesFrom(e, node, at)
	case "expires", "rotated", "rotate_every":
		d.dateField(e, key, node)
	case "external":
		var ok bool
		e.External, ok = d.flag(node, at)
		e.unread = !ok
	case "replace":
		e.Replace, _ = d.flag(node, at)
	case "protect":
		if protect, ok := d.flag(node, at); ok && protect {
			e.Protect = secret.Protected
		} else if ok {
			e.Protect = secret.Unprotected
		}
	case "retire":
		e.Retire = d.secretRetire(node, at)
	case "drop_overrides":
		envs, _ := d.list(node, at, func(item *yaml.Node) (string, bool) { return d.env(item, at) })
		for _, env := range envs {
			e.DropOverrides = append(e.DropOverrides, secret.Env(env))
		}
		slices.Sort(e.DropOverrides)
	default:
		e.misspelt = append(e.misspelt, d.unknown(key, e.at, secretKeys))
	}
}

// secretRetire reads how a secret leaves. One cannot be abandoned: what the
// others of its owner are read with reads it too.
func (d *decoder) secretRetire(node *yaml.Node, at *problem.Path) secret.Retirement {
	if node.Kind == yaml.ScalarNode && node.Value == string(secret.RetireAbandon) {
		d.Fail(at.At(node), "retire-secret", "write retire: release, which leaves it on Pantheon, or retire: delete",
			"retire: abandon is for a whole site or organization, not for one secret")
		return ""
	}
	word, _ := d.word(node, at, []string{string(secret.RetireDelete), string(secret.RetireRelease)})
	return secret.Retirement(word)
}

func (d *decoder) decodeOverrides(e *entry, node *yaml.Node, at *problem.Path) {
	d.environments(node, at, func(env secret.Env, key, value *yaml.Node, here *problem.Path) {
		covered := d.rule.Matches("overrides") || d.rule.Matches(key.Value)
		field := valueField{node: value, at: here, usable: d.encryptedText(value, here, "overrides", covered)}
		d.lintComment(key, value, here)
		e.overrides = append(e.overrides, envField{env, field})
	})
	slices.SortFunc(e.overrides, func(a, b envField) int { return cmp.Compare(a.env, b.env) })
}

func (d *decoder) env(node *yaml.Node, at *problem.Path) (string, bool) {
	text, ok := d.text(node, at)
	if !ok {
		return "", false
	}
	if err := secret.Env(text).Validate(); err != nil {
		d.Fail(at.At(node), "env-name", "write dev, test, live or the name of a multidev", "this is not an environment: %v", err)
		return "", false
	}
	return text, true
}

// broken stands for a type that was reported already.
const broken secret.Type = "\x00"

func (d *decoder) decodeType(node *yaml.Node, at *problem.Path) secret.Type {
	text, ok := d.fixed(node, at, "unknown-type", texts(secret.CreatableTypes()))
	kind := secret.Type(text)
	switch {
	case !ok:
		return broken
	case kind == secret.FileType || kind == secret.VCSType:
		d.Fail(at.At(node), "type-not-creatable", "write one of: "+strings.Join(texts(secret.CreatableTypes()), ", "),
			"Pantheon has type %s, but does not document how to create it", text)
		return broken
	case !kind.Creatable():
		d.unknownWord(at.At(node), "unknown-type", text, texts(secret.CreatableTypes()))
		return broken
	}
	return kind
}

// decodeScopes returns nil only where there is no list; a list with something
// wrong in it is reported and not empty.
func (d *decoder) decodeScopes(node *yaml.Node, at *problem.Path) secret.Scopes {
	texts, ok := d.list(node, at, func(item *yaml.Node) (string, bool) { return d.scope(item, at) })
	if !ok {
		return secret.Scopes{""}
	}
	scopes := make([]secret.Scope, len(texts))
	for i, word := range texts {
		scopes[i] = secret.Scope(word)
	}
	return secret.NewScopes(scopes...)
}

func (d *decoder) scope(node *yaml.Node, at *problem.Path) (string, bool) {
	text, ok := d.fixed(node, at, "unknown-scope", texts(secret.CreatableScopes()))
	switch {
	case !ok:
		return "", false
	case text == string(secret.OpsScope):
		d.Fail(at.At(node), "scope-not-creatable", "use any of: "+strings.Join(texts(secret.CreatableScopes()), ", "),
			"Pantheon has scope ops, but does not document how to create it")
		return "", false
	case !secret.Scope(text).Creatable():
		d.unknownWord(at.At(node), "unknown-scope", text, texts(secret.CreatableScopes()))
		return "", false
	}
	return text, true
}

func texts[T ~string](words []T) []string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return texts
}
