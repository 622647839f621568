package plan

import (
	"reflect"
	"testing"
)

// worlds returns every combination of facts that an input can give.
func worlds(of subject) []facts {
	fields := reflect.TypeFor[facts]().NumField()
	var all []facts
	for bits := range 1 << fields {
		var f facts
		for i := range fields {
			*flags(&f)[i] = bits&(1<<i) != 0
		}
		if possible(of, f) {
			all = append(all, f)
		}
	}
	return all
}

// flags names every fact; TestEveryFactIsEnumerated notices a forgotten one.
func flags(f *facts) []*bool {
	return []*bool{
		&f.declared, &f.reserved, &f.external, &f.replace, &f.protected, &f.live, &f.mayBeInherited,
		&f.sameType, &f.sameScopes, &f.losesOverrides, &f.valueLive, &f.readable, &f.equal, &f.dropped,
	}
}

// possible leaves out contradictions, each with the reason why no input gives
// them. Everything else must be decided.
func possible(of subject, f facts) bool {
	implies := func(a, b bool) bool { return !a || b }
	always := implies(!f.declared, f.live) && // one side names it
		implies(f.mayBeInherited, f.live) && // only a listing says so
		implies(f.sameType || f.sameScopes || f.losesOverrides, f.live && f.declared) && // compared with the live one
		implies(f.external || f.replace || f.protected || f.dropped, f.declared) && // words of the manifest
		implies(f.equal, f.readable) && implies(f.readable, f.valueLive) && implies(f.valueLive, f.live)
	switch of {
	case wholeSecret:
		return always && !f.valueLive && !f.dropped
	case declaredValue:
		return always && f.declared && !f.external && !f.reserved && !f.dropped
	default:
		return always && f.declared && !f.external && !f.reserved && !f.readable && (f.dropped || f.valueLive)
	}
}

func TestEveryFactIsEnumerated(t *testing.T) {
	if got, want := len(flags(&facts{})), reflect.TypeFor[facts]().NumField(); got != want {
		t.Fatalf("flags lists %d facts of %d", got, want)
	}
}

// TestRulesAreTotal is the proof that decide neither panics nor has rows that
// no input reaches. The first match is the only one that counts, so there is
// exactly one for each combination.
func TestRulesAreTotal(t *testing.T) {
	reached := map[string]int{}
	for _, of := range []subject{wholeSecret, declaredValue, undeclaredOverride} {
		for _, f := range worlds(of) {
			reached[decide(of, f).name]++
		}
	}
	for _, r := range rules {
		if reached[r.name] == 0 {
			t.Errorf("rule %q is never the first to hold", r.name)
		}
		delete(reached, r.name)
	}
}

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
	promises := map[string]struct {
		of     subject
		broken func(f facts, then outcome) bool
		reason string
	}{
		"undeclared is never touched": {wholeSecret,
			func(f facts, then outcome) bool { return !f.declared && then.action != "" },
			"without a ledger nothing that the manifest does not name is ours"},
		"external is never written": {wholeSecret,
			func(f facts, then outcome) bool { return f.external && (then.action != None || !then.handsOff) },
			"external secrets are set elsewhere"},
		"reserved is never written": {wholeSecret,
			func(f facts, then outcome) bool {
				return f.reserved && then.action != "" && (then.action != None || !then.handsOff)
			},
			"CELLA_ names hold ledgers"},
		"replacing needs a word in git": {wholeSecret,
			func(f facts, then outcome) bool {
				return then.action == Replace && (!f.replace || f.protected || f.losesOverrides) && then.finding.level != refuses
			},
			"replacing deletes; deleting needs approval, and loses nothing undeclared"},
		"refusals have a code": {wholeSecret,
			func(f facts, then outcome) bool { return (then.finding.code == "") != (then.finding.text == nil) },
			"programs go by codes"},
		"inherited is never compared, replaced or unmanaged": {wholeSecret,
			func(f facts, then outcome) bool {
				return f.mayBeInherited && (then.unmanaged || then.action == Replace || then.action == Update)
			},
			"it may be the organization's"},
		"a value that is left alone came back equal": {declaredValue,
			func(f facts, then outcome) bool { return then.action == None && !f.equal },
			"a hidden value is never said to be right"},
		"an override is removed only when named": {undeclaredOverride,
			func(f facts, then outcome) bool { return then.action != "" && !(f.dropped && then.action == Delete) },
			"nothing is lost without a word in git"},
	}
	for name, promise := range promises {
		t.Run(name, func(t *testing.T) {
			for _, f := range worlds(promise.of) {
				if r := decide(promise.of, f); promise.broken(f, r.then) {
					t.Fatalf("rule %q with %+v breaks it: %s", r.name, f, promise.reason)
				}
			}
		})
	}
}

