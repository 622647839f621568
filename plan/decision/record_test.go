package decision

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
)

// staged is a stage, and what a plan of it says of the record.
type staged struct {
	stage
	lines    []string
	requests int // lists and writes; 0 is not looked at
	reason   string
}

func runStages(t *testing.T, stages map[string]staged) {
	for name, s := range stages {
		t.Run(name, func(t *testing.T) {
			p := Diff(s.input())
			if diff := cmp.Diff(s.lines, ofRecord(p)); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", s.reason, diff)
			}
			if s.requests > 0 && p.Requests.Secrets != s.requests {
				t.Errorf("%d requests, want %d: %s", p.Requests.Secrets, s.requests, s.reason)
			}
		})
	}
}

var (
	wantA    = want("A", "=1")
	justMine = []secret.Desired{desire(mySite, wantA)}
	twoSites = []secret.Desired{desire(mySite, wantA), desire(left, wantA)}
	mine     = note{on: mySite, rows: []secret.Owner{mySite}, source: here}
	ours     = note{on: mySite, rows: []secret.Owner{mySite, left}, source: here}
)

func leaving(owner secret.Owner, how secret.Retirement) secret.Desired {
	d := desire(owner)
	d.Retire = how
	return d
}

// TestOwnersComeAndGo: who joins and who leaves, and what of that is refused.
func TestOwnersComeAndGo(t *testing.T) {
	withLeft := func(how secret.Retirement) []secret.Desired {
		return []secret.Desired{desire(mySite, wantA), leaving(left, how)}
	}
	failing := func(code plan.Code) []plan.OwnerError {
		return []plan.OwnerError{{Owner: left, Code: code, Detail: "list secrets"}}
	}
	external := wantWith(want("X"), func(s *secret.DesiredSecret) { s.External = true })
	nameless := left
	nameless.ID = ""
	renamed := left
	renamed.Name = "renamed"
	const record = "CELLA_PROJECT__STOREFRONT on site:my-site: "
	refused := []string{"refusal owner-left site:left-site 1"}
	runStages(t, map[string]staged{
		"nothing is known yet": {stage{desired: twoSites}, []string{
			record + "record-new", "join site:left-site", "join site:my-site", "create site:left-site/A", "create site:my-site/A",
		}, 2 + 1 + 2*3, "everybody joins, in one write"},
		"a ledger of before records": {stage{ledgers: []secret.Owner{mySite}, desired: justMine},
			[]string{record + "record-new", "join site:my-site"}, 1 + 1, "it is ours already"},
		"all is known": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: twoSites}, nil, 2, "a plan costs no request more"},
		"one joins": {stage{notes: []note{mine}, ledgers: []secret.Owner{mySite}, desired: twoSites}, []string{
			record + "record-joins", "join site:left-site", "create site:left-site/A",
		}, 2 + 1 + 3, "one write for the chunk"},
		"only external ones": {stage{notes: []note{mine}, ledgers: []secret.Owner{mySite}, desired: []secret.Desired{desire(mySite, wantA), desire(left, external)}},
			[]string{"warning external-missing site:left-site"}, 2, "without a ledger there is nothing to forget"},
		"renamed": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, renamed}, desired: []secret.Desired{desire(mySite, wantA), desire(renamed, wantA)}},
			nil, 2, "an owner is told by its id"},
		"left": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: justMine}, refused, 2, "one list more"},
		"left, with nothing there": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: justMine},
			[]string{"refusal owner-left site:left-site"}, 2, "somebody has to say so all the same"},
		"left, not readable": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: justMine, failed: failing(plan.CodeRequestFailed)},
			[]string{"error request-failed site:left-site"}, 1, "a failed read is no reason to abandon"},
		"left, gone": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: justMine, failed: failing(plan.CodeGone)},
			[]string{"refusal owner-left-unread site:left-site"}, 1, "a 404 alone drops nobody"},
		"left, with a target": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: justMine,
			change: func(in *Input) {
				in.Live, in.Ledgers, in.Targets = in.Live[:1], in.Ledgers[:1], plan.Targets{{Owner: mySite}}
			}},
			[]string{"warning target site:my-site"}, 1, "nobody looks"},
		"released": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: withLeft(secret.RetireRelease)},
			[]string{record + "record-leaves", "leave site:left-site", "release site:left-site/A"}, 2 + 1 + 1, "the ledger goes, then the row"},
		"deleted": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: withLeft(secret.RetireDelete)},
			[]string{record + "record-leaves", "leave site:left-site", "delete site:left-site/A"}, 2 + 1 + 3, "what is ours goes"},
		"deleted, never joined": {stage{notes: []note{mine}, ledgers: []secret.Owner{mySite, left}, desired: withLeft(secret.RetireDelete)},
			[]string{record + "record-joins record-leaves", "join site:left-site", "leave site:left-site", "delete site:left-site/A"},
			2 + 2 + 3, "in between it is known"},
		"deleted, with a target on one secret": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: withLeft(secret.RetireDelete),
			change: func(in *Input) { in.Targets = plan.Targets{{Owner: left, Secret: "A"}} }},
			[]string{"delete site:left-site/A", "warning target site:left-site"}, 0, "the ledger stays, and with it the row"},
		"interrupted before the row went": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: withLeft(secret.RetireDelete)},
			[]string{record + "record-leaves", "leave site:left-site", "warning retire-without-effect site:left-site"}, 2 + 1, "rows may be too many, for a while"},
		"retired, not readable": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: withLeft(secret.RetireDelete), failed: failing(plan.CodeGone)},
			[]string{"error not-found site:left-site"}, 1, "only abandon does without a look"},
		"abandoned, gone": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: withLeft(secret.RetireAbandon), failed: failing(plan.CodeGone)},
			[]string{record + "record-leaves", "leave site:left-site"}, 1 + 1, "the row goes unread"},
		"abandoned, forbidden": {stage{
			notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: withLeft(secret.RetireAbandon), failed: failing(plan.CodeForbidden),
		},
			[]string{record + "record-leaves", "leave site:left-site"}, 1 + 1, "as where it is gone"},
		"abandoned, without its id": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, failed: failing(plan.CodeGone),
			desired: []secret.Desired{desire(mySite, wantA), leaving(nameless, secret.RetireAbandon)}},
			[]string{record + "record-leaves", "leave site:left-site"}, 1 + 1, "its name leads to nothing any more, so the record says which it is"},
		"abandoned, and only renamed": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left},
			failed:  []plan.OwnerError{{Owner: nameless, Code: plan.CodeGone}},
			desired: []secret.Desired{desire(mySite, wantA), leaving(nameless, secret.RetireAbandon)},
			change:  func(in *Input) { in.Live = append(in.Live, stage{ledgers: []secret.Owner{left}}.list(left)) }},
			[]string{"refusal abandon-readable site:left-site"}, 2, "by its id it can be read"},
		"abandoned, for a moment": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite}, desired: withLeft(secret.RetireAbandon),
			failed: failing(plan.CodeRequestFailed)},
			[]string{"error request-failed site:left-site"}, 1, "a failure is no reason"},
		"abandoned, readable": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: withLeft(secret.RetireAbandon)},
			[]string{"refusal abandon-readable site:left-site"}, 2, "then release and delete are possible"},
		"abandoned, done": {stage{notes: []note{mine}, ledgers: []secret.Owner{mySite}, desired: withLeft(secret.RetireAbandon), failed: failing(plan.CodeGone)},
			[]string{"warning retire-without-effect site:left-site"}, 1, "the line can go"},
		"all leave": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left},
			desired: []secret.Desired{leaving(mySite, secret.RetireRelease), leaving(left, secret.RetireRelease)}},
			[]string{
				record + "record-leaves record-removed", "leave site:left-site", "leave site:my-site",
				"release site:left-site/A", "release site:my-site/A",
			}, 2 + 2 + 1, "nothing stays, the record neither"},
		"without a key": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: justMine,
			change: func(in *Input) { in.Live, in.Ledgers, in.Keys = in.Live[:1], nil, ledger.Keys{} }},
			[]string{"update site:my-site/A", "warning no-fingerprint-key", "warning ledger-not-kept site:my-site"}, 0, "there is no record"},
		"a new one has the name": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left},
			desired: []secret.Desired{desire(mySite, wantA), desire(secret.Owner{Kind: secret.Site, Name: left.Name, ID: other.ID}, wantA)},
			change: func(in *Input) {
				last := len(in.Live) - 1
				in.Live[last].Owner.Name, in.Ledgers[last].Owner.Name = left.ID, left.ID
			}},
			[]string{
				record + "record-joins", "join site:left-site", "create site:left-site/A", "refusal owner-left site:" + left.ID + " 1",
			}, 0, "the former one is not forgotten for it"},
	})
}

