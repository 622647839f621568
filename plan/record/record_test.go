package record_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
)

var (
	blog   = secret.Owner{Kind: secret.Site, Name: "blog", ID: "11111111-2222-3333-4444-555555555555"}
	shop   = secret.Owner{Kind: secret.Site, Name: "shop", ID: "22222222-2222-3333-4444-555555555555"}
	agency = secret.Owner{Kind: secret.Organization, Name: "agency", ID: "aaaaaaaa-2222-3333-4444-555555555555"}

	here  = project.Source{Forge: "github.com/1", Path: "secrets.yaml"}
	there = project.Source{Forge: "github.com/1", Path: "old/secrets.yaml"}

	keys = func() ledger.Keys {
		made, err := ledger.DeriveKeys(secret.NewValue(strings.Repeat("k", 42)+"A="), secret.Value{})
		if err != nil {
			panic(err)
		}
		return made
	}()
)

// listed is a home with a record of the rows.
func listed(t *testing.T, name string, home secret.Owner, source project.Source, after uint64, rows ...secret.Owner) secret.Live {
	t.Helper()
	live := secret.Live{Owner: home}
	first := project.Find(live, name, nil, keys)[0]
	writes, _, err := first.Revise().Join(rows...).SetSource(source).After(after).Encode(keys, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, write := range writes {
		live.Secrets = append(live.Secrets, secret.LiveSecret{Name: write.Name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(write.Value)})
	}
	return live
}

// found is what lists show to a manifest whose record is on blog.
func found(lists ...secret.Live) record.Found {
	f := record.Found{Home: blog, Source: here}
	for _, live := range lists {
		f.Take(live, "store", []string{"old-store"}, keys)
	}
	return f
}

// says is a ledger of an owner that knows of a serial of the record on blog.
func says(owner secret.Owner, serial uint64) ledger.Ledgers {
	return ledger.Ledgers{Owner: owner, Own: ledger.Ledger{
		Identity: ledger.Identity{Project: "store", Owner: owner}, Status: ledger.Whole, Origin: ledger.Origin{Record: serial, Home: blog},
	}}
}

func named(owners []secret.Owner) string {
	var names []string
	for _, owner := range owners {
		names = append(names, owner.String())
	}
	return strings.Join(names, " ")
}

// TestTake: a record is found wherever it stands, and only a look at the home
// counts as one.
func TestTake(t *testing.T) {
	upper := blog
	upper.ID, upper.Name = strings.ToUpper(blog.ID), "renamed"
	tests := map[string]struct {
		lists   []secret.Live
		looked  bool
		own     ledger.Status
		further string // where the others are
	}{
		"nothing yet":          {[]secret.Live{{Owner: blog}}, true, ledger.None, ""},
		"at home":              {[]secret.Live{listed(t, "store", blog, here, 0, blog)}, true, ledger.Whole, ""},
		"by the id alone":      {[]secret.Live{{Owner: upper}}, true, ledger.None, ""},
		"elsewhere":            {[]secret.Live{listed(t, "store", shop, here, 0, blog)}, false, ledger.None, "store on site:shop"},
		"under a former name":  {[]secret.Live{listed(t, "old-store", blog, here, 0, blog)}, true, ledger.None, "old-store on site:blog"},
		"of another project":   {[]secret.Live{listed(t, "other", shop, here, 0, blog)}, false, ledger.None, ""},
		"somebody else's list": {[]secret.Live{{Owner: shop}}, false, ledger.None, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := found(test.lists...)
			further := ""
			for _, one := range f.Further {
				further += fmt.Sprintf("%s on %s", one.Identity.Project, one.Identity.Owner)
			}
			if f.Looked != test.looked || f.Own.Status != test.own || further != test.further {
				t.Errorf("looked %v, own %d, further %s", f.Looked, f.Own.Status, further)
			}
		})
	}
}

// TestLaterHome: only a ledger with a higher serial leads elsewhere.
func TestLaterHome(t *testing.T) {
	f := found(listed(t, "store", blog, here, 6, blog))
	for serial, want := range map[uint64]bool{f.Own.Serial: false, f.Own.Serial + 1: true} {
		if home, later := f.LaterHome([]ledger.Ledgers{{Owner: shop}, says(shop, serial)}); later != want || later && home != blog {
			t.Errorf("serial %d: %v at %s", serial, later, home)
		}
	}
	broken := says(shop, 99)
	broken.Own.Status = ledger.Damaged
	if _, later := f.LaterHome([]ledger.Ledgers{broken}); later {
		t.Error("a ledger that cannot be believed leads somewhere")
	}
}

