package apply_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	memory "github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
)

// fleet is a world, and a project that remembers itself as a whole. What a
// manifest says beside its owners stands here.
type fleet struct {
	estate
	home   secret.Owner
	source memory.Source
	moved  memory.Source // policy.moved_from
	run    string
	all    []secret.Owner // on the platform, by the names that they have now
}

func newFleet(t *testing.T) fleet {
	return fleet{
		estate: estate{w: newWorld(), keys: keysOf(t, "k"), org: org("o"), project: project},
		home:   site("a"), source: memory.Source{Path: "secrets.yaml"}, run: "run-1",
		all: []secret.Owner{org("o"), site("a"), site("b"), site("c")},
	}
}

func (f fleet) copy() fleet {
	f.estate = f.estate.copy()
	return f
}

// read returns what a run reads before it decides, as package main does.
func (f fleet) read(desired []secret.Desired) (plan.Plan, apply.Input) {
	in := decision.Input{
		Project: f.project, Desired: desired, Keys: f.keys,
		Policy: decision.Policy{Unmanaged: secret.ReportUnmanaged, MaxDeletePercent: 100},
		Record: record.Found{Home: f.home, Source: f.source, MovedFrom: f.moved, MovedLine: f.moved != memory.Source{}},
	}
	held, asked := []ledger.Ledgers{}, map[string]bool{}
	list := func(owner secret.Owner) (secret.Live, ledger.Ledgers) {
		live := f.w.list(owner, f.org, false)
		in.Record.Take(live, f.project, f.formerly, f.keys)
		asked[owner.ID] = true
		return live, ledger.ReadAll(live, f.project, f.formerly, f.keys)
	}
	add := func(live secret.Live, ledgers ledger.Ledgers) {
		in.Live, in.Ledgers = append(in.Live, live), append(in.Ledgers, ledgers)
	}
	for _, d := range desired {
		add(list(d.Owner))
	}
	held = append(held, in.Ledgers...)
	further := map[secret.Owner]secret.Live{}
	for {
		next := in.Record.Left(desired)
		if home, later := in.Record.LaterHome(held); later {
			next = append(next, home)
		}
		next = slices.DeleteFunc(next, func(o secret.Owner) bool { return asked[o.ID] })
		if len(next) == 0 {
			break
		}
		live, ledgers := list(next[0])
		further[next[0]], held = live, append(held, ledgers)
	}
	left := in.Record.Left(desired)
	for _, owner := range slices.SortedFunc(maps.Keys(further), secret.Owner.Compare) {
		ledgers := ledger.ReadAll(further[owner], f.project, f.formerly, f.keys)
		if slices.Contains(left, owner) || ledgers.Own.Status != ledger.None {
			add(further[owner], ledgers)
			continue
		}
		in.Record.Lists++
	}
	p := decision.Diff(in)
	return p, apply.Input{Plan: p, Desired: desired, Ledgers: in.Ledgers, Keys: f.keys, Run: f.run, Record: in.Record}
}

// apply converges: it plans, applies and wants all of it done, with the requests
// that were announced.
func (f fleet) apply(t *testing.T, desired []secret.Desired) {
	t.Helper()
	p, in := f.read(desired)
	if p.Blocked() {
		t.Fatalf("refused: %+v, errors: %+v", p.Refusals, p.Errors)
	}
	report, err := apply.Run(t.Context(), f.w, in, options())
	if err != nil || !report.Complete() {
		t.Fatalf("error %v, report %+v", err, report)
	}
	lists := len(in.Ledgers) + in.Record.Lists
	if report.Requests != p.Requests.Secrets-lists {
		t.Errorf("%d requests, announced were %d and %d lists", report.Requests, p.Requests.Secrets-lists, lists)
	}
}

// quiet wants a plan without anything to do, and a list per owner.
func (f fleet) quiet(t *testing.T, desired []secret.Desired) {
	t.Helper()
	p, _ := f.read(desired)
	if p.HasChanges() || p.Blocked() || p.Requests.Secrets != len(desired) {
		t.Errorf("the next plan is not quiet: %+v, record %+v, refusals %+v, %d requests", p.Summary, p.Record, p.Refusals, p.Requests.Secrets)
	}
}

// record is what the project remembers, as anybody finds it who reads everything.
func (f fleet) record() (rows []secret.Owner, books []memory.Record) {
	for _, owner := range f.all {
		for _, record := range memory.Find(f.w.list(owner, secret.Owner{}, false), f.project, f.formerly, f.keys) {
			if record.Status != ledger.None {
				books = append(books, record)
			}
		}
	}
	rows, _ = memory.Unite(books...)
	return rows, books
}

// covered wants every ledger of the project to be in its record.
func (f fleet) covered(t *testing.T) {
	t.Helper()
	rows, _ := f.record()
	for _, owner := range f.all {
		has := slices.ContainsFunc(rows, func(o secret.Owner) bool { return o.ID == owner.ID })
		held := ledger.ReadAll(f.w.list(owner, secret.Owner{}, false), f.project, f.formerly, f.keys)
		if (held.Own.Status != ledger.None || len(held.Former) > 0) && !has {
			t.Errorf("%s has a ledger (%s), and the record does not have it: %v", owner, held.Own.Status, rows)
		}
	}
}

// declare is an owner with a secret of each of the names.
func declare(owner secret.Owner, edition string, names ...secret.Name) secret.Desired {
	d := secret.Desired{Owner: owner, MaxDeletePercent: 100}
	for _, name := range names {
		d.Secrets = append(d.Secrets, want(owner, name, edition, secret.NewScopes(secret.WebScope)))
	}
	return d
}

// retiring leaves an owner.
func retiring(owner secret.Owner, how secret.Retirement) secret.Desired {
	return secret.Desired{Owner: owner, Retire: how, MaxDeletePercent: 100}
}
