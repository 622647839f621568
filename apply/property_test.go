package apply_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

// scene is a generated manifest and a live state that differs from it.
type scene struct {
	w       *world
	names   []secret.Name
	desired []secret.Desired
}

func newScene(random *rand.Rand) scene {
	s := scene{w: newWorld()}
	for i := range 6 {
		s.names = append(s.names, secret.Name(fmt.Sprintf("N%d", i)))
	}
	pickType := func() (secret.Type, secret.Scopes) {
		types := []secret.Type{secret.RuntimeType, secret.EnvType}
		scopes := []secret.Scopes{secret.NewScopes(secret.WebScope), secret.NewScopes(secret.UserScope, secret.WebScope)}
		return types[random.IntN(2)], scopes[random.IntN(2)]
	}
	value := func(owner secret.Owner, name secret.Name, env secret.Env) secret.Value {
		if random.IntN(2) == 0 {
			return secret.NewValue(canary + "-other")
		}
		return valueOf(owner, name, env)
	}
	for _, owner := range []secret.Owner{org("o"), site("a"), site("b"), site("c")} {
		d := secret.Desired{Owner: owner, MaxDeletePercent: 100}
		for i, name := range s.names {
			shared := i < len(s.names)/2
			if owner.Kind == secret.Organization && !shared {
				continue
			}
			// A site's own hidden secret of another type cannot be seen behind
			// the organization's, so no plan can ever replace it.
			hidden := owner.Kind == secret.Site && shared
			want := secret.DesiredSecret{Name: name, Value: valueOf(owner, name, ""), Replace: true}
			want.Type, want.Scopes = pickType()
			live := newStored(want.Type, want.Scopes, value(owner, name, ""))
			if random.IntN(4) == 0 && !hidden {
				live.typ, live.scopes = pickType()
			}
			fixed := live.typ != want.Type || !live.scopes.Equal(want.Scopes)
			for _, env := range []secret.Env{"dev", "live", "test"} {
				declared := random.IntN(2) == 0
				if declared {
					want.Overrides = append(want.Overrides, secret.DesiredOverride{Env: env, Value: valueOf(owner, name, env)})
				}
				if random.IntN(2) == 0 {
					live.overrides[env] = value(owner, name, env)
					if !declared && (fixed || random.IntN(2) == 0) {
						want.DropOverrides = append(want.DropOverrides, env)
					}
				}
			}
			if random.IntN(5) > 0 {
				d.Secrets = append(d.Secrets, want)
			}
			if random.IntN(5) > 0 {
				s.w.secrets[storedKey(owner, name)] = live
			}
		}
		s.desired = append(s.desired, d)
	}
	return s
}

func (s scene) plan(revealed bool) plan.Plan {
	in := decision.Input{Project: "storefront", Desired: s.desired}
	for _, d := range s.desired {
		in.Live = append(in.Live, s.w.list(d.Owner, org("o"), revealed))
	}
	return decision.Diff(in)
}

// undeclared describes what the manifest does not speak of.
func (s scene) undeclared() string {
	var b strings.Builder
	for _, d := range s.desired {
		for _, name := range s.names {
			live := s.w.secrets[storedKey(d.Owner, name)]
			i := slices.IndexFunc(d.Secrets, func(w secret.DesiredSecret) bool { return w.Name == name })
			switch {
			case i < 0:
				fmt.Fprintln(&b, d.Owner, name, s.w.show(d.Owner, name))
			case live != nil:
				for _, env := range []secret.Env{"dev", "live", "test"} {
					_, declared := d.Secrets[i].Override(env)
					if value, found := live.overrides[env]; found && !declared && !slices.Contains(d.Secrets[i].DropOverrides, env) {
						fmt.Fprintln(&b, d.Owner, name, env, value.Reveal())
					}
				}
			}
		}
	}
	return b.String()
}

const scenes = 300

