package edit

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// SetValue gives a secret its value, or with an environment an override. A
// value that is equal already is left alone, ciphertext and all. It takes the
// place of one that comes from elsewhere (value_from, override_from), and with a
// default value an external secret becomes a managed one. It fails where there is
// nothing to set the value of.
func (d *Draft) SetValue(owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error {
	entry, _ := d.entry(owner, name)
	if entry == nil {
		return d.failed(entryFrame(owner, name), errNoSecret)
	}
	if env == "" {
		if err := d.setValue(entry, "value", value, schema.SecretKeys()); err != nil {
			return err
		}
		for _, other := range []string{"external", "value_from"} {
			if entry.Remove(other, d.unit()) {
				d.changed = true
			}
		}
		return nil
	}
	if !entry.Has("value") && !entry.Has("value_from") {
		return d.failed(entry.At, errNoDefault)
	}
	if !entry.Open(d.unit()) {
		return d.failed(entry.At, yamltext.ErrNoMapping)
	}
	if err := d.setOverride(entry, env, value); err != nil {
		return err
	}
	d.removeFrom(entry, "override_from", string(env))
	return nil
}

// setOverride is setValue for an override, whether or not there are any.
func (d *Draft) setOverride(entry *yamltext.Block, env secret.Env, value secret.Value) error {
	if overrides := yamltext.Find(entry.Kids, "overrides"); overrides != nil {
		return d.setValue(overrides, string(env), value, nil)
	}
	node, err := d.fieldNode(entry.At, "overrides", secret.DesiredSecret{Overrides: []secret.DesiredOverride{{Env: env, Value: value}}})
	if err != nil {
		return err
	}
	d.changed = true
	return entry.Add("overrides", node, schema.SecretKeys(), d.unit())
}

// setValue encrypts a value under a key below b, where it is not that already.
func (d *Draft) setValue(b *yamltext.Block, key string, value secret.Value, order []string) error {
	at := b.At.Child(key)
	if old, ok := d.opened(b, key); ok && old.Equal(value) {
		return nil
	}
	envelope, err := d.encrypt(at, value)
	if err != nil {
		return err
	}
	d.changed = true
	if err := b.SetText(key, envelope, order, d.unit()); err != nil {
		return d.failed(at, err)
	}
	return nil
}

// opened decrypts what stands under a key below b.
func (d *Draft) opened(b *yamltext.Block, key string) (secret.Value, bool) {
	node := b.InBraces(key)
	if kid := yamltext.Find(b.Kids, key); kid != nil {
		node = kid.Value
	}
	if node == nil || node.Kind != yaml.ScalarNode {
		return secret.Value{}, false
	}
	text, ok := d.DataKey.Text(node.Value, "str", b.At.Child(key).AppendAAD(nil), nil)
	return secret.NewValue(text), ok
}

// Path is what Problem.Path names a value by: a secret's, or with an
// environment one of its overrides.
func Path(owner secret.Owner, name secret.Name, env secret.Env) string {
	at := entryFrame(owner, name)
	if env == "" {
		return at.Child("value").String()
	}
	return at.Child("overrides").Child(string(env)).String()
}

func entryFrame(owner secret.Owner, name secret.Name) *problem.Path {
	var at *problem.Path
	for _, key := range []string{schema.OwnersKey(owner.Kind), owner.Name, "secrets", string(name)} {
		at = at.Child(key)
	}
	return at
}

// Rewrite gives an existing secret the type, scopes, values and external flag
// of s. What s leaves empty is taken out; every other key stays, and the
// ciphertext of equal values. It fails where there is none. Once it has begun, a
// failure makes Text fail.
func (d *Draft) Rewrite(owner secret.Owner, s secret.DesiredSecret) error {
	entry, _ := d.entry(owner, s.Name)
	if entry == nil {
		return d.failed(entryFrame(owner, s.Name), errNoSecret)
	}
	if err := d.rewriteEntry(entry, owner, s); err != nil {
		d.half = err
		return err
	}
	return nil
}

func (d *Draft) rewriteEntry(entry *yamltext.Block, owner secret.Owner, s secret.DesiredSecret) error {
	if !entry.Open(d.unit()) {
		return d.failed(entry.At, yamltext.ErrNoMapping)
	}
	for _, key := range []string{"type", "scopes", "external"} {
		if err := d.rewriteField(entry, key, s); err != nil {
			return err
		}
	}
	if !s.Value.Known() && entry.Remove("value", d.unit()) {
		d.changed = true
	}
	for _, key := range []string{"value_from", "override_from"} {
		if entry.Remove(key, d.unit()) {
			d.changed = true
		}
	}
	if overrides := yamltext.Find(entry.Kids, "overrides"); overrides != nil {
		for _, env := range overrides.Names() {
			if !slices.ContainsFunc(s.Overrides, func(o secret.DesiredOverride) bool { return string(o.Env) == env }) {
				d.removeFrom(entry, "overrides", env)
			}
		}
	}
	if s.Value.Known() {
		if err := d.SetValue(owner, s.Name, "", s.Value); err != nil {
			return err
		}
	}
	for _, override := range s.Overrides {
		if err := d.SetValue(owner, s.Name, override.Env, override.Value); err != nil {
			return err
		}
	}
	return nil
}

// Retype gives an existing secret the type and scopes of s, where those that are
// empty are taken out: the manifest's defaults hold then. Every other key stays. It
// fails where there is none. Once it has begun, a failure makes Text fail.
func (d *Draft) Retype(owner secret.Owner, s secret.DesiredSecret) error {
	entry, _ := d.entry(owner, s.Name)
	if entry == nil {
		return d.failed(entryFrame(owner, s.Name), errNoSecret)
	}
	if !entry.Open(d.unit()) {
		return d.failed(entry.At, yamltext.ErrNoMapping)
	}
	for _, key := range []string{"type", "scopes"} {
		if err := d.rewriteField(entry, key, s); err != nil {
			d.half = err
			return err
		}
	}
	return nil
}

// Describe writes the description of a secret. It fails where there is no
// such secret.
func (d *Draft) Describe(owner secret.Owner, name secret.Name, text string) error {
	entry, _ := d.entry(owner, name)
	if entry == nil {
		return d.failed(entryFrame(owner, name), errNoSecret)
	}
	if !entry.Open(d.unit()) {
		return d.failed(entry.At, yamltext.ErrNoMapping)
	}
	return d.rewriteField(entry, "description", secret.DesiredSecret{Description: text})
}

// rewriteField gives a key of a secret what s says, where that differs.
func (d *Draft) rewriteField(entry *yamltext.Block, key string, s secret.DesiredSecret) error {
	node, err := d.fieldNode(entry.At, key, s)
	if err != nil {
		return err
	}
	if old := yamltext.Find(entry.Kids, key); old != nil {
		if node != nil && yamltext.SameNode(old.Node(), node) {
			return nil
		}
		entry.Remove(key, d.unit())
		d.changed = true
	}
	if node == nil {
		return nil
	}
	if !entry.Open(d.unit()) {
		return d.failed(entry.At, yamltext.ErrNoMapping)
	}
	d.changed = true
	return entry.Add(key, node, schema.SecretKeys(), d.unit())
}

// Remove takes a secret out, with the comments right above it. Its owner stays,
// without secrets if need be. It fails where there is none.
func (d *Draft) Remove(owner secret.Owner, name secret.Name) error {
	entry, secrets := d.entry(owner, name)
	if entry == nil {
		return d.failed(entryFrame(owner, name), errNoSecret)
	}
	d.changed = true
	secrets.Remove(string(name), d.unit())
	return nil
}

// RemoveOverride takes an override out, wherever it comes from. It fails
// where there is none.
func (d *Draft) RemoveOverride(owner secret.Owner, name secret.Name, env secret.Env) error {
	entry, _ := d.entry(owner, name)
	if entry == nil || !d.removeFrom(entry, "overrides", string(env)) && !d.removeFrom(entry, "override_from", string(env)) {
		return d.failed(entryFrame(owner, name).Child("overrides").Child(string(env)), errNoSecret)
	}
	return nil
}

// removeFrom takes an environment out of a mapping, and the mapping with the
// last.
func (d *Draft) removeFrom(entry *yamltext.Block, key, env string) bool {
	if !entry.Has(key) || !entry.Open(d.unit()) {
		return false
	}
	overrides := yamltext.Find(entry.Kids, key)
	if !overrides.Has(env) {
		return false
	}
	d.changed = true
	if len(overrides.Names()) > 1 {
		return overrides.Remove(env, d.unit())
	}
	return entry.Remove(key, d.unit())
}

// SetFingerprintKeys writes both keys; a Value that is not known takes a key
// out. One that is equal already is left alone, ciphertext and all.
func (d *Draft) SetFingerprintKeys(current, previous secret.Value) error {
	if err := d.setKey("fingerprint_key", current); err != nil {
		return err
	}
	return d.setKey("previous_fingerprint_key", previous)
}

func (d *Draft) setKey(key string, value secret.Value) error {
	// Every key of the top level is one of these.
	root := &yamltext.Block{Indent: -d.unit(), Kids: d.blocks}
	switch {
	case !value.Known() && !root.Has(key):
		return nil
	case !value.Known():
		root.Remove(key, d.unit())
		d.changed = true
	default:
		if err := d.setValue(root, key, value, schema.TopKeys()); err != nil {
			return err
		}
	}
	d.blocks = root.Kids
	return nil
}
