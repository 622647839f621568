package plan

import (
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// FormatVersion is the version of the JSON document that a Plan encodes to.
const FormatVersion = "1"

// Action is what apply will do with a secret, with its default value or with
// one override.
//
//	         live    manifest  in our ledger  because
//	create   absent  named     -              it is not live yet
//	update   there   named     -              a value differs, or cannot be verified
//	replace  there   named     -              type or scopes differ; all values are written again
//	delete   there   absent    yes            it left the manifest, or retire: delete (overrides:
//	                                          the same, or named in drop_overrides)
//	adopt    there   named     no, or behind  nothing is to do but to record it
//	release  there   absent    yes            no longer ours; stays live
//	forget   -       absent    yes            no longer live, or another project's
//	none     -       -         -              nothing to do, or nothing allowed
//
// A refused change shows the action that would be needed. Every value of a
// secret that is created or replaced has the action create.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
	Adopt   Action = "adopt"
	Release Action = "release"
	Forget  Action = "forget"
	None    Action = "none"
)

// ValueState is what is known of one value that the manifest declares. It is
// empty where nothing is compared (external secrets, removed overrides,
// secrets that leave the project).
type ValueState string

// The states of promise 1 in the design.
const (
	// Equal: the live value came back and is the manifest's.
	Equal ValueState = "equal"
	// AsApplied: the live value is hidden, and the manifest's is what this
	// project last applied. Later changes elsewhere cannot be seen.
	AsApplied ValueState = "as_applied"
	// Changed: the value on Pantheon came back and differs, or it is hidden and
	// the manifest's is not the one that this project last applied.
	Changed ValueState = "changed"
	// Unverifiable: there is a live value, it is hidden, and nothing says
	// that it is the manifest's. Where a secret may be inherited, it may not
	// even be this owner's; where the list may be cut, there may be none.
	Unverifiable ValueState = "unverifiable"
	// Absent: there is no live value yet.
	Absent ValueState = "absent"
)

// ChangedBy says who changed a value since this project last applied it. It is
// empty where the value is not Changed, and where nobody can tell: the project
// did not apply it, or did not finish applying it.
type ChangedBy string

// Who can change a value.
const (
	ByManifest ChangedBy = "manifest"
	ByPantheon ChangedBy = "pantheon"
	ByBoth     ChangedBy = "both"
)

// Plan is the difference between manifest and live state, and what apply
// will do about it. Its JSON encoding is the published format. Changes are
// sorted by owner, then by name; every other list is sorted too.
type Plan struct {
	FormatVersion string `json:"format_version"`
	CellaVersion  string `json:"cella_version"`
	Project       string `json:"project"`
	// Complete is false where something was not looked at: a failed read, a
	// target, the values, or what a list that may be cut does not show and is
	// to go. "No changes" must not be said of an incomplete plan.
	Complete bool `json:"complete"`
	// StructureOnly: the manifest's values were not decrypted, so names, types,
	// scopes and the environments of overrides were compared, and no values.
	// Such a plan is never complete, and never what apply will do.
	StructureOnly bool          `json:"structure_only,omitempty"`
	Inputs        []InputDigest `json:"inputs"`
	Summary       Summary       `json:"summary"`
	Requests      Requests      `json:"requests"`
	Changes       []Change      `json:"changes"`
	// IfLedgerVerifies is what only a ledger says that could not be verified
	// for want of a key; of StructureOnly plans alone.
	IfLedgerVerifies []Presumed `json:"if_ledger_verifies,omitempty"`
	// Ledgers are the owners whose ledger as a whole is to be written or
	// removed, whether or not an entry of it changes.
	Ledgers []LedgerChange `json:"ledgers"`
	// Record is what happens to the project's record.
	Record    RecordChange `json:"record,omitzero"`
	Unmanaged []Unmanaged  `json:"unmanaged"`
	Drift     []Drift      `json:"drift"`
	Errors    []OwnerError `json:"errors"`
	Warnings  []Warning    `json:"warnings"`
	Refusals  []Refusal    `json:"refusals"`
}

// InputDigest is what the plan was made from: a file, by the lower-case hex
// SHA-256 of its bytes as they are in git, or the value of an environment
// variable, by the HMAC of ledger.Keys.PlanMAC. Without a key HMAC is empty, and
// nothing tells one value of the variable from another.
type InputDigest struct {
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Env    string `json:"env,omitempty"`
	HMAC   string `json:"hmac_sha256,omitempty"`
}