// TestTheHomeThatMoves: the line in the manifest is another one now.
func TestTheHomeThatMoves(t *testing.T) {
	const record = "CELLA_PROJECT__STOREFRONT on site:other-site: "
	three := []secret.Desired{desire(mySite, wantA), desire(left, wantA), desire(other, wantA)}
	all := []secret.Owner{mySite, left, other}
	at := func(on secret.Owner, after uint64, rows ...secret.Owner) note {
		return note{on: on, rows: rows, source: here, after: after}
	}
	runStages(t, map[string]staged{
		"the former one stays": {stage{notes: []note{at(mySite, 0, all...)}, ledgers: all, desired: three, home: other}, []string{
			record + "record-moves", "remove CELLA_PROJECT__STOREFRONT on site:my-site",
		}, 3 + 2, "made there, then removed here"},
		"the former one leaves": {stage{notes: []note{at(mySite, 0, all...)}, ledgers: all, home: other,
			desired: []secret.Desired{desire(left, wantA), desire(other, wantA), leaving(mySite, secret.RetireRelease)}}, []string{
			record + "record-moves record-leaves", "leave site:my-site", "remove CELLA_PROJECT__STOREFRONT on site:my-site", "release site:my-site/A",
		}, 3 + 1 + 1 + 1 + 1, "it is read as long as it is declared"},
		"only ledgers know it": {stage{notes: []note{at(mySite, 0, all...)}, ledgers: all, origin: ledger.Origin{Record: 1, Home: mySite},
			home: other, desired: three[1:]}, []string{
			record + "record-moves", "remove CELLA_PROJECT__STOREFRONT on site:my-site", "refusal owner-left site:my-site 1",
		}, 0, "it left the manifest, and is not lost for it"},
		"interrupted": {stage{notes: []note{at(mySite, 0, all...), at(other, 1, all...)}, ledgers: all, desired: three, home: other}, []string{
			record + "record-moves", "remove CELLA_PROJECT__STOREFRONT on site:my-site",
		}, 3 + 1, "only the removal is left"},
		"interrupted, and back": {stage{notes: []note{at(mySite, 0, all...), at(other, 1, all...)}, ledgers: all, desired: three}, []string{
			"CELLA_PROJECT__STOREFRONT on site:my-site: record-moves", "remove CELLA_PROJECT__STOREFRONT on site:other-site",
		}, 3 + 2, "the serial goes on, so it is written"},
		"united": {stage{notes: []note{at(mySite, 0, mySite, left), at(other, 5, mySite, other)}, ledgers: all, desired: three, home: other}, []string{
			record + "record-moves", "remove CELLA_PROJECT__STOREFRONT on site:my-site",
		}, 3 + 2, "the owners of both count"},
		"one joins on the way": {stage{notes: []note{at(mySite, 0, mySite, left)}, ledgers: all[:2], desired: three, home: other}, []string{
			record + "record-moves record-joins", "join site:other-site", "remove CELLA_PROJECT__STOREFRONT on site:my-site", "create site:other-site/A",
		}, 3 + 3 + 3, "it joins at the former home too, until that goes"},
		"under another name": {stage{notes: []note{at(mySite, 0, mySite)}, ledgers: all[:1], desired: justMine,
			manifest: manifest{project: "shop", formerly: []string{"storefront"}}.under("k", "")}, []string{
			"CELLA_PROJECT__SHOP on site:my-site: record-moves", "remove CELLA_PROJECT__STOREFRONT on site:my-site", "adopt site:my-site/A",
		}, 0, "taken over as the ledgers are"},
	})
}

