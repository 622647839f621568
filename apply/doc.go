// Package apply carries a plan out. Run is its one entrance: it takes a
// plan.Plan, the desired state and the ledgers the plan was made from, calls
// an API (in production the client of package pantheon) and returns a Report.
//
// The order, which nothing changes:
//
//  1. Creates, updates and replaces: organizations, then sites.
//  2. Only then deletes and removals of overrides: sites, then organizations.
//     A secret NAME, or an override of it, stays where a write of the same
//     NAME elsewhere failed or was not tried: the value may be on its way from
//     here to there.
//
// Before phase 1 the project's record gets whoever joins the project, and after
// phase 2 it loses whoever left (see record.go).
//
// Owners run side by side, the secrets of one owner one after another, by
// name. Within a secret: a create begins with the default; an update sets
// overrides, then the default; a failure ends the secret's steps and nobody
// else's. A replace is one piece (see replace.go).
//
// An owner's ledger is written before its first step and after its last one
// (see journal). Without a fingerprint_key there is none.
//
// It leaves out pacing and repeating (package pantheon does both), deciding
// (package plan/decision does), and asking people. It reads nothing: values come from
// the desired state, never from the plan.
//
// Invariants: an error from Run means that nothing was sent; a Report holds no
// value, so it is safe to publish; whatever is cut short, the Report says of
// every step whether it was done, failed, may have been done, or was not
// tried; nothing is written to a secret that its ledger does not announce; and
// applying again, this manifest or an earlier one, converges from wherever a
// run was cut off.
package apply
