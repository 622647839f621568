package decision

import (
	"slices"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// TestDiffByTwoLedgersOfOurs is about a renaming that was interrupted, or
// reverted: two ledgers of this project record one secret, and nothing tells
// which of them was written last.
func TestDiffByTwoLedgersOfOurs(t *testing.T) {
	a := want("A", "=1", "live=2")
	hidden := []secret.LiveSecret{have("A", "=?", "live=?")}
	renamed := manifest{formerly: []string{"shopfront"}}.under("k", "")
	former := func(records ...memo) []past { return []past{{project: "shopfront", records: records}} }
	removed := "ledger remove CELLA_LEDGER__SHOPFRONT"
	scenarios := map[string]remembrance{
		"they agree": {
			past: []memo{did(a)}, others: former(did(a)), desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"none A default:none/as_applied live:none/as_applied steps:0", removed},
			reason: "whichever is the later one, this was applied",
		},
		"another value": {
			past: []memo{did(a)}, others: former(did(want("A", "=3", "live=2"))), desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"update A default:update/unverifiable live:none/as_applied steps:1", removed},
			reason: "the other value may be the one that was applied last",
		},
		"another value, equal and readable": {
			past: []memo{did(a)}, others: former(did(want("A", "=3", "live=2"))), desired: []secret.DesiredSecret{a},
			live:   []secret.LiveSecret{have("A", "=1", "live=2")},
			lines:  []string{"none A default:none/equal live:none/equal steps:0", removed},
			reason: "what can be read needs no memory",
		},
		"pending in the other": {
			past: []memo{did(a)}, others: former(did(a, pending)), desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"update A default:update/unverifiable live:update/unverifiable steps:2", removed},
			reason: "the write may have happened after this was recorded",
		},
		"replaced under the other": {
			past: []memo{did(a)}, others: former(did(wantWith(a, asComposer))), desired: []secret.DesiredSecret{a},
			live:   []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)},
			lines:  []string{"replace A default:create/unverifiable live:create/unverifiable steps:3", removed},
			reason: "it was this project that replaced it",
		},
		"an override under the other": {
			past: []memo{did(want("A", "=1"))}, others: former(did(a, pending)), desired: []secret.DesiredSecret{want("A", "=1")}, live: hidden,
			lines:  []string{"update A default:update/unverifiable live:delete steps:2", removed},
			reason: "it was this project that set the override",
		},
		"gone, with an override under the other": {
			past: []memo{did(want("A", "=1"))}, others: former(did(a)), live: hidden,
			lines:  []string{"delete A steps:1", removed},
			reason: "nothing is lost that is not ours",
		},
	}
	for name, s := range scenarios {
		s.manifest = renamed
		scenarios[name] = s
	}
	runRemembrances(t, scenarios)
}

// TestAnnouncementOwnsWhatAnyLedgerNames: an override that only a former
// ledger has must not be disowned by the announcement that outweighs it.
func TestAnnouncementOwnsWhatAnyLedgerNames(t *testing.T) {
	m := manifest{formerly: []string{"shopfront"}}.under("k", "")
	in := one([]secret.DesiredSecret{want("A", "=9")}, []secret.LiveSecret{have("A", "=?", "live=?")})
	in = remembering(in, m, past{records: []memo{did(want("A", "=1"))}}, past{project: "shopfront", records: []memo{did(want("A", "=1", "live=2"))}})
	edits := entry.Edits(Diff(in), in.Desired[0], in.Ledgers[0], in.Keys)
	owned := func(e entry.Edit) bool {
		return slices.ContainsFunc(e.Pending.Fingerprints, func(f ledger.EnvFingerprint) bool { return f.Env == "live" })
	}
	if len(edits) != 1 || edits[0].Pending == nil || !owned(edits[0]) {
		t.Errorf("edits = %+v, want the override for live to be announced", edits)
	}
}
