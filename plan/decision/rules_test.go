package decision

import (
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
)

func TestRuleNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.name] {
			t.Errorf("rule %q appears twice", r.name)
		}
		seen[r.name] = true
	}
}

func TestDecideWithoutRulePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("decide went on without a rule")
		}
	}()
	decide(subject(99), facts{})
}

// TestRulesKeepTheirPromises checks, for every combination of facts, what may
// never be decided, whatever rows are added or moved.
func TestRulesKeepTheirPromises(t *testing.T) {
	refused := func(then outcome) bool { return then.finding.level == refuses && then.finding.code != "" }
	promises := map[string]struct {
		of     subject
		broken func(f facts, then outcome) bool
		reason string
	}{
		"deleting needs a record or a word in git": {wholeSecret,
			func(f facts, then outcome) bool {
				return then.action == plan.Delete && !f.recorded() && f.named != retireDelete
			},
			"nobody else's secret is deleted"},
		"nothing declared is deleted": {wholeSecret,
			func(f facts, then outcome) bool {
				return then.action == plan.Delete && f.named != unnamed && f.named != retireDelete
			},
			"it is wanted"},
		"what another project claims is not deleted": {wholeSecret,
			func(f facts, then outcome) bool { return then.action == plan.Delete && f.claims != entry.Unclaimed },
			"a foreign ledger can only keep things from happening"},
		"what another project owns is not written": {wholeSecret,
			func(f facts, then outcome) bool {
				writes := then.action == plan.Create || then.action == plan.Update || then.action == plan.Replace
				return f.claims == entry.ClaimedWhole && (writes || !then.handsOff && then.action != "")
			},
			"two projects would write in turns"},
		"protection holds": {wholeSecret,
			func(f facts, then outcome) bool {
				return f.protected && (then.action == plan.Delete || then.action == plan.Replace) && !refused(then)
			},
			"it is lifted by `protect: false` or `retire` alone, which make protected false"},
		"nothing that others set is lost": {wholeSecret,
			func(f facts, then outcome) bool {
				return f.losesOverrides && (then.action == plan.Delete || then.action == plan.Replace) && !refused(then)
			},
			"overrides that are not ours are named first"},
		"a ledger that is not kept decides nothing": {wholeSecret,
			func(f facts, then outcome) bool {
				return !f.keeps() && (then.action == plan.Delete || then.action == plan.Release || then.action == plan.Forget || then.action == plan.Adopt)
			},
			"nothing in it is believed"},
		"only what is recorded or listed is given up": {wholeSecret,
			func(f facts, then outcome) bool {
				return (then.action == plan.Release || then.action == plan.Forget) && !f.recorded() && !(f.entry == entry.GivenUp && f.listed)
			},
			"there is nothing to give up"},
		"what was changed outside is deleted on a word only": {wholeSecret,
			func(f facts, then outcome) bool {
				return then.action == plan.Delete && f.named == unnamed && f.entry == entry.Applied && f.presence == ownLive && !f.entryFits && !refused(then)
			},
			"it may be somebody else's by now"},
		"external is never written": {wholeSecret,
			func(f facts, then outcome) bool {
				return f.named == namedExternal && (then.action != plan.None || !then.handsOff)
			},
			"external secrets are set elsewhere"},
		"reserved is never touched": {wholeSecret,
			func(f facts, then outcome) bool {
				return f.reserved && then.action != "" && (then.action != plan.None || !then.handsOff)
			},
			"CELLA_ names hold ledgers"},
		"replacing needs ownership or a word in git": {wholeSecret,
			func(f facts, then outcome) bool {
				ours := f.entry == entry.Pending || f.entry == entry.Applied && (f.entryFits || f.presence == maybeLive)
				return then.action == plan.Replace && !f.replace && !ours && !refused(then)
			},
			"replacing deletes"},
		"a decision that does nothing about values says so": {wholeSecret,
			func(f facts, then outcome) bool {
				return (then.action == plan.Delete || then.action == plan.Release || then.action == plan.Forget) && !then.handsOff
			},
			"values of what leaves are not looked at"},
		"a refused action has a finding with a code": {wholeSecret,
			func(f facts, then outcome) bool { return refused(then) && then.finding.code == "" },
			"programs go by codes"},
		"inherited is never unmanaged, or replaced without a record": {wholeSecret,
			func(f facts, then outcome) bool {
				return f.presence == maybeLive && (then.unmanaged || then.action == plan.Replace && !f.recorded())
			},
			"it may be the organization's"},
		"a value that was not decrypted is compared with nothing": {declaredValue,
			func(f facts, then outcome) bool {
				return f.undecrypted && (then.action == plan.Update || f.state() != plan.Unverifiable && f.state() != plan.Absent)
			},
			"it is not known"},
		"a value that is left alone is equal, or as applied": {declaredValue,
			func(f facts, then outcome) bool {
				return then.action == plan.None && !f.undecrypted && !f.equal && !(f.fingerprint && f.entry == entry.Applied && !f.readable)
			},
			"a hidden value is never said to be right without a fingerprint"},
		"what is readable is not decided by a fingerprint": {declaredValue,
			func(f facts, then outcome) bool { return then.action == plan.None && f.readable && !f.equal },
			"what came back outweighs what was remembered"},
		"as_applied is said of own hidden values with a matching fingerprint": {declaredValue,
			func(f facts, then outcome) bool {
				return f.state() == plan.AsApplied && (f.readable || !f.fingerprint || f.entry != entry.Applied || f.presence != ownLive)
			},
			"promise 1"},
		"an override is removed only when named or ours": {undeclaredOverride,
			func(f facts, then outcome) bool {
				return then.action != "" && !((f.dropped || f.ours) && then.action == plan.Delete)
			},
			"nothing is lost without a word in git"},
		"an override that may be inherited is never unmanaged": {undeclaredOverride,
			func(f facts, then outcome) bool { return then.unmanaged && f.presence == maybeLive },
			"it may be the organization's"},
		"nothing is recorded that is not kept": {ledgerEntry,
			func(f facts, then outcome) bool { return then.action != plan.None && !f.keeps() },
			"there is no ledger to write"},
		"external is never adopted": {ledgerEntry,
			func(f facts, then outcome) bool { return then.action == plan.Adopt && f.named != managed },
			"external is never in the ledger"},
	}
	for name, promise := range promises {
		t.Run(name, func(t *testing.T) {
			eachWorld(promise.of, func(f facts) {
				if r := decide(promise.of, f); promise.broken(f, r.then) {
					t.Fatalf("rule %q with %+v breaks it: %s", r.name, f, promise.reason)
				}
			})
		})
	}
}
