package decision

import (
	"reflect"
	"testing"

	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// eachWorld calls do with every combination of facts that an input can give
// for the subject. Facts that the subject has no part in stay at zero.
func eachWorld(of subject, do func(facts)) {
	for named := unnamed; named <= retireRelease; named++ {
		for presence := notLive; presence <= unseen; presence++ {
			for known := entry.WithoutKey; known <= entry.Taking; known++ {
				for claims := entry.Unclaimed; claims <= entry.ClaimedWhole; claims++ {
					for backing := unbacked; backing <= backedDeclared; backing++ {
						f := facts{named: named, presence: presence, entry: known, claims: claims, backing: backing}
						if settable(f) {
							eachFlag(flags(&f), &f, func() {
								if possible(of, f) {
									do(f)
								}
							})
						}
					}
				}
			}
		}
	}
}

// eachFlag sets the flags of f in every way, but for those that cannot be set.
func eachFlag(left []*bool, f *facts, do func()) {
	if len(left) == 0 {
		do()
		return
	}
	eachFlag(left[1:], f, do)
	*left[0] = true
	if settable(*f) {
		eachFlag(left[1:], f, do)
	}
	*left[0] = false
}

// flags names every fact that is a bool, those of the secret first.
func flags(f *facts) []*bool {
	return []*bool{
		&f.covered, &f.reserved, &f.ownerRetired, &f.listed, &f.replace, &f.protected, &f.same, &f.entryFits, &f.losesOverrides,
		&f.valueLive, &f.readable, &f.equal, &f.edited, &f.compared, &f.fingerprint, &f.overwritten, &f.rewrite, &f.undecrypted,
		&f.dropped, &f.ours, &f.upToDate,
	}
}

func TestEveryFactIsEnumerated(t *testing.T) {
	const enumerations = 5
	if got, want := len(flags(&facts{}))+enumerations, reflect.TypeFor[facts]().NumField(); got != want {
		t.Fatalf("%d facts of %d are enumerated", got, want)
	}
}

func implies(a, b bool) bool { return !a || b }

// settable leaves out what no input gives, whatever else holds.
func settable(f facts) bool {
	recorded := f.recorded()
	return implies(f.covered, f.presence.shown()) &&
		implies(f.backing == backedAlone, !recorded && f.presence == maybeLive) && // else it is known to have one
		implies(f.reserved, !recorded) && // the ledger takes no such name
		implies(f.ownerRetired, f.named == unnamed) && // a retired owner declares nothing
		implies(f.listed, f.entry == entry.Unbelievable || f.entry == entry.GivenUp) && // only those list names
		implies(f.replace, f.named == managed) &&
		implies(f.protected, f.named == managed || f.named == unnamed && recorded) &&
		implies(f.same, f.named == managed && (f.presence == ownLive || f.presence == maybeLive && recorded) ||
			f.named == namedExternal && f.presence == ownLive) &&
		implies(f.entryFits, recorded && f.presence == ownLive) &&
		implies(f.losesOverrides, f.presence.shown() && (f.named == managed || f.named == unnamed && recorded)) &&
		implies(f.valueLive, f.presence.shown()) &&
		implies(f.readable, f.valueLive) && implies(f.equal, f.readable) &&
		implies(f.compared, f.entry == entry.Applied && f.valueLive && (f.entryFits || f.presence == maybeLive && f.same)) &&
		implies(f.fingerprint, f.compared && !f.edited) &&
		implies(f.edited, f.entry == entry.Applied && f.valueLive) && implies(f.overwritten, f.entry == entry.Applied && f.readable) &&
		implies(f.rewrite, f.presence.shown()) &&
		implies(f.undecrypted, f.presence.shown() && !f.readable && !f.compared && !f.edited && !f.rewrite) && // nothing is looked at
		implies(f.ours, recorded)
}

// standsBehind leaves out what the flags do not say while they are being set.
func (f facts) standsBehind() bool {
	return implies(f.presence == maybeLive, f.covered) && implies(f.backing != unbacked, f.covered && !f.reserved)
}

// possible leaves out contradictions, each with the reason why no input gives
// them. Everything else must be decided.
func possible(of subject, f facts) bool {
	named := f.named != unnamed || f.presence.shown() || f.recorded() || f.entry == entry.GivenUp && f.listed // somebody names it
	ofValue := f.valueLive || f.readable || f.equal || f.compared || f.fingerprint || f.edited || f.overwritten || f.rewrite || f.undecrypted
	ofOverride := f.dropped || f.ours
	handled := !f.reserved && f.claims != entry.ClaimedWhole // refused as a whole before
	switch of {
	case wholeSecret:
		return named && f.standsBehind() && !ofValue && !ofOverride && !f.upToDate
	case declaredValue:
		known := implies(f.compared && !f.fingerprint, f.edited) // it is the manifest's value, or another
		return f.named == managed && handled && known && f.standsBehind() && !ofOverride && !f.upToDate
	case undeclaredOverride:
		compared := f.readable || f.equal || f.compared || f.fingerprint || f.edited || f.overwritten || f.rewrite || f.undecrypted
		// Live, or named in drop_overrides; what may be inherited is listed
		// only where it is dropped or ours.
		asked := f.valueLive && (f.presence == ownLive || f.ours) || f.dropped
		return f.named == managed && handled && !compared && !f.upToDate && asked && f.standsBehind()
	default:
		settled := f.presence.shown() && (f.same || f.named == namedExternal) || f.named == namedExternal
		return f.standsBehind() && (f.named == managed && handled || f.named == namedExternal && !f.reserved) && !ofValue && !ofOverride && settled &&
			implies(f.named == namedExternal, f.upToDate == !f.recorded()) && // it has no record to have
			implies(f.named == managed && !f.keeps(), f.upToDate) &&
			implies(f.named == managed && f.keeps() && !f.recorded(), !f.upToDate)
	}
}

// subjects are all of them.
var subjects = []subject{wholeSecret, declaredValue, undeclaredOverride, ledgerEntry}

// TestRulesAreTotal is the proof that decide neither panics nor has rows that
// no input reaches. The first match is the only one that counts, so there is
// exactly one for each combination.
func TestRulesAreTotal(t *testing.T) {
	reached := map[string]int{}
	for _, of := range subjects {
		worlds := 0
		eachWorld(of, func(f facts) {
			worlds++
			reached[decide(of, f).name]++
		})
		t.Logf("subject %d: %d combinations", of, worlds)
	}
	for _, r := range rules {
		if reached[r.name] == 0 {
			t.Errorf("rule %q is never the first to hold", r.name)
		}
	}
}

// TestWorldsGivePossibleFacts: what the enumeration leaves out does not
// happen.
func TestWorldsGivePossibleFacts(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed)
		in := w.input()
		for _, all := range matchOwners(in) {
			if all.ledgers == nil || len(all.failures) > 0 {
				continue
			}
			m := entry.Read(all.desired, all.ledgers, in.Keys)
			under := &terms{owner: all.owner, ledgers: &m}
			for _, live := range all.live.Secrets {
				names := newPair(under, live.Name, nil, &live)
				f := names.facts()
				if !settable(f) || !possible(wholeSecret, f) {
					t.Fatalf("seed %d: %s, undeclared: %+v", seed, live.Name, f)
				}
			}
			for _, desired := range all.desired.Secrets {
				var there *secret.LiveSecret
				if live, found := all.live.Secret(desired.Name); found {
					there = &live
				}
				p := newPair(under, desired.Name, &desired, there)
				f := p.facts()
				if !settable(f) || !possible(wholeSecret, f) {
					t.Fatalf("seed %d: %s: %+v", seed, desired.Name, f)
				}
				if f.named != managed || f.reserved || f.claims == entry.ClaimedWhole {
					continue
				}
				if v := p.valueFacts(f, "", desired.Value); !settable(v) || !possible(declaredValue, v) {
					t.Fatalf("seed %d: value of %s: %+v", seed, desired.Name, v)
				}
			}
		}
	}
}
