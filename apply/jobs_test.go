package apply_test

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// job is one change together with what the manifest says of the secret.
type job struct {
	owner  secret.Owner
	change plan.Change
	want   secret.DesiredSecret
	// left: the manifest does not name the secret.
	left bool
}

// newJob declares a runtime secret for web with the given overrides. Values
// name their place, so that a value in the wrong place shows.
func newJob(owner secret.Owner, name secret.Name, action plan.Action, overrides map[secret.Env]plan.Action) job {
	web := secret.NewScopes(secret.WebScope)
	j := job{
		owner: owner,
		change: plan.Change{
			Owner: owner, Secret: name, Action: action, Default: plan.Update,
			Type: plan.TypeChange{After: secret.RuntimeType}, Scopes: plan.ScopesChange{After: web},
		},
		want: secret.DesiredSecret{Name: name, Type: secret.RuntimeType, Scopes: web, Value: valueOf(owner, name, "")},
	}
	switch action {
	case plan.Create:
		j.change.Default = plan.Create
	case plan.Update:
		j.change.Type.Before, j.change.Scopes.Before = secret.RuntimeType, web
	case plan.Replace:
		j.change.Default = plan.Create
		j.change.Type.Before, j.change.Scopes.Before = secret.ComposerType, secret.NewScopes(secret.ICScope)
		j.want.Replace = true
	}
	for env, do := range overrides {
		j.change.Overrides = append(j.change.Overrides, plan.OverrideChange{Env: env, Action: do})
		if do == plan.Delete {
			j.want.DropOverrides = append(j.want.DropOverrides, env)
		} else {
			j.want.Overrides = append(j.want.Overrides, secret.DesiredOverride{Env: env, Value: valueOf(owner, name, env)})
		}
	}
	slices.SortFunc(j.change.Overrides, func(a, b plan.OverrideChange) int { return cmpEnv(a.Env, b.Env) })
	slices.SortFunc(j.want.Overrides, func(a, b secret.DesiredOverride) int { return cmpEnv(a.Env, b.Env) })
	return j
}

// ledgerJob deletes, releases or forgets a secret that the manifest does not
// name any more, or adopts one that it does.
func ledgerJob(owner secret.Owner, name secret.Name, action plan.Action) job {
	j := newJob(owner, name, plan.Update, nil)
	j.change.Action, j.change.Default = action, plan.None
	if action != plan.Adopt {
		j.change.Default, j.left = "", true
		j.change.Type.After, j.change.Scopes.After = "", nil
	}
	return j
}

func cmpEnv(a, b secret.Env) int { return slices.Compare([]secret.Env{a}, []secret.Env{b}) }

func valueOf(owner secret.Owner, name secret.Name, env secret.Env) secret.Value {
	return secret.NewValue(fmt.Sprintf("%s-%s-%s-%s", canary, owner.Name, name, orDefault(env)))
}

// envs spells a map of override actions: envs("live", plan.Create, ...).
func envs(pairs ...any) map[secret.Env]plan.Action {
	actions := map[secret.Env]plan.Action{}
	for i := 0; i < len(pairs); i += 2 {
		actions[secret.Env(pairs[i].(string))] = pairs[i+1].(plan.Action)
	}
	return actions
}

// input puts jobs together; it keeps their order.
func input(jobs ...job) apply.Input {
	in := apply.Input{Plan: plan.Plan{Project: "storefront", Complete: true}}
	for _, j := range jobs {
		in.Plan.Changes = append(in.Plan.Changes, j.change)
		i := slices.IndexFunc(in.Desired, func(d secret.Desired) bool { return d.Owner == j.owner })
		if i < 0 {
			i = len(in.Desired)
			in.Desired = append(in.Desired, secret.Desired{Owner: j.owner})
		}
		if !j.left {
			in.Desired[i].Secrets = append(in.Desired[i].Secrets, j.want)
		}
	}
	return in
}

// populate makes live what the jobs say is live before.
func (w *world) populate(jobs ...job) *world {
	for _, j := range jobs {
		if j.change.Action == plan.Create {
			continue
		}
		live := newStored(j.change.Type.Before, j.change.Scopes.Before, secret.NewValue(canary+"-former"))
		for _, override := range j.change.Overrides {
			if override.Action != plan.Create {
				live.overrides[override.Env] = secret.NewValue(canary + "-former-" + string(override.Env))
			}
		}
		w.secrets[storedKey(j.owner, j.change.Secret)] = live
	}
	return w
}
