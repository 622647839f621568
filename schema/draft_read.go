package schema

import (
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Project returns the name of the project, and its earlier ones.
func (d *Draft) Project() (name string, formerly []string) {
	return d.read.manifest.Project, slices.Clone(d.read.manifest.Formerly)
}

// Policy returns the manifest's policy, defaults filled in.
func (d *Draft) Policy() Policy { return d.read.manifest.Policy }

// Retires reports whether the project leaves the owner.
func (d *Draft) Retires(of secret.Owner) bool {
	return slices.ContainsFunc(d.read.manifest.owners, func(o *owner) bool {
		return o.Same(of) && o.retire != ""
	})
}

// Holds reports whether an owner or a secret can have the name: SOPS does not
// encrypt everything below it, nor write it as a merge key, which it makes of <<
// in quotes too.
func (d *Draft) Holds(name string) bool {
	return name != "<<" && !newRule(d.meta, place{}, &reporter{}).reserved(name)
}