// TestLeft: owners are told by kind and id; by name only while there is no id, and
// where the name is all that is left.
func TestLeft(t *testing.T) {
	f := found(listed(t, "store", blog, here, 0, blog, shop, agency))
	renamed, nameless, sameName := shop, shop, shop
	renamed.Name, nameless.ID, sameName.ID = "renamed", "", "99999999-2222-3333-4444-555555555555"
	tests := map[string]struct {
		declared secret.Desired
		left     string
	}{
		"declared":        {secret.Desired{Owner: shop}, "org:agency"},
		"renamed":         {secret.Desired{Owner: renamed}, "org:agency"},
		"not looked up":   {secret.Desired{Owner: nameless}, "org:agency"},
		"another one":     {secret.Desired{Owner: sameName}, "org:agency site:shop"},
		"to be abandoned": {secret.Desired{Owner: sameName, Retire: secret.RetireAbandon}, "org:agency"},
		"leaving":         {secret.Desired{Owner: shop, Retire: secret.RetireDelete}, "org:agency"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if left := named(f.Left([]secret.Desired{{Owner: blog}, test.declared})); left != test.left {
				t.Errorf("there left %s", left)
			}
		})
	}
}

// TestForeign: a manifest somewhere else continues the project only where it says
// that it moved.
func TestForeign(t *testing.T) {
	f := found(listed(t, "store", blog, there, 0, blog))
	unknown, other, moved, elsewhere := f, f, f, f
	unknown.Source = project.Source{}
	other.Source = project.Source{Forge: "github.com/2", Path: "old/secrets.yaml"}
	moved.MovedFrom, moved.MovedLine = project.Source{Path: there.Path}, true
	elsewhere.MovedFrom, elsewhere.MovedLine = project.Source{Path: "third.yaml"}, true
	same := f
	same.Source = there
	tests := map[string]struct {
		found   record.Found
		foreign bool
		from    string // what policy.moved_from has to say
	}{
		"the same":           {same, false, ""},
		"nobody can tell":    {unknown, false, ""},
		"moved in secret":    {f, true, "old/secrets.yaml"},
		"it says so":         {moved, false, ""},
		"from another place": {elsewhere, true, "old/secrets.yaml"},
		"another repository": {other, true, "github.com/1:old/secrets.yaml"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			refusal, foreign := test.found.Foreign(nil)
			if foreign != test.foreign || refusal.Facts.MovedFrom != test.from || foreign && refusal.Code != plan.CodeOtherSource {
				t.Errorf("foreign %v: %+v", foreign, refusal)
			}
		})
	}
}

// TestForeignAfterAReturn: a move that was reverted before anybody applied from the
// new place never was one.
func TestForeignAfterAReturn(t *testing.T) {
	live := listed(t, "store", blog, there, 0, blog)
	writes, moved, err := found(live).Own.Revise().SetSource(here).Encode(keys, "test")
	if err != nil || len(writes) != 1 || moved.MovedAt == 0 {
		t.Fatalf("%d writes, moved at %d, %v", len(writes), moved.MovedAt, err)
	}
	live.Secrets[0].Value = secret.Read(writes[0].Value)
	back := found(live)
	back.Source = there
	for serial, foreign := range map[uint64]bool{moved.MovedAt - 1: false, moved.MovedAt: true} {
		if refusal, got := back.Foreign([]ledger.Ledgers{says(blog, serial)}); got != foreign {
			t.Errorf("a ledger knows of serial %d: %v, %+v", serial, got, refusal)
		}
	}
}

// decided is what a plan says of the record.
func decided(in record.Input, changes ...plan.Change) plan.Plan {
	p := plan.Plan{Changes: changes}
	in.Project, in.Keys = "store", keys
	record.Decide(&p, in)
	return p
}

// creating is what makes an owner have a ledger.
func creating(owner secret.Owner) plan.Change {
	return plan.Change{Owner: owner, Secret: "A", Action: plan.Create}
}

