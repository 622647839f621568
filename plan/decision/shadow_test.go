package decision

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// shade is an organization and its sites. What the manifest says of the
// organization is what it has on Pantheon, unless above says otherwise.
type shade struct {
	above    []secret.LiveSecret
	declared []secret.DesiredSecret
	own      map[secret.Owner][]secret.LiveSecret
	sites    map[secret.Owner][]secret.DesiredSecret
	// remembered is what the organization's ledger remembers of A: "own" or
	// "none" by site. The secrets that the manifest declares are recorded.
	remembered map[secret.Owner]string
	change     func(*Input)
	warnings   []string
	concluded  string // what is remembered of A afterwards; "" where that is not written
	reason     string
}

var bothSites = []secret.Owner{mySite, torn}

// input has the ledger of the organization in its list, and in those of sites
// that list everything of it.
func (s shade) input() Input {
	keys := testKeys
	id := ledger.Identity{Project: "storefront", Owner: agency}
	in := Input{Project: "storefront", Keys: keys, Desired: []secret.Desired{desire(agency, s.declared...)}}
	above := living(agency, s.above...)
	if s.remembered != nil {
		ledgers := ledger.ReadAll(above, "storefront", nil, keys)
		m, revision := entry.Read(in.Desired[0], &ledgers, keys), ledgers.Revise(false)
		for _, d := range s.declared {
			entry := m.Wanted(d)
			if d.Name == "A" {
				marks := map[string][]ledger.Mark{}
				for site, what := range s.remembered {
					marks[what] = append(marks[what], keys.Marks(id, site.ID)[0])
				}
				entry.Sites = ledger.NewSites(marks["own"], marks["none"])
			}
			revision.Put(entry)
		}
		writes, _ := encoded(revision.Encode(keys, run, ledger.Origin{}))
		for _, w := range writes {
			above.Secrets = append(above.Secrets, secret.LiveSecret{Name: w.Name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(w.Value)})
		}
	}
	in.Live = []secret.Live{above}
	for _, site := range bothSites {
		in.Desired = append(in.Desired, desire(site, s.sites[site]...))
		in.Live = append(in.Live, living(site, s.own[site]...))
	}
	if s.change != nil {
		s.change(&in)
	}
	for _, live := range in.Live {
		in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, "storefront", nil, keys))
	}
	return in
}

// told are the warnings about A of the organization.
func (s shade) told(p plan.Plan) []string {
	var told []string
	for _, w := range p.Warnings {
		if w.Owner == agency && w.Secret == "A" {
			line := fmt.Sprintf("%s %s %d/%d", w.Code, strings.Join(w.Facts.Sites, ","), w.Facts.Count, w.Facts.Of)
			if w.Facts.Assumed {
				line += " assumed"
			}
			if w.Facts.Keyless {
				line += " keyless"
			}
			told = append(told, line)
		}
	}
	return told
}

// memory says in words what the record of A will remember.
func (s shade) memory(in Input, p plan.Plan) string {
	for _, edit := range entry.Edits(p, in.Desired[0], in.Ledgers[0], in.Keys) {
		if edit.Secret != "A" || edit.Applied == nil {
			continue
		}
		words := []string{}
		for _, site := range bothSites {
			own, known := edit.Applied.Sites.Of(in.Keys.Marks(in.Ledgers[0].Own.Identity, site.ID)...)
			word := map[[2]bool]string{{true, true}: "own", {false, true}: "none", {false, false}: "unknown"}[[2]bool{own, known}]
			words = append(words, site.Name+"="+word)
		}
		return strings.Join(words, " ")
	}
	return ""
}

