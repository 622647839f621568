package apply

import (
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// task is one secret that has something to be done, and what became of it.
// It is touched by one goroutine at a time.
type task struct {
	owner  secret.Owner
	change plan.Change
	want   secret.DesiredSecret
	edit   *entry.Edit // nil where no entry is touched
	behind backing     // what a deletion brings to light; the zero one where that is nothing

	writes   []Step // phase 1
	putBacks []Step // what a failed replace added to phase 1, or a deletion too many to phase 2
	removals []Step // phase 2

	notes   []string
	cut     bool // a signal came between two steps of a phase
	notLive bool
	settled bool // phase 2 is through with it
	// recorded is what became of a change that only the ledger learns of.
	recorded Outcome
}

// backing is the organization's secret that a site gets once its own of that
// name is deleted, as the manifest declares it.
type backing struct {
	Owner  secret.Owner
	Secret secret.DesiredSecret
}

// fate is how far the steps of a task took effect.
type fate uint8

const (
	untouched fate = iota // certainly nothing did
	doubtful              // something did, or may have
	confirmed             // everything did
)

// newTask lays out the steps of a change, which prepare has checked.
func newTask(owner secret.Owner, change plan.Change, want secret.DesiredSecret) *task {
	t := &task{owner: owner, change: change, want: want, recorded: NotTried}
	if change.Action == plan.Delete { // its overrides go with it
		if change.Steps() > 1 {
			t.removals = []Step{untried(MakeOwn, "")}
		}
		t.removals = append(t.removals, untried(DeleteSecret, ""))
		return t
	}
	var overrides []Step
	for _, override := range change.Overrides {
		switch override.Action {
		case plan.Create, plan.Update:
			overrides = append(overrides, untried(SetValue, override.Env))
		case plan.Delete:
			if change.Action != plan.Replace { // there the delete takes it along
				t.removals = append(t.removals, untried(RemoveOverride, override.Env))
			}
		}
	}
	switch change.Action {
	case plan.Create:
		t.writes = append([]Step{untried(CreateSecret, "")}, overrides...)
	case plan.Replace:
		t.writes = append([]Step{untried(DeleteSecret, ""), untried(CreateSecret, "")}, overrides...)
	case plan.Update:
		t.writes = overrides
		if change.Default != plan.None {
			t.writes = append(t.writes, untried(SetValue, ""))
		}
	}
	return t
}

func untried(operation Operation, env secret.Env) Step {
	return Step{Operation: operation, Env: env, Outcome: NotTried}
}

// value is the manifest's value for env, which prepare has checked.
func (t *task) value(env secret.Env) secret.Value {
	if env == "" {
		return t.want.Value
	}
	override, _ := t.want.Override(env)
	return override.Value
}

// written reports whether phase 1 did all that it should.
func (t *task) written() bool {
	return !slices.ContainsFunc(t.writes, func(s Step) bool { return s.Outcome != Done })
}

// wrote reports whether the value of env was to be written: a secret that is
// created gets its default with it.
func (t *task) wrote(env secret.Env) bool {
	return slices.ContainsFunc(t.writes, func(s Step) bool { return s.Operation != DeleteSecret && s.Env == env })
}

// ledgerOnly reports whether nothing is written to the secret itself.
func (t *task) ledgerOnly() bool { return len(t.writes)+len(t.putBacks)+len(t.removals) == 0 }

// uncovers reports whether it brings an organization's secret to light.
func (t *task) uncovers() bool { return t.behind.Owner != secret.Owner{} }

// fate adds the steps up.
func (t *task) fate() fate {
	effect := func(s Step) bool { return s.Outcome == Done || s.Unknown }
	steps := slices.Concat(t.writes, t.putBacks, t.removals)
	switch {
	case t.result().Outcome == Done:
		return confirmed
	case slices.ContainsFunc(steps, effect):
		return doubtful
	}
	return untouched
}

// mayBeElsewhere reports whether the secret that is to be updated may have
// been the organization's all along.
func (t *task) mayBeElsewhere() bool {
	return t.change.Action == plan.Update && t.change.MayBeInherited && t.fate() == untouched
}

// recreate replaces the steps of an update that found no secret: a listing
// that shows the organization's secret cannot tell whether the site still has
// its own. All of it is written then, as of any secret that is created.
func (t *task) recreate() {
	t.writes = []Step{untried(CreateSecret, "")}
	for _, override := range t.want.Overrides {
		t.writes = append(t.writes, untried(SetValue, override.Env))
	}
	t.note(noteRecreated)
}

// fail books a failure that no step of its own has.
func (t *task) fail(note string) {
	t.cut = true
	t.note(note)
}

func (t *task) note(note string) { t.notes = append(t.notes, note) }

// interrupt books that a signal kept the rest of a phase from being tried; cut
// says that the phase had begun.
func (t *task) interrupt(cut bool) {
	if !cut {
		t.note(noteInterrupted)
		return
	}
	t.cut = true
	t.note(noteCut)
}

func (t *task) result() Result {
	steps := slices.Concat(t.writes, t.putBacks, t.removals)
	has := func(outcome Outcome) bool {
		return slices.ContainsFunc(steps, func(s Step) bool { return s.Outcome == outcome })
	}
	outcome := Done
	switch {
	case t.ledgerOnly():
		outcome = t.recorded
	case has(Failed), t.cut:
		outcome = Failed
	case has(NotTried):
		outcome = NotTried
	}
	return Result{
		Owner: t.owner, Secret: t.change.Secret, Action: t.change.Action,
		Type: t.change.Type, Scopes: t.change.Scopes,
		Outcome: outcome, Steps: append([]Step{}, steps...), Notes: t.notes, NotLive: t.notLive,
	}
}