// TestDecide: who joins, who leaves, and how many requests that is.
func TestDecide(t *testing.T) {
	both := found(listed(t, "store", blog, here, 0, blog, shop))
	one := found(listed(t, "store", blog, here, 0, blog))
	moving := found(listed(t, "store", shop, here, 0, blog), secret.Live{Owner: blog})
	unseen := both
	unseen.Looked = false
	nameless := shop
	nameless.ID = ""
	stay := record.Owner{Owner: blog}
	with := func(owner secret.Owner, how secret.Retirement) []record.Owner {
		return []record.Owner{stay, {Owner: owner, Retire: how}}
	}
	gone := record.Owner{Owner: nameless, Retire: secret.RetireAbandon, Failed: true, Abandoned: true}
	tests := map[string]struct {
		found         record.Found
		owners        []record.Owner
		changes       []plan.Change
		joins, leaves string
		requests      int
		reasons       string
	}{
		"nothing":            {both, with(shop, ""), nil, "", "", 0, ""},
		"nobody looked":      {unseen, with(shop, secret.RetireRelease), nil, "", "", 0, ""},
		"one joins":          {one, with(shop, ""), []plan.Change{creating(shop)}, "site:shop", "", 1, "record-joins"},
		"the first":          {found(secret.Live{Owner: blog}), []record.Owner{stay}, []plan.Change{creating(blog)}, "site:blog", "", 1, "record-new"},
		"one leaves":         {both, with(shop, secret.RetireRelease), nil, "", "site:shop", 1, "record-leaves"},
		"without a line":     {both, []record.Owner{stay}, nil, "", "", 0, ""},
		"failed":             {one, []record.Owner{stay, {Owner: shop, Failed: true}}, []plan.Change{creating(shop)}, "", "", 0, ""},
		"abandoned":          {both, []record.Owner{stay, gone}, nil, "", "site:shop", 1, "record-leaves"},
		"the last one":       {one, []record.Owner{{Owner: blog, Retire: secret.RetireDelete}}, nil, "", "site:blog", 1, "record-leaves record-removed"},
		"from another place": {moving, []record.Owner{stay}, nil, "", "", 2, "record-moves"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := decided(record.Input{Found: test.found, Owners: test.owners}, test.changes...)
			reasons := []string{}
			for _, reason := range p.Record.Reasons {
				reasons = append(reasons, string(reason.Code))
			}
			if named(p.Record.Joins) != test.joins || named(p.Record.Leaves) != test.leaves || p.Requests.Secrets != test.requests {
				t.Errorf("joins %s, leaves %s, %d requests", named(p.Record.Joins), named(p.Record.Leaves), p.Requests.Secrets)
			}
			if strings.Join(reasons, " ") != test.reasons || len(p.Refusals) > 0 {
				t.Errorf("reasons %q, refusals %+v", reasons, p.Refusals)
			}
		})
	}
}

// TestDecideOfAPart: where single secrets are meant, the ledger stays, and with it
// the row.
func TestDecideOfAPart(t *testing.T) {
	in := record.Input{
		Found:   found(listed(t, "store", blog, here, 0, blog, shop)),
		Owners:  []record.Owner{{Owner: blog}, {Owner: shop, Retire: secret.RetireRelease}},
		Targets: plan.Targets{{Owner: shop, Secret: "A"}},
	}
	if p := decided(in); !p.Record.IsZero() {
		t.Errorf("%+v", p.Record)
	}
	in.Targets[0].Secret = ""
	if p := decided(in); named(p.Record.Leaves) != "site:shop" {
		t.Errorf("with all of it: %+v", p.Record)
	}
}

