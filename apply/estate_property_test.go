package apply_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// foreign describes all that neither the manifest nor a ledger speaks of.
func (e estate) foreign(manifest []secret.Desired) string {
	var b strings.Builder
	for _, d := range manifest {
		stored := e.w.hold(d.Owner, e.keys).Own
		for _, name := range estateNames {
			live := e.w.secrets[storedKey(d.Owner, name)]
			i := slices.IndexFunc(d.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
			entry, recorded := stored.Entry(name)
			switch {
			case live == nil || i >= 0 && d.Secrets[i].Retire == secret.RetireDelete:
			case i < 0 && !recorded, i >= 0 && d.Secrets[i].External, i >= 0 && d.Secrets[i].Retire != "":
				fmt.Fprintln(&b, d.Owner, name, e.w.show(d.Owner, name))
			case i >= 0:
				for _, env := range estateEnvs {
					_, declared := d.Secrets[i].Override(env)
					_, ours := entry.Fingerprint(env)
					if value, found := live.overrides[env]; found && !declared && !ours && !slices.Contains(d.Secrets[i].DropOverrides, env) {
						fmt.Fprintln(&b, d.Owner, name, env, value.Reveal())
					}
				}
			}
		}
	}
	return b.String()
}

// applied wants everything live that the manifest declares, and nothing that
// it retires or that a ledger had and it does not name.
func (e estate) applied(t *testing.T, manifest []secret.Desired, had map[string]bool) {
	t.Helper()
	for _, d := range manifest {
		declared := map[secret.Name]bool{}
		for _, s := range d.Secrets {
			declared[s.Name] = true
			live := e.w.secrets[storedKey(d.Owner, s.Name)]
			switch {
			case s.Retire == secret.RetireDelete && live != nil:
				t.Errorf("%s of %s is retired, and live", s.Name, d.Owner)
			case s.External || s.Retire != "":
			case live == nil || live.typ != s.Type || !live.scopes.Equal(s.Scopes) || live.value.Reveal() != s.Value.Reveal():
				t.Errorf("%s of %s is %s, not as declared", s.Name, d.Owner, e.w.show(d.Owner, s.Name))
			default:
				for _, override := range s.Overrides {
					if got, found := live.overrides[override.Env]; !found || got.Reveal() != override.Value.Reveal() {
						t.Errorf("%s of %s is %s, not as declared", s.Name, d.Owner, e.w.show(d.Owner, s.Name))
					}
				}
			}
		}
		for _, name := range estateNames {
			if had[storedKey(d.Owner, name)] && !declared[name] && e.w.secrets[storedKey(d.Owner, name)] != nil {
				t.Errorf("%s of %s left the manifest, and is live", name, d.Owner)
			}
		}
	}
}

// owned lists what the ledgers record as the project's own. What is only being
// taken over is not.
func (e estate) owned() map[string]bool {
	owned := map[string]bool{}
	for _, owner := range estateOwners {
		for _, entry := range e.w.hold(owner, e.keys).Own.Entries {
			if entry.State != ledger.Taking {
				owned[storedKey(owner, entry.Name)] = true
			}
		}
	}
	return owned
}

// taking lists the secrets that were being taken over when a run ended, and
// are not in the manifest.
func (e estate) taking(manifest []secret.Desired) (names []owned) {
	for _, d := range manifest {
		for _, entry := range e.w.hold(d.Owner, e.keys).Own.Entries {
			named := slices.ContainsFunc(d.Secrets, func(s secret.DesiredSecret) bool { return s.Name == entry.Name })
			if entry.State == ledger.Taking && !named {
				names = append(names, owned{d.Owner, entry.Name})
			}
		}
	}
	return names
}

// owned is one secret of one owner.
type owned struct {
	owner secret.Owner
	name  secret.Name
}

func (e estate) shown(secrets []owned) string {
	var b strings.Builder
	for _, s := range secrets {
		b.WriteString(e.w.show(s.owner, s.name) + "\n")
	}
	return b.String()
}

// estates is the number of worlds. The race detector, which looks for other
// faults, makes do with a tenth.
func estates() int {
	if testing.Short() {
		return 30
	}
	return 300
}

// TestLedgersMakeThePlanQuiet: whatever manifests follow on one another, after
// each of them everything is as it declares, with the number of requests
// announced; each ledger is written twice at most; what is nobody's is
// untouched; and a second apply does nothing.
func TestLedgersMakeThePlanQuiet(t *testing.T) {
	ran := 0
	for seed := range uint64(estates()) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 3))
			e := pickEstate(t, random)
			for range 3 {
				manifest := pickManifest(random)
				p, in := e.read(manifest)
				if p.Blocked() {
					continue // replacing would lose overrides that are nobody's
				}
				ran++
				foreign, owned := e.foreign(manifest), e.owned()
				e.w.calls = nil
				opts, told := e.options(), 0
				opts.Progress = func(requests int) { told = requests }
				report, err := apply.Run(t.Context(), e.w, in, opts)
				if err != nil || !report.Complete() {
					t.Fatalf("error %v, %q", err, outline(report))
				}
				if want := p.Requests.Secrets - len(manifest); report.Requests != want || len(e.w.calls) != want || told != want {
					t.Errorf("%d requests, %d calls, %d told, announced %d", report.Requests, len(e.w.calls), told, want)
				}
				checkLedgerWrites(t, in, e.w.calls)
				e.applied(t, manifest, owned)
				e.quiet(t, manifest)
				if got := e.foreign(manifest); got != foreign {
					t.Errorf("what is nobody's was\n%sand is\n%s", foreign, got)
				}
				e.w.calls = nil
				e.apply(t, manifest)
				if len(e.w.calls) > 0 {
					t.Errorf("a second apply calls %q", e.w.calls)
				}
			}
		})
	}
	if ran < estates() {
		t.Errorf("only %d manifests could be applied", ran)
	}
}

