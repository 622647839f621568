package decision

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
)

// rule is one row of the decision list.
type rule struct {
	name string
	of   subject
	when func(facts) bool
	then outcome
}

// outcome is what a rule decides.
type outcome struct {
	// action is empty where nothing is shown as a change.
	action plan.Action
	// reason is shown with the action.
	reason plan.Code
	// handsOff: the secret's values are neither compared nor written.
	handsOff bool
	// unmanaged: the subject is live and nobody declares it.
	unmanaged bool
	// finding, where it has a code, is told beside the action.
	finding finding
}

// rules is the one ordered list by which every secret, every declared value,
// every undeclared override and every entry is decided: the first row of the
// subject whose condition holds. It is read only. A test enumerates all facts
// and shows that some row holds for each, and that no row is out of reach.
//
// What it decides on:
//
//  1. A verified entry owns a secret, under the present or a former name of
//     the project. A pending one owns it too, and says nothing of its values.
//  2. What another project's intact ledger names is not touched; what any
//     other ledger names is not deleted.
//  3. Without an entry nothing is deleted but what `retire: delete` names, and
//     nothing replaced without `replace: true`. With one, both need no word,
//     unless type or scopes were changed outside, or the secret is protected.
//  4. Where no ledger can be kept, nothing is deleted, adopted or released.
//  5. Where only the organization's secret may be live, `retire: delete` needs the
//     organization's value in the manifest, so that it could be put back.
//  6. What a list that may be cut does not show may be there: it is created by a
//     request that finds out, and neither deleted nor forgotten.
var rules = [...]rule{
	{"reserved name declared", wholeSecret,
		func(f facts) bool { return f.named != unnamed && f.reserved },
		outcome{action: plan.None, handsOff: true, finding: reservedName}},

	{"given up with its ledger", wholeSecret,
		func(f facts) bool { return f.named == unnamed && f.entry == entry.GivenUp && f.listed && !f.reserved },
		outcome{action: plan.Forget, reason: plan.ReasonGivenUp, handsOff: true}},
	{"left, and not shown", wholeSecret,
		func(f facts) bool {
			return f.presence == unseen && (f.named == retireDelete && f.keeps() || f.named == unnamed && f.recorded() && !f.ownerRetired)
		},
		outcome{action: plan.None, reason: plan.ReasonLeftUnseen, handsOff: true}},
	{"forget, not on Pantheon", wholeSecret,
		func(f facts) bool { return f.leaving() && f.recorded() && f.presence == notLive },
		outcome{action: plan.Forget, reason: plan.ReasonForgetMissing, handsOff: true}},
	{"release", wholeSecret,
		func(f facts) bool { return f.recorded() && (f.ownerRetired || f.named == retireRelease) },
		outcome{action: plan.Release, reason: plan.ReasonRelease, handsOff: true}},
	{"forget, not ours alone", wholeSecret,
		func(f facts) bool {
			return f.named == unnamed && f.recorded() && (f.claims != entry.Unclaimed || f.entry == entry.Taking)
		},
		outcome{action: plan.Forget, reason: plan.ReasonForgetShared, handsOff: true}},
	{"delete, protected", wholeSecret,
		func(f facts) bool { return f.named == unnamed && f.recorded() && f.protected },
		outcome{action: plan.Delete, reason: plan.ReasonDelete, handsOff: true, finding: deleteProtected}},
	{"delete, loses overrides", wholeSecret,
		func(f facts) bool { return f.named == unnamed && f.recorded() && f.losesOverrides },
		outcome{action: plan.Delete, reason: plan.ReasonDelete, handsOff: true, finding: deleteLosesOverrides}},
	{"delete, changed outside", wholeSecret,
		func(f facts) bool {
			return f.named == unnamed && f.entry == entry.Applied && f.presence == ownLive && !f.entryFits
		},
		outcome{action: plan.Delete, reason: plan.ReasonDelete, handsOff: true, finding: deleteChanged}},
	{"delete", wholeSecret,
		func(f facts) bool { return f.named == unnamed && f.recorded() },
		outcome{action: plan.Delete, reason: plan.ReasonDelete, handsOff: true}},

	{"not listed", wholeSecret,
		func(f facts) bool {
			return f.named == unnamed && (f.reserved || f.presence == maybeLive || f.ownerRetired || f.listed || f.claims == entry.ClaimedWhole)
		},
		outcome{}},
	{"unmanaged secret", wholeSecret,
		func(f facts) bool { return f.named == unnamed },
		outcome{unmanaged: true, finding: unmanagedSecret}},

	{"claimed", wholeSecret,
		func(f facts) bool {
			return f.named == managed && f.claims == entry.ClaimedWhole ||
				f.named == retireDelete && f.claims != entry.Unclaimed && f.keeps() && f.deletable()
		},
		outcome{action: plan.None, handsOff: true, finding: claimedElsewhere}},
	{"retire: delete, nothing to put back", wholeSecret,
		func(f facts) bool {
			return f.named == retireDelete && f.keeps() && f.covered && f.backing == unbacked
		},
		outcome{action: plan.None, handsOff: true, finding: retireHidden}},
	{"retire: delete", wholeSecret,
		func(f facts) bool { return f.named == retireDelete && f.keeps() && f.deletable() },
		outcome{action: plan.Delete, reason: plan.ReasonRetireDelete, handsOff: true}},
	{"retire without effect", wholeSecret,
		func(f facts) bool { return f.leaving() },
		outcome{action: plan.None, handsOff: true, finding: retireWithoutEffect}},

	{"external, missing", wholeSecret,
		func(f facts) bool { return f.named == namedExternal && f.presence == notLive },
		outcome{action: plan.None, reason: plan.ReasonExternalMissing, handsOff: true, finding: externalMissing}},
	{"external, other type or scopes", wholeSecret,
		func(f facts) bool { return f.named == namedExternal && f.presence == ownLive && !f.same },
		outcome{action: plan.None, reason: plan.ReasonExternalDiffers, handsOff: true, finding: externalDiffers}},
	{"external", wholeSecret,
		func(f facts) bool { return f.named == namedExternal },
		outcome{action: plan.None, reason: plan.ReasonExternal, handsOff: true}},

	{"create", wholeSecret,
		func(f facts) bool { return f.presence == notLive },
		outcome{action: plan.Create, reason: plan.ReasonCreate}},
	{"create, not shown", wholeSecret,
		func(f facts) bool { return f.presence == unseen },
		outcome{action: plan.Create, reason: plan.ReasonCreateUnseen}},
	{"create, may be inherited", wholeSecret,
		func(f facts) bool { return f.ownless() },
		outcome{action: plan.Create, reason: plan.ReasonCreateInherited}},
	{"replace, protected", wholeSecret,
		func(f facts) bool { return f.fixed() && f.protected },
		outcome{action: plan.Replace, reason: plan.ReasonReplaceNeeded, finding: replaceProtected}},
	{"replace, not allowed", wholeSecret,
		func(f facts) bool { return f.fixed() && !f.mayReplace() },
		outcome{action: plan.Replace, reason: plan.ReasonReplaceNeeded, finding: replaceNotAllowed}},
	{"replace, loses overrides", wholeSecret,
		func(f facts) bool { return f.fixed() && f.losesOverrides },
		outcome{action: plan.Replace, reason: plan.ReasonReplaceNeeded, finding: replaceLosesOverrides}},
	{"replace", wholeSecret,
		func(f facts) bool { return f.fixed() },
		outcome{action: plan.Replace, reason: plan.ReasonReplace}},
	{"values decide, may be inherited", wholeSecret,
		func(f facts) bool { return f.presence == maybeLive },
		outcome{action: plan.None, reason: plan.ReasonInherited}},
	{"values decide", wholeSecret,
		func(facts) bool { return true },
		outcome{action: plan.None}},

	{"value of a secret that is created", declaredValue,
		func(f facts) bool { return f.ownless() || f.fixed() },
		outcome{action: plan.Create}},
	{"value absent", declaredValue,
		func(f facts) bool { return !f.valueLive },
		outcome{action: plan.Create, reason: plan.ReasonAbsent}},
	{"value not decrypted", declaredValue,
		func(f facts) bool { return f.undecrypted },
		outcome{action: plan.None}},
	{"value equal", declaredValue,
		func(f facts) bool { return f.equal },
		outcome{action: plan.None}},
	{"value changed", declaredValue,
		func(f facts) bool { return f.readable },
		outcome{action: plan.Update, reason: plan.ReasonChanged}},
	{"value as applied, rewritten", declaredValue,
		func(f facts) bool { return f.fingerprint && f.rewrite },
		outcome{action: plan.Update, reason: plan.ReasonRewrite}},
	{"value as applied", declaredValue,
		func(f facts) bool { return f.fingerprint },
		outcome{action: plan.None}},
	{"value not as applied", declaredValue,
		func(f facts) bool { return f.compared },
		outcome{action: plan.Update, reason: plan.ReasonNotAsApplied}},
	{"value hidden", declaredValue,
		func(facts) bool { return true },
		outcome{action: plan.Update, reason: plan.ReasonHidden}},

	{"override dropped, not on Pantheon", undeclaredOverride,
		func(f facts) bool { return f.dropped && !f.valueLive },
		outcome{finding: needlessDrop}},
	{"override dropped", undeclaredOverride,
		func(f facts) bool { return f.dropped },
		outcome{action: plan.Delete, reason: plan.ReasonDropped}},
	{"override left the manifest", undeclaredOverride,
		func(f facts) bool { return f.ours },
		outcome{action: plan.Delete, reason: plan.ReasonOverrideLeft}},
	{"unmanaged override", undeclaredOverride,
		func(facts) bool { return true },
		outcome{unmanaged: true, finding: unmanagedOverride}},

	{"record fits", ledgerEntry,
		func(f facts) bool { return f.upToDate || !f.keeps() },
		outcome{action: plan.None}},
	{"record of an external secret", ledgerEntry,
		func(f facts) bool { return f.named == namedExternal },
		outcome{action: plan.Release, reason: plan.ReasonReleaseExternal}},
	{"record falls behind", ledgerEntry,
		func(facts) bool { return true },
		outcome{action: plan.Adopt}},
}

// decide returns the first rule of the subject that holds. That there is one
// is an invariant of the list; going on without one would be a guess about
// production secrets.
func decide(of subject, f facts) *rule {
	for i := firstOf[of]; i < len(rules); i++ {
		if r := &rules[i]; r.of == of && r.when(f) {
			return r
		}
	}
	panic(fmt.Sprintf("plan: no rule for subject %d with %+v", of, f))
}

// firstOf is where the rows of a subject begin.
var firstOf = func() (first [ledgerEntry + 1]int) {
	for i := range slices.Backward(rules[:]) {
		first[rules[i].of] = i
	}
	return first
}()
