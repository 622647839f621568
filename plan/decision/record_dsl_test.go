package decision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
)

var (
	// other is where the home moves to, left the site that leaves.
	other = secret.Owner{Kind: secret.Site, Name: "other-site", ID: "22222222-2222-3333-4444-555555555555"}
	left  = secret.Owner{Kind: secret.Site, Name: "left-site", ID: "33333333-2222-3333-4444-555555555555"}

	here = project.Source{Forge: "github.com/1", Path: "secrets.yaml"}
)

// note is one record that is stored, in two writings.
type note struct {
	on      secret.Owner
	project string // "" for storefront
	key     string // "" for k
	rows    []secret.Owner
	before  project.Source // that of the first writing, where there were two
	source  project.Source
	after   uint64
	damaged bool
}

// stored returns the secrets of the record.
func (n note) stored() []secret.LiveSecret {
	keys := manifest{}.under(cmp.Or(n.key, "k"), "").keys
	id := ledger.Identity{Project: cmp.Or(n.project, "storefront"), Owner: n.on}
	secrets := map[secret.Name]secret.LiveSecret{}
	write := func(source project.Source, after uint64) {
		live := secret.Live{Owner: n.on}
		for _, s := range secrets {
			live.Secrets = append(live.Secrets, s)
		}
		writes, _, err := project.Find(live, id.Project, nil, keys)[0].Revise().Join(n.rows...).SetSource(source).After(after).Encode(keys, run)
		if err != nil {
			panic(err)
		}
		for _, w := range writes {
			secrets[w.Name] = secret.LiveSecret{Name: w.Name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(w.Value)}
		}
	}
	if n.before != (project.Source{}) {
		write(n.before, 0)
	}
	write(n.source, n.after)
	var list []secret.LiveSecret
	for _, s := range secrets {
		if n.damaged {
			s.Value = secret.Read(secret.NewValue("junk"))
		}
		list = append(list, s)
	}
	return list
}

// stage is what is on Pantheon, and what a manifest wants: by default my-site,
// which has A and is the home.
type stage struct {
	notes []note
	// ledgers are of these owners, each with A applied; origin is what they say
	// of the record.
	ledgers  []secret.Owner
	origin   ledger.Origin
	desired  []secret.Desired
	home     secret.Owner // none for my-site
	source   project.Source
	manifest manifest
	failed   []plan.OwnerError
	change   func(*Input)
}

// input reads all owners that have anything, but for those that failed, as a run
// would: what the manifest names, and what the records do.
func (s stage) input() Input {
	if !s.manifest.keys.Known() {
		s.manifest = s.manifest.under("k", "")
	}
	s.manifest.project = cmp.Or(s.manifest.project, "storefront")
	if s.source == (project.Source{}) {
		s.source = here
	}
	in := Input{
		Project: s.manifest.project, Desired: s.desired, Keys: s.manifest.keys, Failed: s.failed,
		Policy: Policy{Unmanaged: secret.ReportUnmanaged, MaxDeletePercent: 30}, Record: record.Found{Home: cmp.Or(s.home, mySite), Source: s.source},
	}
	taken := map[secret.Owner]bool{}
	take := func(live secret.Live) {
		if !taken[live.Owner] {
			in.Record.Take(live, in.Project, s.manifest.formerly, in.Keys)
		}
		taken[live.Owner] = true
	}
	add := func(owner secret.Owner) {
		failed := slices.ContainsFunc(s.failed, func(f plan.OwnerError) bool { return f.Owner.Same(owner) })
		if owner.ID == "" || failed {
			return
		}
		live := s.list(owner)
		in.Live, in.Ledgers = append(in.Live, live), append(in.Ledgers, ledger.ReadAll(live, in.Project, s.manifest.formerly, in.Keys))
		take(live)
	}
	for _, d := range s.desired {
		add(d.Owner)
	}
	if home, later := in.Record.LaterHome(in.Ledgers); later && !taken[home] {
		take(s.list(home))
	}
	for _, owner := range in.Record.Left(s.desired) {
		add(owner)
	}
	if s.change != nil {
		s.change(&in)
	}
	return in
}

// list is what one owner has.
func (s stage) list(owner secret.Owner) secret.Live {
	live := secret.Live{Owner: owner}
	for _, n := range s.notes {
		if n.on == owner {
			live.Secrets = append(live.Secrets, n.stored()...)
		}
	}
	if slices.Contains(s.ledgers, owner) {
		live.Secrets = append(live.Secrets, have("A", "=?"))
		live = s.writeLedger(live)
	}
	slices.SortFunc(live.Secrets, func(a, b secret.LiveSecret) int { return cmp.Compare(a.Name, b.Name) })
	return live
}

func (s stage) writeLedger(live secret.Live) secret.Live {
	keys := manifest{}.under("k", "").keys
	ledgers := ledger.ReadAll(secret.Live{Owner: live.Owner}, "storefront", nil, keys)
	m, revision := entry.Read(secret.Desired{}, &ledgers, keys), ledgers.Revise(false)
	revision.Put(m.Wanted(want("A", "=1")))
	writes, _ := encoded(revision.Encode(keys, run, s.origin))
	for _, w := range writes {
		live.Secrets = append(live.Secrets, secret.LiveSecret{Name: w.Name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(w.Value)})
	}
	return live
}

// ofRecord writes what a plan decides of the record, a line per decision, and
// the changes of secrets that are not none.
func ofRecord(p plan.Plan) []string {
	var lines []string
	line := func(format string, args ...any) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
	if r := p.Record; !r.IsZero() {
		line("%s on %s: %s", r.Record, r.Home, joined(codesOf(r.Reasons)))
		for _, owner := range r.Joins {
			line("join %s", owner)
		}
		for _, owner := range r.Leaves {
			line("leave %s", owner)
		}
		if r.Source != "" {
			line("source %s", r.Source)
		}
		for _, place := range r.Removes {
			line("remove %s on %s", place.Record, place.Owner)
		}
	}
	for _, c := range p.Changes {
		if c.Action != plan.None {
			line("%s %s/%s", c.Action, c.Owner, c.Secret)
		}
	}
	for _, e := range p.Errors {
		line("error %s %s", e.Code, e.Owner)
	}
	for _, w := range p.Warnings {
		line("warning %s %s", w.Code, toldOf(w.Owner, w.Facts))
	}
	for _, r := range p.Refusals {
		line("refusal %s %s", r.Code, toldOf(r.Owner, r.Facts))
	}
	return lines
}

func joined(codes []plan.Code) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = string(code)
	}
	return strings.Join(words, " ")
}

// toldOf are those facts that these tests are about.
func toldOf(owner secret.Owner, f plan.Facts) string {
	var words []string
	if owner != (secret.Owner{}) {
		words = append(words, owner.String())
	}
	if f.Count > 0 {
		words = append(words, fmt.Sprint(f.Count))
	}
	if f.RecordedSource != "" {
		words = append(words, "recorded "+f.RecordedSource)
	}
	if f.MovedFrom != "" {
		words = append(words, "moved_from "+f.MovedFrom)
	}
	if f.Commit != "" {
		words = append(words, f.Commit)
	}
	return strings.Join(words, " ")
}
