package schema

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/source"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// The record is what the project remembers of itself; it is kept on one owner,
// its home. Which one:
//
//  1. The one that record names. With a fingerprint_key and more than one owner,
//     that has to be said.
//  2. It stays: one that retires is the home only where every owner retires, and
//     one that is abandoned, so that nobody may be able to read it, only where
//     every owner is.
//  3. It is a site where one stays: what an organization has travels in the list
//     of each of its sites.
//  4. Without the line, the only owner.

// recordLine is what the manifest says of the home.
type recordLine struct {
	node *yaml.Node
	at   *problem.Path
	home secret.Owner // none where the line was reported
}

// decodeRecord reads SITE or ORG with its name; whether the manifest has it,
// checkRecord says.
func (d *decoder) decodeRecord(node *yaml.Node, at *problem.Path) {
	d.record = &recordLine{node: node, at: at}
	text, ok := d.text(node, at)
	if !ok {
		return
	}
	home, ok := secret.ParseOwner(text)
	if !ok {
		d.Fail(at.At(node), "record-form", "write it as in record: site:my-site, or record: org:my-agency",
			"this must be site: or org: and a name from the manifest")
		return
	}
	d.record.home = home
}

// checkRecord checks the home against the owners, and gives it to the manifest.
func (d *decoder) checkRecord() {
	owners := d.manifest.owners
	switch {
	case d.ownersUnread || d.misspelt["record"]:
	case d.record == nil:
		d.checkWithoutRecord(owners)
	case d.record.home != (secret.Owner{}):
		d.checkHome(d.record, owners)
	}
	if d.record != nil && d.manifest.key == nil && !d.misspelt["fingerprint_key"] {
		d.Warn(d.record.at.At(d.record.node), lintRecordWithoutKey, "add a key (cella fingerprint-key add"+problem.FileFlag(d.File)+"), or remove the line",
			"without a fingerprint_key cella remembers nothing, so this line does nothing")
	}
}

func (d *decoder) checkWithoutRecord(owners []*owner) {
	switch key := d.manifest.key; {
	case len(owners) == 1:
		d.manifest.Record = owners[0].Owner
	case key != nil && len(owners) > 1:
		d.Fail(problem.PathOf("record").At(key.node), "record-missing", "add the line: "+lineFor(Home(standings(owners))),
			"record is missing: with more than one site or organization, it says on which one cella remembers the project")
	}
}

func (d *decoder) checkHome(line *recordLine, owners []*owner) {
	at := line.at.At(line.node)
	all := standings(owners)
	better := Home(all)
	i := slices.IndexFunc(owners, func(o *owner) bool { return o.Same(line.home) })
	switch {
	case len(owners) == 0:
		d.Fail(at, "record-undeclared", "declare it, or remove the line", "%s is not in the manifest", line.home)
		return
	case i < 0:
		d.Fail(at, "record-undeclared", nearOrElse(line.home, owners, "declare it, or write "+lineFor(better)),
			"%s is not in the manifest", line.home)
		return
	case !all[i].stays() && slices.ContainsFunc(all, Standing.stays):
		d.Fail(at, "record-retired", "write "+lineFor(better)+", or name another one that stays",
			"%s leaves the project (retire: %s), so it cannot be where cella remembers the project", line.home, owners[i].retire)
	case !all[i].readable() && slices.ContainsFunc(all, Standing.readable):
		d.Fail(at, "record-retired", "write "+lineFor(better)+", or name another one that is not abandoned",
			"%s is abandoned, so what cella remembers of the project could not be read there", line.home)
	case line.home.Kind == secret.Organization && all[i].stays() && better.Kind == secret.Site:
		d.Fail(at, "record-organization", "write "+lineFor(better)+", or name another site",
			"%s cannot be where cella remembers the project while a site stays: what an organization has shows in the list of each of its sites", line.home)
	}
	d.manifest.Record = owners[i].Owner
}

// Home is the owner that the record stands on where nobody chose another one:
// the first site that stays, else the first organization that does; where none
// stays, the first that can be read, and where none can, the first at all. It is
// none without owners.
func Home(owners []Standing) secret.Owner {
	for _, fits := range []func(Standing) bool{Standing.stays, Standing.readable, func(Standing) bool { return true }} {
		for _, kind := range []secret.OwnerKind{secret.Site, secret.Organization} {
			for _, o := range owners {
				if o.Owner.Kind == kind && fits(o) {
					return o.Owner
				}
			}
		}
	}
	return secret.Owner{}
}

// Standing is an owner, and how the project leaves it; empty where it stays.
type Standing struct {
	Owner  secret.Owner
	Retire secret.Retirement
}

func (o Standing) stays() bool { return o.Retire == "" }

func (o Standing) readable() bool { return o.Retire != secret.RetireAbandon }

// standings are those of owners, in their order.
func standings(owners []*owner) []Standing {
	all := make([]Standing, len(owners))
	for i, o := range owners {
		all[i] = Standing{o.Owner, o.retire}
	}
	return all
}

// lineFor is the line that names a home, in a message.
func lineFor(home secret.Owner) string { return "record: " + home.String() }

// nearOrElse is a sentence part with the owner of the same kind that was probably
// meant, or fallback.
func nearOrElse(home secret.Owner, owners []*owner, fallback string) string {
	var names []string
	for _, o := range owners {
		if o.Kind == home.Kind {
			names = append(names, o.Name)
		}
	}
	if name, ok := words.Closest(home.Name, names); ok {
		return "did you mean " + secret.Owner{Kind: home.Kind, Name: name}.String() + "?"
	}
	return fallback
}

// decodeMovedFrom reads where the manifest was before.
func (d *decoder) decodeMovedFrom(node *yaml.Node, at *problem.Path) {
	text, ok := d.text(node, at)
	if !ok {
		return
	}
	const remedy = "write the former path from the top of the repository, such as infra/secrets.yaml; " +
		"of another repository, its number too: github.com/12345:infra/secrets.yaml"
	from, err := source.ParseSource(text)
	switch {
	case err != nil:
		d.Fail(at.At(node), "moved-from", remedy, "this cannot be where the manifest was: %v", err)
	case from.Path == "":
		d.Fail(at.At(node), "moved-from", remedy, "this names a repository, but no file in it")
	default:
		d.manifest.Policy.MovedFrom = from
	}
}