// TestApplyMakesThePlanQuiet: without faults, everything planned is done, with
// the number of requests announced, nothing else is touched, and another plan
// finds nothing to do.
func TestApplyMakesThePlanQuiet(t *testing.T) {
	for seed := range uint64(scenes) {
		s := newScene(rand.New(rand.NewPCG(seed, 1)))
		p, before := s.plan(false), s.undeclared()
		report, err := apply.Run(t.Context(), s.w, apply.Input{Plan: p, Desired: s.desired}, options())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if report.Failed+report.NotTried > 0 {
			t.Errorf("seed %d: %v", seed, outline(report))
		}
		if want := p.Requests.Secrets - len(s.desired); report.Requests != want || len(s.w.calls) != want {
			t.Errorf("seed %d: %d requests, %d calls, announced %d", seed, report.Requests, len(s.w.calls), want)
		}
		if again := s.plan(true); again.HasChanges() || again.Blocked() {
			t.Errorf("seed %d: after apply the plan is %+v", seed, again)
		}
		if s.undeclared() != before {
			t.Errorf("seed %d: what the manifest does not name was touched", seed)
		}
	}
}

// TestNothingIsLost: whatever fails and wherever it is cut short, a declared
// secret that is missing afterwards is reported as such, no report holds a
// value, nothing undeclared is touched, and applying again converges.
func TestNothingIsLost(t *testing.T) {
	interrupted, missing, done := 0, 0, 0
	for seed := range uint64(scenes) {
		random := rand.New(rand.NewPCG(seed, 2))
		s := newScene(random)
		p, undeclared := s.plan(false), s.undeclared()
		before := map[string]bool{}
		for key := range s.w.secrets {
			before[key] = true
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop := make(chan struct{})
		opts := options()
		opts.Stop = stop
		s.w.chance = chance(random, cancel, func() { close(stop) })
		report, err := apply.Run(ctx, s.w, apply.Input{Plan: p, Desired: s.desired}, opts)
		cancel()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, result := range report.Results {
			key := storedKey(result.Owner, result.Secret)
			if result.NotLive {
				missing++
			}
			if before[key] && s.w.secrets[key] == nil && !(result.NotLive && result.Outcome == apply.Failed) {
				t.Errorf("seed %d: %s is missing and the report says %+v", seed, key, result)
			}
		}
		if report.Requests != len(s.w.calls) || report.Done+report.Failed+report.NotTried != len(report.Results) {
			t.Errorf("seed %d: the report does not add up: %+v", seed, report)
		}
		checkNoValue(t, report)
		done += report.Done
		if report.Interrupted {
			interrupted++
		}

		s.w.chance = nil
		for range 2 { // the second for what the first may only do after others
			if _, err := apply.Run(t.Context(), s.w, apply.Input{Plan: s.plan(false), Desired: s.desired}, options()); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if again := s.plan(true); again.HasChanges() || again.Blocked() {
			t.Errorf("seed %d: applying again does not converge: %+v", seed, again.Changes)
		}
		if s.undeclared() != undeclared {
			t.Errorf("seed %d: what the manifest does not name was touched", seed)
		}
	}
	if interrupted == 0 || missing == 0 || done == 0 {
		t.Errorf("%d interrupted, %d missing, %d done: the scenes do not show what they should", interrupted, missing, done)
	}
}

// chance makes one call in five fail, in one of three ways, and in every other
// scene a signal arrive somewhere.
func chance(random *rand.Rand, signals ...func()) func() fault {
	left := random.IntN(120)
	signal := signals[random.IntN(len(signals))]
	return func() fault {
		var f fault
		if random.IntN(5) == 0 {
			f = []fault{{err: errRefused}, {err: errUnknown}, {err: errUnknown, takesEffect: true}}[random.IntN(3)]
		}
		if left--; left == 0 {
			f.during = signal
		}
		return f
	}
}

// checkNoValue searches everything that a report can be turned into.
func checkNoValue(t *testing.T, report apply.Report) {
	t.Helper()
	var text strings.Builder
	if err := report.Text(&text); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{text.String(), string(encoded), fmt.Sprintf("%+v %#v", report, report)} {
		if strings.Contains(shown, canary) {
			t.Errorf("a value shows in %s", shown)
		}
	}
}
