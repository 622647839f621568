package record

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// Foreign reports whether the project is applied from elsewhere, which comes
// before everything else: two copies of a manifest would delete each other's
// secrets.
func (f Found) Foreign(ledgers []ledger.Ledgers) (plan.Refusal, bool) {
	_, ruling := project.Unite(f.records()...)
	if ruling.Source.Agrees(f.Source) || f.movesFrom(ruling.Source) || f.movesBack(ruling, ledgers) {
		return plan.Refusal{}, false
	}
	return plan.Refusal{Code: plan.CodeOtherSource, Facts: plan.Facts{
		Source: sourceText(f.Source), RecordedSource: sourceText(ruling.Source), MovedFrom: movedFrom(ruling.Source, f.Source),
	}}, true
}

// movesFrom: the manifest says that it moved from there. A path alone is one in
// the same repository: the line goes along into a copy of that.
func (f Found) movesFrom(recorded project.Source) bool {
	from := project.Source{Forge: cmp.Or(f.MovedFrom.Forge, f.Source.Forge), Path: f.MovedFrom.Path}
	return f.MovedLine && from.Agrees(recorded)
}

// movesBack: the move was reverted before anybody applied from the new place.
func (f Found) movesBack(ruling project.Record, ledgers []ledger.Ledgers) bool {
	serial, _ := lastSerial(ledgers)
	return ruling.Former != (project.Source{}) && ruling.Former.Agrees(f.Source) && serial < ruling.MovedAt
}

// sourceText is a source as policy.moved_from names it.
func sourceText(s project.Source) string {
	if s.Forge == "" {
		return s.Path
	}
	return s.Forge + ":" + s.Path
}

// movedFrom is what policy.moved_from has to say: the path alone where the
// repository is the same. It always names a path.
func movedFrom(recorded, now project.Source) string {
	recorded.Path = cmp.Or(recorded.Path, now.Path)
	if recorded.Forge == now.Forge || now.Forge == "" {
		recorded.Forge = ""
	}
	return sourceText(recorded)
}

var recordCodes = map[ledger.Status]plan.Code{
	ledger.Damaged: plan.CodeRecordDamaged, ledger.OtherKey: plan.CodeRecordOtherKey, ledger.Newer: plan.CodeRecordNewer,
}

// Input is what the record is decided from.
type Input struct {
	Found   Found
	Project string
	Keys    ledger.Keys
	// Ledgers are those of all owners that were read.
	Ledgers []ledger.Ledgers
	Targets plan.Targets
	// Owners are those that the manifest declares and the targets cover.
	Owners []Owner
}

// Owner is one that the manifest declares.
type Owner struct {
	secret.Owner
	Retire secret.Retirement
	// Failed: nothing is known of it. Abandoned: it could not be read, for a
	// reason that lets go of it.
	Failed, Abandoned bool
}

// Decide enters into the plan what is done to the record, and tells what keeps
// it from being continued. It comes after everything was decided of owners.
func Decide(p *plan.Plan, in Input) {
	d := decision{Plan: p, in: in, found: in.Found}
	d.judgeAge()
	if !in.Found.Looked {
		return
	}
	d.rows, d.ruling = project.Unite(in.Found.records()...)
	resets, goes := d.judge()
	if !goes {
		return
	}
	change := d.change(resets)
	if len(change.Reasons) == 0 {
		return
	}
	p.Record = change
	requests, err := NewSteps(change, in.Found, in.Ledgers).count(in.Keys)
	switch {
	case err == nil:
		p.Requests.Secrets += requests
	case !p.Blocked():
		p.Refusals = append(p.Refusals, plan.Refusal{Code: plan.CodeUnrecordableProject, Detail: err.Error()})
	}
}

// decision is the record of one plan being decided.
type decision struct {
	*plan.Plan
	in    Input
	found Found
	// rows are the owners in the records that were found, ruling is the record
	// that says everything else.
	rows   []secret.Owner
	ruling project.Record
}