func TestShadowing(t *testing.T) {
	a, both := want("A", "=1"), []secret.LiveSecret{have("A", "=?"), have("Z", "=?")}
	z := haveWith(have("Z", "=?"), inherited)
	hidden, free := haveWith(have("A", "=?"), inherited), []secret.LiveSecret{z}
	shown := haveWith(have("A", "=2"), func(l *secret.LiveSecret) { l.Shadows = true })
	retired := []secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}
	sites := func(my, other []secret.LiveSecret) map[secret.Owner][]secret.LiveSecret {
		return map[secret.Owner][]secret.LiveSecret{mySite: my, torn: other}
	}
	says := func(my []secret.DesiredSecret) map[secret.Owner][]secret.DesiredSecret {
		return map[secret.Owner][]secret.DesiredSecret{mySite: my}
	}
	one := []secret.DesiredSecret{a}
	known := func(my, other string) map[secret.Owner]string {
		return map[secret.Owner]string{mySite: my, torn: other}
	}
	for name, c := range map[string]shade{
		"created, one site has it": {above: both[1:], declared: one, own: sites([]secret.LiveSecret{have("A", "=?"), z}, free),
			warnings: []string{"shadowed-by-sites my-site 1/0"}, concluded: "my-site=own torn-site=none", reason: "what the lists still show"},
		"created, no site has it": {above: both[1:], declared: one, own: sites(free, free), concluded: "my-site=none torn-site=none"},
		"created, nothing shows whose the sites are": {declared: one, own: sites([]secret.LiveSecret{have("A", "=?")}, nil),
			warnings: []string{"shadowed-by-sites my-site 1/0 assumed"}, concluded: "my-site=own torn-site=none", reason: "it is the manifest's only organization"},
		"created, a site of others": {above: both[1:], declared: one, own: sites([]secret.LiveSecret{have("A", "=?")}, free),
			concluded: "my-site=unknown torn-site=none", reason: "its list shows nothing of what the organization has"},
		"created, a list may be cut": {above: both[1:], declared: one, own: sites(free, free), change: func(in *Input) { in.Live[1].Cut = true },
			warnings: []string{"shadowing-unknown my-site 1/2"}, concluded: "my-site=unknown torn-site=none", reason: "what a cut list lacks is not absent"},
		"created, a list that may be cut lacks what the organization has": {above: both[1:], declared: one, own: sites([]secret.LiveSecret{have("A", "=?")}, free),
			change:   func(in *Input) { in.Live[1].Cut = true },
			warnings: []string{"shadowed-by-sites my-site 1/0 assumed"}, concluded: "my-site=own torn-site=none", reason: "it proves nothing"},
		"created, the site's goes": {above: both[1:], declared: one, own: sites([]secret.LiveSecret{have("A", "=?"), z}, free), sites: says(retired),
			concluded: "my-site=none torn-site=none", reason: "nothing shadows it afterwards"},
		"created, the site's is declared": {above: both[1:], declared: one, own: sites([]secret.LiveSecret{have("A", "=2"), z}, free),
			sites: says([]secret.DesiredSecret{want("A", "=2")}), warnings: []string{"shadowed-by-sites my-site 1/0"}, concluded: "my-site=own torn-site=none"},
		"created, the sites left out": {above: both[1:], declared: one, own: sites([]secret.LiveSecret{have("A", "=?"), z}, free),
			change:   func(in *Input) { in.Targets = plan.Targets{{Owner: agency}} },
			warnings: []string{"shadowing-unlooked  2/0"}, concluded: "my-site=unknown torn-site=unknown", reason: "afterwards nobody can see it"},
		"later, the sites left out": {above: both, declared: one, own: sites(free, free), remembered: known("own", "none"),
			change: func(in *Input) { in.Targets = plan.Targets{{Owner: agency}} }, reason: "what is known stays known"},
		"later, the value changes, the sites left out": {above: both, declared: []secret.DesiredSecret{want("A", "=new")}, own: sites(free, free),
			remembered: known("own", "none"), change: func(in *Input) { in.Targets, in.Rewrite = plan.Targets{{Owner: agency}}, true },
			concluded: "my-site=own torn-site=none", reason: "what was not looked at is not forgotten"},
		"later, remembered": {above: both, declared: one, own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}),
			remembered: known("own", "none"), warnings: []string{"shadowed-by-sites my-site 1/0"}, reason: "named again; nothing is written for it"},
		"later, declared": {above: both, declared: one, own: sites([]secret.LiveSecret{shown, z}, []secret.LiveSecret{hidden, z}),
			sites: says([]secret.DesiredSecret{want("A", "=2")}), remembered: known("own", "none"), reason: "what the manifest gives a site is no surprise"},
		"later, unknown": {above: both, declared: one, own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}),
			remembered: known("none", "?"), warnings: []string{"shadowing-unknown torn-site 1/2"}},
		"later, readable": {above: both, declared: one, own: sites([]secret.LiveSecret{shown, z}, []secret.LiveSecret{hidden, z}),
			remembered: known("none", "none"), warnings: []string{"shadowed-by-sites my-site 1/0"},
			reason: "the list outweighs the memory, and nothing is written for it"},
		"later, released": {above: both, declared: one, own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}),
			sites:      says([]secret.DesiredSecret{{Name: "A", Retire: secret.RetireRelease}}),
			change:     func(in *Input) { in.Live[1] = past{records: []memo{did(want("A", "=2"))}}.write(in.Live[1]) },
			remembered: known("none", "none"), warnings: []string{"shadowed-by-sites my-site 1/0"}, concluded: "my-site=own torn-site=none",
			reason: "it stays, and the site's own ledger says so no longer"},
		"later, an override of its own": {above: both, declared: one, remembered: known("?", "none"),
			own:      sites([]secret.LiveSecret{haveWith(have("A", "=?", "live=?"), inherited), z}, []secret.LiveSecret{hidden, z}),
			warnings: []string{"shadowed-by-sites my-site 1/0"}, reason: "there at least it wins"},
		"later, the value changes": {above: both, declared: []secret.DesiredSecret{want("A", "=new")}, remembered: known("own", "none"),
			own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}), change: func(in *Input) { in.Rewrite = true },
			warnings: []string{"shadowed-by-sites my-site 1/0"}, concluded: "my-site=own torn-site=none", reason: "a record that is written anew forgets nothing"},
		"later, retired": {above: both, declared: one, own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}), sites: says(retired),
			remembered: known("own", "none"), concluded: "my-site=none torn-site=none", reason: "once it is carried out"},
		"later, done": {above: both, declared: one, own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}), sites: says(retired),
			remembered: known("none", "none"), reason: "quiet"},
		"without a key": {above: both, declared: one, own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}), remembered: known("own", "none"),
			change: func(in *Input) { in.Keys = ledger.Keys{} }, warnings: []string{"shadowing-unknown my-site,torn-site 2/2 keyless"}, reason: "nothing is remembered"},
		"created without a key": {above: both[1:], declared: one, own: sites([]secret.LiveSecret{have("A", "=?"), z}, free),
			change: func(in *Input) { in.Keys = ledger.Keys{} }, warnings: []string{"shadowed-by-sites my-site 1/0 keyless"}, reason: "retire does nothing"},
		"the organization's is set elsewhere": {above: both, declared: []secret.DesiredSecret{wantWith(a, func(s *secret.DesiredSecret) { s.External = true })},
			own: sites([]secret.LiveSecret{hidden, z}, []secret.LiveSecret{hidden, z}), reason: "it is no value of ours"},
	} {
		t.Run(name, func(t *testing.T) {
			in := c.input()
			if c.remembered != nil { // the sites inherit the ledger too
				for i := range bothSites {
					own := in.Live[i+1].Secrets
					for _, l := range in.Live[0].Secrets {
						if l.Name.Reserved() {
							own = append(slices.Clone(own), haveWith(haveWith(l, inherited), func(s *secret.LiveSecret) { s.Value = secret.Hidden() }))
						}
					}
					in.Live[i+1].Secrets = own
				}
			}
			p := Diff(in)
			if diff := cmp.Diff(c.warnings, c.told(p)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
			if got := c.memory(in, p); got != c.concluded {
				t.Errorf("%s: remembers %q, want %q", c.reason, got, c.concluded)
			}
		})
	}
}