func TestRules(t *testing.T) {
	// same is a live secret that fits; other differs.
	same := facts{declared: true, live: true, sameType: true, sameScopes: true}
	other := facts{declared: true, live: true, sameType: true}
	with := func(f facts, change func(*facts)) facts { change(&f); return f }

	cases := map[string]struct {
		of     subject
		facts  facts
		reason string
	}{
		"reserved name declared": {wholeSecret, facts{declared: true, reserved: true},
			"the schema refuses it first; this is the second line of defence"},
		"not listed": {wholeSecret, facts{live: true, reserved: true},
			"cella's own names are nobody's secrets"},
		"unmanaged secret": {wholeSecret, facts{live: true},
			"nobody declares it, so it is told and left alone"},
		"external, missing": {wholeSecret, facts{declared: true, external: true},
			"its presence is what external checks"},
		"external, may be inherited": {wholeSecret, with(other, func(f *facts) { f.external, f.mayBeInherited = true, true }),
			"the site is served; whose type and scopes these are cannot be told"},
		"external, other type or scopes": {wholeSecret, with(other, func(f *facts) { f.external = true }),
			"type and scopes are checked"},
		"external": {wholeSecret, with(same, func(f *facts) { f.external = true }),
			"nothing to say"},
		"create": {wholeSecret, facts{declared: true},
			"declared and not live"},
		"create, may be inherited": {wholeSecret, with(other, func(f *facts) { f.mayBeInherited = true }),
			"without a ledger the site is taken to have none of its own, and type and scopes are not compared"},
		"replace, protected": {wholeSecret, with(other, func(f *facts) { f.protected = true }),
			"protect wins over every other word"},
		"replace, not allowed": {wholeSecret, with(other, func(f *facts) { f.losesOverrides = true }),
			"the missing word comes first; its message names the overrides as well"},
		"replace, loses overrides": {wholeSecret, with(other, func(f *facts) { f.replace, f.losesOverrides = true, true }),
			"replace: true does not allow losing what nobody declared"},
		"replace": {wholeSecret, with(other, func(f *facts) { f.replace = true }),
			"allowed, and nothing is lost"},
		"values decide": {wholeSecret, with(same, func(f *facts) { f.replace, f.protected = true, true }),
			"replace and protect say nothing where type and scopes fit"},
		"value of a secret written anew": {declaredValue, with(other, func(f *facts) { f.valueLive, f.readable, f.equal = true, true, true }),
			"a replacement writes every value again, equal ones included"},
		"value absent": {declaredValue, same,
			"an override that is not live"},
		"value equal": {declaredValue, with(same, func(f *facts) { f.valueLive, f.readable, f.equal = true, true, true }),
			"read back and equal: no request"},
		"value changed": {declaredValue, with(same, func(f *facts) { f.valueLive, f.readable = true, true }),
			"read back and different"},
		"value hidden": {declaredValue, with(same, func(f *facts) { f.valueLive = true }),
			"without a ledger nothing says whose value it is"},
		"override dropped, not live": {undeclaredOverride, with(same, func(f *facts) { f.dropped = true }),
			"the line did its work"},
		"override dropped": {undeclaredOverride, with(same, func(f *facts) { f.dropped, f.valueLive = true, true }),
			"named in git"},
		"override may be inherited": {undeclaredOverride, with(other, func(f *facts) { f.mayBeInherited, f.valueLive = true, true }),
			"what may be inherited is never unmanaged"},
		"unmanaged override": {undeclaredOverride, with(same, func(f *facts) { f.valueLive = true }),
			"live, and nobody declares it"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if !possible(c.of, c.facts) {
				t.Fatalf("no input gives %+v", c.facts)
			}
			if got := decide(c.of, c.facts).name; got != name {
				t.Errorf("decided by %q; %s", got, c.reason)
			}
		})
	}
	for _, r := range rules {
		if _, tested := cases[r.name]; !tested {
			t.Errorf("rule %q has no case", r.name)
		}
	}
}