// change returns what is done to the record; without a reason that is nothing.
func (d *decision) change(resets bool) plan.RecordChange {
	found, ruling := d.found, d.ruling
	change := plan.RecordChange{
		Home: found.Home, Record: project.Name(d.in.Project, found.Home.Kind, 1), Reasons: []plan.Reason{},
	}
	say := func(code plan.Code, holds bool) {
		if holds {
			change.Reasons = append(change.Reasons, plan.Reason{Code: code})
		}
	}
	change.Joins, change.Leaves = d.comeAndGo(resets)
	say(plan.ReasonRecordReset, resets)
	say(plan.ReasonRecordNew, !resets && ruling.Status != ledger.Whole && len(change.Joins) > 0)
	for _, further := range found.Further {
		if further.Status != ledger.None {
			owner := further.Identity.Owner
			change.Removes = append(change.Removes, plan.RecordPlace{Owner: owner, Record: project.Name(further.Identity.Project, owner.Kind, 1)})
		}
	}
	say(plan.ReasonRecordMoves, len(change.Removes) > 0)
	say(plan.ReasonRecordJoins, ruling.Status == ledger.Whole && len(change.Joins) > 0)
	say(plan.ReasonRecordLeaves, len(change.Leaves) > 0)
	source := learned(found.Source, ruling.Source)
	if recorded := ruling.Status == ledger.Whole; recorded && source != ruling.Source {
		change.Source = sourceText(source)
		say(plan.ReasonRecordSource, true)
	}
	say(plan.ReasonRecordRekey, found.Own.NeedsRekey && len(d.rows) > 0)
	d.tellSource()
	say(plan.ReasonRecordRemoved, len(change.Leaves) > 0 && len(change.Leaves) == len(d.rows)+len(change.Joins))
	return change
}

// learned is the source with the parts that only the record knows.
func learned(now, recorded project.Source) project.Source {
	return project.Source{Forge: cmp.Or(now.Forge, recorded.Forge), Path: cmp.Or(now.Path, recorded.Path)}
}

// judge refuses a record that cannot be continued, unless it is given up,
// and reports whether it is, and whether anything can be written.
func (d *decision) judge() (resets, goes bool) {
	found := d.found
	var refusals []plan.Refusal
	for _, record := range found.records() {
		if code, unusable := recordCodes[record.Status]; unusable {
			refusals = append(refusals, plan.Refusal{
				Code: code, Owner: record.Identity.Owner, Detail: record.Reason,
				Facts: plan.Facts{Project: record.Identity.Project, Former: record.Identity.Project != d.in.Project},
			})
		}
	}
	serial, home := lastSerial(d.in.Ledgers)
	switch {
	case len(refusals) > 0 || serial == 0:
	case d.ruling.Status != ledger.Whole:
		refusals = append(refusals, plan.Refusal{Code: plan.CodeRecordMissing, Owner: home})
	case d.ruling.Serial < serial:
		refusals = append(refusals, plan.Refusal{Code: plan.CodeRecordBehind, Owner: home})
	}
	switch {
	case len(refusals) > 0 && found.Reset && len(d.in.Targets) > 0:
		refusals = []plan.Refusal{{Code: plan.CodeResetRecordTarget, Owner: found.Home}}
	case len(refusals) > 0 && found.Reset:
		return true, true
	case found.Reset:
		d.Warnings = append(d.Warnings, plan.Warning{Code: plan.CodeResetRecordNotNeeded})
	}
	d.Refusals = append(d.Refusals, refusals...)
	return false, len(refusals) == 0
}

// tellSource says what cannot be known of the source, or needs no line any more.
func (d *decision) tellSource() {
	now, recorded := d.found.Source, d.ruling.Source
	switch {
	case now.Path == "" && recorded.Path != "", now == (project.Source{}) && recorded != (project.Source{}):
		d.Warnings = append(d.Warnings, plan.Warning{Code: plan.CodeSourceUnknown, Facts: plan.Facts{RecordedSource: sourceText(recorded)}})
	case d.found.MovedLine && d.ruling.Status == ledger.Whole && recorded.Agrees(now):
		d.Warnings = append(d.Warnings, plan.Warning{Code: plan.CodeMovedFromNotNeeded})
	}
}

