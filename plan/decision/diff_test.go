package decision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

type scenario struct {
	desired []secret.DesiredSecret
	live    []secret.LiveSecret
	policy  Policy
	lines   []string
	reason  string
}

func runScenarios(t *testing.T, scenarios map[string]scenario) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			in := one(s.desired, s.live)
			in.Policy = s.policy
			if diff := cmp.Diff(s.lines, shorthand(Diff(in))); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", s.reason, diff)
			}
		})
	}
}

func TestDiffWrites(t *testing.T) {
	replaceable := func(s *secret.DesiredSecret) { s.Replace = true }
	protected := func(s *secret.DesiredSecret) { s.Protect = secret.Protected }
	drops := func(envs ...secret.Env) func(*secret.DesiredSecret) {
		return func(s *secret.DesiredSecret) { s.DropOverrides = envs }
	}
	runScenarios(t, map[string]scenario{
		"create": {
			desired: []secret.DesiredSecret{want("A", "=1", "live=2")},
			lines:   []string{"create A default:create/absent live:create/absent steps:2"},
			reason:  "the default first, then one request per override",
		},
		"equal": {
			desired: []secret.DesiredSecret{want("A", "=1", "live=2")},
			live:    []secret.LiveSecret{have("A", "=1", "live=2")},
			lines:   []string{"none A default:none/equal live:none/equal steps:0"},
			reason:  "everything came back and is equal",
		},
		"default changed": {
			desired: []secret.DesiredSecret{want("A", "=1", "live=2")},
			live:    []secret.LiveSecret{have("A", "=other", "live=2")},
			lines:   []string{"update A default:update/changed live:none/equal steps:1"},
			reason:  "only what differs is written",
		},
		"one override changed, one hidden, one absent": {
			desired: []secret.DesiredSecret{want("A", "=1", "dev=2", "live=3", "test=4")},
			live:    []secret.LiveSecret{have("A", "=1", "dev=other", "live=?")},
			lines:   []string{"update A default:none/equal dev:update/changed live:update/unverifiable test:create/absent steps:3"},
			reason:  "each value is decided by itself, readable or not by its own entry",
		},
		"hidden": {
			desired: []secret.DesiredSecret{want("A", "=1")},
			live:    []secret.LiveSecret{have("A", "=?")},
			lines:   []string{"update A default:update/unverifiable steps:1"},
			reason:  "nothing says that the hidden value is the manifest's",
		},
		"comparison is exact": {
			desired: []secret.DesiredSecret{want("A", "=1\n")},
			live:    []secret.LiveSecret{have("A", "=1")},
			lines:   []string{"update A default:update/changed steps:1"},
			reason:  "a newline is part of the value",
		},
		"replace allowed": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1", "live=2"), replaceable)},
			live:    []secret.LiveSecret{haveWith(have("A", "=1", "live=?"), composer)},
			lines:   []string{"replace A default:create/equal live:create/unverifiable steps:3"},
			reason:  "delete, create, one override: equal values are written again too",
		},
		"replace drops an override": {
			desired: []secret.DesiredSecret{wantWith(wantWith(want("A", "=1"), replaceable), drops("live"))},
			live:    []secret.LiveSecret{haveWith(have("A", "=1", "live=?"), composer)},
			lines:   []string{"replace A default:create/equal live:delete steps:2"},
			reason:  "the override goes with the delete and costs no request of its own",
		},
		"replace would lose overrides": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1", "dev=2"), replaceable)},
			live:    []secret.LiveSecret{haveWith(have("A", "=1", "dev=2", "live=?", "test=?"), composer)},
			lines: []string{
				"replace A default:create/equal dev:create/equal steps:3",
				"unmanaged A.live", "unmanaged A.test", "refusal overrides-lost A",
			},
			reason: "replace: true allows replacing the secret, not losing what nobody declared",
		},
		"replace not allowed": {
			desired: []secret.DesiredSecret{want("A", "=1")},
			live:    []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines:   []string{"replace A default:create/unverifiable steps:2", "refusal replace-not-allowed A"},
			reason:  "a refused change shows the action that would be needed",
		},
		"replace protected": {
			desired: []secret.DesiredSecret{wantWith(wantWith(want("A", "=1"), replaceable), protected)},
			live:    []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines:   []string{"replace A default:create/unverifiable steps:2", "refusal protected A"},
			reason:  "protect wins",
		},
		"scopes alone differ": {
			desired: []secret.DesiredSecret{want("A", "=1")},
			live: []secret.LiveSecret{haveWith(have("A", "=1"), func(s *secret.LiveSecret) {
				s.Scopes = secret.NewScopes(secret.WebScope, secret.UserScope)
			})},
			lines:  []string{"replace A default:create/equal steps:2", "refusal replace-not-allowed A"},
			reason: "scopes never change either",
		},
		"protected, but values may change": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1"), protected)},
			live:    []secret.LiveSecret{have("A", "=2")},
			lines:   []string{"update A default:update/changed steps:1"},
			reason:  "protect forbids deleting and replacing only",
		},
		"undeclared override": {
			desired: []secret.DesiredSecret{want("A", "=1")},
			live:    []secret.LiveSecret{have("A", "=1", "live=?")},
			lines:   []string{"none A default:none/equal steps:0", "unmanaged A.live"},
			reason:  "told, and left alone",
		},
		"undeclared override dropped": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1"), drops("live"))},
			live:    []secret.LiveSecret{have("A", "=1", "live=?")},
			lines:   []string{"update A default:none/equal live:delete steps:1"},
			reason:  "allowed in git; its value is compared with nothing",
		},
		"drop line without override": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1"), drops("live"))},
			live:    []secret.LiveSecret{have("A", "=1")},
			lines:   []string{"none A default:none/equal steps:0", "warning drop-overrides-not-needed A"},
			reason:  "the line did its work and can go",
		},
		"drop line on a new secret": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1"), drops("live"))},
			lines:   []string{"create A default:create/absent steps:1", "warning drop-overrides-not-needed A"},
			reason:  "there is nothing to drop",
		},
		"drop line for a declared override": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1", "live=2"), drops("live"))},
			live:    []secret.LiveSecret{have("A", "=1", "live=2")},
			lines:   []string{"none A default:none/equal live:none/equal steps:0"},
			reason:  "the schema refuses it; were it to slip through, nothing is lost",
		},
		"reserved name": {
			desired: []secret.DesiredSecret{want("CELLA_LEDGER__X", "=1")},
			live:    []secret.LiveSecret{have("CELLA_LEDGER__X", "=2")},
			lines:   []string{"none CELLA_LEDGER__X steps:0", "refusal reserved-name CELLA_LEDGER__X"},
			reason:  "a ledger is never written as a secret",
		},
	})
}

