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
	const differs = "on Pantheon it has `type: composer, scopes: [ic]`, in the manifest `type: runtime, scopes: [web]`"

	for name, c := range map[string]struct {
		desired secret.DesiredSecret
		live    []secret.LiveSecret
		policy  Policy
		want    told
	}{
		"replace not allowed": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, Policy{}, told{
			plan.CodeReplaceNotAllowed, differs + "; only a replacement can change that, and the manifest does not allow one",
			"add `replace: true`; or change the manifest to `type: composer, scopes: [ic]`"}},
		"replace not allowed, overrides": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?", "live=?", "test=?"), composer)}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			differs + "; only a replacement can change that, and the manifest does not allow one; " +
				"it would also lose the overrides for live, test, not in the manifest",
			"add `replace: true`, and add the overrides for live, test to the manifest, or add `drop_overrides: [live, test]`; " +
				"or change the manifest to `type: composer, scopes: [ic]`"}},
		"protected": {wantWith(want("A", "=1"), protect), []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, Policy{}, told{
			plan.CodeProtected, differs + "; only a replacement can change that, and it is protected",
			"replace `protect: true` with `replace: true`; or change the manifest to `type: composer, scopes: [ic]`"}},
		"overrides lost": {wantWith(want("A", "=1"), allow), []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)}, Policy{}, told{
			plan.CodeOverridesLost, "replacing it would lose the override for live, not in the manifest",
			"add the override for live to the manifest, or add `drop_overrides: [live]`"}},
		"live type cannot be declared": {want("A", "=1"), []secret.LiveSecret{
			haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Type = secret.FileType }),
		}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"on Pantheon it has `type: file, scopes: [web]`, in the manifest `type: runtime, scopes: [web]`; " +
				"only a replacement can change that, and the manifest does not allow one",
			"add `replace: true`"}},
		"live scope cannot be declared": {want("A", "=1"), []secret.LiveSecret{
			haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Scopes = secret.NewScopes(secret.OpsScope) }),
		}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"on Pantheon it has `type: runtime, scopes: [ops]`, in the manifest `type: runtime, scopes: [web]`; " +
				"only a replacement can change that, and the manifest does not allow one",
			"add `replace: true`"}},
		"live without scopes": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Scopes = nil })}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"on Pantheon it has `type: runtime, scopes: []`, in the manifest `type: runtime, scopes: [web]`; " +
				"only a replacement can change that, and the manifest does not allow one",
			"add `replace: true`"}},
		"hostile type and environment": {want("A", "=1"), []secret.LiveSecret{
			haveWith(have("A", "=?", "\x1b[31m=?"), func(s *secret.LiveSecret) { s.Type = "x\ny" }),
		}, Policy{}, told{
			plan.CodeReplaceNotAllowed,
			"on Pantheon it has `type: \"x\\ny\", scopes: [web]`, in the manifest `type: runtime, scopes: [web]`; " +
				"only a replacement can change that, and the manifest does not allow one; " +
				"it would also lose the override for \"\\x1b[31m\", not in the manifest",
			"add `replace: true`, and add the override for \"\\x1b[31m\" to the manifest, or add `drop_overrides: [\"\\x1b[31m\"]`"}},
		"external missing": {wantWith(want("A"), external), nil, Policy{}, told{
			plan.CodeExternalMissing, "the manifest says that it is set elsewhere, but it is not on Pantheon" +
				"; check the name; have it set there, or let cella manage it: `cella set site:my-site A`", ""}},
		"external missing, strict": {wantWith(want("A"), external), nil, Policy{Strict: true}, told{
			plan.CodeExternalMissing, "the manifest says that it is set elsewhere, but it is not on Pantheon",
			"check the name; have it set there, or let cella manage it: `cella set site:my-site A`"}},
		"external differs, strict": {wantWith(want("A"), external), []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, Policy{Strict: true}, told{
			plan.CodeExternalDiffers, differs,
			"change the manifest to `type: composer, scopes: [ic]`, or change the secret where it is managed"}},
		"unmanaged override": {want("A", "=1"), []secret.LiveSecret{have("A", "=1", "live=?")}, Policy{Unmanaged: secret.ForbidUnmanaged}, told{
			plan.CodeUnmanagedOverride, "on Pantheon, but not in the manifest: override for live",
			"add the override for live to the manifest, or add `drop_overrides: [live]`, or set policy.unmanaged to report"}},
		"drop not needed": {wantWith(want("A", "=1"), drop), nil, Policy{}, told{
			plan.CodeDropNotNeeded, "drop_overrides names live, but Pantheon has no such override; remove `live` from its drop_overrides", ""}},
		"reserved": {want("CELLA_X", "=1"), nil, Policy{}, told{
			plan.CodeReservedName, "names that begin with CELLA_ are reserved for cella itself", "rename the secret"}},
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
	want := []told{{plan.CodeUnmanagedSecret, "on Pantheon, but not in the manifest",
		"add it to the manifest (with `external: true` if it is set elsewhere), or set policy.unmanaged to report"}}
	if diff := cmp.Diff(want, tell(Diff(in))); diff != "" {
		t.Error(diff)
	}
}
