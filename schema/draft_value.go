package schema

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// SetValue gives a secret its value, or with an environment an override. A
// value that is equal already is left alone, ciphertext and all. It takes the
// place of one that comes from elsewhere (value_from, override_from), and with a
// default value an external secret becomes a managed one. The error is
// ErrNoSecret or ErrNoDefault where there is nothing to set the value of.
func (d *Draft) SetValue(owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error {
	entry, _ := d.entry(owner, name)
	if entry == nil {
		return d.failed(entryFrame(owner, name), ErrNoSecret)
	}
	if env == "" {
		if err := d.seal(entry, "value", value, secretKeys); err != nil {
			return err
		}
		for _, other := range []string{"external", "value_from"} {
			if entry.remove(other, d.unit()) {
				d.changed = true
			}
		}
		return nil
	}
	if !entry.has("value") && !entry.has("value_from") {
		return d.failed(entry.at, ErrNoDefault)
	}
	if !entry.open(d.unit()) {
		return d.failed(entry.at, errNoMapping)
	}
	d.removeFrom(entry, "override_from", string(env))
	overrides := find(entry.kids, "overrides")
	if overrides != nil {
		return d.seal(overrides, string(env), value, nil)
	}
	node, err := d.fieldNode(entry.at, "overrides", secret.DesiredSecret{Overrides: []secret.DesiredOverride{{Env: env, Value: value}}})
	if err != nil {
		return err
	}
	d.changed = true
	return entry.add("overrides", node, secretKeys, d.unit())
}

// seal encrypts a value under a key below b, where it is not that already.
func (d *Draft) seal(b *block, key string, value secret.Value, order []string) error {
	at := b.at.Child(key)
	if old, ok := d.opened(b, key); ok && old.Equal(value) {
		return nil
	}
	envelope, err := d.encrypt(at, value)
	if err != nil {
		return err
	}
	d.changed = true
	if err := b.setText(key, envelope, order, d.unit()); err != nil {
		return d.failed(at, err)
	}
	return nil
}

// opened decrypts what stands under a key below b.
func (d *Draft) opened(b *block, key string) (secret.Value, bool) {
	node := b.inBraces(key)
	if kid := find(b.kids, key); kid != nil {
		node = kid.value
	}
	if node == nil || node.Kind != yaml.ScalarNode {
		return secret.Value{}, false
	}
	text, ok := d.vault.text(node.Value, "str", b.at.Child(key).AppendAAD(nil), nil)
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
	for _, key := range []string{ownersKey(owner.Kind), owner.Name, "secrets", string(name)} {
		at = at.Child(key)
	}
	return at
}

// Rewrite gives an existing secret the type, scopes, values and external flag
// of s. What s leaves empty is taken out; every other key stays, and the
// ciphertext of equal values. The error is ErrNoSecret where there is none.
func (d *Draft) Rewrite(owner secret.Owner, s secret.DesiredSecret) error {
	entry, _ := d.entry(owner, s.Name)
	if entry == nil {
		return d.failed(entryFrame(owner, s.Name), ErrNoSecret)
	}
	if !entry.open(d.unit()) {
		return d.failed(entry.at, errNoMapping)
	}
	for _, key := range []string{"type", "scopes", "external"} {
		if err := d.rewriteField(entry, key, s); err != nil {
			return err
		}
	}
	if !s.Value.Known() && entry.remove("value", d.unit()) {
		d.changed = true
	}
	for _, key := range []string{"value_from", "override_from"} {
		if entry.remove(key, d.unit()) {
			d.changed = true
		}
	}
	if overrides := find(entry.kids, "overrides"); overrides != nil {
		for _, env := range overrides.names() {
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

// Describe writes the description of a secret. The error is ErrNoSecret where
// there is no such secret.
func (d *Draft) Describe(owner secret.Owner, name secret.Name, text string) error {
	entry, _ := d.entry(owner, name)
	if entry == nil {
		return d.failed(entryFrame(owner, name), ErrNoSecret)
	}
	if !entry.open(d.unit()) {
		return d.failed(entry.at, errNoMapping)
	}
	return d.rewriteField(entry, "description", secret.DesiredSecret{Description: text})
}

// rewriteField gives a key of a secret what s says, where that differs.
func (d *Draft) rewriteField(entry *block, key string, s secret.DesiredSecret) error {
	node, err := d.fieldNode(entry.at, key, s)
	if err != nil {
		return err
	}
	if old := find(entry.kids, key); old != nil {
		if node != nil && sameNode(old.node(), node) {
			return nil
		}
		entry.remove(key, d.unit())
		d.changed = true
	}
	if node == nil {
		return nil
	}
	if !entry.open(d.unit()) {
		return d.failed(entry.at, errNoMapping)
	}
	d.changed = true
	return entry.add(key, node, secretKeys, d.unit())
}

// Remove takes a secret out, with the comments right above it. Its owner stays,
// without secrets if need be. The error is ErrNoSecret where there is none.
func (d *Draft) Remove(owner secret.Owner, name secret.Name) error {
	entry, secrets := d.entry(owner, name)
	if entry == nil {
		return d.failed(entryFrame(owner, name), ErrNoSecret)
	}
	d.changed = true
	secrets.remove(string(name), d.unit())
	return nil
}

// RemoveOverride takes an override out, wherever it comes from. The error is
// ErrNoSecret where there is none.
func (d *Draft) RemoveOverride(owner secret.Owner, name secret.Name, env secret.Env) error {
	entry, _ := d.entry(owner, name)
	if entry == nil || !d.removeFrom(entry, "overrides", string(env)) && !d.removeFrom(entry, "override_from", string(env)) {
		return d.failed(entryFrame(owner, name).Child("overrides").Child(string(env)), ErrNoSecret)
	}
	return nil
}

// removeFrom takes an environment out of a mapping, and the mapping with the
// last.
func (d *Draft) removeFrom(entry *block, key, env string) bool {
	if !entry.has(key) || !entry.open(d.unit()) {
		return false
	}
	overrides := find(entry.kids, key)
	if !overrides.has(env) {
		return false
	}
	d.changed = true
	if len(overrides.names()) > 1 {
		return overrides.remove(env, d.unit())
	}
	return entry.remove(key, d.unit())
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
	root := &block{indent: -d.unit(), kids: d.blocks}
	switch {
	case !value.Known() && !root.has(key):
		return nil
	case !value.Known():
		root.remove(key, d.unit())
		d.changed = true
	default:
		if err := d.seal(root, key, value, topKeys); err != nil {
			return err
		}
	}
	d.blocks = root.kids
	return nil
}