// judgeAge refuses to undo what came later.
func (d *decision) judgeAge() {
	age := d.found.Age
	facts, perhaps := plan.Facts{Commit: age.Commit, Actor: age.Actor, At: age.Time}, plan.CodeOlderCommit
	if age.Unknown {
		perhaps = plan.CodeCommitUnknown
	}
	switch {
	case age.Commit == "":
	case age.Certain:
		d.Refusals = append(d.Refusals, plan.Refusal{Code: plan.CodeOldCheckout, Facts: facts})
	case age.InCI:
		d.Refusals = append(d.Refusals, plan.Refusal{Code: perhaps, Facts: facts})
	default:
		d.Warnings = append(d.Warnings, plan.Warning{Code: perhaps, Facts: facts})
	}
}

// ownerID tells owners apart by what never changes.
type ownerID struct {
	kind secret.OwnerKind
	id   string
}

func idOf(owner secret.Owner) ownerID { return ownerID{owner.Kind, owner.ID} }

// comeAndGo returns the owners that join the record, because they have a ledger
// of this project or are about to, and those that leave it, because at the end
// they have none and are not wanted. Both are sorted.
func (d *decision) comeAndGo(resets bool) (joins, leaves []secret.Owner) {
	kept, known := d.ownersWithLedger(), make(map[ownerID]bool, len(d.rows))
	for _, row := range d.rows {
		known[idOf(row)] = true
	}
	for _, declared := range d.in.Owners {
		owner := declared.Owner
		if declared.Retire == secret.RetireAbandon && owner.ID == "" {
			owner = rowNamed(d.rows, owner)
		}
		joined := known[idOf(owner)] && owner.ID != ""
		switch whole := wholeOwner(d.in.Targets, owner); {
		case declared.Retire == secret.RetireAbandon:
			switch {
			case joined && declared.Abandoned:
				leaves = append(leaves, owner)
			case !joined && declared.Abandoned:
				d.Warnings = append(d.Warnings, plan.Warning{Code: plan.CodeRetireWithoutEffect, Owner: declared.Owner, Facts: plan.Facts{Action: plan.Release}})
			}
		case declared.Failed:
		case !joined && kept[idOf(owner)]:
			joins = append(joins, owner)
			if declared.Retire != "" && whole {
				leaves = append(leaves, owner)
			}
		case joined && declared.Retire != "" && whole:
			leaves = append(leaves, owner)
		}
	}
	if resets {
		leaves = slices.DeleteFunc(leaves, func(o secret.Owner) bool { return !known[idOf(o)] && !slices.Contains(joins, o) })
	}
	return joins, leaves
}

func wholeOwner(targets plan.Targets, owner secret.Owner) bool {
	_, whole := targets.Secrets(owner)
	return whole
}

func rowNamed(rows []secret.Owner, owner secret.Owner) secret.Owner {
	for _, row := range rows {
		if row.Same(owner) {
			return row
		}
	}
	return owner
}

// ownersWithLedger are those that have a ledger of this project, whatever its
// state, or get one by the plan.
func (d *decision) ownersWithLedger() map[ownerID]bool {
	kept := map[ownerID]bool{}
	for _, ledgers := range d.in.Ledgers {
		if ledgers.Own.Status != ledger.None && ledgers.Own.Status != ledger.NoKey || len(ledgers.Former) > 0 {
			kept[idOf(ledgers.Owner)] = true
		}
	}
	for _, change := range d.Changes {
		switch change.Action {
		case plan.Create, plan.Update, plan.Replace, plan.Adopt:
			kept[idOf(change.Owner)] = true
		}
	}
	return kept
}
