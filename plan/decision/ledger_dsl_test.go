package decision

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

var testKeys = manifest{}.under("k", "").keys

// past is one ledger on my-site: what was applied, as the manifest said it
// then, with changes that a record may have seen.
type past struct {
	project string // "" for storefront
	key     string // "" for k
	records []memo
}

type memo struct {
	secret  secret.DesiredSecret
	changes []func(*ledger.Entry)
}

// did records what was applied.
func did(s secret.DesiredSecret, changes ...func(*ledger.Entry)) memo { return memo{s, changes} }

func pending(r *ledger.Entry) { r.State = ledger.Pending }
func guarded(r *ledger.Entry) { r.Protect = true }
func halfWay(r *ledger.Entry) { r.State, r.Scopes = ledger.Pending, nil }
func asComposer(s *secret.DesiredSecret) {
	s.Type, s.Scopes = secret.ComposerType, secret.NewScopes(secret.ICScope)
}

// write puts the ledger into a listing.
func (p past) write(live secret.Live) secret.Live {
	project, key := cmp.Or(p.project, "storefront"), cmp.Or(p.key, "k")
	keys := manifest{}.under(key, "").keys
	ledgers := ledger.ReadAll(secret.Live{Owner: live.Owner}, project, nil, keys)
	m, revision := entry.Read(secret.Desired{}, &ledgers, keys), ledgers.Revise(false)
	for _, one := range p.records {
		entry := m.Wanted(one.secret)
		for _, change := range one.changes {
			change(&entry)
		}
		revision.Put(entry)
	}
	writes, _ := encoded(revision.Encode(keys, run, ledger.Origin{}))
	for _, w := range writes {
		live.Secrets = append(live.Secrets, secret.LiveSecret{Name: w.Name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(w.Value)})
	}
	slices.SortFunc(live.Secrets, func(a, b secret.LiveSecret) int { return cmp.Compare(a.Name, b.Name) })
	return live
}

// remembering adds ledgers, keys and what is read of them to an input.
func remembering(in Input, m manifest, pasts ...past) Input {
	in.Project, in.Keys, in.Ledgers = cmp.Or(m.project, "storefront"), m.keys, nil
	in.Live = slices.Clone(in.Live)
	for _, p := range pasts {
		in.Live[0] = p.write(in.Live[0])
	}
	for _, live := range in.Live {
		in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, in.Project, m.formerly, in.Keys))
	}
	return in
}

// remembrance is a scenario with a memory.
type remembrance struct {
	past     []memo
	others   []past // further ledgers
	manifest manifest
	desired  []secret.DesiredSecret
	live     []secret.LiveSecret
	change   func(*Input)
	lines    []string
	reason   string
}

func runRemembrances(t *testing.T, scenarios map[string]remembrance) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			if s.manifest.project == "" && !s.manifest.keys.Known() {
				s.manifest = manifest{}.under("k", "")
			}
			pasts := s.others
			if s.past != nil {
				pasts = append(slices.Clone(pasts), past{records: s.past})
			}
			in := one(s.desired, s.live)
			// The manifest is not empty, whatever else is in it.
			in.Desired = append(in.Desired, desire(agency, wantWith(want("KEPT"), func(s *secret.DesiredSecret) { s.External = true })))
			in.Live = append(in.Live, living(agency, have("KEPT", "=?")))
			in = remembering(in, s.manifest, pasts...)
			if s.change != nil {
				s.change(&in)
			}
			lines := keep(shorthand(Diff(in)), func(line string) bool { return line != "none KEPT steps:0" })
			if diff := gocmp.Diff(s.lines, lines); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", s.reason, diff)
			}
		})
	}
}
