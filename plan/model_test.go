package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// world makes inputs at random, from few names and values, so that both sides
// meet often. The same seed gives the same world.
type world struct {
	*rand.Rand
	hides bool // live values may be hidden, and entries inherited
}

func newWorld(seed uint64, hides bool) world {
	return world{rand.New(rand.NewPCG(seed, 0)), hides}
}

var (
	someNames  = []secret.Name{"A", "B", "C", "D", "E", "github-oauth.github.com", "CELLA_LEDGER__X"}
	someEnvs   = []secret.Env{"dev", "live", "pr-1", "test"}
	someValues = []string{"canary-one", "canary-two", "canary\nthree"}
	someOwners = []secret.Owner{agency, mySite, torn}
)

func (w world) one(in int) bool { return w.IntN(in) == 0 }

func (w world) value() secret.Value { return secret.NewValue(someValues[w.IntN(len(someValues))]) }

func (w world) reading() secret.Reading {
	if w.hides && w.one(2) {
		return secret.Hidden()
	}
	return secret.Read(w.value())
}

func (w world) kind() (secret.Type, secret.Scopes) {
	if w.one(4) {
		return secret.ComposerType, secret.NewScopes(secret.ICScope)
	}
	return secret.RuntimeType, secret.NewScopes(secret.WebScope, secret.UserScope)
}

func (w world) input() Input {
	in := Input{Project: "storefront", Policy: Policy{Unmanaged: ReportUnmanaged, Strict: w.one(2)}}
	for _, owner := range someOwners {
		if w.one(4) {
			continue
		}
		d, l := secret.Desired{Owner: owner, MaxDeletePercent: 30}, secret.Live{Owner: owner}
		for _, name := range someNames {
			if !name.Reserved() && !w.one(3) {
				d.Secrets = append(d.Secrets, w.desired(name))
			}
			if !w.one(3) {
				l.Secrets = append(l.Secrets, w.live(name))
			}
		}
		in.Desired = append(in.Desired, d)
		if w.hides && w.one(10) {
			in.Failed = append(in.Failed, OwnerError{owner, "503"})
			continue
		}
		in.Live = append(in.Live, l)
	}
	return in
}

func (w world) desired(name secret.Name) secret.DesiredSecret {
	s := secret.DesiredSecret{Name: name}
	s.Type, s.Scopes = w.kind()
	if w.one(8) {
		s.External = true
		return s
	}
	s.Value = w.value()
	s.Replace = !w.one(3)
	if w.one(8) {
		s.Protect, s.Replace = secret.Protected, false
	}
	for _, env := range someEnvs {
		if w.one(3) {
			s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: env, Value: w.value()})
		} else if !w.one(3) {
			s.DropOverrides = append(s.DropOverrides, env)
		}
	}
	return s
}

func (w world) live(name secret.Name) secret.LiveSecret {
	s := secret.LiveSecret{Name: name, Value: w.reading()}
	s.Type, s.Scopes = w.kind()
	if w.hides && w.one(5) {
		s.Presence, s.Value = secret.MayBeInherited, secret.Hidden()
	}
	for _, env := range someEnvs {
		if w.one(3) {
			s.Overrides = append(s.Overrides, secret.LiveOverride{Env: env, Value: w.reading()})
		}
	}
	return s
}

// carryOut does what a plan says to a copy of the live state, the way the
// platform would, and counts the requests. Written values become readable.
func carryOut(p Plan, in Input) ([]secret.Live, int) {
	requests := 0
	var after []secret.Live
	for _, live := range in.Live {
		state := map[secret.Name]secret.LiveSecret{}
		for _, s := range live.Secrets {
			s.Overrides = slices.Clone(s.Overrides)
			state[s.Name] = s
		}
		for _, change := range p.Changes {
			if change.Owner == live.Owner {
				desired := find(in.Desired, change)
				requests += carryOutOne(state, change, desired)
			}
		}
		next := secret.Live{Owner: live.Owner}
		for _, s := range state {
			next.Secrets = append(next.Secrets, s)
		}
		slices.SortFunc(next.Secrets, func(a, b secret.LiveSecret) int { return compareNames(a.Name, b.Name) })
		after = append(after, next)
	}
	return after, requests
}

func compareNames(a, b secret.Name) int { return slices.Compare([]byte(a), []byte(b)) }

func find(desired []secret.Desired, change Change) secret.DesiredSecret {
	for _, d := range desired {
		for _, s := range d.Secrets {
			if d.Owner == change.Owner && s.Name == change.Secret {
				return s
			}
		}
	}
	panic(fmt.Sprintf("a change of %s %s, which nobody declares", change.Owner, change.Secret))
}

func carryOutOne(state map[secret.Name]secret.LiveSecret, change Change, desired secret.DesiredSecret) int {
	requests := 0
	s, live := state[change.Secret]
	if change.Action == Replace {
		s, live = secret.LiveSecret{}, false
		requests++
	}
	if change.Default == Create || change.Default == Update {
		s.Name, s.Presence, s.Value = change.Secret, secret.Own, secret.Read(desired.Value)
		if change.Default == Create && (!live || change.MayBeInherited) {
			s.Type, s.Scopes = desired.Type, desired.Scopes
		}
		requests++
	}
	for _, override := range change.Overrides {
		if override.Action == None || override.Action == Delete && change.Action == Replace {
			continue
		}
		requests++
		s.Overrides = slices.DeleteFunc(s.Overrides, func(o secret.LiveOverride) bool { return o.Env == override.Env })
		if override.Action != Delete {
			wanted, _ := desired.Override(override.Env)
			s.Overrides = append(s.Overrides, secret.LiveOverride{Env: override.Env, Value: secret.Read(wanted.Value)})
		}
	}
	slices.SortFunc(s.Overrides, func(a, b secret.LiveOverride) int { return slices.Compare([]byte(a.Env), []byte(b.Env)) })
	if s.Name != "" {
		state[change.Secret] = s
	}
	return requests
}
