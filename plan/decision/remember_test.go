package decision

import (
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

func TestDiffByFingerprint(t *testing.T) {
	a := want("A", "=1", "live=2")
	hidden := []secret.LiveSecret{have("A", "=?", "live=?")}
	runRemembrances(t, map[string]remembrance{
		"as applied": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"none A default:none/as_applied live:none/as_applied steps:0"},
			reason: "hidden, and what was last applied",
		},
		"one value changed in the manifest": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{want("A", "=1", "live=3")}, live: hidden,
			lines:  []string{"update A default:none/as_applied live:update/changed steps:1"},
			reason: "exactly one update",
		},
		"an override is new": {
			past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{a}, live: []secret.LiveSecret{have("A", "=?")},
			lines:  []string{"update A default:none/as_applied live:create/absent steps:1"},
			reason: "the fingerprint of the default does not depend on overrides",
		},
		"a hidden override that was not applied": {
			past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"update A default:none/as_applied live:update/unverifiable steps:1"},
			reason: "somebody else's value",
		},
		"rewrite": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{a}, live: []secret.LiveSecret{have("A", "=?", "live=2")},
			change: func(in *Input) { in.Rewrite = true },
			lines:  []string{"update A default:update/as_applied live:none/equal steps:1"},
			reason: "hidden values are written again, readable ones are known to be right",
		},
		"pending": {
			past: []memo{did(a, pending)}, desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"update A default:update/unverifiable live:update/unverifiable steps:2"},
			reason: "nothing is known of a pending value",
		},
		"pending, readable and equal": {
			past: []memo{did(a, pending)}, desired: []secret.DesiredSecret{a}, live: []secret.LiveSecret{have("A", "=1", "live=2")},
			lines:  []string{"adopt A default:none/equal live:none/equal steps:0"},
			reason: "the write did happen",
		},
		"no record, hidden": {
			past: []memo{}, desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"update A default:update/unverifiable live:update/unverifiable steps:2"},
			reason: "nobody knows",
		},
		"no record, equal": {
			past: []memo{}, desired: []secret.DesiredSecret{a}, live: []secret.LiveSecret{have("A", "=1", "live=2")},
			lines:  []string{"adopt A default:none/equal live:none/equal steps:0"},
			reason: "only the ledger has to learn of it",
		},
		"a copied fingerprint": {
			past: []memo{did(want("A", "=1"), func(r *ledger.Entry) { r.Fingerprints[0].Fingerprint.Sum[0]++ })}, desired: []secret.DesiredSecret{want("A", "=1")},
			live:   []secret.LiveSecret{have("A", "=?")},
			lines:  []string{"update A default:update/changed steps:1"},
			reason: "it matches this value at this place, or nothing",
		},
		"changed outside to another type": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{wantWith(a, func(s *secret.DesiredSecret) { s.Replace = true })},
			live: []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)},
			lines: []string{
				"replace A default:create/unverifiable live:create/unverifiable steps:3",
				"drift A: its type or scopes were changed on Pantheon, from `type: runtime, scopes: [web]` to `type: composer, scopes: [ic]`; apply replaces it",
			},
			reason: "another secret's hidden value is not the one that was applied",
		},
	})
}

