package schema

import (
	"cmp"
	"encoding/base64"
	"errors"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// FingerprintKeyBytes is the size of a fingerprint key.
const FingerprintKeyBytes = 32

// checkSecret checks how the fields of one secret fit together.
func (d *decoder) checkSecret(e *entry) {
	here := e.at.At(e.key)
	if err := e.Name.Validate(e.Type); err != nil {
		d.Fail(here, "secret-name", "rename the secret", "%v", err)
	}
	if e.field("retire") != nil {
		d.checkRetired(e)
		return
	}
	d.checkDates(e)
	if e.meant("retire") {
		return
	}
	if e.Type == "" && d.lacks(e, "type") {
		d.Fail(here, "missing-type", "add type: runtime, env or composer, or set it under defaults", "the secret has no type")
	}
	if len(e.Scopes) == 0 && d.lacks(e, "scopes") {
		d.Fail(here, "missing-scopes", "add scopes, such as [web], or set them under defaults", "the secret has no scopes")
	}
	d.checkValues(e)
	if e.Protect == secret.Protected && e.Replace {
		d.conflict(e, "replace", "protect", "a protected secret is never replaced")
	}
}

// checkValues checks that every value comes from one place.
func (d *decoder) checkValues(e *entry) {
	inFile, elsewhere := e.field("value") != nil, e.field("value_from") != nil
	switch {
	case e.External:
		for _, field := range []string{"value", "value_from", "overrides", "override_from", "drop_overrides", "replace"} {
			d.conflict(e, field, "external", "external secrets are set elsewhere and never written")
		}
	case e.unread:
	case inFile && elsewhere:
		d.conflict(e, "value_from", "value", "a secret has one value")
	case !inFile && !elsewhere && slices.ContainsFunc([]string{"value", "value_from", "external"}, e.meant):
	case !inFile && !elsewhere && !d.orphans(e):
		remedy := "write it (value: …), then run: " + problem.SealCommand(d.File) + "; or write external: true if it is set elsewhere"
		d.Fail(e.at.At(e.key), "missing-value", remedy, "the secret has no value")
	}
	for _, override := range e.overrides {
		d.checkDropped(e, override.env, "overrides")
	}
	for _, override := range e.overridesFrom {
		if _, both := slices.BinarySearchFunc(e.overrides, override.env, func(o envField, env secret.Env) int { return cmp.Compare(o.env, env) }); both {
			d.Fail(override.origin.at, "duplicate-override", "remove it from one of them", "%s is in overrides too", words.Quote(string(override.env)))
		}
		d.checkDropped(e, override.env, "override_from")
	}
}

// orphans reports overrides of a secret without a value.
func (d *decoder) orphans(e *entry) bool {
	found := false
	for _, field := range []string{"overrides", "override_from"} {
		if key := e.field(field); key != nil {
			found = true
			d.Fail(e.at.Child(field).At(key), "override-without-value", "add a value: Pantheon takes overrides only where there is a default",
				"there are overrides, but no value")
		}
	}
	return found
}

func (d *decoder) checkDropped(e *entry, env secret.Env, field string) {
	if _, dropped := slices.BinarySearch(e.DropOverrides, env); dropped {
		d.Fail(e.at.Child("drop_overrides").At(e.field("drop_overrides")), "drop-declared", "remove it from one of them",
			"%s is in %s too", words.Quote(string(env)), field)
	}
}

// meant reports whether an unknown key is probably this one. What is wrong then
// is told already, and that the secret lacks it would be told beside.
func (e *entry) meant(field string) bool { return slices.Contains(e.misspelt, field) }

// lacks reports whether the secret has no such field, and neither a broken one
// nor one among the defaults is to blame.
func (d *decoder) lacks(e *entry, field string) bool {
	return e.field(field) == nil && !e.meant(field) && !slices.Contains(d.defaults.broken, field)
}

// checkRetired checks a secret that leaves the project. One line added by hand
// is enough, so what else stands there is ignored.
func (d *decoder) checkRetired(e *entry) {
	if e.External {
		d.conflict(e, "external", "retire", "an external secret does not belong to the project")
	}
	if e.Protect == secret.Protected && e.Retire == secret.RetireDelete {
		d.conflict(e, "retire", "protect", "a protected secret is never deleted")
	}
	ignored := func(field string) bool { return e.field(field) != nil }
	if slices.ContainsFunc([]string{"value", "value_from", "overrides", "override_from"}, ignored) {
		d.Warn(e.at.Child("retire").At(e.field("retire")), lintRetireIgnores,
			"remove the secret from the manifest once it is gone from Pantheon", "the secret has retire, so its values are ignored")
	}
}

// conflict reports that a field cannot stand beside another one.
func (d *decoder) conflict(e *entry, field, other, why string) {
	key := e.field(field)
	if key == nil || field == "replace" && !e.Replace {
		return
	}
	d.Fail(e.at.Child(field).At(key), "conflict", "remove one of them", "%s cannot be used together with %s: %s", field, other, why)
}

// fill gives every secret its values, and checks and lints them. values is
// nil where they are not known; elsewhere, where what lies beside the manifest
// is not looked at.
func (d *decoder) fill(values map[*yaml.Node]secret.Value, elsewhere *fetcher) {
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
			if e.Retire == "" && owner.retire == "" {
				d.fetch(e, elsewhere)
			}
		}
	}
}

