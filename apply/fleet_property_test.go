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
	memory "github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// witness is an API that looks after every call whether an owner was forgotten,
// and kills the process at one of them, before or after it took effect.
type witness struct {
	deadline
	after func()
}

func newWitness(w *world, at int, lands bool, killed context.CancelFunc, after func()) *witness {
	return &witness{deadline{world: w, at: at, lands: lands, killed: killed}, after}
}

func (w *witness) Create(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	defer w.after()
	return w.deadline.Create(ctx, owner, name, typ, scopes, value)
}

func (w *witness) CreateNew(ctx context.Context, owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value secret.Value) error {
	defer w.after()
	return w.deadline.CreateNew(ctx, owner, name, typ, scopes, value)
}

func (w *witness) Set(ctx context.Context, owner secret.Owner, name secret.Name, env secret.Env, value secret.Value) error {
	defer w.after()
	return w.deadline.Set(ctx, owner, name, env, value)
}

func (w *witness) Delete(ctx context.Context, owner secret.Owner, name secret.Name) error {
	defer w.after()
	return w.deadline.Delete(ctx, owner, name)
}

// edition is what is in git at one time.
type edition struct {
	f       fleet // its manifest's words beside the owners; the world is shared
	desired []secret.Desired
}

// chronicle is a fleet through the editions of its manifest.
type chronicle struct {
	*testing.T
	*rand.Rand
	now edition
	// free are secrets that nobody owns, which stay as they are.
	free map[string]bool
	// perhaps are those that a run was about to release, or to take over, when it
	// may have been killed.
	perhaps map[string]bool
	seen    map[string]int
}

func newChronicle(t *testing.T, seed uint64) *chronicle {
	c := &chronicle{T: t, Rand: rand.New(rand.NewPCG(seed, 7)), free: map[string]bool{}, perhaps: map[string]bool{}, seen: map[string]int{}}
	c.now.f = newFleet(t)
	c.now.f.all = append(c.now.f.all, site("d"), site("e"))
	for _, owner := range c.now.f.all {
		c.now.f.w.secrets[storedKey(owner, "THEIRS_"+secret.Name(owner.Name))] =
			newStored(secret.RuntimeType, secret.NewScopes(secret.WebScope), secret.NewValue(canary))
		c.free[storedKey(owner, "THEIRS_"+secret.Name(owner.Name))] = true
	}
	return c
}

func (c *chronicle) one(in int) bool { return c.IntN(in) == 0 }

// next makes another edition: owners come and go, home, source, key and name of
// the project change.
func (c *chronicle) next(n int) edition {
	next := c.now
	next.desired = nil
	next.f.run, next.f.moved = fmt.Sprint("run-", n), memory.Source{}
	for _, owner := range next.f.all {
		if c.one(3) {
			continue
		}
		d := declare(owner, fmt.Sprint(c.IntN(2)))
		for _, name := range []secret.Name{"X", "Y"} {
			if !c.one(3) {
				name += secret.Name("_" + strings.ToUpper(owner.ID[len(owner.ID)-1:])) // sites don't inherit here
				d.Secrets = append(d.Secrets, want(owner, name, fmt.Sprint(c.IntN(2)), secret.NewScopes(secret.WebScope)))
			}
		}
		next.desired = append(next.desired, d)
	}
	c.keepOne(&next)
	sites := slices.DeleteFunc(slices.Clone(next.desired), func(d secret.Desired) bool {
		return d.Owner.Kind != secret.Site || len(d.Secrets) == 0
	})
	if len(sites) == 0 {
		d := declare(next.f.all[1], "0", "X_A")
		next.desired = slices.DeleteFunc(next.desired, func(other secret.Desired) bool { return other.Owner == d.Owner })
		sites, next.desired = []secret.Desired{d}, append(next.desired, d)
	}
	stays := slices.ContainsFunc(sites, func(d secret.Desired) bool { return d.Owner.ID == next.f.home.ID })
	if !stays || c.one(3) {
		next.f.home = sites[c.IntN(len(sites))].Owner
	}
	if c.one(5) {
		next.f.moved, next.f.source = next.f.source, memory.Source{Path: fmt.Sprintf("secrets-%d.yaml", n)}
	}
	switch c.IntN(10) {
	case 0:
		next.f.formerly, next.f.project = append(slices.Clone(next.f.formerly), next.f.project), fmt.Sprint("shop-", n)
	case 1:
		next.f.keys = keysOf(c.T, fmt.Sprint(n), c.key())
	}
	return next
}

