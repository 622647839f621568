package decision

import (
	"testing"

	"github.com/cella-secrets/cella/plan/entry"
)

func TestRules(t *testing.T) {
	with := func(f facts, change func(*facts)) facts { change(&f); return f }
	// same is a managed secret that fits; other differs in type or scopes.
	same := facts{named: managed, presence: ownLive, entry: entry.Unrecorded, same: true}
	other := facts{named: managed, presence: ownLive, entry: entry.Unrecorded}
	// left is recorded and gone from the manifest.
	left := facts{presence: ownLive, entry: entry.Applied, entryFits: true}
	retired := facts{named: retireDelete, presence: ownLive, entry: entry.Unrecorded}
	external := facts{named: namedExternal, presence: ownLive, entry: entry.Unrecorded, same: true}

	cases := map[string]struct {
		of     subject
		facts  facts
		reason string
	}{
		"reserved name declared": {wholeSecret, facts{named: managed, reserved: true},
			"the schema refuses it first; this is the second line of defence"},
		"given up with its ledger": {wholeSecret, facts{entry: entry.GivenUp, listed: true, presence: ownLive},
			"reset_ledger gives the name up, and the plan shows each"},
		"left, and not shown": {wholeSecret, with(left, func(f *facts) { f.presence, f.entryFits, f.claims = unseen, false, entry.ClaimedBroken }),
			"it may be there, so neither it nor its record may go"},
		"forget, not on Pantheon": {wholeSecret, with(left, func(f *facts) { f.presence, f.entryFits, f.protected = notLive, false, true }),
			"nothing is left to delete, protected or not"},
		"release": {wholeSecret, with(left, func(f *facts) { f.ownerRetired, f.claims, f.protected = true, entry.ClaimedWhole, true }),
			"retire lifts the protection, and the claim of another changes nothing"},
		"forget, not ours alone": {wholeSecret, with(left, func(f *facts) { f.claims, f.protected = entry.ClaimedBroken, true }),
			"in two ledgers: forgotten here, deleted by nobody"},
		"delete, protected": {wholeSecret, with(left, func(f *facts) { f.protected, f.losesOverrides = true, true }),
			"dropping the line does not drop the protection"},
		"delete, loses overrides": {wholeSecret, with(left, func(f *facts) { f.losesOverrides, f.entryFits = true, false }),
			"somebody set an override that nobody gave up"},
		"delete, changed outside": {wholeSecret, with(left, func(f *facts) { f.entryFits = false }),
			"it may be another secret of the same name"},
		"delete": {wholeSecret, with(left, func(f *facts) { f.entry, f.entryFits = entry.Pending, false }),
			"what an interrupted apply left behind is ours, whatever it looks like"},
		"not listed": {wholeSecret, facts{presence: ownLive, entry: entry.Unrecorded, claims: entry.ClaimedWhole},
			"another project manages it"},
		"unmanaged secret": {wholeSecret, facts{presence: ownLive, entry: entry.Unrecorded, claims: entry.ClaimedBroken},
			"nobody declares it; what a broken ledger says makes nobody its owner"},
		"claimed": {wholeSecret, with(same, func(f *facts) { f.claims, f.entry = entry.ClaimedWhole, entry.Applied }),
			"also where both ledgers name it"},
		"retire: delete": {wholeSecret, retired,
			"a word in git, record or not"},
		"retire: delete, nothing to put back": {wholeSecret, with(retired, func(f *facts) { f.presence, f.covered, f.entry = maybeLive, true, entry.Applied }),
			"the delete could take the organization's, and what was applied may be gone"},
		"retire without effect": {wholeSecret, with(retired, func(f *facts) { f.presence, f.covered, f.backing = maybeLive, true, backedAlone }),
			"the site is remembered to have none of its own"},
		"external, missing": {wholeSecret, with(external, func(f *facts) { f.presence, f.same = notLive, false }),
			"its presence is what external checks"},
		"external, other type or scopes": {wholeSecret, with(external, func(f *facts) { f.same = false }),
			"type and scopes are checked"},
		"external": {wholeSecret, with(external, func(f *facts) { f.presence, f.covered, f.same, f.claims = maybeLive, true, false, entry.ClaimedWhole }),
			"whose type and scopes these are cannot be told, and that it is another project's is what external says"},
		"create": {wholeSecret, facts{named: managed, entry: entry.Applied},
			"declared and not live, whatever the ledger says"},
		"create, not shown": {wholeSecret, facts{named: managed, presence: unseen, entry: entry.Applied},
			"a create finds out whether it is there"},
		"create, may be inherited": {wholeSecret, with(other, func(f *facts) { f.presence, f.covered = maybeLive, true }),
			"without a record the site is taken to have none of its own"},
		"replace, protected": {wholeSecret, with(other, func(f *facts) { f.protected, f.replace = true, true }),
			"protect wins over every other word"},
		"replace, not allowed": {wholeSecret, with(other, func(f *facts) { f.losesOverrides, f.entry = true, entry.Applied }),
			"changed outside: ours no more than anybody's, so it needs the word"},
		"replace, loses overrides": {wholeSecret, with(other, func(f *facts) { f.replace, f.losesOverrides = true, true }),
			"replace: true does not allow losing what nobody declared"},
		"replace": {wholeSecret, with(other, func(f *facts) { f.entry, f.entryFits = entry.Applied, true }),
			"it is ours, and live as we left it"},
		"values decide, may be inherited": {wholeSecret, with(same, func(f *facts) { f.presence, f.covered, f.entry = maybeLive, true, entry.Applied }),
			"the record says that the site has one of its own"},
		"values decide": {wholeSecret, with(same, func(f *facts) { f.replace, f.protected = true, true }),
			"replace and protect say nothing where type and scopes fit"},

		"value of a secret that is created": {declaredValue, with(other, func(f *facts) { f.valueLive, f.readable, f.equal = true, true, true }),
			"a replacement writes every value again, equal ones included"},
		"value absent": {declaredValue, with(same, func(f *facts) { f.entry, f.entryFits = entry.Applied, true }),
			"an override that is not live, whatever was applied"},
		"value not decrypted": {declaredValue, with(same, func(f *facts) { f.valueLive, f.undecrypted, f.entry = true, true, entry.Pending }),
			"nobody can tell whether it differs, so nothing is said to be done about it"},
		"value equal": {declaredValue, with(same, func(f *facts) { f.valueLive, f.readable, f.equal, f.rewrite = true, true, true, true }),
			"read back and equal: no request, also when hidden ones are rewritten"},
		"value changed": {declaredValue, with(same, func(f *facts) {
			f.valueLive, f.readable, f.overwritten, f.entry, f.entryFits, f.compared, f.fingerprint = true, true, true, entry.Applied, true, true, true
		}), "read back and different: changed outside since it was applied"},
		"value as applied, rewritten": {declaredValue, with(same, func(f *facts) {
			f.valueLive, f.entry, f.entryFits, f.compared, f.fingerprint, f.rewrite = true, entry.Applied, true, true, true, true
		}), "asked for"},
		"value as applied": {declaredValue, with(same, func(f *facts) {
			f.valueLive, f.entry, f.entryFits, f.compared, f.fingerprint = true, entry.Applied, true, true, true
		}), "hidden, and what was last applied"},
		"value not as applied": {declaredValue, with(same, func(f *facts) {
			f.valueLive, f.entry, f.entryFits, f.compared, f.edited = true, entry.Applied, true, true, true
		}), "the manifest changed"},
		"value hidden": {declaredValue, with(same, func(f *facts) { f.valueLive, f.entry = true, entry.Pending }),
			"nothing is known of a pending value"},

		"override dropped, not on Pantheon": {undeclaredOverride, with(same, func(f *facts) { f.dropped = true }),
			"the line did its work"},
		"override dropped": {undeclaredOverride, with(same, func(f *facts) { f.dropped, f.valueLive = true, true }),
			"named in git"},
		"override left the manifest": {undeclaredOverride, with(same, func(f *facts) {
			f.entry, f.ours, f.valueLive = entry.Applied, true, true
		}), "ours, and wanted no longer"},
		"unmanaged override": {undeclaredOverride, with(same, func(f *facts) { f.valueLive = true }),
			"live, and nobody declares it"},

		"record fits": {ledgerEntry, with(same, func(f *facts) { f.entry, f.upToDate = entry.Applied, true }),
			"the ledger knows everything"},
		"record of an external secret": {ledgerEntry, with(external, func(f *facts) { f.entry = entry.Applied }),
			"external is never in the ledger"},
		"record falls behind": {ledgerEntry, same,
			"live as declared, and in no ledger"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if !settable(c.facts) || !possible(c.of, c.facts) {
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
