package decision

import (
	"maps"
	"slices"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// TestApplyConverges: of every world, what is not refused can be applied;
// then the live state is the manifest's, nothing that is nobody's business is
// touched, as many requests were made as announced, and nothing is left to do.
func TestApplyConverges(t *testing.T) {
	t.Parallel()
	refused, refuted, actions := 0, 0, map[plan.Action]int{}
	for seed := range uint64(histories()) {
		w := newWorld(seed)
		allowed, in, p := w.now.allowed(w.cloud)
		if len(allowed.desired) < len(w.now.desired) {
			refused++
		}
		if len(allowed.desired) == 0 {
			continue // a manifest without owners is refused
		}
		for _, change := range p.Changes {
			actions[change.Action]++
		}
		before := w.cloud.clone()
		if !w.cloud.apply(in, p) {
			refuted++ // a site's own secret hides behind the organization's
			continue
		}
		if announced := p.Requests.Secrets - len(in.Live); w.cloud.requests != announced {
			t.Fatalf("seed %d: %d requests, %d announced: %v", seed, w.cloud.requests, announced, shorthand(p))
		}
		check := checker{t, seed, in, before, w.cloud}
		check.untouched()
		check.asDeclared()
		next := Diff(allowed.input(w.cloud))
		if next.Blocked() || in.Keys.Known() && (next.HasChanges() || next.Requests.Secrets != len(in.Live)) {
			t.Fatalf("seed %d: %v\nthen %v", seed, shorthand(p), shorthand(next))
		}
		if next.Summary.Unverifiable > 0 && in.Keys.Known() && !slices.ContainsFunc(next.Changes, func(c plan.Change) bool { return c.MayBeInherited }) {
			t.Fatalf("seed %d: after apply something is unverifiable: %v", seed, shorthand(next))
		}
	}
	if refused == 0 || refused > histories()*9/10 || refuted > histories()/8 {
		t.Errorf("of %d worlds %d were refused in part, %d refuted; the generator is off", histories(), refused, refuted)
	}
	for _, action := range []plan.Action{plan.Create, plan.Update, plan.Replace, plan.Delete, plan.Adopt, plan.Release, plan.Forget, plan.None} {
		if actions[action] < histories()/50 {
			t.Errorf("only %d of %s; the generator is off", actions[action], action)
		}
	}
}

// TestInterruptedApplyConverges: wherever an apply is killed, applying the
// same or the previous manifest afterwards gives the live state of that.
func TestInterruptedApplyConverges(t *testing.T) {
	t.Parallel()
	resumed, reverted := 0, 0
	for seed := range uint64(interruptions()) {
		w := newHistory(seed)
		if w.before.current == "" || w.now.current == "" {
			continue // nothing is remembered
		}
		allowed, in, p := w.now.allowed(w.cloud)
		cost := p.Requests.Secrets - len(in.Live)
		if cost == 0 {
			continue
		}
		w.cloud.left = w.IntN(cost)
		w.cloud.apply(in, p)
		w.cloud.left = unlimited
		if w.cloud.failed {
			continue
		}
		next := allowed
		if w.one(2) && allowed.project == w.before.project && allowed.current == w.before.current {
			next = w.before
			reverted++
		} else {
			resumed++
		}
		if next, in, p = next.allowed(w.cloud); len(next.desired) == 0 {
			continue
		}
		before := w.cloud.clone()
		if !w.cloud.apply(in, p) {
			continue
		}
		check := checker{t, seed, in, before, w.cloud}
		check.untouched()
		check.asDeclared()
		if again := Diff(next.input(w.cloud)); again.Blocked() || again.HasChanges() {
			t.Fatalf("seed %d: %v\nthen %v", seed, shorthand(p), shorthand(again))
		}
	}
	if resumed < interruptions()/4 || reverted < interruptions()/8 {
		t.Errorf("%d resumed and %d reverted; the generator is off", resumed, reverted)
	}
}

// checker compares the platform before and after an apply.
type checker struct {
	t             *testing.T
	seed          uint64
	in            Input
	before, after *cloud
}

// untouched checks what no apply may change.
func (c checker) untouched() {
	c.t.Helper()
	for i, d := range c.in.Desired {
		m := entry.Read(d, &c.in.Ledgers[i], c.in.Keys)
		for name, was := range c.before.owners[d.Owner] {
			now, still := c.after.owners[d.Owner][name]
			same := still && now.equal(was)
			at := slices.IndexFunc(d.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
			ours := m.Of(name).Recorded()
			claimed, _ := m.Claim(name)
			switch {
			case name.Reserved():
				project, _, _ := ledger.ParseName(name, d.Owner.Kind)
				mine := project == c.in.Project || slices.ContainsFunc(m.Found.Former, func(b ledger.Ledger) bool { return b.Identity.Project == project })
				if !mine && !same {
					c.t.Fatalf("seed %d: %s, another's ledger, was touched", c.seed, name)
				}
			case claimed == entry.ClaimedWhole && !same:
				c.t.Fatalf("seed %d: %s is another project's, and was touched", c.seed, name)
			case at < 0 && !ours && !same:
				c.t.Fatalf("seed %d: %s is unmanaged, and was touched", c.seed, name)
			case at < 0 && still && !same:
				c.t.Fatalf("seed %d: %s left the manifest, and was written", c.seed, name)
			case at >= 0 && (d.Secrets[at].External || d.Secrets[at].Retire == secret.RetireRelease) && !same:
				c.t.Fatalf("seed %d: %s is external or released, and was touched", c.seed, name)
			case at >= 0 && d.Secrets[at].Retire == "" && !still:
				c.t.Fatalf("seed %d: %s is declared, and gone", c.seed, name)
			case at >= 0 && d.Secrets[at].Retire == "" && !d.Secrets[at].External:
				c.overridesUntouched(m, d.Secrets[at], was, now)
			}
		}
		for name := range maps.Keys(c.after.owners[d.Owner]) {
			at := slices.IndexFunc(d.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
			if _, was := c.before.owners[d.Owner][name]; !was && !name.Reserved() && at < 0 {
				c.t.Fatalf("seed %d: %s came from nowhere", c.seed, name)
			}
		}
	}
}

func (c checker) overridesUntouched(m entry.Ledgers, d secret.DesiredSecret, was, now stored) {
	c.t.Helper()
	for env, value := range was.overrides {
		_, declared := d.Override(env)
		entry := m.Of(d.Name).Entry
		_, ours := entry.Fingerprint(env)
		if !declared && !ours && !slices.Contains(d.DropOverrides, env) && now.overrides[env] != value {
			c.t.Fatalf("seed %d: the override of %s for %s was touched", c.seed, d.Name, env)
		}
	}
}

// asDeclared checks that what is declared is live as declared.
func (c checker) asDeclared() {
	c.t.Helper()
	for _, d := range c.in.Desired {
		for _, s := range d.Secrets {
			if s.External || s.Retire != "" {
				continue
			}
			want := stored{typ: s.Type, scopes: s.Scopes, value: s.Value.Reveal(), overrides: map[secret.Env]string{}}
			for _, o := range s.Overrides {
				want.overrides[o.Env] = o.Value.Reveal()
			}
			got := c.after.owners[d.Owner][s.Name]
			got.overrides = maps.Clone(got.overrides)
			maps.DeleteFunc(got.overrides, func(env secret.Env, _ string) bool { _, declared := s.Override(env); return !declared })
			if got.overrides == nil {
				got.overrides = map[secret.Env]string{}
			}
			if !got.equal(want) {
				c.t.Fatalf("seed %d: %s %s is %+v, want %+v", c.seed, d.Owner, s.Name, got, want)
			}
		}
	}
}
