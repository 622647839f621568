package effective

import (
	"time"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// Kind is the place of a layer.
type Kind string

// The kinds, strongest first.
const (
	SiteOverride         Kind = "site_override"
	SiteDefault          Kind = "site_default"
	OrganizationOverride Kind = "organization_override"
	OrganizationDefault  Kind = "organization_default"
)

// Origin says where the value of a layer is kept.
type Origin string

// The origins.
const (
	// Manifest: the manifest has the value.
	Manifest Origin = "manifest"
	// External: the manifest names the secret, and its value is set elsewhere.
	External Origin = "external"
	// Released: the manifest says that it is no longer this project's; it
	// stays live.
	Released Origin = "released"
	// Undeclared: it is live, and the manifest does not name it.
	Undeclared Origin = "undeclared"
	// Unseen: the organization has the name, so nobody can see whether the site
	// has a value of its own.
	Unseen Origin = "unseen"
)

// Layer is one value that a secret has somewhere. Type and Scopes are those of
// the secret that it belongs to, empty where they are not known.
type Layer struct {
	Kind   Kind         `json:"layer"`
	Owner  secret.Owner `json:"owner"`
	Env    secret.Env   `json:"env,omitempty"` // of an override
	Origin Origin       `json:"origin"`
	// Source is where a value comes from that the manifest does not hold
	// itself; empty for others.
	Source secret.Source `json:"source,omitempty"`
	Type   secret.Type   `json:"type,omitempty"`
	Scopes secret.Scopes `json:"scopes,omitempty"`
	// Value says how the live value compares with the manifest's, as plan
	// found it. Where the manifest has no value, it is Unverifiable for what is
	// live and Absent for what is not. Empty without live state.
	Value plan.ValueState `json:"value,omitempty"`
	// ChangedBy and AppliedAt are as in plan.Change.
	ChangedBy plan.ChangedBy `json:"changed_by,omitempty"`
	AppliedAt time.Time      `json:"applied_at,omitzero"`

	applied  presence // once the manifest is applied
	live     presence
	replaced bool // its live type or scopes are others, until it is applied
	// remembered: only the organization's ledger says that it is there.
	remembered bool
	unsure     bool // in what is decided, nobody can see whether it is there
}

// presence says whether a layer is there.
type presence uint8

const (
	gone presence = iota
	there
	unseen // nobody can see whether it is there
)

// verdict is what the layers of one environment come to.
type verdict struct {
	winner     *Layer
	contenders []Layer
	shadows    []Layer
}

// decide ranks the layers, of which there is at most one of each kind:
//  1. A site's override wins over everything.
//  2. A site's default meets an organization's override: documented in two
//     ways, so both are contenders, and there is no winner.
//  3. A site's default that nobody can see would win if it is there: it and what
//     wins without it are contenders.
//  4. Otherwise the first of site default, organization override and
//     organization default wins.
//
// What does not win and does not contend is shadowed, strongest first.
func decide(layers []Layer) verdict {
	var d verdict
	var ranked []Layer
	for _, kind := range []Kind{SiteOverride, SiteDefault, OrganizationOverride, OrganizationDefault} {
		for _, layer := range layers {
			if layer.Kind == kind {
				ranked = append(ranked, layer)
			}
		}
	}
	switch {
	case len(ranked) == 0:
	case len(ranked) > 1 && ranked[0].Kind == SiteDefault && (ranked[0].unsure || ranked[1].Kind == OrganizationOverride):
		d.contenders, d.shadows = ranked[:2], ranked[2:]
	default:
		d.winner, d.shadows = &ranked[0], ranked[1:]
	}
	return d
}

// same reports whether two decisions let the same layers decide.
func (d verdict) same(other verdict) bool {
	if d.winner == nil || other.winner == nil {
		return (d.winner == nil) == (other.winner == nil) && len(d.contenders) == len(other.contenders)
	}
	return d.winner.Kind == other.winner.Kind
}