// TestRecordsThatCannotBeBelieved are refused with the way to allow it, and
// given up where the manifest says so. Nothing is deleted.
func TestRecordsThatCannotBeBelieved(t *testing.T) {
	reset := func(in *Input) { in.Record.Reset = true }
	const record = "CELLA_PROJECT__STOREFRONT on site:my-site: "
	damaged, foreign := ours, ours
	damaged.damaged, foreign.key = true, "n"
	elsewhere := damaged
	elsewhere.on = left
	later := ledger.Origin{Record: 9, Home: mySite}
	again := []string{record + "record-reset", "join site:left-site", "join site:my-site"}
	begin := stage{ledgers: []secret.Owner{mySite, left}, desired: twoSites}
	with := func(origin ledger.Origin, change func(*Input), notes ...note) stage {
		s := begin
		s.origin, s.change, s.notes = origin, change, notes
		return s
	}
	rotated := begin
	rotated.notes, rotated.manifest = []note{ours}, manifest{}.under("n", "k")
	runStages(t, map[string]staged{
		"damaged":         {with(later, nil, damaged), []string{"refusal record-damaged site:my-site"}, 2, "nothing else is said of it"},
		"damaged, reset":  {with(later, reset, damaged), again, 2 + 2, "deleted, then made anew"},
		"another key":     {with(ledger.Origin{}, nil, foreign), []string{"refusal record-other-key site:my-site"}, 2, "the key may be in the wrong place"},
		"lost key, reset": {with(ledger.Origin{}, reset, foreign), again, 2 + 2, "as a damaged one"},
		"missing":         {with(later, nil), []string{"refusal record-missing site:my-site"}, 2, "ledgers know of one"},
		"missing, reset":  {with(later, reset), again, 2 + 1, "there is nothing to delete"},
		"missing, reset, with a target": {with(later, func(in *Input) { in.Record.Reset, in.Targets = true, plan.Targets{{Owner: mySite}} }),
			[]string{"warning target site:my-site", "refusal reset-record-target site:my-site"}, 2, "what no target shows would be forgotten"},
		"put back":        {with(later, nil, ours), []string{"refusal record-put-back site:my-site"}, 2, "ledgers know of a later one"},
		"put back, reset": {with(later, reset, ours), []string{record + "record-reset"}, 2 + 1, "its rows are kept: they may be too many"},
		"a further one damaged": {with(ledger.Origin{}, nil, ours, elsewhere), []string{"refusal record-damaged site:left-site"}, 2,
			"nobody knows what it would say"},
		"a further one damaged, reset": {with(ledger.Origin{}, reset, ours, elsewhere),
			[]string{record + "record-reset record-moves", "remove CELLA_PROJECT__STOREFRONT on site:left-site"}, 2 + 1,
			"the one that can be believed stays as it is"},
		"not behind":   {with(ledger.Origin{Record: 1, Home: mySite}, nil, ours), nil, 2, "the same serial is no older one"},
		"whole, reset": {with(ledger.Origin{}, reset, ours), []string{"warning reset-record-not-needed"}, 2, "the line can go"},
		"rotated": {rotated, []string{
			record + "record-rekey", "adopt site:left-site/A", "adopt site:my-site/A",
		}, 2 + 1 + 2, "written under the new key, with the ledgers"},
	})
}

