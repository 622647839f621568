package plan

import (
	"fmt"

	"github.com/cella-secrets/cella/secret"
)

// brakeFrom is the number of an owner's own live secrets from which on the
// brake works: of fewer, a single one is a large share.
const brakeFrom = 10

// brake refuses to replace, or to take overrides from, strictly more than
// percent of the owner's own live secrets. Each secret counts once. Refused
// changes count too, so that a reviewer who allows them is told everything at
// once.
func brake(p part, percent int) (Refusal, bool) {
	braked := 0
	for _, change := range p.changes {
		if destroys(change) {
			braked++
		}
	}
	if p.own < brakeFrom || braked*100 <= percent*p.own {
		return Refusal{}, false
	}
	return Refusal{
		Code:  CodeDeleteLimit,
		Owner: p.owner,
		Message: fmt.Sprintf("%d of %d live secrets would be replaced or lose an override; max_delete_percent %d allows %d",
			braked, p.own, percent, percent*p.own/100),
		Remedy: fmt.Sprintf("raise max_delete_percent on %s or under policy, or change fewer at once", p.owner),
	}, true
}

// destroys reports whether the change removes something that is live.
func destroys(change Change) bool {
	if change.Action == Replace || change.Action == Delete {
		return true
	}
	for _, override := range change.Overrides {
		if override.Action == Delete {
			return true
		}
	}
	return false
}

// limit keeps what the target covers. It comes after everything was decided,
// so that nothing is allowed by looking at less; what is left out is refused
// and warned of no longer, because apply will not touch it.
func (p part) limit(target Target) part {
	if target.Secret == "" {
		return p
	}
	brakes := false
	kept := part{owner: p.owner, policy: p.policy, own: p.own}
	for _, change := range p.changes {
		if change.Secret == target.Secret {
			kept.changes = append(kept.changes, change)
			brakes = destroys(change)
		}
	}
	kept.unmanaged = keep(p.unmanaged, func(u Unmanaged) bool { return u.Secret == target.Secret })
	kept.warnings = keep(p.warnings, func(w Warning) bool { return w.Secret == target.Secret })
	kept.refusals = keep(p.refusals, func(r Refusal) bool {
		return r.Secret == target.Secret || r.Code == CodeDeleteLimit && brakes
	})
	return kept
}

// covers reports whether the target lets the owner be looked at.
func (t Target) covers(owner secret.Owner) bool {
	return t == Target{} || t.Owner.Kind == owner.Kind && t.Owner.Name == owner.Name
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