// TestShadowingIsOneLine: however many sites there are, one line for a secret
// names some of them and counts the others.
func TestShadowingIsOneLine(t *testing.T) {
	in := Input{Project: "storefront", Keys: testKeys, Desired: []secret.Desired{desire(agency, want("A", "=1"))}, Live: []secret.Live{living(agency)}}
	for i := range 408 {
		site := secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("site-%03d", i), ID: fmt.Sprintf("%036d", i)}
		in.Desired, in.Live = append(in.Desired, desire(site)), append(in.Live, living(site, have("A", "=?")))
	}
	for _, live := range in.Live {
		in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, in.Project, nil, in.Keys))
	}
	p := Diff(in)
	if len(p.Warnings) != 1 || p.Warnings[0].Facts.Count != 408 || len(p.Warnings[0].Facts.Sites) != maxNamedSites || p.Warnings[0].Facts.Sites[0] != "site-000" {
		t.Errorf("warnings: %+v", p.Warnings)
	}
	if own, none := p.Changes[0].Sites.Concluded.Marks(); len(own) != 408 || len(none) != 0 {
		t.Errorf("%d are remembered to have one, %d to have none", len(own), len(none))
	}
}

// TestNoValueForStrangers: a site of an organization that the manifest does not
// name never gets the value of the one that it names.
func TestNoValueForStrangers(t *testing.T) {
	hidden := haveWith(have("A", "=?"), inherited)
	for name, c := range map[string]struct {
		above secret.Live
		site  []secret.LiveSecret
		want  string
	}{
		"its organization has nothing yet": {living(agency), []secret.LiveSecret{hidden}, "refusal retire-inherited A"},
		"its organization has another name": {living(agency, have("Z", "=?")), []secret.LiveSecret{hidden, haveWith(have("Z", "=?"), inherited)},
			"refusal retire-inherited A"},
		"its list may be cut": {secret.Live{Owner: agency, Cut: true}, []secret.LiveSecret{hidden}, "warning retire-organization-not-read A"},
		"it is its own":       {living(agency, have("A", "=?")), []secret.LiveSecret{hidden}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Project: "storefront", Keys: testKeys, Live: []secret.Live{c.above, living(mySite, c.site...)}}
			in.Desired = []secret.Desired{desire(agency, want("A", "=1")), desire(mySite, secret.DesiredSecret{Name: "A", Retire: secret.RetireDelete})}
			for _, live := range in.Live {
				in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, in.Project, nil, in.Keys))
			}
			p := Diff(in)
			deletes := slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Action == plan.Delete })
			if deletes != (c.want == "") || c.want != "" && !slices.Contains(shorthand(p), c.want) {
				t.Errorf("want %q, got %q", c.want, shorthand(p))
			}
		})
	}
}

// TestTwoOrganizations: a site belongs to the one whose secrets its list shows.
func TestTwoOrganizations(t *testing.T) {
	other := secret.Owner{Kind: secret.Organization, Name: "other-agency", ID: "bbbbbbbb-2222-3333-4444-555555555555"}
	in := Input{Project: "storefront", Keys: testKeys,
		Desired: []secret.Desired{desire(agency, want("A", "=1")), desire(other, want("A", "=1")), desire(mySite), desire(torn)},
		Live: []secret.Live{
			living(agency, have("Z", "=?")), living(other, have("Y", "=?")),
			living(mySite, have("A", "=?"), haveWith(have("Z", "=?"), inherited)), living(torn, have("A", "=?"), haveWith(have("Y", "=?"), inherited)),
		}}
	got := map[string]string{}
	for _, w := range Diff(in).Warnings {
		if w.Code == plan.CodeShadowed {
			got[w.Owner.Name] = strings.Join(w.Facts.Sites, ",")
		}
	}
	if diff := cmp.Diff(map[string]string{"my-agency": "my-site", "other-agency": "torn-site"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
