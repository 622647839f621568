package decision

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// world makes histories at random, from few names and values, so that all
// sides meet often. The same seed gives the same world.
type world struct {
	*rand.Rand
	cloud *cloud
	// before is the manifest that was applied, now the one that is to be.
	before, now manifest
}

var (
	someNames  = []secret.Name{"A", "B", "C", "D", "E", "github-oauth.github.com"}
	someEnvs   = []secret.Env{"dev", "live", "pr-1", "test"}
	someValues = []string{"canary-one", "canary-two", "canary\nthree"}
	someOwners = []secret.Owner{agency, mySite, torn}
)

// newWorld is a platform on which one manifest was applied, some of it was
// changed outside, and another manifest is to be applied now.
func newWorld(seed uint64) *world {
	w := newHistory(seed)
	w.outside()
	return w
}

// newHistory is newWorld without changes outside, but for other projects.
func newHistory(seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 0)), cloud: newCloud()}
	for _, owner := range someOwners {
		for _, name := range someNames {
			// Few sites have what their organization has too: creating it
			// there is refused where type or scopes differ.
			if _, above := w.cloud.owners[agency][name]; w.one(3) && (!above || w.one(8)) {
				w.cloud.put(owner, name, w.stored())
			}
		}
	}
	w.before = w.manifest(manifest{project: "storefront"}.under("k", ""))
	if w.one(8) {
		w.before = w.before.under("", "")
	}
	allowed, in, p := w.before.allowed(w.cloud)
	if w.one(4) {
		w.cloud.left = w.IntN(12)
	}
	w.cloud.apply(in, p)
	w.cloud.left, w.cloud.failed = unlimited, false
	w.before = allowed
	w.now = w.manifest(w.before)
	for _, owner := range someOwners {
		w.ledgers(owner)
	}
	return w
}

func (w *world) one(in int) bool { return w.IntN(in) == 0 }

func (w *world) value() string { return someValues[w.IntN(len(someValues))] }

func (w *world) kind() (secret.Type, secret.Scopes) {
	switch w.IntN(6) {
	case 0:
		return secret.ComposerType, secret.NewScopes(secret.ICScope)
	case 1, 2:
		return secret.RuntimeType, secret.NewScopes(secret.WebScope, secret.UserScope)
	}
	return secret.RuntimeType, secret.NewScopes(secret.WebScope)
}

func (w *world) stored() stored {
	s := stored{value: w.value(), overrides: map[secret.Env]string{}}
	s.typ, s.scopes = w.kind()
	for _, env := range someEnvs {
		if w.one(5) {
			s.overrides[env] = w.value()
		}
	}
	return s
}

// manifest follows on another: it keeps some of it, and writes the rest anew.
func (w *world) manifest(last manifest) manifest {
	next := last
	next.desired = nil
	if last.current == "k" && w.one(6) {
		next = next.under("n", last.current)
	}
	if last.formerly == nil && w.one(8) {
		next.project, next.formerly = "shop", []string{last.project}
	}
	for _, owner := range someOwners {
		if w.one(3) {
			continue
		}
		was := secret.Desired{}
		for _, d := range last.desired {
			if d.Owner == owner {
				was = d
			}
		}
		d := secret.Desired{Owner: owner, MaxDeletePercent: 100, ResetLedger: w.one(8)}
		if len(was.Secrets) > 0 && w.one(12) {
			d.Retire = secret.RetireRelease
			next.desired = append(next.desired, d)
			continue
		}
		for _, name := range someNames {
			at := slices.IndexFunc(was.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
			switch {
			case at >= 0 && !w.one(3):
				d.Secrets = append(d.Secrets, w.varied(was.Secrets[at]))
			case !w.one(3):
				d.Secrets = append(d.Secrets, w.desired(name))
			}
		}
		next.desired = append(next.desired, d)
	}
	return next
}

// varied changes a little of a secret, or nothing.
func (w *world) varied(s secret.DesiredSecret) secret.DesiredSecret {
	switch w.IntN(8) {
	case 0:
		if !s.External {
			s.Value = secret.NewValue(w.value())
		}
	case 1:
		s.Protect = secret.Protection(w.IntN(3))
	case 2:
		s.Overrides = nil
	case 3:
		s.Type, s.Scopes = w.kind()
	case 4, 5:
		if !s.External && s.Retire == "" && len(s.Overrides) == 0 {
			env := someEnvs[w.IntN(len(someEnvs))]
			s.Overrides = []secret.DesiredOverride{{Env: env, Value: secret.NewValue(w.value())}}
			s.DropOverrides = nil
		}
	}
	return s
}

func (w *world) desired(name secret.Name) secret.DesiredSecret {
	s := secret.DesiredSecret{Name: name}
	s.Type, s.Scopes = w.kind()
	switch w.IntN(12) {
	case 0:
		s.External = true
		return s
	case 1:
		s.Retire = secret.RetireDelete
		return s
	case 2:
		s.Retire = secret.RetireRelease
		return s
	}
	s.Value = secret.NewValue(w.value())
	s.Replace = !w.one(4)
	if w.one(8) {
		s.Protect, s.Replace = secret.Protected, false
	}
	for _, env := range someEnvs {
		if w.one(4) {
			s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: env, Value: secret.NewValue(w.value())})
		} else if !w.one(3) {
			s.DropOverrides = append(s.DropOverrides, env)
		}
	}
	return s
}

