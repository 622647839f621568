package checkout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/source"
)

func none(string) string { return "" }

func TestPath(t *testing.T) {
	r := newRepository(t)
	file := r.write("infra/secrets.yaml", "a: 1\n")
	if got := checkout.Path(t.Context(), plain, file); got != "infra/secrets.yaml" {
		t.Errorf("an untracked file has the path %q", got)
	}
	r.git("add", "--all")
	if got := checkout.Path(t.Context(), plain, file); got != "infra/secrets.yaml" {
		t.Errorf("a file that was only added has the path %q", got)
	}
	r.commit("1700000000")

	link := r.path("link.yaml")
	if err := os.Symlink("infra/secrets.yaml", link); err != nil {
		t.Fatal(err)
	}
	odd := []string{"a b.yaml", "schlüssel.yaml", "*.yaml", ":(top)x.yaml", "-x.yaml", "a:b.yaml"}
	for _, name := range append(odd, "two\nlines.yaml") {
		r.write(name, "a: 1\n")
	}
	r.commit("1700000001")
	r.write("infra/secrets.yaml", "a: 2\n")
	bare := filepath.Join(t.TempDir(), "bare")
	r.git("clone", "--quiet", "--bare", r.folder, bare)

	tests := map[string]struct{ file, want, reason string }{
		"tracked":          {file, "infra/secrets.yaml", "from the top of the repository"},
		"a link":           {link, "infra/secrets.yaml", "what counts is the file that it leads to"},
		"two lines":        {r.path("two\nlines.yaml"), "", "a path that cannot be shown is not known"},
		"not there":        {r.path("none.yaml"), "", "nothing is known of it"},
		"in git's folder":  {r.path(".git/config"), "", "git does not track its own files"},
		"bare":             {filepath.Join(bare, "HEAD"), "", "no file of a bare repository is tracked"},
		"outside":          {filepath.Join(t.TempDir(), "secrets.yaml"), "", "no repository"},
		"a folder as file": {r.path("infra"), "", "git tracks files"},
	}
	for name, test := range tests {
		if got := checkout.Path(t.Context(), plain, test.file); got != test.want {
			t.Errorf("%s: Path = %q, want %q: %s", name, got, test.want, test.reason)
		}
	}
	for _, name := range odd {
		if got := checkout.Path(t.Context(), plain, r.path(name)); got != name {
			t.Errorf("Path of %q = %q", name, got)
		}
	}
}

// TestPathOfOtherPlaces: worktrees and clones have the path of the repository,
// a submodule its own.
func TestPathOfOtherPlaces(t *testing.T) {
	r := newRepository(t)
	r.write("infra/secrets.yaml", "a: 1\n")
	r.commit("1700000000")
	tree := filepath.Join(t.TempDir(), "tree")
	r.git("worktree", "add", "--quiet", "--detach", tree)
	outer := repository{t, t.TempDir()}
	outer.git("init", "--quiet")
	outer.git("submodule", "--quiet", "add", r.folder, "sub")
	outer.commit("1700000000")
	for _, place := range []string{tree, r.clone("--depth=1").folder, outer.path("sub")} {
		file := filepath.Join(place, "infra/secrets.yaml")
		if got := checkout.Path(t.Context(), plain, file); got != "infra/secrets.yaml" {
			t.Errorf("Path(%s) = %q", file, got)
		}
	}

	// Variables that a hook of another repository was started with.
	t.Setenv("GIT_DIR", outer.path(".git"))
	t.Setenv("GIT_INDEX_FILE", outer.path(".git/index"))
	t.Setenv("GIT_ICASE_PATHSPECS", "1")
	if got := checkout.Path(t.Context(), plain, r.path("infra/secrets.yaml")); got != "infra/secrets.yaml" {
		t.Errorf("in a hook of another repository, Path = %q", got)
	}
}

