package apply_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/secret"
)

// deadline is the API of a process that is killed at its nth call, before or
// after that took effect: nothing gets through any more.
type deadline struct {
	*world
	at     int
	lands  bool
	killed context.CancelFunc
	calls  int
}

func (d *deadline) do(call func() error) error {
	d.calls++
	if d.calls < d.at {
		return call()
	}
	d.killed()
	if d.calls == d.at && d.lands {
		_ = call()
	}
	return context.Canceled
}

func (d *deadline) Create(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return d.do(func() error { return d.world.Create(ctx, owner, name, typ, scopes, value) })
}

func (d *deadline) CreateNew(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return d.do(func() error { return d.world.CreateNew(ctx, owner, name, typ, scopes, value) })
}

func (d *deadline) Set(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error {
	return d.do(func() error { return d.world.Set(ctx, owner, name, env, value) })
}

func (d *deadline) RemoveOverride(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env) error {
	return d.do(func() error { return d.world.RemoveOverride(ctx, owner, name, env) })
}

func (d *deadline) Delete(ctx context.Context, owner secret.Owner, name secret.Name) error {
	return d.do(func() error { return d.world.Delete(ctx, owner, name) })
}

func (d *deadline) MakeOwn(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	return d.do(func() error { return d.world.MakeOwn(ctx, owner, name, typ, scopes, value) })
}

func (d *deadline) List(ctx context.Context, owner secret.Owner) (live secret.Live, err error) {
	err = d.do(func() error {
		live, err = d.world.List(ctx, owner)
		return err
	})
	return live, err
}

// want declares a secret. Values tell where they belong and of which edition
// of the manifest they are.
func want(owner secret.Owner, name secret.Name, edition string, scopes secret.Scopes, envs ...secret.Env) secret.DesiredSecret {
	s := secret.DesiredSecret{
		Name: name, Type: secret.RuntimeType, Scopes: scopes, Value: secret.NewValue(valueOf(owner, name, "").Reveal() + edition),
	}
	for _, env := range envs {
		s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: env, Value: secret.NewValue(valueOf(owner, name, env).Reveal() + edition)})
	}
	return s
}

// mixed is a change that has everything in it, as the manifest before and the
// manifest after it. Site a has further secrets that do not change, whose names end with
// so many letters.
func mixed(further, letters int) (previous, next []secret.Desired) {
	o, a, b := org("o"), site("a"), site("b")
	web, ic := secret.NewScopes(secret.WebScope), secret.NewScopes(secret.ICScope, secret.WebScope)
	user := secret.NewScopes(secret.UserScope, secret.WebScope)
	desired := func(owner secret.Owner, secrets ...secret.DesiredSecret) secret.Desired {
		slices.SortFunc(secrets, func(a, b secret.DesiredSecret) int {
			return slices.Compare([]secret.Name{a.Name}, []secret.Name{b.Name})
		})
		return secret.Desired{Owner: owner, Secrets: secrets, MaxDeletePercent: 100}
	}
	var many []secret.DesiredSecret
	for i := range further {
		name := secret.Name(fmt.Sprintf("MANY_%02d_%s", i, strings.Repeat("X", letters)))
		many = append(many, want(a, name, "", web, "dev", "live"))
	}
	released := want(a, "RELEASED", "", web)
	external := secret.DesiredSecret{Name: "EXTERNAL", Type: secret.RuntimeType, Scopes: web, External: true}
	previous = []secret.Desired{
		desired(o,
			want(o, "ORG_OLD", "1", web, "live"), want(o, "SHARED", "1", web), want(o, "SHARED_NEW", "1", web),
			want(o, "SHARED_OLD", "1", web), want(o, "ORG_UPDATE", "1", user)),
		desired(a, append(slices.Clone(many),
			want(a, "UPDATE", "1", web, "dev", "live"), want(a, "REPLACE", "1", web, "live"), want(a, "READ", "1", user),
			want(a, "OLD", "1", web, "live"), want(a, "MOVED", "1", web), released, external)...),
		desired(b, want(b, "SHARED", "1", web), want(b, "SHARED_OLD", "1", web), want(b, "KEEP", "1", web)),
	}
	released.Retire = secret.RetireRelease
	next = []secret.Desired{
		desired(o,
			want(o, "ORG_NEW", "2", web, "live"), want(o, "MOVED", "2", web), want(o, "SHARED", "2", web),
			want(o, "SHARED_NEW", "1", web), want(o, "SHARED_OLD", "1", web), want(o, "ORG_UPDATE", "2", user)),
		desired(a, append(slices.Clone(many),
			want(a, "UPDATE", "2", web, "live", "multi"), want(a, "REPLACE", "2", ic, "dev", "live"), want(a, "READ", "2", user),
			want(a, "NEW", "2", web, "dev", "live"), want(a, "ADOPTED", "", user), released, external)...),
		desired(b, want(b, "SHARED", "2", web), want(b, "SHARED_NEW", "2", web), want(b, "KEEP", "1", web)),
	}
	return previous, next
}

