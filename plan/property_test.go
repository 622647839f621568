package plan

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

const seeds = 600

// TestDiffOfEqualIsQuiet: where the live state is what is desired, and came
// back, nothing is to do.
func TestDiffOfEqualIsQuiet(t *testing.T) {
	for seed := range uint64(seeds) {
		in := newWorld(seed, false).input()
		in.Live = nil
		for _, d := range in.Desired {
			l := secret.Live{Owner: d.Owner}
			for _, s := range d.Secrets {
				live := secret.LiveSecret{Name: s.Name, Type: s.Type, Scopes: s.Scopes, Value: secret.Read(s.Value)}
				for _, o := range s.Overrides {
					live.Overrides = append(live.Overrides, secret.LiveOverride{Env: o.Env, Value: secret.Read(o.Value)})
				}
				l.Secrets = append(l.Secrets, live)
			}
			in.Live = append(in.Live, l)
		}
		if p := Diff(in); p.HasChanges() || p.Blocked() || !p.Complete || p.Requests.Secrets != len(in.Live) {
			t.Fatalf("seed %d: %v", seed, shorthand(p))
		}
	}
}

// TestApplyThenDiffIsQuiet: a plan that is carried out leaves nothing to do,
// costs what it announced, and loses nothing that nobody gave up.
func TestApplyThenDiffIsQuiet(t *testing.T) {
	blocked := 0
	for seed := range uint64(seeds) {
		in := newWorld(seed, false).input()
		p := Diff(in)
		if p.Blocked() {
			// Without the owners that something was refused of, the rest
			// can be applied.
			blocked++
			in.Desired = slices.DeleteFunc(in.Desired, func(d secret.Desired) bool {
				return slices.ContainsFunc(p.Refusals, func(r Refusal) bool { return r.Owner == d.Owner })
			})
			in.Live = slices.DeleteFunc(in.Live, func(l secret.Live) bool {
				return slices.ContainsFunc(p.Refusals, func(r Refusal) bool { return r.Owner == l.Owner })
			})
			p = Diff(in)
		}
		after, requests := carryOut(p, in)
		if announced := p.Requests.Secrets - len(in.Live); requests != announced {
			t.Fatalf("seed %d: %d requests, %d announced: %v", seed, requests, announced, shorthand(p))
		}
		losesNothing(t, seed, in, after)
		again := in
		again.Live = after
		if next := Diff(again); next.HasChanges() || next.Blocked() || !cmp.Equal(p.Unmanaged, next.Unmanaged) {
			t.Fatalf("seed %d: %v\nthen %v", seed, shorthand(p), shorthand(next))
		}
	}
	if blocked == 0 || blocked == seeds {
		t.Errorf("%d of %d worlds were blocked; the generator is off", blocked, seeds)
	}
}

// losesNothing checks that what was live still is: undeclared secrets as they
// were, declared ones in some form, overrides unless drop_overrides names them.
func losesNothing(t *testing.T, seed uint64, in Input, after []secret.Live) {
	t.Helper()
	for i, before := range in.Live {
		declared := secret.Desired{}
		for _, d := range in.Desired {
			if d.Owner == before.Owner {
				declared = d
			}
		}
		for _, s := range before.Secrets {
			now, still := after[i].Secret(s.Name)
			if !still {
				t.Fatalf("seed %d: %s is gone", seed, s.Name)
			}
			at := slices.IndexFunc(declared.Secrets, func(d secret.DesiredSecret) bool { return d.Name == s.Name })
			for _, o := range s.Overrides {
				if _, still := now.Override(o.Env); !still && (at < 0 || !slices.Contains(declared.Secrets[at].DropOverrides, o.Env)) {
					t.Fatalf("seed %d: override %s of %s is gone", seed, o.Env, s.Name)
				}
			}
			if (at < 0 || declared.Secrets[at].External) && !now.Value.Matches(s.Value.Value()) {
				t.Fatalf("seed %d: %s was written", seed, s.Name)
			}
		}
	}
}

// TestOrderDoesNotMatter: the same input in another order gives the same
// bytes, and stays as it was.
func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed, true)
		in := w.input()
		in.Inputs = []InputFile{{"a", "1"}, {"b", "2"}, {"b", "3"}}
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
	readings := cmp.Comparer(func(a, b secret.Reading) bool {
		return a.Readable() == b.Readable() && a.Value().Equal(b.Value())
	})
	for seed := range uint64(seeds) {
		given, same := newWorld(seed, true).input(), newWorld(seed, true).input()
		Diff(given)
		if diff := cmp.Diff(same, given, readings); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// TestPlanHoldsNoValue: whatever is compared, no value gets into the plan.
func TestPlanHoldsNoValue(t *testing.T) {
	for seed := range uint64(seeds) {
		if text := encode(t, Diff(newWorld(seed, true).input())); strings.Contains(text, "canary") {
			t.Fatalf("seed %d: %s", seed, text)
		}
	}
}

// TestPlanSurvivesJSON: what is read back is the plan that was written.
func TestPlanSurvivesJSON(t *testing.T) {
	for seed := range uint64(seeds) {
		p := Diff(newWorld(seed, true).input())
		var back Plan
		if err := json.Unmarshal([]byte(encode(t, p)), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func encode(t *testing.T, p Plan) string {
	t.Helper()
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func shuffle[T any](w world, list []T) {
	w.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}