func TestDiffOwns(t *testing.T) {
	a := want("A", "=1", "live=2")
	live := []secret.LiveSecret{have("A", "=?", "live=?")}
	other := []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)}
	protect := func(p secret.Protection) func(*secret.DesiredSecret) {
		return func(s *secret.DesiredSecret) { s.Protect = p }
	}
	marketing := []past{{project: "marketing", key: "m", records: []memo{did(want("A", "=9"))}}}
	runRemembrances(t, map[string]remembrance{
		"deleted": {
			past: []memo{did(a)}, live: live,
			lines:  []string{"delete A steps:1"},
			reason: "it left the manifest",
		},
		"deleted, pending": {
			past: []memo{did(a, halfWay)}, live: other,
			lines:  []string{"delete A steps:1"},
			reason: "an interrupted apply left it",
		},
		"deleted, may be inherited": {
			past: []memo{did(want("A", "=1"))}, live: []secret.LiveSecret{haveWith(have("A", "=?"), inherited)},
			lines:  []string{"delete A steps:1"},
			reason: "the site had one of its own; deleting where none is is no failure",
		},
		"delete, protected": {
			past: []memo{did(a, guarded)}, live: live,
			lines:  []string{"delete A steps:1", "refusal protected A"},
			reason: "dropping the line does not drop the protection",
		},
		"delete, loses an override": {
			past: []memo{did(want("A", "=1"))}, live: live,
			lines:  []string{"delete A steps:1", "refusal overrides-lost A"},
			reason: "somebody set an override",
		},
		"delete, changed outside": {
			past: []memo{did(a)}, live: other,
			lines: []string{
				"delete A steps:1",
				"drift A: its type or scopes were changed on Pantheon, from `type: runtime, scopes: [web]` to `type: composer, scopes: [ic]`; " +
					"what apply would do about it is refused; the refusal says how to go on",
				"refusal changed-outside A",
			},
			reason: "it is not the secret that was applied",
		},
		"forgotten": {
			past:   []memo{did(a)},
			lines:  []string{"forget A steps:0", "drift A: it was deleted on Pantheon; apply only drops it from what cella remembers"},
			reason: "there is nothing to delete",
		},
		"forgotten, claimed": {
			past: []memo{did(a)}, others: marketing, live: live,
			lines:  []string{"forget A steps:0"},
			reason: "in two ledgers: never deleted",
		},
		"claimed": {
			past: []memo{did(a)}, others: marketing, desired: []secret.DesiredSecret{a}, live: live,
			lines:  []string{"none A steps:0", "refusal claimed A"},
			reason: "two projects declare it",
		},
		"claimed, in our ledger no more": {
			past: []memo{}, others: marketing, desired: []secret.DesiredSecret{a}, live: []secret.LiveSecret{have("A", "=1", "live=2")},
			lines:  []string{"none A steps:0", "refusal claimed A"},
			reason: "what is another's is not adopted, equal or not",
		},
		"a broken claim is no conflict": {
			past: []memo{did(a)}, others: marketing, desired: []secret.DesiredSecret{a}, live: live,
			change: func(in *Input) { cutLedger(in, "CELLA_LEDGER__MARKETING") },
			lines:  []string{"none A default:none/as_applied live:none/as_applied steps:0", "warning foreign-ledger-not-intact "},
			reason: "only intact ledgers own",
		},
		"a broken claim of a project that is not expected": {
			past: []memo{did(a)}, others: marketing, live: live,
			change: func(in *Input) {
				cutLedger(in, "CELLA_LEDGER__MARKETING")
				in.Policy.Projects = []string{"other"}
			},
			lines:  []string{"delete A steps:1"},
			reason: "policy.projects says whose claims count",
		},
		"claimed by a project that is not expected": {
			past: []memo{did(a)}, others: marketing, desired: []secret.DesiredSecret{a}, live: live,
			change: func(in *Input) { in.Policy.Projects = []string{"other"} },
			lines:  []string{"none A default:none/as_applied live:none/as_applied steps:0"},
			reason: "policy.projects says whose claims count",
		},
		"claimed, without a key": {
			others: marketing, manifest: manifest{project: "storefront"}, desired: []secret.DesiredSecret{a}, live: live,
			lines:  []string{"none A steps:0", "refusal claimed A"},
			reason: "foreign claims are read all the same",
		},
		"not unmanaged, but another's": {
			past: []memo{}, others: marketing, live: live,
			change: func(in *Input) { in.Policy.Unmanaged = secret.ForbidUnmanaged },
			reason: "somebody manages it",
		},
		"a broken claim keeps from deleting": {
			past: []memo{did(a)}, others: marketing, live: live,
			change: func(in *Input) { cutLedger(in, "CELLA_LEDGER__MARKETING") },
			lines:  []string{"forget A steps:0", "warning foreign-ledger-not-intact "},
			reason: "it may say the truth",
		},
		"replaced without a word": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{wantWith(a, asComposer)}, live: live,
			lines:  []string{"replace A default:create/as_applied live:create/as_applied steps:3"},
			reason: "it is ours, and live as we left it",
		},
		"replaced, half-way through": {
			past: []memo{did(a, halfWay)}, desired: []secret.DesiredSecret{a}, live: other,
			lines:  []string{"replace A default:create/unverifiable live:create/unverifiable steps:3"},
			reason: "what an interrupted replace left is ours",
		},
		"replace, changed outside": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{a}, live: other,
			lines: []string{
				"replace A default:create/unverifiable live:create/unverifiable steps:3",
				"drift A: its type or scopes were changed on Pantheon, from `type: runtime, scopes: [web]` to `type: composer, scopes: [ic]`; " +
					"what apply would do about it is refused; the refusal says how to go on",
				"refusal replace-not-allowed A",
			},
			reason: "somebody made it anew",
		},
		"replace, protected by the record": {
			past: []memo{did(a, guarded)}, desired: []secret.DesiredSecret{wantWith(a, asComposer)}, live: live,
			lines:  []string{"replace A default:create/as_applied live:create/as_applied steps:3", "refusal protected A"},
			reason: "dropping the line does not drop the protection",
		},
		"replace, protection lifted": {
			past: []memo{did(a, guarded)}, desired: []secret.DesiredSecret{wantWith(wantWith(a, asComposer), protect(secret.Unprotected))}, live: live,
			lines:  []string{"replace A default:create/as_applied live:create/as_applied steps:3"},
			reason: "`protect: false` does, at once",
		},
		"override left the manifest": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{want("A", "=1")}, live: live,
			lines:  []string{"update A default:none/as_applied live:delete steps:1"},
			reason: "it is ours",
		},
		"override of others": {
			past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{want("A", "=1")}, live: live,
			lines:  []string{"none A default:none/as_applied steps:0", "unmanaged A.live"},
			reason: "it is not ours",
		},
		"replace takes our own override along": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{wantWith(want("A", "=1"), asComposer)}, live: live,
			lines:  []string{"replace A default:create/as_applied live:delete steps:2"},
			reason: "nothing is lost that is not ours",
		},
		"external now": {
			past: []memo{did(a)}, live: live,
			desired: []secret.DesiredSecret{wantWith(want("A"), func(s *secret.DesiredSecret) { s.External = true })},
			lines:   []string{"release A steps:0"},
			reason:  "external is never in the ledger",
		},
		"external now, and different": {
			past: []memo{did(a)}, live: other,
			desired: []secret.DesiredSecret{wantWith(want("A"), func(s *secret.DesiredSecret) { s.External = true })},
			lines: []string{
				"release A steps:0",
				"drift A: its type or scopes were changed on Pantheon, from `type: runtime, scopes: [web]` to `type: composer, scopes: [ic]`; " +
					"apply leaves it as it is, and cella stops managing it",
				"warning external-differs A",
			},
			reason: "what external checks is checked at once",
		},
	})
}