// Summary counts secrets by action, values by state (defaults and overrides
// each count), unmanaged entries and refusals.
type Summary struct {
	Create       int `json:"create"`
	Update       int `json:"update"`
	Replace      int `json:"replace"`
	Delete       int `json:"delete"`
	Adopt        int `json:"adopt"`
	Release      int `json:"release"`
	Forget       int `json:"forget"`
	None         int `json:"none"`
	Changed      int `json:"changed"`
	AsApplied    int `json:"as_applied"`
	Unverifiable int `json:"unverifiable"`
	Unmanaged    int `json:"unmanaged"`
	Refused      int `json:"refused"`
}

// Requests announces what plan and apply cost together.
type Requests struct {
	// Secrets counts requests to the rate-limited secrets service: one list
	// per owner, one request per change, and one list after the first deletion
	// that brings an organization's secret to light, retries not included. Of a
	// StructureOnly plan it is the lists alone.
	Secrets int `json:"secrets"`
	// Lists are those of them that the plan is made from; the others are apply's.
	Lists int `json:"lists"`
}

// Change is what happens to one declared or recorded secret; None included.
// Reasons are the secret's and those of its default value.
type Change struct {
	Owner   secret.Owner `json:"owner"`
	Secret  secret.Name  `json:"secret"`
	Action  Action       `json:"action"`
	Reasons []Reason     `json:"reasons"`
	Type    TypeChange   `json:"type"`
	Scopes  ScopesChange `json:"scopes"`
	// Default is what happens to the default value; empty where no values are
	// looked at: for external secrets and those that leave the project.
	Default   Action     `json:"default,omitempty"`
	Value     ValueState `json:"value,omitempty"`
	ChangedBy ChangedBy  `json:"changed_by,omitempty"`
	// AppliedAt is when this project last applied the default value, or found
	// it equal: by Pantheon's clock, in whole seconds, of a value that is
	// AsApplied or was changed since, or that would be AsApplied if the
	// organization's did not hide it. The zero time is unknown.
	AppliedAt time.Time `json:"applied_at,omitzero"`
	// Source is where the manifest's default value comes from; empty where it
	// stands in the manifest, and where no values are looked at.
	Source    secret.Source    `json:"source,omitempty"`
	Overrides []OverrideChange `json:"overrides"`
	// External secrets are checked, never written.
	External bool `json:"external,omitempty"`
	// MayBeInherited: the listing does not tell whether the site has a value
	// of its own or shows the organization's.
	MayBeInherited bool `json:"may_be_inherited,omitempty"`
	// Uncovers is the organization whose secret of the same name a site gets
	// once its own is deleted. See package apply for how that is done.
	Uncovers secret.Owner `json:"uncovers,omitzero"`
	// Sites, of an organization's secret whose entry is written, is what that
	// will remember of its sites.
	Sites SitesChange `json:"sites,omitzero"`
}

// Unseen reports that a list that may be cut does not show the secret.
func (c Change) Unseen() bool { return c.because(ReasonCreateUnseen) || c.LeftUnseen() }

// LeftUnseen reports that the secret is to go, and is left for being unseen.
func (c Change) LeftUnseen() bool { return c.because(ReasonLeftUnseen) }

func (c Change) because(code Code) bool {
	for i := range c.Reasons {
		if c.Reasons[i].Code == code {
			return true
		}
	}
	return false
}

// TypeChange holds the type before and after. Before is empty where the secret
// is not live, or may be inherited and is neither deleted nor replaced; After
// where it is not live afterwards.
type TypeChange struct {
	Before secret.Type `json:"before,omitempty"`
	After  secret.Type `json:"after,omitempty"`
}

// ScopesChange is TypeChange for scopes.
type ScopesChange struct {
	Before secret.Scopes `json:"before,omitempty"`
	After  secret.Scopes `json:"after,omitempty"`
}

// SiteMemory is what the ledger will remember of the sites under the name of an
// organization's secret: Announced before anything is written, Concluded once
// all of the plan is done. It is in keyed marks, which say nothing without the
// key.
type SitesChange struct {
	Announced ledger.Sites `json:"announced,omitzero"`
	Concluded ledger.Sites `json:"concluded,omitzero"`
}

// OverrideChange is what happens to the override of one environment.
type OverrideChange struct {
	Env       secret.Env    `json:"env"`
	Action    Action        `json:"action"`
	Value     ValueState    `json:"value,omitempty"`
	ChangedBy ChangedBy     `json:"changed_by,omitempty"`
	AppliedAt time.Time     `json:"applied_at,omitzero"`
	Source    secret.Source `json:"source,omitempty"`
	Reasons   []Reason      `json:"reasons,omitempty"`
}

// LedgerAction is what happens to a ledger as a whole.
type LedgerAction string