// TestReplayAfterAReset: what is made after a reset is later than all that
// ledgers know.
func TestReplayAfterAReset(t *testing.T) {
	s := stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: twoSites, origin: ledger.Origin{Record: 9, Home: mySite}}
	s.change = func(in *Input) { in.Record.Reset = true }
	in := s.input()
	ahead, err := record.NewSteps(Diff(in).Record, in.Record, in.Ledgers).Ahead(in.Keys, run, ledger.Origin{})
	if err != nil || ahead.Record.Serial <= 9 || len(ahead.Record.Owners) != 2 {
		t.Errorf("%v: serial %d, owners %v", err, ahead.Record.Serial, ahead.Record.Owners)
	}
}

// TestSources: a project is applied from one place.
func TestSources(t *testing.T) {
	from := func(text string) project.Source { return project.Source{Forge: "github.com/1", Path: text} }
	moved := func(from project.Source) func(*Input) {
		return func(in *Input) { in.Record.MovedFrom, in.Record.MovedLine = from, true }
	}
	at := func(source project.Source) note {
		return note{on: mySite, rows: []secret.Owner{mySite}, source: source}
	}
	begin := func(now project.Source, change func(*Input), n note) stage {
		return stage{notes: []note{n}, ledgers: []secret.Owner{mySite}, desired: []secret.Desired{desire(mySite, want("A", "=2"))}, source: now, change: change}
	}
	unknown := func(in *Input) { in.Record.Source = project.Source{} }
	copied := project.Source{Forge: "github.com/2", Path: "secrets.yaml"}
	const update = "update site:my-site/A"
	movedOnce := at(here)
	movedOnce.before, movedOnce.source = from("old.yaml"), here
	after := begin(from("old.yaml"), nil, movedOnce)
	after.origin = ledger.Origin{Record: 2, Home: mySite}
	to := func(text string) []string {
		return []string{"CELLA_PROJECT__STOREFRONT on site:my-site: record-source", "source " + text, update}
	}
	otherSource := func(recorded, movedFrom string) []string {
		return []string{"refusal other-source recorded " + recorded + " moved_from " + movedFrom}
	}
	runStages(t, map[string]staged{
		"the same": {begin(here, nil, at(here)), []string{update}, 0, ""},
		"a copy in the repository": {begin(from("copy/secrets.yaml"), nil, at(here)), otherSource("github.com/1:secrets.yaml", "secrets.yaml"), 1,
			"before anything else is decided"},
		"a copy on a laptop": {begin(project.Source{Path: "copy/secrets.yaml"}, nil, at(here)), otherSource("github.com/1:secrets.yaml", "secrets.yaml"), 1,
			"the path tells, whatever the repository is"},
		"a copy where no forge was ever known": {begin(project.Source{Path: "copy/secrets.yaml"}, nil, at(project.Source{Path: "secrets.yaml"})),
			otherSource("secrets.yaml", "secrets.yaml"), 1, "the path alone is recorded"},
		"a copy of the repository": {begin(copied, nil, at(here)), otherSource("github.com/1:secrets.yaml", "github.com/1:secrets.yaml"), 1,
			"the path alone would allow every copy"},
		"nothing known, but recorded": {begin(here, unknown, at(here)), []string{update, "warning source-unknown recorded github.com/1:secrets.yaml"}, 0,
			"warned of, and what is known stays"},
		"the path unknown, but recorded": {begin(project.Source{Forge: "github.com/1"}, nil, at(here)),
			[]string{update, "warning source-unknown recorded github.com/1:secrets.yaml"}, 0, "a pipeline without git, or a file that git doesn't track"},
		"neither known":         {begin(here, unknown, at(project.Source{})), []string{update}, 0, "nothing is to compare"},
		"learned":               {begin(here, nil, at(project.Source{})), to("github.com/1:secrets.yaml"), 0, "from now on it is known"},
		"the repository unsaid": {begin(project.Source{Path: "secrets.yaml"}, nil, at(here)), []string{update}, 0, "on somebody's own machine"},
		"moved": {begin(from("new.yaml"), moved(project.Source{Path: "secrets.yaml"}), at(here)), to("github.com/1:new.yaml"), 0,
			"the manifest says so"},
		"moved to another repository": {begin(copied, moved(here), at(here)), to("github.com/2:secrets.yaml"), 0, "with its number"},
		"moved, and copied then": {begin(project.Source{Forge: "github.com/2", Path: "new.yaml"}, moved(project.Source{Path: "secrets.yaml"}), at(here)),
			otherSource("github.com/1:secrets.yaml", "github.com/1:secrets.yaml"), 1, "the line came along into the copy"},
		"moved from elsewhere": {begin(from("new.yaml"), moved(project.Source{Path: "third.yaml"}), at(here)),
			otherSource("github.com/1:secrets.yaml", "secrets.yaml"), 1,
			"that is not where it was"},
		"a copy of one whose place was unknown": {begin(copied, nil, at(project.Source{Forge: "github.com/1"})),
			otherSource("github.com/1:", "github.com/1:secrets.yaml"), 1, "what is told can be written"},
		"moved, done": {begin(here, moved(project.Source{Path: "old.yaml"}), movedOnce), []string{update, "warning moved-from-not-needed"}, 0,
			"the line can go"},
		"moved, and back":          {begin(from("old.yaml"), nil, movedOnce), to("github.com/1:old.yaml"), 0, "nobody applied from there"},
		"moved, applied, and back": {after, otherSource("github.com/1:secrets.yaml", "secrets.yaml"), 1, "somebody applied from there"},
	})
}