func TestDiffMayBeInherited(t *testing.T) {
	a := want("A", "=1")
	live := []secret.LiveSecret{haveWith(haveWith(have("A", "=?"), composer), inherited)}
	runRemembrances(t, map[string]remembrance{
		"as applied": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{a}, live: live,
			lines:  []string{"none A default:none/unverifiable steps:0"},
			reason: "whether it is still there cannot be seen, and type and scopes are not compared",
		},
		"changed in the manifest": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{want("A", "=2")}, live: live,
			lines:  []string{"update A default:update/changed steps:1"},
			reason: "the record says that there is something to change",
		},
		"pending": {
			past: []memo{did(a, pending)}, desired: []secret.DesiredSecret{a}, live: live,
			lines:  []string{"create A default:create/unverifiable steps:1"},
			reason: "whether the create happened is not known, and repeating it finds out",
		},
		"type changed in the manifest": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{wantWith(a, asComposer)}, live: live,
			lines:  []string{"replace A default:create/unverifiable steps:2"},
			reason: "the record says what type it has, and changing the value would leave it",
		},
		"half-way through a replace": {
			past: []memo{did(a, halfWay)}, desired: []secret.DesiredSecret{a}, live: live,
			lines:  []string{"replace A default:create/unverifiable steps:2"},
			reason: "its type and scopes are one or the other",
		},
		"no record": {
			past: []memo{}, desired: []secret.DesiredSecret{a}, live: live,
			lines:  []string{"create A default:create/unverifiable steps:1"},
			reason: "as without a ledger",
		},
		"no record, not declared": {past: []memo{}, live: live, reason: "never unmanaged"},
	})
}