// The actions on ledgers.
const (
	// ResetLedger: a ledger that cannot be believed is given up.
	ResetLedger LedgerAction = "reset"
	// RekeyLedger: it is written again under the current key.
	RekeyLedger LedgerAction = "rekey"
	// RemoveLedger: it is deleted once everything else of its owner is done:
	// this project's own with a retired owner, or a former name's.
	RemoveLedger LedgerAction = "remove"
)

// LedgerChange is what happens to one ledger as a whole. Ledger is the name
// of its first secret.
type LedgerChange struct {
	Owner  secret.Owner `json:"owner"`
	Ledger secret.Name  `json:"ledger"`
	Action LedgerAction `json:"action"`
	Reason Code         `json:"reason"`
}

// Presumed is what happens to a secret, or with Env to an override, provided
// that a ledger verifies that names it: it is deleted, released or forgotten.
// A ledger that is removed as a whole is named by its first secret.
type Presumed struct {
	Owner   secret.Owner `json:"owner"`
	Secret  secret.Name  `json:"secret"`
	Env     secret.Env   `json:"env,omitempty"`
	Action  Action       `json:"action"`
	Reasons []Reason     `json:"reasons"`
}

// Unmanaged is a live secret that the manifest does not name, or with Env an
// override of a declared secret that it does not name. Neither is touched.
type Unmanaged struct {
	Owner  secret.Owner `json:"owner"`
	Secret secret.Name  `json:"secret"`
	Env    secret.Env   `json:"env,omitempty"`
}

// Drift is a change that was made outside this project. Facts.Action is what
// apply does about it.
type Drift struct {
	Owner  secret.Owner `json:"owner"`
	Secret secret.Name  `json:"secret"`
	Env    secret.Env   `json:"env,omitempty"`
	Code   Code         `json:"code"`
	Facts  Facts        `json:"facts,omitzero"`
}

// OwnerError is an owner of which nothing is known: it could not be read, or
// what was read does not fit. Its secrets have no entry in Changes. With
// Secret the owner was read, and that name is neither declared nor recorded.
// Facts.Count is how many declared secrets were not looked at.
type OwnerError struct {
	Code   Code         `json:"code"`
	Owner  secret.Owner `json:"owner"`
	Secret secret.Name  `json:"secret,omitempty"`
	Facts  Facts        `json:"facts,omitzero"`
	Detail string       `json:"detail,omitempty"`
}

// Warning is something to know that stops nothing. Without an owner it is
// about the whole plan. Detail is what a file, a server or a library said, in
// words for people.
type Warning struct {
	Code   Code         `json:"code"`
	Owner  secret.Owner `json:"owner,omitzero"`
	Secret secret.Name  `json:"secret,omitempty"`
	Facts  Facts        `json:"facts,omitzero"`
	Detail string       `json:"detail,omitempty"`
}

// Refusal is something that apply will not do, and with it everything else,
// until a reviewer allows it in git. Without an owner it is about the whole
// plan. Detail is as in Warning.
type Refusal struct {
	Code   Code         `json:"code"`
	Owner  secret.Owner `json:"owner,omitzero"`
	Secret secret.Name  `json:"secret,omitempty"`
	Facts  Facts        `json:"facts,omitzero"`
	Detail string       `json:"detail,omitempty"`
}

// HasChanges reports whether apply has anything to do. It is the one place
// that decides it. Of an incomplete plan false says nothing.
func (p Plan) HasChanges() bool {
	s := p.Summary
	return s.Create+s.Update+s.Replace+s.Delete+s.Adopt+s.Release+s.Forget+len(p.Ledgers) > 0 || !p.Record.IsZero()
}

// Blocked reports whether apply must not write anything: something was
// refused, or an owner could not be read.
func (p Plan) Blocked() bool { return len(p.Refusals) > 0 || len(p.Errors) > 0 }

// seizes reports whether the site is first given the organization's value as its
// own: nothing shows that it has one, and what is deleted must be the site's.
func (c Change) seizes() bool {
	return c.Action == Delete && c.MayBeInherited && c.Uncovers != secret.Owner{}
}

// Steps returns how many requests the change takes to apply. The overrides
// that a replacement removes go with the delete and cost nothing.
func (c Change) Steps() int {
	steps := 0
	switch c.Action {
	case None, Adopt, Release, Forget:
		return 0
	case Delete:
		if c.seizes() {
			return 2
		}
		return 1
	case Replace:
		steps = 2
	default:
		if c.Default != None {
			steps = 1
		}
	}
	for _, override := range c.Overrides {
		if override.Action == None || c.Action == Replace && override.Action == Delete {
			continue
		}
		steps++
	}
	return steps
}