func TestDiffLeavesAlone(t *testing.T) {
	external := func(s *secret.DesiredSecret) { s.External = true }
	everything := []secret.LiveSecret{have("A", "=1"), have("CELLA_LEDGER__STOREFRONT", "=?"), haveWith(have("Z", "=?"), inherited)}
	runScenarios(t, map[string]scenario{
		"unmanaged is reported": {
			live: everything, policy: Policy{Unmanaged: secret.ReportUnmanaged},
			lines:  []string{"unmanaged A"},
			reason: "ledgers and what may be inherited are nobody's unmanaged secrets",
		},
		"unmanaged without a policy": {
			live:   everything,
			lines:  []string{"unmanaged A"},
			reason: "report is the default",
		},
		"unmanaged is ignored": {
			live: everything, policy: Policy{Unmanaged: secret.IgnoreUnmanaged},
			reason: "the policy says so",
		},
		"unmanaged is forbidden": {
			live: everything, policy: Policy{Unmanaged: secret.ForbidUnmanaged},
			lines:  []string{"unmanaged A", "refusal unmanaged-secret A"},
			reason: "it is still told as what it is",
		},
		"undeclared override under ignore": {
			desired: []secret.DesiredSecret{want("A", "=1")},
			live:    []secret.LiveSecret{have("A", "=1", "live=?")}, policy: Policy{Unmanaged: secret.IgnoreUnmanaged},
			lines:  []string{"none A default:none/equal steps:0", "unmanaged A.live"},
			reason: "live does not get what the manifest says, and a reviewer has to see that",
		},
		"undeclared override under forbid": {
			desired: []secret.DesiredSecret{want("A", "=1")},
			live:    []secret.LiveSecret{have("A", "=1", "live=?")}, policy: Policy{Unmanaged: secret.ForbidUnmanaged},
			lines:  []string{"none A default:none/equal steps:0", "unmanaged A.live", "refusal unmanaged-override A"},
			reason: "nobody declares it",
		},
		"external": {
			desired: []secret.DesiredSecret{wantWith(want("A"), external)},
			live:    []secret.LiveSecret{have("A", "=?", "live=?")},
			lines:   []string{"none A steps:0"},
			reason:  "its values and overrides are set elsewhere",
		},
		"external, missing": {
			desired: []secret.DesiredSecret{wantWith(want("A"), external)},
			lines:   []string{"none A steps:0", "warning external-missing A"},
			reason:  "presence is checked",
		},
		"external, missing, strict": {
			desired: []secret.DesiredSecret{wantWith(want("A"), external)}, policy: Policy{Strict: true},
			lines:  []string{"none A steps:0", "refusal external-missing A"},
			reason: "strict makes it a refusal",
		},
		"external, different": {
			desired: []secret.DesiredSecret{wantWith(want("A"), external)},
			live:    []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines:   []string{"none A steps:0", "warning external-differs A"},
			reason:  "type and scopes are checked",
		},
		"external, different, strict": {
			desired: []secret.DesiredSecret{wantWith(want("A"), external)}, policy: Policy{Strict: true},
			live:   []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines:  []string{"none A steps:0", "refusal external-differs A"},
			reason: "strict makes it a refusal",
		},
		"external, may be inherited": {
			desired: []secret.DesiredSecret{wantWith(want("A"), external)}, policy: Policy{Strict: true},
			live:   []secret.LiveSecret{haveWith(haveWith(have("A", "=?"), composer), inherited)},
			lines:  []string{"none A steps:0"},
			reason: "the site is served, and whose type this is cannot be told",
		},
		"may be inherited": {
			desired: []secret.DesiredSecret{want("A", "=1", "live=2")},
			live:    []secret.LiveSecret{haveWith(haveWith(have("A", "=?", "test=?"), composer), inherited)},
			lines:   []string{"create A default:create/unverifiable live:create/absent steps:2"},
			reason:  "not compared, never unmanaged; absent would be a guess",
		},
		"may be inherited, override dropped": {
			desired: []secret.DesiredSecret{wantWith(want("A", "=1"), func(s *secret.DesiredSecret) { s.DropOverrides = []secret.Env{"live"} })},
			live:    []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), inherited)},
			lines:   []string{"create A default:create/unverifiable live:delete steps:2"},
			reason:  "the site shows the override, and git allows removing it",
		},
		"foreign types and scopes": {
			desired: []secret.DesiredSecret{want("A", "=1"), want("B", "=1")},
			live: []secret.LiveSecret{
				haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Type = secret.VCSType }),
				haveWith(have("B", "=?"), func(s *secret.LiveSecret) { s.Scopes = secret.NewScopes(secret.OpsScope) }),
			},
			lines: []string{
				"replace A default:create/unverifiable steps:2", "replace B default:create/unverifiable steps:2",
				"refusal replace-not-allowed A", "refusal replace-not-allowed B",
			},
			reason: "handled like any other difference",
		},
	})
}