// TestOldCheckouts: a commit on top of which something was applied is refused.
func TestOldCheckouts(t *testing.T) {
	aged := func(age record.Age) stage {
		return stage{notes: []note{mine}, ledgers: []secret.Owner{mySite}, desired: justMine, change: func(in *Input) {
			age.Commit, age.Time = "abc", time.Unix(0, 0)
			in.Record.Age = age
		}}
	}
	runStages(t, map[string]staged{
		"certain":              {aged(record.Age{Certain: true}), []string{"refusal old-checkout abc"}, 0, "it would undo what came later"},
		"certain, in CI":       {aged(record.Age{Certain: true, InCI: true}), []string{"refusal old-checkout abc"}, 0, ""},
		"perhaps, in CI":       {aged(record.Age{InCI: true}), []string{"refusal older-commit abc"}, 0, "nobody looks on"},
		"no git, in CI":        {aged(record.Age{Unknown: true, InCI: true}), []string{"refusal commit-unknown abc"}, 0, "it may be any commit"},
		"no git, on a laptop":  {aged(record.Age{Unknown: true}), []string{"warning commit-unknown abc"}, 0, "somebody looks on"},
		"perhaps, on a laptop": {aged(record.Age{}), []string{"warning older-commit abc"}, 0, "somebody looks on"},
	})
}