// fetch gives a secret the values that do not stand in the manifest.
func (d *decoder) fetch(e *entry, elsewhere *fetcher) {
	if e.valueFrom != nil {
		e.Source, e.Value = e.valueFrom.source, elsewhere.value(*e.valueFrom)
	}
	for _, override := range e.overridesFrom {
		e.Overrides = append(e.Overrides, secret.DesiredOverride{
			Env: override.env, Source: override.origin.source, Value: elsewhere.value(override.origin),
		})
	}
	slices.SortFunc(e.Overrides, func(a, b secret.DesiredOverride) int { return cmp.Compare(a.Env, b.Env) })
}

func (d *decoder) checked(field valueField, values map[*yaml.Node]secret.Value) secret.Value {
	value, known := values[field.node]
	if !known || !field.usable {
		return secret.Value{}
	}
	checkValue(d.Reporter, value, field.at.At(field.node), func() remedies { return settingAgain(field.at, d.File) })
	return value
}

// remedies say how to change a value, how to be rid of a line end behind it where
// there is more to say, and what to do about SOPS's output: a file, or a value that was
// pasted, where that is something else.
type remedies struct{ edit, newline, paste, decrypt string }

// of is the remedy of what Value.Validate found.
func (r remedies) of(unfit error) string {
	switch {
	case errors.Is(unfit, secret.ErrSOPSOutput):
		return cmp.Or(r.paste, r.decrypt)
	case errors.Is(unfit, secret.ErrSOPSFile):
		return r.decrypt
	}
	return r.edit
}

// settingAgain says how to set the value of a place in the manifest.
func settingAgain(at *problem.Path, file string) remedies {
	set := problem.SetCommand(at, file)
	return remedies{
		edit: "set another one: " + set, newline: "if it should not be there, set the value again: " + set + " --trim-newline",
		decrypt: "set what was encrypted: " + set,
	}
}

// checkValue checks and lints a value. Few values need the remedies, so they are
// made on demand.
func checkValue(r *problem.Reporter, value secret.Value, at problem.Place, how func() remedies) {
	if err := value.Validate(); err != nil {
		r.Fail(at, "value", how().of(err), "%v", err)
		return
	}
	lintValue(r, value, at, how)
}

func (d *decoder) key(field *valueField, values map[*yaml.Node]secret.Value) secret.Value {
	if field == nil || !field.usable {
		return secret.Value{}
	}
	value, known := values[field.node]
	if !known {
		return secret.Value{}
	}
	// Strict, and of one length: the decoder skips line ends, others may not.
	key, err := base64.StdEncoding.Strict().DecodeString(value.Reveal())
	if err != nil || len(key) != FingerprintKeyBytes || value.Len() != base64.StdEncoding.EncodedLen(FingerprintKeyBytes) {
		d.Fail(field.at.At(field.node), "fingerprint-key", "write the output of: openssl rand -base64 32",
			"the key is not base64 of exactly %d bytes", FingerprintKeyBytes)
	}
	return value
}

// checkIDs reports owners that have the same id: one that two names lead to, or
// an id that was copied to the wrong place.
func checkIDs(r *problem.Reporter, owners []*owner) {
	first := map[string]*owner{}
	for _, o := range owners {
		if o.ID == "" {
			continue
		}
		other, twice := first[o.ID]
		switch {
		case !twice:
			first[o.ID] = o
		case o.Kind != other.Kind:
			r.Fail(o.idPos, "same-id", "correct one of them", "this has the id of the %s %s (%d:%d)",
				other.Kind, words.Quote(other.Name), other.pos.Line, other.pos.Column)
		default:
			r.Fail(o.idPos, "same-id", "keep one of them", "this is the same %s as %s (%d:%d)",
				o.Kind, words.Quote(other.Name), other.pos.Line, other.pos.Column)
		}
	}
}
