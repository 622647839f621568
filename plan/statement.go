package plan

import (
	"time"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

// Code names one thing that a plan can say. Codes are stable: programs go by
// them, and approvals bind them. Package plan/sentence has the words for
// people.
type Code string

// Reason is why something is done, or what there is to know about it.
type Reason struct {
	Code  Code        `json:"code"`
	Facts ReasonFacts `json:"facts,omitzero"`
}

// ReasonFacts are Facts as far as reasons come with any: they are many, one for
// nearly every value.
type ReasonFacts struct {
	// ChangedBy is who changed the value since it was last applied.
	ChangedBy ChangedBy `json:"changed_by,omitempty"`
	// OnlyIn is what the value on Pantheon and the manifest's differ in, where
	// most people would call them the same.
	OnlyIn slip.Difference `json:"only_in,omitempty"`
}

// Facts are what a sentence is made of beside its code: names, numbers,
// environments, days. Which of them a code comes with is in the reference of
// codes (docs/codes.md). Names are as they came, not quoted.
type Facts struct {
	// OnPantheon, Declared and Applied are type and scopes as they are, as the
	// manifest wants them, and as cella last applied them.
	OnPantheon Attributes `json:"on_pantheon,omitzero"`
	Declared   Attributes `json:"declared,omitzero"`
	Applied    Attributes `json:"applied,omitzero"`
	// Environments are those of the overrides that it is about, sorted.
	Environments []secret.Env `json:"environments,omitempty"`
	// Sites are the names of sites that it is about, sorted; at most 20 of
	// Count.
	Sites []string `json:"sites,omitempty"`
	// Secrets are the names of secrets that it is about, sorted, or sorted by the
	// key that Drupal has for them; at most 20 of Count.
	Secrets []secret.Name `json:"secrets,omitempty"`
	// Assumed: of some of them nothing shows that the organization owns them.
	Assumed bool `json:"assumed,omitempty"`
	// Keyless: the manifest has no fingerprint_key, and so nothing is deleted.
	Keyless bool `json:"keyless,omitempty"`
	// ChangedBy is who changed the value since it was last applied.
	ChangedBy ChangedBy `json:"changed_by,omitempty"`
	// Action is what would be done, or is done about it.
	Action Action `json:"action,omitempty"`
	// Targets are what a plan is limited to.
	Targets []Target `json:"targets,omitempty"`
	// Project is the project whose ledger it is about.
	Project string `json:"project,omitempty"`
	// OwnProject is this project's name, where it may be a slip for Project.
	OwnProject string `json:"own_project,omitempty"`
	// Former: that is an earlier name of this project.
	Former bool `json:"former,omitempty"`
	// Allow are the words in the manifest that allow it, all of them together.
	Allow []Permission `json:"allow,omitempty"`
	// Replaced is how many of Count are replaced.
	Replaced int `json:"replaced,omitempty"`
	// Count of Of; Percent is a limit, Allowed what it allows of Of.
	Count   int `json:"count,omitempty"`
	Of      int `json:"of,omitempty"`
	Percent int `json:"percent,omitempty"`
	Allowed int `json:"allowed,omitempty"`
	// Date is a day in UTC, Days how far off it is.
	Date civil.Date `json:"date,omitzero"`
	Days int        `json:"days,omitempty"`
	// Source is where this manifest comes from, RecordedSource where the project
	// was applied from, and MovedFrom what policy.moved_from has to name.
	Source         string `json:"source,omitempty"`
	RecordedSource string `json:"recorded_source,omitempty"`
	MovedFrom      string `json:"moved_from,omitempty"`
	// Commit was applied, by Actor, At a time by Pantheon's clock.
	Commit string    `json:"commit,omitempty"`
	Actor  string    `json:"actor,omitempty"`
	At     time.Time `json:"at,omitzero"`
	// External: the secret, or one of them, is set elsewhere.
	External bool `json:"external,omitempty"`
	// Refused: what would be done about it is refused.
	Refused bool `json:"refused,omitempty"`
	// IfVerified: only a ledger says so that could not be verified.
	IfVerified bool `json:"if_ledger_verifies,omitempty"`
}

// Attributes are type and scopes of one secret.
type Attributes struct {
	Type   secret.Type   `json:"type"`
	Scopes secret.Scopes `json:"scopes"`
}

// Declarable reports whether a manifest may ask for them.
func (a Attributes) Declarable() bool {
	for _, scope := range a.Scopes {
		if !scope.Creatable() {
			return false
		}
	}
	return a.Type.Creatable() && len(a.Scopes) > 0
}

// Permission is a word in the manifest by which a reviewer allows what was
// refused.
type Permission string

// The permissions.
const (
	// AllowReplace is `replace: true`.
	AllowReplace Permission = "replace"
	// AllowUnprotect is `protect: false`: it lifts a protection that was
	// recorded.
	AllowUnprotect Permission = "protect: false"
	// AllowDropProtect is to take out `protect: true`.
	AllowDropProtect Permission = "no protect: true"
)
