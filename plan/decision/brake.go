package decision

import (
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// The numbers from which on the brakes work: of fewer, a single secret is a
// large share.
const (
	brakeFrom       = 10 // own live secrets, for max_delete_percent
	brakeFromOwners = 10 // declared owners, for max_delete_percent of them
	brakeAllOwned   = 3  // secrets of this project, for all of them at once
)

// tally counts what the brakes go by. Names that a retire speaks of do not
// count: each of them was allowed in git.
type tally struct {
	own       int           // live secrets that are certainly the owner's own
	kept      int           // secrets of this project that stay live, its own, and as they are
	deleted   int           // secrets that are deleted
	replaced  int           // secrets that are replaced without a word in git
	destroyed []secret.Name // secrets that are deleted, replaced or lose an override
	swept     []secret.Name // secrets that are deleted or replaced
}

// count enters one decided change. What goes with a whole owner was allowed for
// that owner; on how many owners it goes is counted all the same.
func (t *tally) count(change plan.Change, f facts, ownerDeletes bool) {
	if f.named == retireDelete || f.named == retireRelease {
		if f.named == retireDelete && change.Action == plan.Delete && ownerDeletes {
			t.swept = append(t.swept, change.Secret)
		}
		return
	}
	if destroys(change) {
		t.destroyed = append(t.destroyed, change.Secret)
	}
	if change.Action == plan.Delete || change.Action == plan.Replace {
		t.swept = append(t.swept, change.Secret)
	}
	switch {
	case change.Action == plan.Delete:
		t.deleted++
	case change.Action == plan.Replace && f.replace: // allowed in git, as a retire is
	case change.Action == plan.Replace:
		t.replaced++
	case f.recorded() && f.presence.shown() && change.Action != plan.Release && change.Action != plan.Forget:
		t.kept++
	}
}

// destroys reports whether the change removes something that is live.
func destroys(change plan.Change) bool {
	return change.Action == plan.Replace || change.Action == plan.Delete ||
		slices.ContainsFunc(change.Overrides, func(o plan.OverrideChange) bool { return o.Action == plan.Delete })
}

// brake refuses
//
//  1. to delete, replace or take overrides from strictly more than percent of
//     the owner's own live secrets, each secret once;
//  2. to delete or replace everything that the owner has of this project at
//     once: one changed line of defaults must not do that unnoticed.
//
// Refused changes count too, so that a reviewer who allows them is told
// everything at once.
func (p *part) brake(percent int) {
	t := p.tally
	if n := len(t.destroyed); t.own >= brakeFrom && n*100 > percent*t.own {
		p.refusals = append(p.refusals, plan.Refusal{
			Code: plan.CodeDeleteLimit, Owner: p.owner,
			Facts: plan.Facts{Count: n, Of: t.own, Percent: percent, Allowed: percent * t.own / 100},
		})
	}
	if gone := t.deleted + t.replaced; t.kept == 0 && gone >= brakeAllOwned {
		p.refusals = append(p.refusals, plan.Refusal{Code: plan.CodeDeleteAll, Owner: p.owner, Facts: plan.Facts{Count: gone, Replaced: t.replaced}})
	}
}

// sweeps reports whether something of the owner is deleted or replaced that the
// targets cover.
func (p part) sweeps(targets plan.Targets) bool {
	return slices.ContainsFunc(p.tally.swept, func(name secret.Name) bool { return targets.Selects(p.owner, name) })
}

// brakeFleet refuses to delete or replace something on strictly more than
// percent of the declared owners. Writing one value to all of them is no case
// for it.
func brakeFleet(in Input, swept int) []plan.Refusal {
	all, percent := len(in.Desired), in.Policy.MaxDeletePercent
	if all < brakeFromOwners || swept*100 <= percent*all {
		return nil
	}
	return []plan.Refusal{{Code: plan.CodeDeleteFleet, Facts: plan.Facts{Count: swept, Of: all, Percent: percent, Allowed: percent * all / 100}}}
}

// brakeEmpty refuses to delete anything for a manifest that declares nothing:
// it is rather a mistake than a wish. Retired names don't count. One without
// any owner is refused too, as nobody can look for what it might have lost;
// without a key there is nothing that could say so.
func brakeEmpty(in Input, deleted int) []plan.Refusal {
	if len(in.Desired) == 0 && (in.Keys.Known() || in.StructureOnly) {
		return []plan.Refusal{{Code: plan.CodeEmptyManifest}}
	}
	declares := func(d secret.Desired) bool {
		return slices.ContainsFunc(d.Secrets, func(s secret.DesiredSecret) bool { return s.Retire == "" })
	}
	if deleted == 0 || slices.ContainsFunc(in.Desired, declares) {
		return nil
	}
	return []plan.Refusal{{Code: plan.CodeEmptyManifest, Facts: plan.Facts{Count: deleted}}}
}

func keep[T any](list []T, wanted func(T) bool) []T {
	var kept []T
	for _, item := range list {
		if wanted(item) {
			kept = append(kept, item)
		}
	}
	return kept
}
