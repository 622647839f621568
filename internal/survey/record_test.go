package survey_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/plan"
)

// three has a site more than two.
const three = "sites: {blog: {secrets: {A: {value: c4nary}}}, shop: {secrets: {A: {value: c4nary}}}, wiki: {secrets: {A: {value: c4nary}}}}\n"

// without are three, of which wiki left: its lines are what retire says, if anything.
func without(wiki string) string {
	return strings.Replace(three, "wiki: {secrets: {A: {value: c4nary}}}", wiki, 1)
}

// applied is an account to which a manifest was applied.
func applied(t *testing.T, plain string) *bench {
	t.Helper()
	b := newBench(t, world())
	b.apply(b.take(b.read(plain)))
	return b
}

// TestOwnersThatLeft: they are read, though the manifest has no line of them, and
// what the project has there is not forgotten.
func TestOwnersThatLeft(t *testing.T) {
	gone := fails(emulator.FindSite, "", http.StatusNotFound)
	gone.Path = "wiki"
	tests := map[string]struct {
		manifest string
		fault    emulatortest.Fault
		targets  []string
		asked    int // lists of wiki
		refusals string
		unread   bool
	}{
		"left":             {keyed + two, none, nil, 1, "owner-left", false},
		"left, not read":   {keyed + two, fails(emulator.ListSecrets, "site:wiki", http.StatusForbidden), nil, 2, "owner-left-unread", false},
		"with targets":     {keyed + two, none, []string{"site:shop"}, 0, "", false},
		"retiring":         {keyed + without("wiki: {retire: release}"), none, nil, 1, "", false},
		"abandoned, there": {keyed + without("wiki: {retire: abandon}"), none, nil, 1, "abandon-readable", false},
		"abandoned, gone":  {keyed + without("wiki: {retire: abandon}"), gone, nil, 1, "abandon-readable", false},
		"another home":     {strings.Replace(keyed, "blog", "shop", 1) + three, none, nil, 1, "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := applied(t, keyed+three)
			since := len(b.server.Log())
			b.server.Script(test.fault)
			s := b.take(b.read(test.manifest), targeting(test.targets...))
			if got := codes(s.Plan); got != test.refusals {
				t.Errorf("refusals %q, errors %q", got, wrong(s.Plan))
			}
			if n := b.asked(emulator.ListSecrets, "site:wiki", since); n < min(test.asked, 1) || test.asked == 0 && n > 0 {
				t.Errorf("the list was asked for %d times", n)
			}
			if (s.Unread() != nil) != test.unread {
				t.Errorf("unread: %v", s.Unread())
			}
			b.onlyRead(since)
		})
	}
}

// none is a fault that never acts.
var none = emulatortest.Fault{Operation: emulator.Unknown}

// TestAbandonedAndUnread: that it cannot be read is what lets go of it, not what
// ends the command.
func TestAbandonedAndUnread(t *testing.T) {
	b := applied(t, keyed+three)
	b.server.Script(fails(emulator.ListSecrets, "site:wiki", http.StatusNotFound))
	s := b.take(b.read(keyed + without("wiki: {retire: abandon}")))
	if s.Unread() != nil || s.Plan.Blocked() || len(s.Plan.Record.Leaves) != 1 || s.Plan.Record.Leaves[0].Name != "wiki" {
		t.Errorf("unread %v, refusals %s, errors %s, leaving %v", s.Unread(), codes(s.Plan), wrong(s.Plan), s.Plan.Record.Leaves)
	}
	b.server.Script(fails(emulator.ListSecrets, "site:wiki", http.StatusBadRequest))
	if s = b.take(b.read(keyed + without("wiki: {retire: abandon}"))); s.Unread() == nil || !s.Plan.Blocked() {
		t.Errorf("a failure that says nothing of it lets go of it: leaving %v", s.Plan.Record.Leaves)
	}
}

// TestHomeOutsideOfTargets: where an owner joins, it is read, or nothing is done;
// where none does, it is left alone.
func TestHomeOutsideOfTargets(t *testing.T) {
	b := applied(t, keyed+two)
	since := len(b.server.Log())
	if s := b.take(b.read(keyed+two), targeting("site:shop")); b.asked(emulator.ListSecrets, "site:blog", since) != 0 || s.Record.Looked {
		t.Error("it was read for nothing")
	}
	since = len(b.server.Log())
	s := b.take(b.read(keyed+three), targeting("site:wiki"))
	if b.asked(emulator.ListSecrets, "site:blog", since) != 1 || !s.Record.Looked || s.Record.Lists != 1 || s.Plan.Blocked() {
		t.Errorf("looked %v, lists %d, refusals %s", s.Record.Looked, s.Record.Lists, codes(s.Plan))
	}
	if joins := s.Plan.Record.Joins; len(joins) != 1 || joins[0].Name != "wiki" {
		t.Errorf("there join %v", joins)
	}
	for name, fault := range map[string]emulatortest.Fault{
		"not listed": fails(emulator.ListSecrets, "site:blog", http.StatusForbidden), "not found": fails(emulator.FindSite, "site:blog", http.StatusNotFound),
	} {
		t.Run(name, func(t *testing.T) {
			fault.Owner = ""
			fault.Path = map[emulator.Operation]string{emulator.ListSecrets: id("site:blog"), emulator.FindSite: "blog"}[fault.Operation]
			b.server.Script(fault)
			s, err := survey.Take(t.Context(), b.read(keyed+three), b.options(targeting("site:wiki")))
			if s != nil {
				t.Error("there is a survey")
			}
			says(t, err, hint.Failed, "site:blog", "")
		})
	}
}