// TestTargetsAndTheRecord: a target looks at one owner. The record is written
// where that one joins, which takes the list of the home.
func TestTargetsAndTheRecord(t *testing.T) {
	to := func(lists int, looked bool) func(*Input) {
		return func(in *Input) {
			in.Targets, in.Live, in.Ledgers = plan.Targets{{Owner: left}}, in.Live[1:2], in.Ledgers[1:2]
			in.Record.Lists, in.Record.Looked = lists, looked
		}
	}
	const target = "warning target site:left-site"
	runStages(t, map[string]staged{
		"it joins": {stage{notes: []note{mine}, ledgers: []secret.Owner{mySite}, desired: twoSites, change: to(1, true)}, []string{
			"CELLA_PROJECT__STOREFRONT on site:my-site: record-joins", "join site:left-site", "create site:left-site/A", target,
		}, 1 + 1 + 1 + 3, "a list more"},
		"it is known": {stage{notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: twoSites, change: to(0, false)},
			[]string{target, "warning record-unread site:my-site"}, 1, "nobody needs the record"},
	})
}

// TestTheDigestBindsTheRecord: whatever is done to it was approved.
func TestTheDigestBindsTheRecord(t *testing.T) {
	stages := map[string]stage{
		"nothing": {notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: twoSites},
		"abandoned": {notes: []note{ours}, ledgers: []secret.Owner{mySite}, failed: []plan.OwnerError{{Owner: left, Code: plan.CodeGone}},
			desired: []secret.Desired{desire(mySite, wantA), leaving(left, secret.RetireAbandon)}},
		"source": {notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: twoSites, source: project.Source{Forge: here.Forge, Path: "b.yaml"},
			change: func(in *Input) { in.Record.MovedFrom, in.Record.MovedLine = here, true }},
		"new": {ledgers: []secret.Owner{mySite, left}, desired: twoSites},
		"reset": {ledgers: []secret.Owner{mySite, left}, desired: twoSites, origin: ledger.Origin{Record: 3, Home: mySite},
			change: func(in *Input) { in.Record.Reset = true }},
		"moves": {notes: []note{ours}, ledgers: []secret.Owner{mySite, left}, desired: twoSites, home: left},
	}
	seen := map[string]string{}
	for name, s := range stages {
		p := Diff(s.input())
		if p.Blocked() || p.HasChanges() != (name != "nothing") {
			t.Errorf("%s: blocked %v, changes %v: %v", name, p.Blocked(), p.HasChanges(), ofRecord(p))
		}
		digest, err := plan.Digest(p)
		if again, found := seen[digest]; err != nil || found {
			t.Errorf("%s has the digest of %s, %v", name, again, err)
		}
		seen[digest] = name
	}
}

// TestBrakesOverOwnersThatLeave: what goes with a whole owner counts among the
// owners.
func TestBrakesOverOwnersThatLeave(t *testing.T) {
	s := stage{}
	for i := range 10 {
		owner := secret.Owner{Kind: secret.Site, Name: "site-" + string(rune('a'+i)), ID: string(rune('a'+i)) + other.ID[1:]}
		s.ledgers = append(s.ledgers, owner)
		if i < 4 {
			s.desired = append(s.desired, leaving(owner, secret.RetireDelete))
		} else {
			s.desired = append(s.desired, desire(owner, wantA))
		}
	}
	s.home = s.ledgers[9]
	s.notes = []note{{on: s.home, rows: s.ledgers, source: here}}
	if p := Diff(s.input()); len(p.Refusals) != 1 || p.Refusals[0].Code != plan.CodeDeleteFleet || p.Refusals[0].Facts.Count != 4 {
		t.Errorf("four of ten: %v", ofRecord(p))
	}
	s.desired[3] = desire(s.ledgers[3], wantA)
	if p := Diff(s.input()); p.Blocked() || len(p.Record.Leaves) != 3 {
		t.Errorf("three of ten: %v", ofRecord(p))
	}
}