func TestSource(t *testing.T) {
	r := newRepository(t)
	file := r.write("secrets.yaml", "a: 1\n")
	r.commit("1700000000")
	env := func(name string) string {
		return map[string]string{"GITLAB_CI": "true", "CI_SERVER_HOST": "gitlab.com", "CI_PROJECT_ID": "7"}[name]
	}
	if got := checkout.Source(t.Context(), plain, file, env).String(); got != "gitlab.com/7:secrets.yaml" {
		t.Errorf("in CI, Source = %q", got)
	}
	if got := checkout.Source(t.Context(), plain, file, none).String(); got != "secrets.yaml" {
		t.Errorf("elsewhere, Source = %q", got)
	}
	t.Setenv("PATH", t.TempDir())
	if got := checkout.Source(t.Context(), plain, file, none); !got.IsZero() {
		t.Errorf("without git, Source = %+v", got)
	}
}

func TestHead(t *testing.T) {
	r := newRepository(t)
	file := r.write("secrets.yaml", "a: 1\n")
	if got := checkout.Head(t.Context(), plain, file, none); got != (source.Commit{}) {
		t.Errorf("without a commit, Head = %+v", got)
	}
	id := r.commit("1700000000")
	env := func(name string) string {
		return map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octo-cat", "GITHUB_RUN_ID": "42"}[name]
	}
	want := source.Commit{ID: id, Time: 1700000000, Actor: "octo-cat", Run: "42"}
	if got := checkout.Head(t.Context(), plain, file, env); got != want {
		t.Errorf("Head = %+v, want %+v", got, want)
	}
	r.git("checkout", "--quiet", "--detach")
	shallow := r.clone("--depth=1").path("secrets.yaml")
	for _, file := range []string{file, shallow} {
		if got := checkout.Head(t.Context(), plain, file, none); got.ID != id || got.Time != 1700000000 {
			t.Errorf("detached or shallow, Head = %+v", got)
		}
	}
	if got := checkout.Head(t.Context(), plain, filepath.Join(t.TempDir(), "x"), env); got != (source.Commit{Actor: "octo-cat", Run: "42"}) {
		t.Errorf("outside of a repository, Head = %+v", got)
	}
}

// TestHeadRunsNothing: signatures are not looked at, whatever the settings say.
func TestHeadRunsNothing(t *testing.T) {
	r := newRepository(t)
	file := r.write("secrets.yaml", "a: 1\n")
	id := r.commit("1700000000")
	ran := filepath.Join(t.TempDir(), "ran")
	program := r.write("program", "#!/bin/sh\ntouch "+ran+"\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"core.fsmonitor", "gpg.program", "core.pager", "core.sshCommand", "diff.external", "core.askPass"} {
		r.git("config", setting, program)
	}
	r.git("config", "log.showSignature", "true")
	head := checkout.Head(t.Context(), plain, file, none)
	checkout.Related(t.Context(), plain, file, head, source.Commit{ID: strings.Repeat("1", 40)})
	_, _ = checkout.Copies(t.Context(), plain, file, func([]byte) bool { return false })
	if head.ID != id || checkout.Path(t.Context(), plain, file) != "secrets.yaml" {
		t.Errorf("Head = %+v", head)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program of the repository's settings was run")
	}
}

