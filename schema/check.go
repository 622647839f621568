package schema

import (
	"encoding/base64"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/secret"
)

// fingerprintKeyBytes is the size of a fingerprint key.
const fingerprintKeyBytes = 32

// checkSecret checks how the fields of one secret fit together.
func (d *decoder) checkSecret(e *entry) {
	here := e.at.at(e.key)
	if err := e.Name.Validate(e.Type); err != nil {
		d.fail(here, "secret-name", "rename the secret", "%v", err)
	}
	if e.fields["retire"] != nil {
		d.checkRetired(e)
		return
	}
	if e.Type == "" {
		d.fail(here, "missing-type", "add type: runtime, env or composer, or set it under defaults", "the secret has no type")
	}
	if len(e.Scopes) == 0 {
		d.fail(here, "missing-scopes", "add scopes, such as [web], or set them under defaults", "the secret has no scopes")
	}
	switch {
	case e.External:
		for _, field := range []string{"value", "overrides", "drop_overrides", "replace"} {
			d.conflict(e, field, "external", "external secrets are set elsewhere and never written")
		}
	case e.unread:
	case e.fields["value"] == nil && e.fields["overrides"] != nil:
		d.fail(e.at.child("overrides").at(e.fields["overrides"]), "override-without-value", "add a value: Pantheon takes overrides only where there is a default",
			"there are overrides, but no value")
	case e.fields["value"] == nil:
		d.fail(here, "missing-value", "add a value with sops edit, or external: true if it is set elsewhere", "the secret has no value")
	}
	if e.Protect == secret.Protected && e.Replace {
		d.conflict(e, "replace", "protect", "a protected secret is never replaced")
	}
	for _, override := range e.overrides {
		if slices.Contains(e.DropOverrides, override.env) {
			d.fail(e.at.child("drop_overrides").at(e.fields["drop_overrides"]), "drop-declared", "remove it from one of them",
				"%s stands in overrides too", secret.Quote(string(override.env)))
		}
	}
}

// checkRetired checks a secret that leaves the project. One line added by hand
// is enough, so what else stands there is ignored.
func (d *decoder) checkRetired(e *entry) {
	if e.External {
		d.conflict(e, "external", "retire", "an external secret is not the project's")
	}
	if e.Protect == secret.Protected && e.Retire == secret.RetireDelete {
		d.conflict(e, "retire", "protect", "a protected secret is never deleted")
	}
	if e.fields["value"] != nil || e.fields["overrides"] != nil {
		d.warn(e.at.child("retire").at(e.fields["retire"]), lintRetireIgnores, "remove the secret once it is gone", "values beside retire are ignored")
	}
}

// conflict reports that a field cannot stand beside another one.
func (d *decoder) conflict(e *entry, field, other, why string) {
	key := e.fields[field]
	if key == nil || field == "replace" && !e.Replace {
		return
	}
	d.fail(e.at.child(field).at(key), "conflict", "remove one of them", "%s cannot stand beside %s: %s", field, other, why)
}

// fill gives every secret its values, and checks and lints them. values is
// nil where they are not known.
func (d *decoder) fill(values map[*yaml.Node]secret.Value) {
	m := d.manifest
	m.FingerprintKey = d.key(m.key, values)
	m.PreviousFingerprintKey = d.key(m.previousKey, values)
	for _, owner := range m.owners {
		for _, e := range owner.secrets {
			if e.value != nil {
				e.Value = d.checked(*e.value, values)
			}
			for _, override := range e.overrides {
				e.Overrides = append(e.Overrides, secret.DesiredOverride{
					Env: override.env, Value: d.checked(override.field, values),
				})
			}
		}
	}
}

func (d *decoder) checked(field sealedField, values map[*yaml.Node]secret.Value) secret.Value {
	value, known := values[field.node]
	if !known || !field.usable {
		return secret.Value{}
	}
	if err := value.Validate(); err != nil {
		d.fail(field.at.at(field.node), "value", "change it with: sops edit "+secret.Quote(d.file), "%v", err)
	}
	d.lintValue(value, field.at.at(field.node))
	return value
}

func (d *decoder) key(field *sealedField, values map[*yaml.Node]secret.Value) secret.Value {
	if field == nil || !field.usable {
		return secret.Value{}
	}
	value, known := values[field.node]
	if !known {
		return secret.Value{}
	}
	// Strict, and of one length: the decoder skips line ends, others may not.
	key, err := base64.StdEncoding.Strict().DecodeString(value.Reveal())
	if err != nil || len(key) != fingerprintKeyBytes || value.Len() != base64.StdEncoding.EncodedLen(fingerprintKeyBytes) {
		d.fail(field.at.at(field.node), "fingerprint-key", "write the output of: openssl rand -base64 32",
			"the key is not base64 of exactly %d bytes", fingerprintKeyBytes)
	}
	return value
}

// checkIDs reports owners of one kind that have the same id.
func (r *reporter) checkIDs(owners []*owner) {
	type id struct {
		kind secret.OwnerKind
		id   string
	}
	first := map[id]*owner{}
	for _, o := range owners {
		if o.ID == "" {
			continue
		}
		other, twice := first[id{o.Kind, o.ID}]
		if !twice {
			first[id{o.Kind, o.ID}] = o
			continue
		}
		r.fail(o.idPos, "same-id", "keep one of them", "this is the same %s as %s (%d:%d)",
			o.Kind, secret.Quote(other.Name), other.pos.Line, other.pos.Column)
	}
}
