package decision

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// seeds is the number of worlds for properties of Diff itself.
const seeds = 400

// The numbers of worlds for properties that take an apply. The race detector,
// which looks for other faults, makes do with a tenth.
func histories() int     { return shortened(5000) }
func interruptions() int { return shortened(2000) }

func shortened(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// TestDiffOfEqualIsQuiet: where the live state is what is desired, and came
// back, nothing is to do.
func TestDiffOfEqualIsQuiet(t *testing.T) {
	for seed := range uint64(seeds) {
		in := Input{Desired: newWorld(seed).now.desired}
		for i, d := range in.Desired {
			l := secret.Live{Owner: d.Owner}
			for _, s := range d.Secrets {
				live := secret.LiveSecret{Name: s.Name, Type: s.Type, Scopes: s.Scopes, Value: secret.Read(s.Value)}
				for _, o := range s.Overrides {
					live.Overrides = append(live.Overrides, secret.LiveOverride{Env: o.Env, Value: secret.Read(o.Value)})
				}
				l.Secrets = append(l.Secrets, live)
			}
			in.Live = append(in.Live, l)
			in.Desired[i].Retire = ""
		}
		if p := Diff(in); p.HasChanges() || p.Blocked() || !p.Complete || p.Requests.Secrets != len(in.Live) {
			t.Fatalf("seed %d: %v", seed, shorthand(p))
		}
	}
}

// TestOrderDoesNotMatter: the same input in another order gives the same
// bytes, and stays as it was.
func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed)
		in := w.input()
		in.Inputs = []plan.InputDigest{{File: "a", SHA256: "1"}, {File: "b", SHA256: "2"}, {File: "b", SHA256: "3"}, {Env: "CELLA_VALUE_A", HMAC: "4"}}
		// Sides that do not fit together are in no order either.
		if len(in.Desired) > 0 && w.one(5) {
			other := in.Desired[0]
			other.Owner.ID = "other"
			in.Desired = append(in.Desired, other)
		}
		want := encode(t, Diff(in))
		shuffle(w, in.Inputs)
		shuffle(w, in.Desired)
		shuffle(w, in.Live)
		shuffle(w, in.Ledgers)
		shuffle(w, in.Failed)
		for i := range in.Desired {
			in.Desired[i].Secrets = slices.Clone(in.Desired[i].Secrets)
			shuffle(w, in.Desired[i].Secrets)
			for j := range in.Desired[i].Secrets {
				shuffle(w, in.Desired[i].Secrets[j].Overrides)
				shuffle(w, in.Desired[i].Secrets[j].DropOverrides)
			}
		}
		for i := range in.Live {
			shuffle(w, in.Live[i].Secrets)
			for j := range in.Live[i].Secrets {
				shuffle(w, in.Live[i].Secrets[j].Overrides)
			}
		}
		if diff := cmp.Diff(want, encode(t, Diff(in))); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// TestInputStaysAsItWas: Diff changes nothing that it was given.
func TestInputStaysAsItWas(t *testing.T) {
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	for seed := range uint64(seeds) {
		given, same := newWorld(seed).input(), newWorld(seed).input()
		Diff(given)
		if diff := cmp.Diff(same, given, everything); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// TestPlanHoldsNoValue: whatever is compared, no value gets into the plan.
func TestPlanHoldsNoValue(t *testing.T) {
	for seed := range uint64(seeds) {
		if text := encode(t, Diff(newWorld(seed).input())); strings.Contains(text, "canary") {
			t.Fatalf("seed %d: %s", seed, text)
		}
	}
}

// TestPlanSurvivesJSON: what is read back is the plan that was written.
func TestPlanSurvivesJSON(t *testing.T) {
	for seed := range uint64(seeds) {
		p := Diff(newWorld(seed).input())
		var back plan.Plan
		if err := json.Unmarshal([]byte(encode(t, p)), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func encode(t *testing.T, p plan.Plan) string {
	t.Helper()
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func shuffle[T any](w *world, list []T) {
	w.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}
