package decision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// told is a finding as people read it.
type told struct {
	Code            plan.Code
	Message, Remedy string
}

func tell(p plan.Plan) []told {
	var all []told
	for _, w := range p.Warnings {
		if w.Code == plan.CodeNoFingerprintKey {
			continue // of most tests, which are not about it
		}
		all = append(all, told{w.Code, sentence.Warning(w), ""})
	}
	for _, r := range p.Refusals {
		message, remedy := sentence.Refusal(r)
		all = append(all, told{r.Code, message, remedy})
	}
	return all
}

func TestFindings(t *testing.T) {
	allow := func(s *secret.DesiredSecret) { s.Replace = true }
	protect := func(s *secret.DesiredSecret) { s.Protect = secret.Protected }
	external := func(s *secret.DesiredSecret) { s.External = true }
	drop := func(s *secret.DesiredSecret) { s.DropOverrides = []secret.Env{"live"} }
	const differs = "live with `type: composer, scopes: [ic]`, declared with `type: runtime, scopes: [web]`"

	for name, c := range map[string]struct {
		desired secret.DesiredSecret
		live    []secret.LiveSecret
		policy  Policy
		want    told
	}{
		"replace not allowed": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, Policy{}, told{
			plan.CodeReplaceNotAllowed, differs + "; changing that means replacing it, and nothing allows it",
			"add `replace: true`; or declare the live `type: composer, scopes: [ic]`"}},
		"replace not allowed, overrides": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?", "live=?", "test=?"), composer)}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			differs + "; changing that means replacing it, and nothing allows it; " +
				"it would also lose the undeclared live overrides for live, test",
			"add `replace: true` and declare the overrides for live, test, or add `drop_overrides: [live, test]`; or declare the live `type: composer, scopes: [ic]`"}},
		"protected": {wantWith(want("A", "=1"), protect), []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, Policy{}, told{
			plan.CodeProtected, differs + "; changing that means replacing it, and it is protected",
			"replace `protect: true` with `replace: true`; or declare the live `type: composer, scopes: [ic]`"}},
		"overrides lost": {wantWith(want("A", "=1"), allow), []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)}, Policy{}, told{
			plan.CodeOverridesLost, "replacing it would lose its undeclared live override for live",
			"declare the override for live, or add `drop_overrides: [live]`, or delete it with `retire: delete` first"}},
		"live type cannot be declared": {want("A", "=1"), []secret.LiveSecret{
			haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Type = secret.FileType }),
		}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"live with `type: file, scopes: [web]`, declared with `type: runtime, scopes: [web]`; changing that means replacing it, and nothing allows it",
			"add `replace: true`"}},
		"live scope cannot be declared": {want("A", "=1"), []secret.LiveSecret{
			haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Scopes = secret.NewScopes(secret.OpsScope) }),
		}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"live with `type: runtime, scopes: [ops]`, declared with `type: runtime, scopes: [web]`; changing that means replacing it, and nothing allows it",
			"add `replace: true`"}},
		"live without scopes": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Scopes = nil })}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"live with `type: runtime, scopes: []`, declared with `type: runtime, scopes: [web]`; changing that means replacing it, and nothing allows it",
			"add `replace: true`"}},
		"hostile type and environment": {want("A", "=1"), []secret.LiveSecret{
			haveWith(have("A", "=?", "\x1b[31m=?"), func(s *secret.LiveSecret) { s.Type = "x\ny" }),
		}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"live with `type: \"x\\ny\", scopes: [web]`, declared with `type: runtime, scopes: [web]`; changing that means replacing it, and nothing allows it; " +
				"it would also lose the undeclared live override for \"\\x1b[31m\"",
			"add `replace: true` and declare the override for \"\\x1b[31m\", or add `drop_overrides: [\"\\x1b[31m\"]`"}},
		"external missing": {wantWith(want("A"), external), nil, Policy{}, told{
			plan.CodeExternalMissing, "declared as external, but not live", ""}},
		"external missing, strict": {wantWith(want("A"), external), nil, Policy{Strict: true}, told{
			plan.CodeExternalMissing, "declared as external, but not live", "set it where it is managed, or remove it from the manifest"}},
		"external differs, strict": {wantWith(want("A"), external), []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, Policy{Strict: true}, told{
			plan.CodeExternalDiffers, differs, "declare `type: composer, scopes: [ic]`, or change it where it is managed"}},
		"unmanaged override": {want("A", "=1"), []secret.LiveSecret{have("A", "=1", "live=?")}, Policy{Unmanaged: secret.ForbidUnmanaged}, told{
			plan.CodeUnmanagedOverride, "the live override for live is not in the manifest",
			"declare the override for live, or add `drop_overrides: [live]`, or set policy.unmanaged to report"}},
		"drop not needed": {wantWith(want("A", "=1"), drop), nil, Policy{}, told{
			plan.CodeDropNotNeeded, "drop_overrides names live, which has no live override; it can go from the manifest", ""}},
		"reserved": {want("CELLA_X", "=1"), nil, Policy{}, told{
			plan.CodeReservedName, "names that begin with CELLA_ are kept for cella itself", "rename the secret"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := one([]secret.DesiredSecret{c.desired}, c.live)
			in.Policy = c.policy
			p := Diff(in)
			if diff := cmp.Diff([]told{c.want}, tell(p)); diff != "" {
				t.Error(diff)
			}
			for _, r := range p.Refusals {
				if r.Owner != mySite || r.Secret != c.desired.Name {
					t.Errorf("refusal names %s %s", r.Owner, r.Secret)
				}
			}
		})
	}
}

func TestUnmanagedForbidden(t *testing.T) {
	in := one(nil, []secret.LiveSecret{have("A", "=1")})
	in.Policy.Unmanaged = secret.ForbidUnmanaged
	want := []told{{plan.CodeUnmanagedSecret, "live, but not in the manifest",
		"declare it (with `external: true` where it is set elsewhere), or set policy.unmanaged to report"}}
	if diff := cmp.Diff(want, tell(Diff(in))); diff != "" {
		t.Error(diff)
	}
}
