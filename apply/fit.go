package apply

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// ErrBlocked says that something was refused or could not be read when the
// plan was made, or that it was made without the values, so nothing of it may
// be applied.
var ErrBlocked = errors.New("the plan must not be applied")

var errNoUncoverer = errors.New("the plan deletes what an organization has too, and nothing is at hand to look after that")

func touchesValues(change plan.Change) bool {
	return !idle(change.Default) || slices.ContainsFunc(change.Overrides, func(o plan.OverrideChange) bool { return !idle(o.Action) })
}

func idle(action plan.Action) bool { return action == plan.None || action == "" }

// identify returns the owner with its id, which calls are addressed by.
func identify(planned, wanted secret.Owner) (secret.Owner, error) {
	if wanted.ID == "" {
		wanted.ID = planned.ID
	}
	if planned.ID != "" && planned.ID != wanted.ID {
		return secret.Owner{}, fmt.Errorf("the plan means the id %s, the manifest %s", words.Quote(planned.ID), words.Quote(wanted.ID))
	}
	if wanted.ID == "" {
		return secret.Owner{}, errors.New("the owner's id is not known")
	}
	return wanted, nil
}

// candidate is a change with what the manifest and the ledgers say of its
// secret. Plan has decided it; here it is only held against what every
// decision must obey.
type candidate struct {
	change   plan.Change
	want     secret.DesiredSecret // the zero one where it is not declared
	declared bool
	entry    ledger.Entry
	recorded bool
	deleted  bool // with everything that the project has on its owner
}

// check reports why the change cannot be carried out, or nil.
func (c candidate) check() error {
	switch c.change.Action {
	case plan.Create, plan.Update, plan.Replace:
		return c.checkWrite()
	case plan.Delete:
		return c.checkDelete()
	case plan.Adopt, plan.Release, plan.Forget:
		if touchesValues(c.change) {
			return fmt.Errorf("the plan's action %s changes values", words.Quote(string(c.change.Action)))
		}
		return nil
	}
	return fmt.Errorf("the plan's action %s cannot be applied", words.Quote(string(c.change.Action)))
}

// checkDelete: a name that is still declared is deleted on its own word only,
// any other by its entry only.
func (c candidate) checkDelete() error {
	retired := c.want.Retire == secret.RetireDelete || c.deleted && !c.declared
	switch {
	case c.declared && !retired:
		return errors.New("the plan deletes what the manifest declares")
	case !c.declared && !c.recorded:
		return errors.New("no ledger says that it is this project's, so it is never deleted")
	case c.entry.Protect && !retired:
		return errors.New("a protected secret is never deleted")
	}
	return c.change.Secret.Validate("") // the rules of all types
}

func (c candidate) checkWrite() error {
	change, want := c.change, c.want
	switch {
	case !c.declared:
		return errors.New("the manifest does not name the secret")
	case want.Retire != "":
		return errors.New("a retired secret is never written")
	case want.External || change.External:
		return errors.New("external secrets are never written")
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
		if want.Protect == secret.Protected || want.Protect == secret.ProtectionUnsaid && c.entry.Protect {
			return errors.New("a protected secret is never replaced")
		}
		if change.Type.Before == "" {
			return errors.New("the plan does not say the former type, so a failed replace could not be undone")
		}
	}
	if change.Action == plan.Update && change.Default != plan.None && change.Default != plan.Update {
		return fmt.Errorf("the plan's action %s for the default value cannot be applied", words.Quote(string(change.Default)))
	}
	if change.Action != plan.Update || change.Default == plan.Update || change.MayBeInherited {
		if err := want.Value.Validate(); err != nil {
			return err
		}
	}
	return c.checkOverrides()
}

// checkOverrides reports why the override changes do not fit, or nil. A create
// and a replace begin from nothing, so there every override counts.
func (c candidate) checkOverrides() error {
	written := map[secret.Env]bool{}
	seen := map[secret.Env]bool{}
	for _, override := range c.change.Overrides {
		if seen[override.Env] {
			return fmt.Errorf("the plan has the override for %s twice", words.Quote(string(override.Env)))
		}
		seen[override.Env] = true
		if err := c.checkOverride(override); err != nil {
			return err
		}
		written[override.Env] = override.Action == plan.Create || override.Action == plan.Update
	}
	for _, override := range c.want.Overrides {
		if c.change.Action != plan.Update && !written[override.Env] {
			return fmt.Errorf("the plan leaves out the override for %s", words.Quote(string(override.Env)))
		}
		if c.change.MayBeInherited { // any of them may have to be written
			if err := checkValue(override); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c candidate) checkOverride(override plan.OverrideChange) error {
	env := words.Quote(string(override.Env))
	declared, found := c.want.Override(override.Env)
	switch override.Action {
	case plan.None:
		return nil
	case plan.Create, plan.Update:
		if err := override.Env.Validate(); err != nil {
			return fmt.Errorf("override for %s: %w", env, err)
		}
		if !found {
			return fmt.Errorf("the manifest has no override for %s", env)
		}
		return checkValue(declared)
	case plan.Delete:
		if override.Env == "" {
			return errors.New("an override to be removed names no environment")
		}
		if found {
			return fmt.Errorf("the plan removes the override for %s, which the manifest declares", env)
		}
		return nil
	}
	return fmt.Errorf("the plan's action %s for the override for %s cannot be applied", words.Quote(string(override.Action)), env)
}

func checkValue(override secret.DesiredOverride) error {
	if err := override.Value.Validate(); err != nil {
		return fmt.Errorf("override for %s: %w", words.Quote(string(override.Env)), err)
	}
	return nil
}

// checkDistinct reports a secret that two tasks would write, or nil: by name,
// or because two names stand for one owner.
func checkDistinct(accounts []*account) error {
	ids := map[string]secret.Owner{}
	for _, a := range accounts {
		for i, t := range a.tasks {
			if i > 0 && a.tasks[i-1].change.Secret == t.change.Secret {
				return fmt.Errorf("apply %s of %s: the plan has it twice", words.Quote(string(t.change.Secret)), t.owner)
			}
		}
		if other, found := ids[a.owner.ID]; found {
			return fmt.Errorf("apply %s: %s has the same id", a.owner, other)
		}
		ids[a.owner.ID] = a.owner
	}
	return nil
}
