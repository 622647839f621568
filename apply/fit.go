package apply

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// ErrBlocked says that something was refused or could not be read when the
// plan was made, so nothing of it may be applied.
var ErrBlocked = errors.New("the plan must not be applied")

// ownerKey is what a manifest and a plan match owners by.
type ownerKey struct {
	kind secret.OwnerKind
	name string
}

// prepare turns the plan into sorted tasks. It fails where anything about the
// plan does not fit the desired state, because a surprise in the middle of a
// replace would come too late.
func prepare(in Input) ([]*task, error) {
	if in.Plan.Blocked() {
		return nil, fmt.Errorf("%w: refused: %d, not read: %d", ErrBlocked, len(in.Plan.Refusals), len(in.Plan.Errors))
	}
	desired := make(map[ownerKey]secret.Desired, len(in.Desired))
	for _, d := range in.Desired {
		desired[ownerKey{d.Owner.Kind, d.Owner.Name}] = d
	}
	var tasks []*task
	for _, change := range in.Plan.Changes {
		t, err := prepareChange(change, desired)
		if err != nil {
			return nil, fmt.Errorf("apply %s of %s: %w", secret.Quote(string(change.Secret)), change.Owner, err)
		}
		if t != nil {
			tasks = append(tasks, t)
		}
	}
	slices.SortStableFunc(tasks, compareTasks)
	return tasks, checkDistinct(tasks)
}

// prepareChange returns nil where there is nothing to do.
func prepareChange(change plan.Change, desired map[ownerKey]secret.Desired) (*task, error) {
	if change.Action == plan.None && !touchesValues(change) {
		return nil, nil
	}
	of, found := desired[ownerKey{change.Owner.Kind, change.Owner.Name}]
	if !found {
		return nil, errors.New("the manifest does not name the owner")
	}
	i := slices.IndexFunc(of.Secrets, func(s secret.DesiredSecret) bool { return s.Name == change.Secret })
	if i < 0 {
		return nil, errors.New("the manifest does not name the secret")
	}
	owner, err := identify(change.Owner, of.Owner)
	if err != nil {
		return nil, err
	}
	if err := checkChange(change, of.Secrets[i]); err != nil {
		return nil, err
	}
	return newTask(owner, change, of.Secrets[i]), nil
}

func touchesValues(change plan.Change) bool {
	idle := func(action plan.Action) bool { return action == plan.None || action == "" }
	return !idle(change.Default) || slices.ContainsFunc(change.Overrides, func(o plan.OverrideChange) bool { return !idle(o.Action) })
}

// identify returns the owner with its id, which calls are addressed by.
func identify(planned, wanted secret.Owner) (secret.Owner, error) {
	if wanted.ID == "" {
		wanted.ID = planned.ID
	}
	if planned.ID != "" && planned.ID != wanted.ID {
		return secret.Owner{}, fmt.Errorf("the plan means the id %s, the manifest %s", secret.Quote(planned.ID), secret.Quote(wanted.ID))
	}
	if wanted.ID == "" {
		return secret.Owner{}, errors.New("the owner's id is not known")
	}
	return wanted, nil
}

// checkChange reports why the change cannot be carried out with want, or nil.
func checkChange(change plan.Change, want secret.DesiredSecret) error {
	switch {
	case want.External || change.External:
		return errors.New("external secrets are never written")
	case change.Action != plan.Create && change.Action != plan.Update && change.Action != plan.Replace:
		return fmt.Errorf("the plan's action %s cannot be applied", secret.Quote(string(change.Action)))
	case change.Action == plan.Update && !touchesValues(change):
		return errors.New("the plan has an update that changes nothing")
	case change.Type.After != want.Type || !change.Scopes.After.Equal(want.Scopes):
		return errors.New("the plan and the manifest differ in type or scopes")
	case !want.Type.Creatable() || len(want.Scopes) == 0:
		return errors.New("a secret of that type and those scopes cannot be created")
	}
	if err := want.Name.Validate(want.Type); err != nil {
		return err
	}
	if change.Action == plan.Replace {
		if want.Protect == secret.Protected {
			return errors.New("a protected secret is never replaced")
		}
		if change.Type.Before == "" {
			return errors.New("the plan does not say the former type, so a failed replace could not be undone")
		}
	}
	if change.Action != plan.Update || change.Default == plan.Update {
		if err := want.Value.Validate(); err != nil {
			return err
		}
	} else if change.Default != plan.None {
		return fmt.Errorf("the plan's action %s for the default value cannot be applied", secret.Quote(string(change.Default)))
	}
	return checkOverrides(change, want)
}

// checkOverrides reports why the override changes do not fit want, or nil. A
// create and a replace begin from nothing, so there every override counts.
func checkOverrides(change plan.Change, want secret.DesiredSecret) error {
	written := map[secret.Env]bool{}
	seen := map[secret.Env]bool{}
	for _, override := range change.Overrides {
		env := secret.Quote(string(override.Env))
		if seen[override.Env] {
			return fmt.Errorf("the plan has the override for %s twice", env)
		}
		seen[override.Env] = true
		declared, found := want.Override(override.Env)
		switch override.Action {
		case plan.None:
		case plan.Create, plan.Update:
			if err := override.Env.Validate(); err != nil {
				return fmt.Errorf("override for %s: %w", env, err)
			}
			if !found {
				return fmt.Errorf("the manifest has no override for %s", env)
			}
			if err := declared.Value.Validate(); err != nil {
				return fmt.Errorf("override for %s: %w", env, err)
			}
			written[override.Env] = true
		case plan.Delete:
			if override.Env == "" {
				return errors.New("an override to be removed names no environment")
			}
			if found {
				return fmt.Errorf("the plan removes the override for %s, which the manifest declares", env)
			}
		default:
			return fmt.Errorf("the plan's action %s for the override for %s cannot be applied", secret.Quote(string(override.Action)), env)
		}
	}
	if change.Action == plan.Update {
		return nil
	}
	for _, override := range want.Overrides {
		if !written[override.Env] {
			return fmt.Errorf("the plan leaves out the override for %s", secret.Quote(string(override.Env)))
		}
	}
	return nil
}

// checkDistinct reports a secret that two tasks would write, or nil: by name,
// or because two names stand for one owner.
func checkDistinct(tasks []*task) error {
	names := map[string]secret.Owner{}
	for i, t := range tasks {
		if i > 0 && compareTasks(tasks[i-1], t) == 0 {
			return fmt.Errorf("apply %s of %s: the plan has it twice", secret.Quote(string(t.change.Secret)), t.owner)
		}
		if other, found := names[t.owner.ID]; found && other != t.owner {
			return fmt.Errorf("apply %s: %s has the same id", t.owner, other)
		}
		names[t.owner.ID] = t.owner
	}
	return nil
}