// unmanaged is what no run may touch.
func unmanaged() map[string]*stored {
	secrets := map[string]*stored{}
	for _, owner := range []secret.Owner{org("o"), site("a"), site("b")} {
		left := newStored(secret.ComposerType, secret.NewScopes(secret.ICScope), secret.NewValue(canary+"-"+owner.Name))
		left.overrides["live"] = secret.NewValue(canary + "-live-" + owner.Name)
		secrets[storedKey(owner, "UNMANAGED")] = left
	}
	secrets[storedKey(site("a"), "EXTERNAL")] = newStored(secret.RuntimeType, secret.NewScopes(secret.WebScope), secret.NewValue(canary+"-external"))
	return secrets
}

// newEstate has the previous manifest applied.
func newEstate(t *testing.T, previous []secret.Desired) estate {
	e := estate{w: newWorld(), keys: keysOf(t, "k"), org: org("o"), project: project}
	for key, left := range unmanaged() {
		e.w.secrets[key] = left
	}
	a := site("a")
	e.apply(t, previous)
	e.w.secrets[storedKey(a, "ADOPTED")] = newStored(secret.RuntimeType, secret.NewScopes(secret.UserScope, secret.WebScope), valueOf(a, "ADOPTED", ""))
	// An override that is nobody's, of a secret that is ours.
	e.w.secrets[storedKey(a, "UPDATE")].overrides["theirs"] = secret.NewValue(canary + "-theirs")
	return e
}

// checkEstate compares everything that is live with the manifest. What was
// adopted or released on the way may have been left in either state.
func (e estate) check(t *testing.T, desired []secret.Desired) {
	t.Helper()
	wanted := newWorld()
	for key, left := range unmanaged() {
		wanted.secrets[key] = left
	}
	for _, d := range desired {
		for _, s := range d.Secrets {
			if s.External || s.Retire != "" {
				continue
			}
			entry := newStored(s.Type, s.Scopes, s.Value)
			for _, override := range s.Overrides {
				entry.overrides[override.Env] = override.Value
			}
			if s.Name == "UPDATE" {
				entry.overrides["theirs"] = secret.NewValue(canary + "-theirs")
			}
			wanted.secrets[storedKey(d.Owner, s.Name)] = entry
		}
		names := append(wanted.names(d.Owner), e.w.names(d.Owner)...)
		for _, name := range names {
			if name.Reserved() || name == "ADOPTED" || name == "RELEASED" {
				continue
			}
			if got, want := e.w.show(d.Owner, name), wanted.show(d.Owner, name); got != want {
				t.Errorf("%s %s is %s, want %s", d.Owner, name, got, want)
			}
		}
	}
}

// TestKilledAtEveryCall stops a mixed apply at each of its calls, before and
// after that took effect, or lets the call alone fail, and then applies the
// same manifest, or the one before.
func TestKilledAtEveryCall(t *testing.T) {
	killed := map[string]cut{"killed before": {kill: true}, "killed after": {true, fault{takesEffect: true}}}
	cuts := map[string]cut{
		"reply lost, without": {fault: fault{err: errUnknown}},
		"reply lost, with":    {fault: fault{err: errUnknown, takesEffect: true}},
		"refused":             {fault: fault{err: errRefused}},
	}
	maps.Copy(cuts, killed)
	t.Run("small ledgers", func(t *testing.T) { testCuts(t, 0, 0, cuts) })
	if !testing.Short() {
		t.Run("a ledger outgrows its chunk", func(t *testing.T) { testCuts(t, 60, outgrowing(t, 60), killed) })
	}
}

const createsSecondChunk = "site:a create CELLA_LEDGER__STOREFRONT__2 runtime user"