// keepOne lets one of those stay that have a ledger: a manifest that shares no
// site with the one before is another project, for all that anybody can know.
func (c *chronicle) keepOne(next *edition) {
	has := func(d secret.Desired) bool { return len(d.Secrets) > 0 }
	i := slices.IndexFunc(c.now.desired, has)
	if i < 0 {
		return
	}
	kept := c.now.desired[i]
	same := func(d secret.Desired) bool { return d.Owner.ID == kept.Owner.ID }
	if !slices.ContainsFunc(next.desired, same) || !slices.ContainsFunc(next.desired, has) {
		next.desired = append(slices.DeleteFunc(next.desired, same), kept)
	}
}

// key is the one that is in use.
func (c *chronicle) key() string {
	if c.seen["key"] == 0 {
		return "k"
	}
	return fmt.Sprint(c.seen["key"])
}

// allowed says what becomes of the owners that left, which the plan has to name
// one by one. It fails where anything else is refused.
func (c *chronicle) allowed(e edition) (edition, bool) {
	p, in := e.f.read(e.desired)
	left := in.Record.Left(e.desired)
	if slices.ContainsFunc(p.Refusals, func(r plan.Refusal) bool { return r.Code == plan.CodeOtherSource }) {
		return e, false
	}
	for _, r := range p.Refusals {
		if r.Code == plan.CodeRecordMissing && !slices.ContainsFunc(e.desired, func(d secret.Desired) bool { return d.Owner == c.now.f.home }) {
			// The home was left out, and who stays was not written since it moved there.
			e.desired = append(slices.Clone(e.desired), declare(c.now.f.home, "0"))
			return c.allowed(e)
		}
		if r.Code != plan.CodeOwnerLeft {
			c.Fatalf("refused: %+v", r)
		}
	}
	if len(p.Refusals) != len(left) || len(p.Errors) > 0 {
		c.Fatalf("left are %v, refused is %+v, errors %+v", left, p.Refusals, p.Errors)
	}
	e.desired = slices.Clone(e.desired)
	for _, owner := range left {
		how := secret.RetireDelete
		if c.one(2) {
			how = secret.RetireRelease
		}
		c.seen[string(how)]++
		e.desired = append(e.desired, retiring(c.named(owner), how))
	}
	return e, true
}

// named is the owner by the name that it has now.
func (c *chronicle) named(owner secret.Owner) secret.Owner {
	for _, now := range c.now.f.all {
		if now.ID == owner.ID {
			return now
		}
	}
	return owner
}

