package decision

import (
	"slices"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// Policy is the part of the manifest's policy that plan decides by.
type Policy struct {
	Unmanaged secret.UnmanagedPolicy
	// Strict turns the warnings about external secrets into refusals.
	Strict bool
	// MaxDeletePercent is the share of all owners on which something may be
	// deleted or replaced. The share of one owner's secrets stands there.
	MaxDeletePercent int
	// Projects are the other projects that are expected on these owners. Nil
	// expects all of them: every claim counts.
	Projects []string
	// TokenExpires is the day from which the token is no longer good; zero where
	// nobody said.
	TokenExpires civil.Date
}

// Input is everything Diff looks at. Desired and Live are matched by owner
// kind and name. An owner of Desired must have an entry in Live or in
// Failed, or lie outside Targets.
type Input struct {
	CellaVersion string
	Project      string
	Inputs       []plan.InputDigest
	Desired      []secret.Desired
	Live         []secret.Live
	Failed       []plan.OwnerError
	// Ledgers say what was remembered of the owners of Live, matched by kind
	// and name; an owner without one is taken as read without a key.
	Ledgers []ledger.Ledgers
	// Sites say what is known of sites of Live beside their lists, by name. Of one
	// that is missing nothing is.
	Sites map[string]Site
	// Record is what the project remembers of itself. Owners that it has and
	// Desired does not are among Live and Ledgers, or Failed, without a target.
	Record record.Found
	// Keys are the zero Keys without a fingerprint_key, and with StructureOnly.
	Keys    ledger.Keys
	Policy  Policy
	Targets plan.Targets
	// Rewrite writes hidden values again that are as last applied.
	Rewrite bool
	// StructureOnly: the values of Desired are not known, and are compared
	// with nothing. Ledgers are then as ledger.Presume returns them, or read
	// without a key where the manifest has none.
	StructureOnly bool
	// Today is the day, in UTC, that the manifest's dates are compared with.
	// The zero day compares nothing.
	Today civil.Date
}

// Site is what Pantheon's record of a site says.
type Site struct {
	Framework reader.Framework
	// OrganizationID is that of the organization that owns it; empty where none
	// does.
	OrganizationID string
}

// lists counts the lists that were read for the plan.
func (in Input) lists() int { return len(in.Live) + in.Record.Lists }

// keyed reports whether the manifest has a fingerprint_key, known or not.
func (in Input) keyed() bool {
	return in.Keys.Known() || slices.ContainsFunc(in.Ledgers, func(h ledger.Ledgers) bool { return h.Presumed })
}

// keepsRecord reports whether the project has a record at all.
func (in Input) keepsRecord() bool {
	return in.Keys.Known() && !in.StructureOnly && in.Record.Home != (secret.Owner{})
}
