package decision

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

const run = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// manifest is what a team has in git.
type manifest struct {
	project           string
	formerly          []string
	current, previous string // "" for no key
	keys              ledger.Keys
	desired           []secret.Desired
}

// under is the manifest with other keys.
func (m manifest) under(current, previous string) manifest {
	var err error
	if m.keys, err = ledger.DeriveKeys(keyOf(current), keyOf(previous)); err != nil {
		panic(err)
	}
	m.current, m.previous = current, previous
	return m
}

// keyOf is the manifest's form of a key; "" is none.
func keyOf(letter string) secret.Value {
	if letter == "" {
		return secret.Value{}
	}
	return secret.NewValue(strings.Repeat(letter, 42) + "A=")
}

// input reads everything that the manifest speaks of.
func (m manifest) input(c *cloud) Input {
	in := Input{Project: m.project, Desired: m.desired, Keys: m.keys, Policy: Policy{Unmanaged: secret.ReportUnmanaged}}
	for _, d := range m.desired {
		live := c.list(d.Owner)
		in.Live = append(in.Live, live)
		in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, m.project, m.formerly, in.Keys))
	}
	return in
}

// without drops owners.
func (m manifest) without(drop func(secret.Owner) bool) manifest {
	m.desired = slices.DeleteFunc(slices.Clone(m.desired), func(d secret.Desired) bool { return drop(d.Owner) })
	return m
}

// allowed drops every owner that something is refused of, until nothing is, or
// nobody is left: that is refused itself.
func (m manifest) allowed(c *cloud) (manifest, Input, plan.Plan) {
	for {
		in := m.input(c)
		p := Diff(in)
		if !p.Blocked() || len(m.desired) == 0 {
			return m, in, p
		}
		m = m.without(func(o secret.Owner) bool {
			return slices.ContainsFunc(p.Refusals, func(r plan.Refusal) bool { return r.Owner == o || r.Owner == secret.Owner{} })
		})
	}
}

// apply carries a plan out, the way package apply does where everything
// succeeds. It returns false where it was stopped, or refused for good.
func (c *cloud) apply(in Input, p plan.Plan) (whole bool) {
	c.requests = 0
	defer func() {
		if thrown := recover(); thrown != nil {
			if _, isStop := thrown.(stopped); !isStop {
				panic(thrown)
			}
		}
	}()
	owners := make([]*ownerRun, 0, len(in.Desired))
	for i, d := range in.Desired {
		owners = append(owners, &ownerRun{c: c, in: in, p: p, desired: d, holding: in.Ledgers[i], edits: entry.Edits(p, d, in.Ledgers[i], in.Keys)})
	}
	for _, o := range owners {
		o.announce()
		o.eachChange(o.write)
	}
	slices.Reverse(owners)
	if slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Uncovers != secret.Owner{} }) {
		c.request() // the organization is listed again
	}
	for _, o := range owners {
		o.eachChange(o.remove)
		o.conclude()
	}
	return true
}

// ownerRun is one owner's part of an apply.
type ownerRun struct {
	c       *cloud
	in      Input
	p       plan.Plan
	desired secret.Desired
	holding ledger.Ledgers
	edits   []entry.Edit
	book    *ledger.Ledger
}

func (o *ownerRun) eachChange(do func(plan.Change, secret.DesiredSecret)) {
	for _, change := range o.p.Changes {
		if change.Owner != o.desired.Owner {
			continue
		}
		at := slices.IndexFunc(o.desired.Secrets, func(s secret.DesiredSecret) bool { return s.Name == change.Secret })
		var want secret.DesiredSecret
		if at >= 0 {
			want = o.desired.Secrets[at]
		}
		do(change, want)
	}
}

func (o *ownerRun) announce() {
	revision, announces := o.holding.Revise(o.desired.ResetLedger), false
	for _, edit := range o.edits {
		if edit.Pending != nil {
			revision.Put(*edit.Pending)
			announces = true
		}
	}
	if announces {
		writes, stored := encoded(revision.Encode(o.in.Keys, run, ledger.Origin{}))
		o.c.write(o.desired.Owner, writes)
		o.book = &stored
	}
}

func (o *ownerRun) write(change plan.Change, want secret.DesiredSecret) {
	owner := o.desired.Owner
	switch change.Action {
	case plan.Create, plan.Update, plan.Replace:
	default:
		return
	}
	if change.Action == plan.Replace {
		o.c.remove(owner, change.Secret, "")
	}
	switch change.Default {
	case plan.Create:
		o.c.create(owner, change.Secret, want.Type, want.Scopes, want.Value.Reveal(), change.Action == plan.Create && change.MayBeInherited)
	case plan.Update:
		o.c.set(owner, want, "", want.Value.Reveal(), change.MayBeInherited)
	}
	for _, override := range change.Overrides {
		if override.Action == plan.Create || override.Action == plan.Update {
			declared, _ := want.Override(override.Env)
			o.c.set(owner, want, override.Env, declared.Value.Reveal(), change.MayBeInherited)
		}
	}
}

func (o *ownerRun) remove(change plan.Change, _ secret.DesiredSecret) {
	if change.Action == plan.Delete && change.MayBeInherited && change.Uncovers != (secret.Owner{}) {
		o.c.seize(o.desired.Owner, change.Secret)
	}
	if change.Action == plan.Delete {
		o.c.remove(o.desired.Owner, change.Secret, "")
	}
	for _, override := range change.Overrides {
		if override.Action == plan.Delete && change.Action != plan.Replace {
			o.c.remove(o.desired.Owner, change.Secret, override.Env)
		}
	}
}

func (o *ownerRun) conclude() {
	if len(o.edits) == 0 && !slices.ContainsFunc(o.p.Ledgers, func(l plan.LedgerChange) bool { return l.Owner == o.desired.Owner }) {
		return
	}
	revision, stored := o.holding.Revise(o.desired.ResetLedger), o.holding.Own
	if o.book != nil {
		revision, stored = o.book.Revise(), *o.book
	}
	for _, edit := range o.edits {
		if edit.Applied != nil {
			revision.Put(*edit.Applied)
		} else {
			revision.Drop(edit.Secret)
		}
	}
	if !o.removes(stored) {
		writes, _ := encoded(revision.Encode(o.in.Keys, run, ledger.Origin{}))
		o.c.write(o.desired.Owner, writes)
	}
	for _, former := range append(slices.Clone(o.holding.Former), stored) {
		if o.removes(former) {
			writes, err := former.Discard(o.in.Keys, run, ledger.Origin{})
			if err != nil {
				panic(err)
			}
			o.c.write(o.desired.Owner, writes)
		}
	}
}

// removes reports whether the plan removes the ledger.
func (o *ownerRun) removes(stored ledger.Ledger) bool {
	name := ledger.Name(stored.Identity.Project, o.desired.Owner.Kind, 1)
	return slices.ContainsFunc(o.p.Ledgers, func(l plan.LedgerChange) bool {
		return l.Owner == o.desired.Owner && l.Action == plan.RemoveLedger && l.Ledger == name
	})
}

func encoded(writes []ledger.Write, stored ledger.Ledger, err error) ([]ledger.Write, ledger.Ledger) {
	if err != nil {
		panic(err)
	}
	return writes, stored
}