func TestRelated(t *testing.T) {
	r := newRepository(t)
	file := r.write("secrets.yaml", "a: 1\n")
	first := r.commit("1700000001")
	second := r.commit("1700000002")
	r.git("checkout", "--quiet", "-b", "side", first)
	side := r.commit("1700000003")
	r.git("checkout", "--quiet", "main")
	r.Setenv("GIT_COMMITTER_DATE", "1700000004 +0000")
	r.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
	merged := r.git("rev-parse", "HEAD")
	last := r.commit("1700000005")
	times := map[string]int64{first: 1700000001, second: 1700000002, side: 1700000003, merged: 1700000004, last: 1700000005}

	cut := r.clone("--depth=2").path("secrets.yaml") // last and the merge
	tests := map[string]struct {
		file, head, other string
		want              checkout.Verdict
		reason            string
	}{
		"the same":                {file, last, last, checkout.Fine, "run again, it changes nothing"},
		"newer":                   {file, last, first, checkout.Fine, "the usual case"},
		"older":                   {file, first, last, checkout.HeadIsOlder, "it would undo what came later"},
		"older, by a merge":       {file, side, last, checkout.HeadIsOlder, "the merge has it among its parents"},
		"older by one":            {file, merged, last, checkout.HeadIsOlder, "a proper ancestor"},
		"another branch":          {file, second, side, checkout.Fine, "neither is made on top of the other"},
		"the merge after":         {file, merged, side, checkout.Fine, "newer"},
		"shallow, newer":          {cut, last, merged, checkout.Fine, "as far as it goes, the history is there"},
		"shallow, older":          {cut, merged, last, checkout.HeadIsOlder, "as far as it goes, the history is there"},
		"shallow, other missing":  {cut, last, first, checkout.Unknown, "git does not have that commit"},
		"nobody has it":           {file, last, strings.Repeat("1", 40), checkout.Unknown, "another repository's, or it was thrown away"},
		"head is no commit":       {file, "", last, checkout.Unknown, "there is no commit yet"},
		"other is an option":      {file, last, "--all", checkout.Unknown, "a record may be hostile"},
		"other is a name":         {file, last, "main", checkout.Unknown, "names change their meaning"},
		"other is an id in short": {file, last, first[:12], checkout.Unknown, "it could be another commit's one day"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			head, other := source.Commit{ID: test.head, Time: times[test.head]}, source.Commit{ID: test.other, Time: 7}
			got := checkout.Related(t.Context(), plain, test.file, head, other)
			want := checkout.Ancestry{Verdict: test.want, HeadTime: head.Time, OtherTime: 7}
			if test.want != checkout.Unknown {
				want.OtherTime = times[test.other]
			}
			if got != want {
				t.Errorf("Related = %+v, want %+v: %s", got, want, test.reason)
			}
		})
	}
}

// TestRelatedAcrossACut: both commits are there, and nothing of what lies
// between them.
func TestRelatedAcrossACut(t *testing.T) {
	r := newRepository(t)
	r.write("secrets.yaml", "a: 1\n")
	first := r.commit("1700000001")
	r.commit("1700000002")
	last := r.commit("1700000003")
	cut := r.clone("--depth=1")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	cut.git("fetch", "--quiet", "--depth=1", "origin", first)
	file := cut.path("secrets.yaml")
	for _, pair := range [][2]string{{first, last}, {last, first}} {
		got := checkout.Related(t.Context(), plain, file, source.Commit{ID: pair[0], Time: 1}, source.Commit{ID: pair[1]})
		if got.Verdict != checkout.Unknown || got.OtherTime == 0 {
			t.Errorf("Related(%v) = %+v, want Unknown, with the other commit's time", pair, got)
		}
	}
}

// TestReplacedCommits: objects that stand in for others do not change what came
// after what.
func TestReplacedCommits(t *testing.T) {
	r := newRepository(t)
	file := r.write("secrets.yaml", "a: 1\n")
	first := r.commit("1700000001")
	last := r.commit("1700000002")
	r.git("replace", "--graft", last) // now without a parent
	got := checkout.Related(t.Context(), plain, file, source.Commit{ID: first}, source.Commit{ID: last})
	if got.Verdict != checkout.HeadIsOlder {
		t.Errorf("Related = %+v, want HeadIsOlder", got)
	}
}

// TestStandingOf a file decides whether there is anything to review.
func TestStandingOf(t *testing.T) {
	r := newRepository(t)
	tracked := r.write("secrets.yaml", "a: 1\n")
	r.commit("1700000000")
	r.write(".gitignore", "ignored.yaml\n")
	for file, want := range map[string]checkout.Standing{
		tracked:                              checkout.Tracked,
		r.write("other.yaml", "a: 1\n"):      checkout.Untracked,
		r.write("ignored.yaml", "a: 1\n"):    checkout.Ignored,
		filepath.Join(t.TempDir(), "a.yaml"): checkout.Outside,
	} {
		if got := checkout.StandingOf(t.Context(), plain, file); got != want {
			t.Errorf("%s: %d, want %d", filepath.Base(file), got, want)
		}
	}
}