// outside is what others do in the meantime. They leave alone what nobody
// could notice: hidden values, and what an organization's name stands before.
func (w *world) outside() {
	for _, owner := range someOwners {
		for _, s := range w.cloud.list(owner).Secrets {
			if _, above := w.cloud.owners[agency][s.Name]; above && owner != agency || s.Name.Reserved() {
				continue
			}
			is := w.cloud.owners[owner][s.Name]
			switch w.IntN(20) {
			case 0:
				delete(w.cloud.owners[owner], s.Name)
			case 1:
				if anew := w.stored(); anew.typ != is.typ || !anew.scopes.Equal(is.scopes) {
					w.cloud.put(owner, s.Name, anew)
				}
			case 2:
				if s.Value.Readable() {
					is.value = w.value()
					w.cloud.put(owner, s.Name, is)
				}
			case 3:
				is.overrides = map[secret.Env]string{}
				w.cloud.put(owner, s.Name, is)
			case 4:
				env := someEnvs[w.IntN(len(someEnvs))]
				if _, taken := is.overrides[env]; !taken {
					is.overrides = maps.Clone(is.overrides)
					if is.overrides == nil {
						is.overrides = map[secret.Env]string{}
					}
					is.overrides[env] = w.value()
					w.cloud.put(owner, s.Name, is)
				}
			}
		}
	}
}

// ledgers lets another project claim something, and damages a ledger.
func (w *world) ledgers(owner secret.Owner) {
	if w.one(4) {
		other := manifest{project: "marketing"}.under("m", "")
		live := w.cloud.list(owner)
		revision := ledger.ReadAll(live, other.project, nil, other.keys).Revise(false)
		revision.Put(ledger.Entry{Name: someNames[w.IntN(len(someNames))], Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)})
		writes, _ := encoded(revision.Encode(other.keys, run, ledger.Origin{}))
		w.cloud.write(owner, writes)
	}
	if w.one(8) {
		for _, name := range []secret.Name{ledger.Name("storefront", owner.Kind, 1), ledger.Name("marketing", owner.Kind, 1)} {
			if s, found := w.cloud.owners[owner][name]; found && w.one(2) {
				s.value = s.value[:len(s.value)-4]
				w.cloud.put(owner, name, s)
			}
		}
	}
}

// input is that of the manifest that is to be applied. Some of it may be out
// of reach.
func (w *world) input() Input {
	in := w.now.input(w.cloud)
	in.Policy = Policy{Unmanaged: [...]secret.UnmanagedPolicy{secret.ReportUnmanaged, secret.IgnoreUnmanaged, secret.ForbidUnmanaged}[w.IntN(3)], Strict: w.one(2)}
	in.Rewrite = w.one(4)
	if len(in.Live) > 0 && w.one(4) {
		in.Failed = append(in.Failed, plan.OwnerError{Owner: in.Live[0].Owner, Code: plan.CodeRequestFailed, Detail: "503"})
		in.Live = in.Live[1:]
	}
	return in
}
