package apply

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// task is one secret that has something to be done, and what became of it.
// It is touched by one goroutine at a time.
type task struct {
	owner  secret.Owner
	change plan.Change
	want   secret.DesiredSecret

	writes   []Step // phase 1
	putBacks []Step // what a failed replace added to phase 1
	removals []Step // phase 2

	notes   []string
	cut     bool // a signal came between two steps of a phase
	notLive bool
}

// newTask lays out the steps of a change, which prepare has checked.
func newTask(owner secret.Owner, change plan.Change, want secret.DesiredSecret) *task {
	t := &task{owner: owner, change: change, want: want}
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
	case has(Failed), t.cut:
		outcome = Failed
	case has(NotTried):
		outcome = NotTried
	}
	return Result{
		Owner: t.owner, Secret: t.change.Secret, Action: t.change.Action,
		Outcome: outcome, Steps: steps, Notes: t.notes, NotLive: t.notLive,
	}
}

// compareTasks orders by owner, then by name.
func compareTasks(a, b *task) int {
	return cmp.Or(a.owner.Compare(b.owner), cmp.Compare(a.change.Secret, b.change.Secret))
}

// byOwner splits sorted tasks into one slice per owner.
func byOwner(tasks []*task) (organizations, sites [][]*task) {
	for len(tasks) > 0 {
		owner := tasks[0].owner
		end := slices.IndexFunc(tasks, func(t *task) bool { return t.owner != owner })
		if end < 0 {
			end = len(tasks)
		}
		if owner.Kind == secret.Organization {
			organizations = append(organizations, tasks[:end])
		} else {
			sites = append(sites, tasks[:end])
		}
		tasks = tasks[end:]
	}
	return organizations, sites
}

// unwrittenNames tells for each name that phase 1 did not write everywhere
// which owners lack it, for display.
func unwrittenNames(tasks []*task) map[secret.Name][]string {
	names := map[secret.Name][]string{}
	for _, t := range tasks {
		if !t.written() {
			names[t.change.Secret] = append(names[t.change.Secret], t.owner.String())
		}
	}
	return names
}