// cut applies an edition up to a call that kills the process. Whatever it was,
// nobody is forgotten.
func (c *chronicle) cut(e edition) {
	p, in := e.f.read(e.desired)
	calls := p.Requests.Secrets - len(in.Ledgers) - in.Record.Lists
	if calls == 0 {
		return
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	api := newWitness(e.f.w, 1+c.IntN(calls), c.one(2), cancel, func() { e.f.covered(c.T) })
	if _, err := apply.Run(ctx, api, in, options()); err != nil {
		c.Fatal(err)
	}
	c.seen["cut"]++
}

// apply converges on an edition, and wants all that is live to be ours by record
// and ledger, or said to be unmanaged.
func (c *chronicle) apply(e edition) {
	c.release(e, c.free)
	_, in := e.f.read(e.desired)
	api := newWitness(e.f.w, 1<<30, false, func() {}, func() { e.f.covered(c.T) })
	if report, err := apply.Run(c.Context(), api, in, options()); err != nil || !report.Complete() {
		c.Fatalf("error %v, report %+v", err, report)
	}
	e.f.quiet(c.T, e.desired)
	e.desired = slices.DeleteFunc(slices.Clone(e.desired), func(d secret.Desired) bool { return d.Retire != "" })
	e.f.formerly = nil
	e.f.quiet(c.T, e.desired)
	c.accounted(e)
	c.now = e
}

// release notes what becomes nobody's, and what is taken over.
func (c *chronicle) release(e edition, free map[string]bool) {
	for _, d := range e.desired {
		for _, name := range e.f.w.names(d.Owner) {
			if d.Retire == secret.RetireRelease && !name.Reserved() {
				free[storedKey(d.Owner, name)] = true
			}
		}
		for _, s := range d.Secrets {
			key := storedKey(d.Owner, s.Name)
			c.perhaps[key] = c.perhaps[key] || c.free[key]
			delete(c.free, key)
		}
	}
}

func (c *chronicle) accounted(e edition) {
	p, _ := e.f.read(e.desired)
	told := map[string]bool{}
	for _, u := range p.Unmanaged {
		told[storedKey(u.Owner, u.Secret)] = true
	}
	rows, books := e.f.record()
	if len(books) > 1 {
		c.Errorf("%d records are left", len(books))
	}
	for _, owner := range e.f.all {
		declared := slices.ContainsFunc(e.desired, func(d secret.Desired) bool { return d.Owner.ID == owner.ID })
		own := ledger.ReadAll(e.f.w.list(owner, secret.Owner{}, false), e.f.project, nil, e.f.keys).Own
		inRecord := slices.ContainsFunc(rows, func(o secret.Owner) bool { return o.ID == owner.ID })
		// Rows may be too many: somebody was about to have a ledger.
		if inRecord && !declared || !inRecord && own.Status != ledger.None {
			c.Errorf("%s: in the record %v, ledger %s, declared %v", owner, inRecord, own.Status, declared)
		}
		for _, name := range e.f.w.names(owner) {
			key := storedKey(owner, name)
			_, ours := own.Entry(name)
			if !name.Reserved() && declared && ours == told[key] {
				c.Errorf("%s: ours %v, said to be unmanaged %v", key, ours, told[key])
			}
			if !name.Reserved() && !ours && !c.free[key] && !c.perhaps[key] {
				c.Errorf("%s is nobody's, and was not before, or released", key)
			}
		}
	}
	for key := range c.free {
		if e.f.w.secrets[key] == nil {
			c.Errorf("%s was nobody's, and is gone", key)
		}
	}
}

// TestNoOwnerIsForgotten: whatever manifests follow on one another, and wherever
// an apply is killed, no ledger is outside of the record after any call; owners
// that left are refused by name until the manifest says what becomes of them;
// then the plan is quiet, and all that is live is ours or said not to be.
func TestNoOwnerIsForgotten(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(estates() / 6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c := newChronicle(t, seed)
			for n := 1; n <= 4; n++ {
				before := c.now
				next, ok := c.allowed(c.next(n))
				if !ok {
					t.Fatal("the source is refused although the manifest says that it moved")
				}
				same := next.f.project == before.f.project && next.f.keys.Current() == before.f.keys.Current()
				if c.one(2) {
					c.release(next, c.perhaps)
					c.cut(next)
					if back := before; n > 1 && same && c.one(2) {
						back.f.run += "-back"
						if back, ok = c.allowed(back); ok {
							c.seen["back"]++
							c.apply(back)
							continue
						}
						c.seen["source"]++
					}
					next.f.run += "-again"
					next.desired = slices.DeleteFunc(next.desired, func(d secret.Desired) bool { return d.Retire != "" })
					if next, ok = c.allowed(next); !ok {
						t.Fatal("the same manifest is refused")
					}
				}
				c.apply(next)
				if !same && next.f.keys.Current() != before.f.keys.Current() {
					c.now.f.keys = keysOf(t, fmt.Sprint(n))
					c.seen["key"] = n
				}
			}
			for word, times := range c.seen {
				seen[word] += times
			}
		})
	}
	for _, word := range []string{"cut", "back", "key", string(secret.RetireDelete), string(secret.RetireRelease)} {
		if seen[word] < estates()/20 {
			t.Errorf("only %d of %s: the worlds do not show what they should: %v", seen[word], word, seen)
		}
	}
}
