package plan

import "fmt"

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
	action Action
	// reason is shown with the action, in words for a reviewer.
	reason string
	// handsOff: the secret's values are neither compared nor written.
	handsOff bool
	// unmanaged: the subject is live and nobody declares it.
	unmanaged bool
	// finding, where it has a code, is told beside the action.
	finding finding
}

// rules is the one ordered list by which every secret, every declared value
// and every undeclared override is decided: the first row of the subject
// whose condition holds. It is read only. A test enumerates all facts and
// shows that some row holds for each, and that no row is out of reach.
var rules = []rule{
	{"reserved name declared", wholeSecret,
		func(f facts) bool { return f.declared && f.reserved },
		outcome{action: None, handsOff: true, finding: reservedName}},
	{"not listed", wholeSecret,
		func(f facts) bool { return !f.declared && (f.reserved || f.mayBeInherited) },
		outcome{}},
	{"unmanaged secret", wholeSecret,
		func(f facts) bool { return !f.declared },
		outcome{unmanaged: true, finding: unmanagedSecret}},

	{"external, missing", wholeSecret,
		func(f facts) bool { return f.external && !f.live },
		outcome{action: None, reason: reasonExternalMissing, handsOff: true, finding: externalMissing}},
	{"external, may be inherited", wholeSecret,
		func(f facts) bool { return f.external && f.mayBeInherited },
		outcome{action: None, reason: reasonExternalInherited, handsOff: true}},
	{"external, other type or scopes", wholeSecret,
		func(f facts) bool { return f.external && f.fixed() },
		outcome{action: None, reason: reasonExternalDiffers, handsOff: true, finding: externalDiffers}},
	{"external", wholeSecret,
		func(f facts) bool { return f.external },
		outcome{action: None, reason: reasonExternal, handsOff: true}},

	{"create", wholeSecret,
		func(f facts) bool { return !f.live },
		outcome{action: Create, reason: reasonCreate}},
	{"create, may be inherited", wholeSecret,
		func(f facts) bool { return f.mayBeInherited },
		outcome{action: Create, reason: reasonCreateInherited}},
	{"replace, protected", wholeSecret,
		func(f facts) bool { return f.fixed() && f.protected },
		outcome{action: Replace, reason: reasonReplaceNeeded, finding: replaceProtected}},
	{"replace, not allowed", wholeSecret,
		func(f facts) bool { return f.fixed() && !f.replace },
		outcome{action: Replace, reason: reasonReplaceNeeded, finding: replaceNotAllowed}},
	{"replace, loses overrides", wholeSecret,
		func(f facts) bool { return f.fixed() && f.losesOverrides },
		outcome{action: Replace, reason: reasonReplaceNeeded, finding: replaceLosesOverrides}},
	{"replace", wholeSecret,
		func(f facts) bool { return f.fixed() },
		outcome{action: Replace, reason: reasonReplace}},
	{"values decide", wholeSecret,
		func(facts) bool { return true },
		outcome{action: None}},

	{"value of a secret written anew", declaredValue,
		func(f facts) bool { return !f.live || f.mayBeInherited || f.fixed() },
		outcome{action: Create}},
	{"value absent", declaredValue,
		func(f facts) bool { return !f.valueLive },
		outcome{action: Create, reason: reasonAbsent}},
	{"value equal", declaredValue,
		func(f facts) bool { return f.equal },
		outcome{action: None}},
	{"value changed", declaredValue,
		func(f facts) bool { return f.readable },
		outcome{action: Update, reason: reasonChanged}},
	{"value hidden", declaredValue,
		func(facts) bool { return true },
		outcome{action: Update, reason: reasonHidden}},

	{"override dropped, not live", undeclaredOverride,
		func(f facts) bool { return f.dropped && !f.valueLive },
		outcome{finding: needlessDrop}},
	{"override dropped", undeclaredOverride,
		func(f facts) bool { return f.dropped },
		outcome{action: Delete, reason: reasonDropped}},
	{"override may be inherited", undeclaredOverride,
		func(f facts) bool { return f.mayBeInherited },
		outcome{}},
	{"unmanaged override", undeclaredOverride,
		func(f facts) bool { return f.valueLive },
		outcome{unmanaged: true, finding: unmanagedOverride}},
}

// decide returns the first rule of the subject that holds. That there is one
// is an invariant of the list; going on without one would be a guess about
// production secrets.
func decide(of subject, f facts) rule {
	for _, r := range rules {
		if r.of == of && r.when(f) {
			return r
		}
	}
	panic(fmt.Sprintf("plan: no rule for subject %d with %+v", of, f))
}