// checkLedgerWrites: a ledger of one chunk is written before and after steps
// that are recorded, once where there are none, and else not at all.
func checkLedgerWrites(t *testing.T, in apply.Input, calls []string) {
	t.Helper()
	for i, d := range in.Desired {
		want := 0
		for _, edit := range entry.Edits(in.Plan, d, in.Ledgers[i], in.Keys) {
			if want = max(want, 1); edit.Pending != nil {
				want = 2
			}
		}
		got := 0
		for _, call := range calls {
			if strings.HasPrefix(call, d.Owner.String()+" ") && strings.Contains(call, string(ledger.Name(project, d.Owner.Kind, 1))) {
				got++
			}
		}
		if got != want {
			t.Errorf("the ledger of %s is written %d times, want %d: %q", d.Owner, got, want, calls)
		}
	}
}

// TestLedgersConverge: whatever fails and wherever a run is cut short, nothing
// that is nobody's is touched, and applying the same manifest or the one
// before makes everything as it declares.
func TestLedgersConverge(t *testing.T) {
	interrupted, pending, ran := 0, 0, 0
	for seed := range uint64(estates()) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 4))
			e := pickEstate(t, random)
			manifests := [][]secret.Desired{pickManifest(random), pickManifest(random)}
			for _, manifest := range manifests {
				if p, _ := e.read(manifest); p.Blocked() {
					return
				}
			}
			e.apply(t, manifests[0])
			p, in := e.read(manifests[1])
			if p.Blocked() {
				return
			}
			ran++
			foreign := e.foreign(manifests[1])
			ctx, cancel := context.WithCancel(t.Context())
			stop := make(chan struct{})
			opts := e.options()
			opts.Stop = stop
			e.w.chance = chance(random, cancel, func() { close(stop) })
			report, err := apply.Run(ctx, e.w, in, opts)
			cancel()
			e.w.chance = nil
			if err != nil {
				t.Fatal(err)
			}
			checkNoValue(t, report)
			if report.Interrupted {
				interrupted++
			}
			for _, owner := range estateOwners {
				pending += strings.Count(e.w.records(owner, project, e.keys), "=pending")
			}
			if got := e.foreign(manifests[1]); got != foreign {
				t.Errorf("what is nobody's was\n%sand is\n%s", foreign, got)
			}
			then := manifests[random.IntN(2)]
			if p, _ := e.read(then); braked(p) {
				return
			}
			owned, taking := e.owned(), e.taking(then)
			before := e.shown(taking)
			e.apply(t, then)
			e.applied(t, then, owned)
			if got := e.shown(taking); got != before {
				t.Errorf("what was being taken over was\n%sand is\n%s", before, got)
			}
			e.quiet(t, then)
		})
	}
	if interrupted == 0 || pending == 0 || ran < estates()/3 {
		t.Errorf("%d interrupted, %d pending, %d ran: the worlds do not show what they should", interrupted, pending, ran)
	}
}

// braked reports whether a new decision is all that is in the way: a secret
// that was taken over has overrides that are nobody's, or what is left of an
// owner's secrets would be deleted at once, or the organization has a name by now
// that a site's is to be deleted under.
func braked(p plan.Plan) bool {
	decisions := []plan.Code{plan.CodeOverridesLost, plan.CodeDeleteAll, plan.CodeRetireInherited}
	other := func(r plan.Refusal) bool { return !slices.Contains(decisions, r.Code) }
	return len(p.Refusals) > 0 && !slices.ContainsFunc(p.Refusals, other)
}