// outgrowing returns with how many letters in the names of further secrets the
// ledger of site a fits into one chunk and outgrows it with the next manifest.
// It tries, because that depends on the format.
func outgrowing(t *testing.T, further int) int {
	for letters := range 120 {
		previous, next := mixed(further, letters)
		e := newEstate(t, previous)
		e.apply(t, next)
		if slices.Contains(e.w.calls, createsSecondChunk) {
			return letters
		}
	}
	t.Fatal("the ledger never outgrows its chunk")
	return 0
}

// cut is one way not to get through.
type cut struct {
	kill  bool
	fault fault
}

func testCuts(t *testing.T, further, letters int, cuts map[string]cut) {
	previous, next := mixed(further, letters)
	start := newEstate(t, previous)
	whole := start.copy()
	whole.apply(t, next)
	whole.check(t, next)
	whole.quiet(t, next)
	calls := whole.w.calls
	if grows := slices.Contains(calls, createsSecondChunk); grows != (further > 0) || len(calls) < 29 {
		t.Fatalf("the calls are not as mixed as they should be: %q", calls)
	}
	for name, how := range cuts {
		for at := range calls {
			for then, manifest := range map[string][]secret.Desired{"again": next, "reverted": previous} {
				t.Run(fmt.Sprintf("%s %d %s, %s", name, at+1, calls[at], then), func(t *testing.T) {
					e := start.copy()
					e.cut(t, next, at+1, how)
					e.apply(t, manifest)
					e.check(t, manifest)
					e.quiet(t, manifest)
				})
			}
		}
	}
}

// TestKilledWhileRenaming stops a run at each of its calls that renames the
// project, rotates its key, gives up a damaged ledger, leaves an owner and
// changes secrets, all at once.
func TestKilledWhileRenaming(t *testing.T) {
	previous, next := mixed(66, 100)
	start := newEstate(t, previous)
	left := secret.Desired{Owner: site("left"), MaxDeletePercent: 100, Secrets: []secret.DesiredSecret{
		want(site("left"), "STAYS", "1", secret.NewScopes(secret.WebScope)),
	}}
	start.apply(t, append(slices.Clone(previous), left))
	damaged := start.w.secrets[storedKey(site("b"), "CELLA_LEDGER__STOREFRONT")]
	damaged.value = secret.NewValue(damaged.value.Reveal() + ".")
	left.Secrets, left.Retire = nil, secret.RetireRelease
	next[2].ResetLedger = true
	next = append(next, left)
	start.project, start.formerly, start.keys = "shop", []string{project}, keysOf(t, "n", "k")

	whole := start.copy()
	whole.apply(t, next)
	for at, call := range whole.w.calls {
		for _, lands := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d %s, %v", at+1, call, lands), func(t *testing.T) {
				e := start.copy()
				e.cut(t, next, at+1, cut{true, fault{takesEffect: lands}})
				e.apply(t, next)
				e.keys = keysOf(t, "n")
				e.quiet(t, next)
				for _, d := range next {
					if got := e.w.records(d.Owner, project, keysOf(t, "k")); got != "none" {
						t.Errorf("the former ledger of %s is %s", d.Owner, got)
					}
				}
				if e.w.show(site("left"), "STAYS") == "not live" {
					t.Error("what was left is not live")
				}
				next, left := next[:len(next)-1], e.w.names(site("left"))
				if len(left) != 1 {
					t.Errorf("left behind: %q", left)
				}
				// Of what site b had, nobody knows any more whose it is.
				delete(e.w.secrets, storedKey(site("b"), "SHARED_OLD"))
				e.check(t, next)
			})
		}
	}
}

// cut applies the manifest up to a call that kills the process, or through one
// that fails.
func (e estate) cut(t *testing.T, desired []secret.Desired, at int, how cut) {
	t.Helper()
	_, in := e.read(desired)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if !how.kill {
		n := 0
		e.w.chance = func() fault {
			if n++; n == at {
				return how.fault
			}
			return fault{}
		}
		if _, err := apply.Run(ctx, e.w, in, e.options()); err != nil {
			t.Fatal(err)
		}
		e.w.chance = nil
		return
	}
	api := &deadline{world: e.w, at: at, lands: how.fault.takesEffect, killed: cancel}
	opts := e.options()
	opts.Uncoverer = api
	report, err := apply.Run(ctx, api, in, opts)
	if err != nil {
		t.Fatal(err)
	}
	if api.calls != at || !report.Interrupted || report.Complete() {
		t.Errorf("%d calls, want none after the %dth; interrupted is %v, complete is %v", api.calls, at, report.Interrupted, report.Complete())
	}
}
