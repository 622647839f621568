package schema

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// owner is one entry of organizations or sites.
type owner struct {
	secret.Owner
	at      *problem.Path
	pos     secret.Pos
	idPos   problem.Place
	percent *int // nil: the policy's
	secrets []*entry

	retire      secret.Retirement
	resetLedger bool
}

func (d *decoder) decodeOwners(kind secret.OwnerKind, node *yaml.Node, at *problem.Path) {
	if !d.mapping(node, at, "write {} or remove the line") {
		d.ownersUnread = true
		return
	}
	for key, value := range d.pairs(node) {
		here := at.Child(key.Value)
		if !d.ownerName(kind, key, here) {
			d.ownersUnread = true
			continue
		}
		o := &owner{
			Owner: secret.Owner{Kind: kind, Name: key.Value},
			at:    here,
			pos:   secret.Pos{File: d.File, Line: key.Line, Column: key.Column},
			idPos: here.At(key),
		}
		if kind == secret.Organization {
			o.ID, _ = secret.ParseID(key.Value) // else it is a machine name
		}
		d.decodeOwner(o, key, value)
		d.manifest.owners = append(d.manifest.owners, o)
	}
}

// ownerName checks what an owner can be called.
func (d *decoder) ownerName(kind secret.OwnerKind, key *yaml.Node, at *problem.Path) bool {
	unfit := secret.Owner{Kind: kind, Name: key.Value}.Validate()
	switch {
	case Reserved(d.rule, key.Value):
		d.Fail(at.At(key), "reserved-name", "name a site as Pantheon does; an organization may be given by its UUID",
			"SOPS would encrypt everything below this name")
	case unfit != nil:
		d.Fail(at.At(key), "owner-name", "write the name as Pantheon shows it", "%s", unfit)
	default:
		return true
	}
	return false
}

func (d *decoder) decodeOwner(o *owner, key, node *yaml.Node) {
	if !d.mapping(node, o.at, "write secrets: {} below it to say that it has none, or remove the line") {
		return
	}
	known := siteKeys
	if o.Kind == secret.Organization {
		known = orgKeys
	}
	declared := false
	var retire *yaml.Node
	for field, value := range d.pairs(node) {
		here := o.at.Child(field.Value)
		switch {
		case field.Value == "id" && o.Kind == secret.Site:
			d.decodeID(o, value, here)
		case field.Value == "id":
			d.Fail(here.At(field), "unknown-key", "write the UUID in place of the organization's name", "organizations have no id")
		case field.Value == "max_delete_percent":
			if percent, ok := d.percent(value, here); ok {
				o.percent = &percent
			}
		case field.Value == "secrets":
			declared = true
			d.decodeSecrets(o, value, here)
		case field.Value == "retire":
			declared, retire = true, field
			word, _ := d.word(value, here, retirements)
			o.retire = secret.Retirement(word)
		case field.Value == "reset_ledger":
			o.resetLedger, _ = d.flag(value, here)
		default:
			meant := d.unknown(field, o.at, known)
			declared = declared || meant == "secrets" || meant == "retire"
		}
	}
	if o.retire != "" && len(o.secrets) > 0 {
		d.Warn(o.at.At(key), lintRetireIgnores, "remove secrets once the "+o.Kind.String()+" has left", "the %s has retire, so its secrets are ignored", o.Kind)
	}
	if o.retire == secret.RetireDelete && slices.ContainsFunc(o.secrets, func(e *entry) bool { return e.Protect == secret.Protected }) {
		d.Fail(o.at.Child("retire").At(retire), "conflict", "remove protect from its secrets, or write retire: release",
			"retire: delete cannot be used with a protected secret below it: a protected secret is never deleted")
	}
	if !declared {
		d.Fail(o.at.At(key), "missing-secrets", "add its secrets, or write secrets: {} to say that it has none", "the %s has no secrets", o.Kind)
	}
}

func (d *decoder) decodeID(o *owner, node *yaml.Node, at *problem.Path) {
	id, ok := d.text(node, at)
	if !ok {
		return
	}
	if o.ID, ok = secret.ParseID(id); !ok {
		d.Fail(at.At(node), "id", "write the site's UUID (terminus site:info NAME --field id), or remove the line", "this is not a UUID")
		return
	}
	o.idPos = at.At(node)
}

// retirements are the words that an owner may leave by.
var retirements = []string{string(secret.RetireDelete), string(secret.RetireRelease), string(secret.RetireAbandon)}
