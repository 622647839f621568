package decision

import (
	"slices"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

// pair is one name of one owner, from both sides, either of which may be nil,
// with what is remembered of it.
type pair struct {
	*terms
	name    secret.Name
	desired *secret.DesiredSecret
	live    *secret.LiveSecret
	past    entry.Known
	// claims is how another project claims the name, claimant which one.
	claims   entry.Claims
	claimant string
	// wanted is the entry that the secret should have; filled in for managed
	// secrets that have one, where values are known.
	wanted ledger.Entry
	// ours are the environments that an entry of ours has, sorted.
	ours []secret.Env
	// undeclared are the environments of live overrides that the manifest
	// gives no value, sorted.
	undeclared []secret.Env
	// lost are those that would be lost with the secret, without being ours
	// or named in drop_overrides, sorted.
	lost []secret.Env
}

func newPair(under *terms, name secret.Name, desired *secret.DesiredSecret, live *secret.LiveSecret) pair {
	m := under.ledgers
	p := pair{terms: under, name: name, desired: sortedDesired(desired), live: sortedLive(live), past: m.Of(name)}
	desired, live = p.desired, p.live
	for _, made := range p.past.Values() {
		p.ours = append(p.ours, made.Env)
	}
	slices.Sort(p.ours)
	p.claims, p.claimant = m.Claim(name)
	if p.naming() == managed && p.past.Recorded() && !p.structureOnly {
		p.wanted = m.Wanted(*desired)
	}
	if live == nil || desired == nil && !p.past.Recorded() {
		return p
	}
	for _, override := range live.Overrides {
		if p.declares(override.Env) {
			continue
		}
		dropped, ours := p.drops(override.Env), p.owns(override.Env)
		if !dropped && !ours {
			p.lost = append(p.lost, override.Env)
		}
		// What may be inherited is never unmanaged.
		if dropped || ours || live.Presence == secret.Own {
			p.undeclared = append(p.undeclared, override.Env)
		}
	}
	slices.Sort(p.undeclared)
	slices.Sort(p.lost)
	return p
}

// sortedDesired is the secret with its environments in order, in which they are
// looked up. They come so; of another one a copy is made.
func sortedDesired(d *secret.DesiredSecret) *secret.DesiredSecret {
	env := func(o secret.DesiredOverride) secret.Env { return o.Env }
	if d == nil || isSortedBy(d.Overrides, env) && slices.IsSorted(d.DropOverrides) {
		return d
	}
	copied := *d
	copied.Overrides, copied.DropOverrides = sortedBy(d.Overrides, env), sortedBy(d.DropOverrides, func(e secret.Env) secret.Env { return e })
	return &copied
}

// sortedLive is sortedDesired for the other side.
func sortedLive(l *secret.LiveSecret) *secret.LiveSecret {
	env := func(o secret.LiveOverride) secret.Env { return o.Env }
	if l == nil || isSortedBy(l.Overrides, env) {
		return l
	}
	copied := *l
	copied.Overrides = sortedBy(l.Overrides, env)
	return &copied
}

func (p *pair) naming() naming {
	switch {
	case p.desired == nil && p.ledgers.Deletes && p.past.State != entry.Taking && p.past.Recorded() && p.claims == entry.Unclaimed:
		return retireDelete // its owner says so, of everything that is this project's alone
	case p.desired == nil:
		return unnamed
	case p.desired.Retire == secret.RetireDelete:
		return retireDelete
	case p.desired.Retire == secret.RetireRelease:
		return retireRelease
	case p.desired.External:
		return namedExternal
	}
	return managed
}

func (p *pair) presence() presence {
	switch {
	case p.live == nil && p.cut:
		return unseen
	case p.live == nil:
		return notLive
	case p.live.Presence == secret.MayBeInherited:
		return maybeLive
	}
	return ownLive
}

// covered reports that the organization has the name too.
func (p *pair) covered() bool { return p.live != nil && p.live.Behind() }

// backing says what stands behind a secret that the organization has too.
func (p *pair) backing() backing {
	if !p.covered() || p.name.Reserved() {
		return unbacked
	}
	return p.over.backing(p.name, p.past.Recorded() || p.presence() == ownLive)
}

// uncover notes that deleting the secret brings the organization's to light.
func (p *pair) uncover(change *plan.Change, f facts) {
	if change.Action != plan.Delete || f.covered && f.backing != backedDeclared {
		return
	}
	change.Uncovers = p.over.uncovers(p.name)
	switch {
	case change.Uncovers == secret.Owner{}:
	case f.presence == maybeLive:
		change.Reasons = append(change.Reasons, reasonsOf(plan.ReasonSeizes)...)
	default:
		change.Reasons = append(change.Reasons, reasonsOf(plan.ReasonUncovers)...)
	}
}

func (p *pair) declares(env secret.Env) bool {
	if p.desired == nil {
		return false
	}
	_, declared := p.desired.Override(env)
	return declared
}

func (p *pair) drops(env secret.Env) bool {
	return p.desired != nil && p.desired.Drops(env)
}

// owns reports whether an entry of ours has the override.
func (p *pair) owns(env secret.Env) bool {
	_, found := slices.BinarySearch(p.ours, env)
	return found
}

// protected reports what manifest and entry say together. The entry keeps
// a protection whose line was dropped from the manifest.
func (p *pair) protected() bool {
	if p.naming() == managed && p.desired.Protect != secret.ProtectionUnsaid {
		return p.desired.Protect == secret.Protected
	}
	return (p.naming() == managed || p.naming() == unnamed) && p.past.Entry.Protect
}

// same compares type and scopes with the declared ones.
func (p *pair) same() bool {
	switch {
	case p.naming() != managed && p.naming() != namedExternal:
		return false
	case p.presence() == ownLive:
		return p.live.Type == p.desired.Type && p.live.Scopes.Equal(p.desired.Scopes)
	}
	return p.naming() == managed && p.presence() == maybeLive && p.past.Recorded() &&
		p.past.Entry.Type == p.desired.Type && p.past.Entry.Scopes.Equal(p.desired.Scopes)
}

// facts are the facts of the secret.
func (p *pair) facts() facts {
	return facts{
		named: p.naming(), presence: p.presence(), backing: p.backing(), entry: p.past.State, claims: p.claims,
		covered:      p.covered(),
		reserved:     p.name.Reserved(),
		ownerRetired: p.desired == nil && p.ledgers.Retired && !(p.ledgers.Deletes && p.past.Recorded()),
		listed:       !p.past.Recorded() && p.ledgers.Lists(p.name),
		replace:      p.naming() == managed && p.desired.Replace,
		protected:    p.protected(),
		same:         p.same(),
		entryFits: p.past.Recorded() && p.presence() == ownLive &&
			p.past.Entry.Type == p.live.Type && p.past.Entry.Scopes.Equal(p.live.Scopes),
		losesOverrides: len(p.lost) > 0 && (p.desired == nil || p.naming() == managed),
	}
}

// valueFacts adds the facts of the default value (env empty) or of the
// override of env, which the manifest wants to be want.
func (p *pair) valueFacts(f facts, env secret.Env, want secret.Value) facts {
	if p.live == nil {
		return f
	}
	reading, found := p.reading(env)
	f.valueLive = found
	if f.undecrypted = p.structureOnly; f.undecrypted {
		return f
	}
	f.readable = found && reading.Readable()
	f.equal = found && reading.Matches(want)
	f.rewrite = p.rewrite
	if !found {
		return f
	}
	made, recorded := p.past.Entry.Fingerprint(env)
	if !recorded || p.past.State != entry.Applied || !p.ledgers.Keys.Knows(made) {
		return f
	}
	applied := p.isOf(made, env, want)
	// What has another type or other scopes now is not what was applied.
	if f.entryFits || f.presence == maybeLive && f.same {
		f.fingerprint = applied && p.nobodyDiffers(env, want)
		f.compared = f.fingerprint || !applied
	}
	f.edited = !applied
	f.overwritten = f.readable && !p.ledgers.Keys.Matches(made, p.past.Identity, p.recorded(env), reading.Value())
	return f
}

// reasonFacts say of a changed value who changed it, and how little that may be.
func (p *pair) reasonFacts(f facts, env secret.Env, want secret.Value) plan.ReasonFacts {
	facts := plan.ReasonFacts{ChangedBy: f.changedBy()}
	if f.readable && !f.equal {
		reading, _ := p.reading(env)
		facts.OnlyIn = slip.Between(reading.Value(), want)
	}
	return facts
}

// appliedAt is when a value was applied that is as applied, as far as can be
// seen, or was changed since.
func (p *pair) appliedAt(f facts, env secret.Env) time.Time {
	asApplied := f.fingerprint && f.state() != plan.Equal
	if !asApplied && f.changedBy() == "" {
		return time.Time{}
	}
	at, _ := p.past.Entry.AppliedAt(env)
	return at
}

// recorded is the place of a value as it was recorded.
func (p *pair) recorded(env secret.Env) ledger.Place {
	return ledger.Place{Name: p.name, Env: env, Type: p.past.Entry.Type, Scopes: p.past.Entry.Scopes}
}

// nobodyDiffers reports that no further ledger of this project remembers
// another value.
func (p *pair) nobodyDiffers(env secret.Env, want secret.Value) bool {
	for _, past := range p.past.Also {
		place := p.recorded(env) // all of them have the same type and scopes: see entry.Ledgers.Of
		if made, found := past.Entry.Fingerprint(env); !found || !p.ledgers.Keys.Matches(made, past.Identity, place, want) {
			return false
		}
	}
	return true
}

// isOf reports whether a fingerprint is that of the manifest's value, under
// the recorded type and scopes. Where it was made as the wanted entry's are,
// comparing the two saves making another.
func (p *pair) isOf(made ledger.Fingerprint, env secret.Env, want secret.Value) bool {
	alike := p.past.Entry.Type == p.desired.Type && p.past.Entry.Scopes.Equal(p.desired.Scopes)
	if fresh, found := p.wanted.Fingerprint(env); found && alike && !p.past.Former && made.Key == fresh.Key {
		return made == fresh
	}
	return p.ledgers.Keys.Matches(made, p.past.Identity, p.recorded(env), want)
}

// reading returns what the listing says of the default value or an override.
func (p *pair) reading(env secret.Env) (secret.Reading, bool) {
	if env == "" {
		return p.live.Value, true
	}
	override, found := p.live.Override(env)
	return override.Value, found
}

// overrideFacts adds the facts of an undeclared override.
func (p *pair) overrideFacts(f facts, env secret.Env) facts {
	f.dropped, f.ours = p.drops(env), p.owns(env)
	if p.live != nil {
		_, f.valueLive = p.live.Override(env)
	}
	return f
}

// behind says what the ledger has to learn of a managed secret that
// nothing is written to; nil where it knows everything.
func (p *pair) behind() []plan.Code {
	var reasons []plan.Code
	add := func(holds bool, reason plan.Code) {
		if holds {
			reasons = append(reasons, reason)
		}
	}
	past, wanted := p.past.Entry, p.wanted
	if !p.past.Recorded() {
		return []plan.Code{plan.ReasonAdopt}
	}
	previous := slices.ContainsFunc(past.Fingerprints, func(e ledger.EnvFingerprint) bool {
		return e.Fingerprint.Key != p.ledgers.Keys.Current()
	})
	add(p.past.Former, plan.ReasonFormerLedger)
	add(p.past.State > entry.Applied, plan.ReasonConfirm)
	add(previous && !p.past.Former, plan.ReasonPreviousKey)
	add(wanted.Protect && !past.Protect, plan.ReasonProtect)
	add(!wanted.Protect && past.Protect, plan.ReasonUnprotect)
	if len(reasons) == 0 {
		add(!past.Same(wanted), plan.ReasonRecordBehind)
	}
	return reasons
}
