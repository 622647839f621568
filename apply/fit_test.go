package apply_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestRefusesBeforeTheFirstCall breaks one thing at a time in an input that
// would do.
func TestRefusesBeforeTheFirstCall(t *testing.T) {
	tests := map[string]struct {
		spoil func(*apply.Input)
		want  string
	}{
		"refused": {
			func(in *apply.Input) { in.Plan.Refusals = make([]plan.Refusal, 2) },
			"the plan must not be applied: refused: 2, not read: 0",
		},
		"without values": {
			func(in *apply.Input) { in.Plan.StructureOnly = true },
			"the plan must not be applied: it was made without the values",
		},
		"not read": {
			func(in *apply.Input) { in.Plan.Errors = make([]plan.OwnerError, 1) },
			"the plan must not be applied: refused: 0, not read: 1",
		},
		"owner unknown": {
			func(in *apply.Input) { in.Desired = nil },
			"apply R of site:s: the manifest does not name the owner",
		},
		"owner of the other kind": {
			func(in *apply.Input) { in.Desired[0].Owner.Kind = secret.Organization },
			"apply R of site:s: the manifest does not name the owner",
		},
		"secret unknown": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Name = "Q" },
			"apply R of site:s: the manifest does not name the secret",
		},
		"hostile names": {
			func(in *apply.Input) {
				in.Plan.Changes[0].Secret, in.Plan.Changes[0].Owner.Name = "R\nfine", "s\x1b[31m"
			},
			`apply "R\nfine" of site:"s\x1b[31m": the manifest does not name the owner`,
		},
		"other id": {
			func(in *apply.Input) { in.Desired[0].Owner.ID = "other" },
			"apply R of site:s: the plan means the id id-of-site-s, the manifest other",
		},
		"no id": {
			func(in *apply.Input) { in.Desired[0].Owner.ID, in.Plan.Changes[0].Owner.ID = "", "" },
			"apply R of site:s: the owner's id is not known",
		},
		"value not known": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Value = secret.Value{} },
			"apply R of site:s: the value is not known",
		},
		"value not UTF-8": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Value = secret.NewValue(canary + "\xff") },
			"apply R of site:s: the value is not UTF-8",
		},
		"override's value not known": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Overrides[0].Value = secret.Value{} },
			"apply R of site:s: override for live: the value is not known",
		},
		"override not declared": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Overrides = nil },
			"apply R of site:s: the manifest has no override for live",
		},
		"override left out": {
			func(in *apply.Input) { in.Plan.Changes[0].Overrides = nil },
			"apply R of site:s: the plan leaves out the override for live",
		},
		"override left alone in a replace": {
			func(in *apply.Input) { in.Plan.Changes[0].Overrides[0].Action = plan.None },
			"apply R of site:s: the plan leaves out the override for live",
		},
		"override twice": {
			func(in *apply.Input) {
				c := &in.Plan.Changes[0]
				c.Overrides = append(c.Overrides, c.Overrides[0])
			},
			"apply R of site:s: the plan has the override for live twice",
		},
		"override of the default": {
			func(in *apply.Input) { in.Plan.Changes[0].Overrides[0].Env = "" },
			`apply R of site:s: override for "": environments are lower-case letters, digits and hyphens, at most 11 characters`,
		},
		"removal of the default": {
			func(in *apply.Input) {
				in.Plan.Changes[0].Overrides = append(in.Plan.Changes[0].Overrides, plan.OverrideChange{Action: plan.Delete})
			},
			"apply R of site:s: an override to be removed names no environment",
		},
		"removal of what is declared": {
			func(in *apply.Input) { in.Plan.Changes[0].Overrides[0].Action = plan.Delete },
			"apply R of site:s: the plan removes the override for live, which the manifest declares",
		},
		"unknown action of an override": {
			func(in *apply.Input) { in.Plan.Changes[0].Overrides[0].Action = "mo\nve" },
			`apply R of site:s: the plan's action "mo\nve" for the override for live cannot be applied`,
		},
		"delete": {
			func(in *apply.Input) { in.Plan.Changes[0].Action = plan.Delete },
			"apply R of site:s: the plan deletes what the manifest declares",
		},
		"none that does something": {
			func(in *apply.Input) { in.Plan.Changes[0].Action = plan.None },
			"apply R of site:s: the plan's action none cannot be applied",
		},
		"default of an update": {
			func(in *apply.Input) {
				in.Plan.Changes[0].Action, in.Plan.Changes[0].Default = plan.Update, plan.Delete
			},
			"apply R of site:s: the plan's action delete for the default value cannot be applied",
		},
		"update of nothing": {
			func(in *apply.Input) {
				c := &in.Plan.Changes[0]
				c.Action, c.Default, c.Overrides = plan.Update, plan.None, nil
			},
			"apply R of site:s: the plan has an update that changes nothing",
		},
		"external in the plan": {
			func(in *apply.Input) { in.Plan.Changes[0].External = true },
			"apply R of site:s: external secrets are never written",
		},
		"external in the manifest": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].External = true },
			"apply R of site:s: external secrets are never written",
		},
		"other type": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Type = secret.EnvType },
			"apply R of site:s: the plan and the manifest differ in type or scopes",
		},
		"other scopes": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Scopes = nil },
			"apply R of site:s: the plan and the manifest differ in type or scopes",
		},
		"type that cannot be created": {
			func(in *apply.Input) {
				in.Desired[0].Secrets[0].Type, in.Plan.Changes[0].Type.After = secret.VCSType, secret.VCSType
			},
			"apply R of site:s: a secret of that type and those scopes cannot be created",
		},
		"no scopes": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Scopes, in.Plan.Changes[0].Scopes.After = nil, nil },
			"apply R of site:s: a secret of that type and those scopes cannot be created",
		},
		"reserved name": {
			func(in *apply.Input) {
				in.Desired[0].Secrets[0].Name, in.Plan.Changes[0].Secret = "CELLA_R", "CELLA_R"
			},
			"apply CELLA_R of site:s: names that begin with CELLA_ are kept for cella itself",
		},
		"protected": {
			func(in *apply.Input) { in.Desired[0].Secrets[0].Protect = secret.Protected },
			"apply R of site:s: a protected secret is never replaced",
		},
		"former type unknown": {
			func(in *apply.Input) { in.Plan.Changes[0].Type.Before = "" },
			"apply R of site:s: the plan does not say the former type, so a failed replace could not be undone",
		},
		"twice": {
			func(in *apply.Input) { in.Plan.Changes = append(in.Plan.Changes, in.Plan.Changes[0]) },
			"apply R of site:s: the plan has it twice",
		},
		"one id for two owners": {
			func(in *apply.Input) {
				other := newJob(secret.Owner{Kind: secret.Site, Name: "t", ID: "id-of-site-s"}, "A", plan.Create, nil)
				in.Plan.Changes = append(in.Plan.Changes, other.change)
				in.Desired = append(in.Desired, secret.Desired{Owner: other.owner, Secrets: []secret.DesiredSecret{other.want}})
			},
			"apply site:t: site:s has the same id",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := input(newJob(site("s"), "R", plan.Replace, envs("live", plan.Update)))
			test.spoil(&in)
			w := newWorld()
			report, err := apply.Run(t.Context(), w, in, options())
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if strings.Contains(err.Error(), canary) {
				t.Error("the error shows a value")
			}
			if blocked := strings.HasPrefix(test.want, "the plan must not"); errors.Is(err, apply.ErrBlocked) != blocked {
				t.Errorf("ErrBlocked is %v, want %v", !blocked, blocked)
			}
			if len(w.calls) > 0 || len(report.Results) > 0 {
				t.Errorf("calls %q, results %v, want none", w.calls, report.Results)
			}
		})
	}
}

// An owner's id may stand in the plan, in the manifest, or in both.
func TestOwnerID(t *testing.T) {
	for name, forget := range map[string]func(*apply.Input){
		"both":     func(*apply.Input) {},
		"plan":     func(in *apply.Input) { in.Desired[0].Owner.ID = "" },
		"manifest": func(in *apply.Input) { in.Plan.Changes[0].Owner.ID = "" },
	} {
		t.Run(name, func(t *testing.T) {
			in := input(newJob(site("s"), "A", plan.Create, nil))
			forget(&in)
			report, err := apply.Run(t.Context(), newWorld(), in, options())
			if err != nil || report.Done != 1 || report.Results[0].Owner != site("s") {
				t.Errorf("error %v, report %+v, want it done for %v", err, report, site("s"))
			}
		})
	}
}