// TestLaterHome: a ledger that knows of a record elsewhere leads there, and where
// that cannot be read, nothing is said of the project.
func TestLaterHome(t *testing.T) {
	b := applied(t, keyed+two)
	moved := strings.Replace(keyed, "record: site:blog", "record: site:shop", 1)
	s := b.take(b.read(moved + two))
	if len(s.Record.Further) != 1 || s.Plan.Record.Home.Name != "shop" || len(s.Plan.Record.Removes) != 1 || s.Plan.Blocked() {
		t.Errorf("further %v, home %v, refusals %s", s.Record.Further, s.Plan.Record.Home, codes(s.Plan))
	}
	// Of another home that the manifest does not name any more, only the ledgers know
	// that were written since.
	edited := strings.ReplaceAll(three, "c4nary", "c4nary edited")
	b.apply(b.take(b.read(strings.Replace(keyed, "site:blog", "site:wiki", 1) + edited)))
	only := moved + "sites: {shop: {secrets: {A: {value: c4nary}}}}\n"
	s = b.take(b.read(only))
	if len(s.Record.Further) != 1 || s.Record.Further[0].Identity.Owner.Name != "wiki" {
		t.Errorf("further %v", s.Record.Further)
	}
	b.server.Script(fails(emulator.ListSecrets, "site:wiki", http.StatusBadRequest))
	_, err := survey.Take(t.Context(), b.read(only), b.options())
	says(t, err, hint.Failed, "site:wiki", "")
}

// TestRenamedAfterItLeft: who has the name now is another one.
func TestRenamedAfterItLeft(t *testing.T) {
	b := applied(t, keyed+three)
	renamed := emulatortest.Fault{
		Operation: emulator.FindSite, Path: "wiki", Times: -1, Status: http.StatusOK, ContentType: "application/json",
		Body: `{"id":"99999999-2222-4222-8222-222222222222"}`,
	}
	list := fails(emulator.ListSecrets, "", http.StatusNotFound)
	list.Path = "99999999"
	b.server.Script(renamed, list)
	s := b.take(b.read(keyed + three))
	if codes(s.Plan) != "owner-left" || s.Plan.Refusals[0].Owner.Name != id("site:wiki") {
		t.Errorf("refusals %+v", s.Plan.Refusals)
	}
}

// TestAge: what is checked out is compared with what was applied, by git.
func TestAge(t *testing.T) {
	b := newBench(t, world())
	file := b.read(keyed + two).File
	for _, variable := range []string{"GIT_AUTHOR", "GIT_COMMITTER"} {
		t.Setenv(variable+"_NAME", "a")
		t.Setenv(variable+"_EMAIL", "a@example.com")
		t.Setenv(variable+"_DATE", "1700000000 +0000")
	}
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	git := func(args ...string) string {
		t.Helper()
		out, err := testkit.Command(t, "git", append([]string{"-C", filepath.Dir(file)}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "--message", "first")
	git("commit", "--quiet", "--message", "second", "--allow-empty")
	second := git("rev-parse", "HEAD")
	b.env["GITHUB_ACTIONS"], b.env["GITHUB_ACTOR"] = "true", "somebody"
	s := b.take(b.load(file))
	if origin := s.Origin(t.Context()); origin.Commit != second || origin.CommitTime.Unix() != 1_700_000_000 || origin.Actor != "somebody" {
		t.Errorf("the origin is %+v", origin)
	}
	b.apply(s)

	if s := b.take(b.load(file)); s.Plan.Blocked() {
		t.Errorf("the same commit: refusals %s", codes(s.Plan))
	}
	git("checkout", "--quiet", "HEAD~1")
	s = b.take(b.load(file))
	if codes(s.Plan) != string(plan.CodeOldCheckout) || s.Record.Age.Commit != second || !s.Record.Age.Certain {
		t.Errorf("an older commit: refusals %s, age %+v", codes(s.Plan), s.Record.Age)
	}
	b.env["CI"] = "true"
	if err := os.RemoveAll(filepath.Join(filepath.Dir(file), ".git")); err != nil {
		t.Fatal(err)
	}
	s = b.take(b.load(file))
	if codes(s.Plan) != string(plan.CodeCommitUnknown) || !s.Record.Age.Unknown || !s.Record.Age.InCI {
		t.Errorf("without git: refusals %s, age %+v", codes(s.Plan), s.Record.Age)
	}
	if origin := s.Origin(t.Context()); origin.Commit != "" || !origin.CommitTime.IsZero() {
		t.Errorf("the origin is %+v", origin)
	}
}
