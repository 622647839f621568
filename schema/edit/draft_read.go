package edit

import (
	"slices"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// Project returns the name of the project, and its earlier ones.
func (d *Draft) Project() (name string, formerly []string) {
	return d.read.Manifest.Project, slices.Clone(d.read.Manifest.Formerly)
}

// Policy returns the manifest's policy, defaults filled in.
func (d *Draft) Policy() schema.Policy { return d.read.Manifest.Policy }

// Record returns the owner on which the project's record stands; see
// Manifest.Record.
func (d *Draft) Record() secret.Owner { return d.read.Manifest.Record }

// Retirement is how the project leaves the owner; empty where it stays.
func (d *Draft) Retirement(of secret.Owner) secret.Retirement {
	return d.read.Manifest.Retirement(of)
}

// Holds reports whether an owner or a secret can have the name: SOPS does not
// encrypt everything below it, nor write it as a merge key, which it makes of <<
// in quotes too.
func (d *Draft) Holds(name string) bool {
	return name != "<<" && !schema.Reserved(d.Rule, name)
}
