package adopt_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/adopt"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

// listing draws the secrets of an owner, in every shape that a reply can have.
func listing(random *rand.Rand, owner secret.Owner) secret.Live {
	found := secret.Live{Owner: owner}
	reading := func() secret.Reading {
		if random.IntN(2) == 0 {
			return secret.Hidden()
		}
		return read([]string{"one", "two\n", "0123"}[random.IntN(3)])
	}
	types := []secret.Type{secret.RuntimeType, secret.EnvType, secret.ComposerType, secret.FileType}
	for _, name := range []secret.Name{"A", "B", "C.d-e", "D", "value"} {
		if random.IntN(4) == 0 {
			continue
		}
		s := secret.LiveSecret{Name: name, Type: types[random.IntN(len(types))], Scopes: secret.NewScopes(secret.WebScope), Value: reading()}
		if random.IntN(5) == 0 {
			s.Scopes = secret.NewScopes(secret.OpsScope)
		}
		if !s.Value.Readable() && random.IntN(4) == 0 && owner.Kind == secret.Site {
			s.Presence = secret.MayBeInherited
		}
		for _, env := range []secret.Env{"dev", "live"} {
			if random.IntN(3) == 0 {
				s.Overrides = append(s.Overrides, over(env, reading()))
			}
		}
		found.Secrets = append(found.Secrets, s)
	}
	return found
}

// TestFirstPlanIsQuiet: whatever is live, the first plan after it was taken
// over has no action but adopt and none, and no refusal.
func TestFirstPlanIsQuiet(t *testing.T) {
	owners := []secret.Owner{
		{Kind: secret.Organization, Name: "agency", ID: "aaaaaaaa-2222-3333-4444-555555555555"},
		{Kind: secret.Site, Name: "shop", ID: "11111111-2222-3333-4444-555555555555"},
	}
	keys, err := ledger.DeriveKeys(value("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	adopted := 0
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 0))
		in := decision.Input{Project: "storefront", Policy: decision.Policy{Unmanaged: secret.ReportUnmanaged, Strict: true}}
		if random.IntN(2) == 0 {
			in.Keys = keys
		}
		for _, owner := range owners {
			found := listing(random, owner)
			desired := secret.Desired{Owner: owner, MaxDeletePercent: 30}
			for _, p := range adopt.Propose(found, rules()) {
				if p.Fate != adopt.LeftOut {
					desired.Secrets = append(desired.Secrets, p.Desired)
				}
				if match, why := adopt.Compare(p.Desired, p); match != adopt.Same {
					t.Fatalf("seed %d: what was taken over differs from itself: %s", seed, why)
				}
			}
			in.Live, in.Desired = append(in.Live, found), append(in.Desired, desired)
			in.Ledgers = append(in.Ledgers, ledger.ReadAll(found, in.Project, nil, in.Keys))
		}
		p := decision.Diff(in)
		if p.Blocked() || !p.Complete {
			t.Fatalf("seed %d: refusals %+v", seed, p.Refusals)
		}
		for _, change := range p.Changes {
			if change.Action != plan.Adopt && change.Action != plan.None {
				t.Fatalf("seed %d: %s/%s would be changed: %v %v", seed, change.Owner, change.Secret, change.Action, change.Reasons)
			}
			if change.Action == plan.Adopt {
				adopted++
			}
		}
	}
	if adopted == 0 {
		t.Error("nothing was ever adopted")
	}
}