// TestDecideRefuses: a record that cannot be believed, or that ledgers know better,
// is continued by nobody who does not give it up.
func TestDecideRefuses(t *testing.T) {
	live := listed(t, "store", blog, here, 6, blog)
	broken := secret.Live{Owner: blog}
	for _, one := range live.Secrets {
		one.Value = secret.Read(secret.NewValue("c4nary"))
		broken.Secrets = append(broken.Secrets, one)
	}
	serial := found(live).Own.Serial
	reset := func(f record.Found) record.Found {
		f.Reset = true
		return f
	}
	aged := func(age record.Age) record.Found {
		f := found(live)
		age.Commit = "c"
		f.Age = age
		return f
	}
	target := plan.Targets{{Owner: blog}}
	tests := map[string]struct {
		found    record.Found
		ledgers  []ledger.Ledgers
		targets  plan.Targets
		refusals string
		warnings string
		resets   bool
	}{
		"fine":                {found(live), []ledger.Ledgers{says(blog, serial)}, nil, "", "", false},
		"damaged":             {found(broken), nil, nil, "record-damaged", "", false},
		"damaged, given up":   {reset(found(broken)), []ledger.Ledgers{says(blog, serial)}, nil, "", "", true},
		"with a target":       {reset(found(broken)), nil, target, "reset-record-target", "", false},
		"nothing to give up":  {reset(found(live)), nil, nil, "", "reset-record-not-needed", false},
		"gone":                {found(secret.Live{Owner: blog}), []ledger.Ledgers{says(blog, 1)}, nil, "record-missing", "", false},
		"put back":            {found(live), []ledger.Ledgers{says(blog, serial+1)}, nil, "record-put-back", "", false},
		"an older checkout":   {aged(record.Age{Certain: true}), nil, nil, "old-checkout", "", false},
		"perhaps":             {aged(record.Age{}), nil, nil, "", "older-commit", false},
		"perhaps, in CI":      {aged(record.Age{InCI: true}), nil, nil, "older-commit", "", false},
		"nobody knows":        {aged(record.Age{Unknown: true}), nil, nil, "", "commit-unknown", false},
		"nobody knows, in CI": {aged(record.Age{Unknown: true, InCI: true}), nil, nil, "commit-unknown", "", false},
		"an older one, in CI": {aged(record.Age{Certain: true, InCI: true}), nil, nil, "old-checkout", "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := decided(record.Input{Found: test.found, Ledgers: test.ledgers, Targets: test.targets, Owners: []record.Owner{{Owner: blog}}})
			var refusals, warnings []string
			for _, one := range p.Refusals {
				refusals = append(refusals, string(one.Code))
				if strings.Contains(one.Detail, "c4nary") {
					t.Errorf("a value is told: %s", one.Detail)
				}
			}
			for _, one := range p.Warnings {
				warnings = append(warnings, string(one.Code))
			}
			if strings.Join(refusals, " ") != test.refusals || strings.Join(warnings, " ") != test.warnings {
				t.Errorf("refusals %q, warnings %q", refusals, warnings)
			}
			if resets := len(p.Record.Reasons) > 0 && p.Record.Reasons[0].Code == plan.ReasonRecordReset; resets != test.resets {
				t.Errorf("reasons %v", p.Record.Reasons)
			}
		})
	}
}

// TestSteps: who joins is entered before everything else, also where the record was;
// what goes, goes last, the former home before the rows.
func TestSteps(t *testing.T) {
	f := found(listed(t, "store", shop, here, 0, blog, shop), secret.Live{Owner: blog})
	change := plan.RecordChange{Home: blog, Joins: []secret.Owner{agency}, Leaves: []secret.Owner{shop}}
	steps := record.NewSteps(change, f, nil)
	ahead, err := steps.Ahead(keys, "test", ledger.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	order := func(all []record.Writes) []string {
		var told []string
		for _, one := range all {
			for _, write := range one.Writes {
				told = append(told, fmt.Sprintf("%v %s on %s", write.Op, write.Name, one.Owner))
			}
		}
		return told
	}
	if diff := cmp.Diff([]string{
		fmt.Sprintf("%v CELLA_PROJECT__STORE on site:shop", ledger.Change), fmt.Sprintf("%v CELLA_PROJECT__STORE on site:blog", ledger.Create),
	}, order(ahead.Writes)); diff != "" {
		t.Errorf("ahead (-want +got):\n%s", diff)
	}
	if got := named(ahead.Record.Owners); got != "org:agency site:blog site:shop" {
		t.Errorf("the record has %s", got)
	}
	behind, err := steps.Behind(ahead, change.Leaves, keys, "test", ledger.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		fmt.Sprintf("%v CELLA_PROJECT__STORE on site:shop", ledger.Delete), fmt.Sprintf("%v CELLA_PROJECT__STORE on site:blog", ledger.Change),
	}, order(behind)); diff != "" {
		t.Errorf("behind (-want +got):\n%s", diff)
	}
	behind, err = steps.Behind(ahead, []secret.Owner{agency, blog, shop}, keys, "test", ledger.Origin{})
	if diff := cmp.Diff([]string{
		fmt.Sprintf("%v CELLA_PROJECT__STORE on site:shop", ledger.Delete), fmt.Sprintf("%v CELLA_PROJECT__STORE on site:blog", ledger.Delete),
	}, order(behind)); diff != "" || err != nil {
		t.Errorf("where nobody is left: %v (-want +got):\n%s", err, diff)
	}
}
