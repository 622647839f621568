package plan

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

// foreign reports whether the project is applied from elsewhere, which comes
// before everything else: two copies of a manifest would delete each other's
// secrets.
func (r Recorded) foreign(in Input) (Refusal, bool) {
	if !r.used(in) {
		return Refusal{}, false
	}
	_, ruling := project.Unite(r.books()...)
	if ruling.Source.Agrees(r.Source) || r.movesFrom(ruling.Source) || r.movesBack(ruling, in) {
		return Refusal{}, false
	}
	return Refusal{Code: CodeOtherSource, Facts: Facts{
		Source: sourceText(r.Source), RecordedSource: sourceText(ruling.Source), MovedFrom: movedFrom(ruling.Source, r.Source),
	}}, true
}

// movesFrom: the manifest says that it moved from there. A path alone is one in
// the same repository: the line goes along into a copy of that.
func (r Recorded) movesFrom(recorded project.Source) bool {
	from := project.Source{Forge: cmp.Or(r.MovedFrom.Forge, r.Source.Forge), Path: r.MovedFrom.Path}
	return r.MovedLine && from.Agrees(recorded)
}

// movesBack: the move was reverted before anybody applied from the new place.
func (r Recorded) movesBack(ruling project.Book, in Input) bool {
	serial, _ := lastSerial(in.Ledgers)
	return ruling.Former != (project.Source{}) && ruling.Former.Agrees(r.Source) && serial < ruling.MovedAt
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

var recordCodes = map[ledger.Status]Code{
	ledger.Damaged: CodeRecordDamaged, ledger.OtherKey: CodeRecordOtherKey, ledger.Newer: CodeRecordNewer,
}

// decideRecord decides what is done to the project's record, after its owners
// were decided, and tells what keeps it from being continued.
func (p *Plan) decideRecord(in Input, owners []*sides) {
	r := in.Record
	if !r.used(in) {
		return
	}
	p.judgeAge(r.Age)
	if !r.Looked {
		return
	}
	rows, ruling := project.Unite(r.books()...)
	resets, goes := p.judgeRecord(in, ruling)
	if !goes {
		return
	}
	change := RecordChange{Home: r.Home, Record: project.Name(in.Project, r.Home.Kind, 1), Reasons: []Reason{}}
	say := func(code Code, holds bool) {
		if holds {
			change.Reasons = append(change.Reasons, Reason{Code: code})
		}
	}
	change.Joins, change.Leaves = p.comeAndGo(in, owners, rows, resets)
	say(ReasonRecordReset, resets)
	say(ReasonRecordNew, !resets && ruling.Status != ledger.Whole && len(change.Joins) > 0)
	for _, further := range r.Further {
		if further.Status != ledger.None {
			change.Removes = append(change.Removes, RecordPlace{further.Identity.Owner, project.Name(further.Identity.Project, further.Identity.Owner.Kind, 1)})
		}
	}
	say(ReasonRecordMoves, len(change.Removes) > 0)
	say(ReasonRecordJoins, ruling.Status == ledger.Whole && len(change.Joins) > 0)
	say(ReasonRecordLeaves, len(change.Leaves) > 0)
	source := learned(r.Source, ruling.Source)
	if recorded := ruling.Status == ledger.Whole; recorded && source != ruling.Source {
		change.Source = sourceText(source)
		say(ReasonRecordSource, true)
	}
	say(ReasonRecordRekey, r.Own.NeedsRekey && len(rows) > 0)
	p.tellSource(r, ruling)
	if len(change.Reasons) == 0 {
		return
	}
	if len(change.Leaves) > 0 && len(change.Leaves) == len(rows)+len(change.Joins) {
		say(ReasonRecordRemoved, true)
	}
	p.Record = change
	requests, err := change.Steps(r, in.Desired, in.Ledgers).count(in.Keys)
	switch {
	case err == nil:
		p.Requests.Secrets += requests
	case !p.Blocked():
		p.Refusals = append(p.Refusals, Refusal{Code: CodeUnrecordableProject, Detail: err.Error()})
	}
}

// learned is the source with the parts that only the record knows.
func learned(now, recorded project.Source) project.Source {
	return project.Source{Forge: cmp.Or(now.Forge, recorded.Forge), Path: cmp.Or(now.Path, recorded.Path)}
}

// judgeRecord refuses a record that cannot be continued, unless it is given up,
// and reports whether it is, and whether anything can be written.
func (p *Plan) judgeRecord(in Input, ruling project.Book) (resets, goes bool) {
	r := in.Record
	var refusals []Refusal
	for _, book := range r.books() {
		if code, unusable := recordCodes[book.Status]; unusable {
			refusals = append(refusals, Refusal{
				Code: code, Owner: book.Identity.Owner, Detail: book.Reason,
				Facts: Facts{Project: book.Identity.Project, Former: book.Identity.Project != in.Project},
			})
		}
	}
	serial, home := lastSerial(in.Ledgers)
	switch {
	case len(refusals) > 0 || serial == 0:
	case ruling.Status != ledger.Whole:
		refusals = append(refusals, Refusal{Code: CodeRecordMissing, Owner: home})
	case ruling.Serial < serial:
		refusals = append(refusals, Refusal{Code: CodeRecordBehind, Owner: home})
	}
	switch {
	case len(refusals) > 0 && r.Reset && len(in.Targets) > 0:
		refusals = []Refusal{{Code: CodeResetRecordTarget, Owner: r.Home}}
	case len(refusals) > 0 && r.Reset:
		return true, true
	case r.Reset:
		p.Warnings = append(p.Warnings, Warning{Code: CodeResetRecordNotNeeded})
	}
	p.Refusals = append(p.Refusals, refusals...)
	return false, len(refusals) == 0
}

// tellSource says what cannot be known of the source, or needs no line any more.
func (p *Plan) tellSource(r Recorded, ruling project.Book) {
	switch {
	case r.Source.Path == "" && ruling.Source.Path != "", r.Source == (project.Source{}) && ruling.Source != (project.Source{}):
		p.Warnings = append(p.Warnings, Warning{Code: CodeSourceUnknown, Facts: Facts{RecordedSource: sourceText(ruling.Source)}})
	case r.MovedLine && ruling.Status == ledger.Whole && ruling.Source.Agrees(r.Source):
		p.Warnings = append(p.Warnings, Warning{Code: CodeMovedFromNotNeeded})
	}
}

// judgeAge refuses to undo what came later.
func (p *Plan) judgeAge(age Age) {
	facts, perhaps := Facts{Commit: age.Commit, Actor: age.Actor, At: age.Time}, CodeOlderCommit
	if age.Unknown {
		perhaps = CodeCommitUnknown
	}
	switch {
	case age.Commit == "":
	case age.Certain:
		p.Refusals = append(p.Refusals, Refusal{Code: CodeOldCheckout, Facts: facts})
	case age.InCI:
		p.Refusals = append(p.Refusals, Refusal{Code: perhaps, Facts: facts})
	default:
		p.Warnings = append(p.Warnings, Warning{Code: perhaps, Facts: facts})
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
func (p *Plan) comeAndGo(in Input, owners []*sides, rows []secret.Owner, resets bool) (joins, leaves []secret.Owner) {
	kept, known := p.ownersWithLedger(in), make(map[ownerID]bool, len(rows))
	for _, row := range rows {
		known[idOf(row)] = true
	}
	for _, all := range owners {
		if !all.declared || !in.Targets.Covers(all.owner) {
			continue
		}
		owner := all.owner
		if all.desired.Retire == secret.RetireAbandon && owner.ID == "" {
			owner = rowNamed(rows, owner)
		}
		joined := known[idOf(owner)] && owner.ID != ""
		switch whole := wholeOwner(in.Targets, owner); {
		case all.desired.Retire == secret.RetireAbandon:
			switch {
			case joined && all.abandoned():
				leaves = append(leaves, owner)
			case !joined && all.abandoned():
				p.Warnings = append(p.Warnings, Warning{Code: CodeRetireWithoutEffect, Owner: all.owner, Facts: Facts{Action: Release}})
			}
		case len(all.failures) > 0:
		case !joined && kept[idOf(owner)]:
			joins = append(joins, owner)
			if all.desired.Retire != "" && whole {
				leaves = append(leaves, owner)
			}
		case joined && all.desired.Retire != "" && whole:
			leaves = append(leaves, owner)
		}
	}
	if resets {
		leaves = keep(leaves, func(o secret.Owner) bool { return known[idOf(o)] || slices.Contains(joins, o) })
	}
	return joins, leaves
}

func wholeOwner(targets Targets, owner secret.Owner) bool {
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
func (p *Plan) ownersWithLedger(in Input) map[ownerID]bool {
	kept := map[ownerID]bool{}
	for _, holding := range in.Ledgers {
		if holding.Own.Status != ledger.None && holding.Own.Status != ledger.NoKey || len(holding.Former) > 0 {
			kept[idOf(holding.Owner)] = true
		}
	}
	for _, change := range p.Changes {
		switch change.Action {
		case Create, Update, Replace, Adopt:
			kept[idOf(change.Owner)] = true
		}
	}
	return kept
}
