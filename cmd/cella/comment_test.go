package main

import (
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/forge/forgetest"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/plan/view"
)

// commenting is a folder with a comment to post, and the environment of a job on
// pull request 7.
func commenting(t *testing.T) (*bench, *forgetest.Server) {
	t.Helper()
	b := newBench(t, emulator.State{})
	server := forgetest.New(t, "token")
	b.file("comment.md", []byte(view.Marker("secrets.yaml")+"\nthe plan\n"))
	b.env = map[string]string{
		"GITHUB_API_URL": server.URL, "GITHUB_REPOSITORY": "agency/site", "GH_TOKEN": "token",
		"CI_API_V4_URL": server.URL, "CI_MERGE_REQUEST_PROJECT_ID": "12", "CELLA_NOTE_TOKEN": "token",
	}
	return b, server
}

func TestComment(t *testing.T) {
	for service, said := range map[string]string{"github": "pull request 7 of GitHub", "gitlab": "merge request 7 of GitLab"} {
		b, server := commenting(t)
		file := filepath.Join(b.dir, "comment.md")
		for _, did := range []string{"posted", "updated"} {
			got := b.offline("comment", service, file, "--number", "7").must(t, exitOK)
			if got.stdout != did+" the comment on "+said+"\n" || got.stderr != "" {
				t.Errorf("%s: %+v", service, got)
			}
		}
		if want := []forgetest.Comment{mine(view.Marker("secrets.yaml") + "\nthe plan\n")}; !slices.Equal(server.Comments(), want) {
			t.Errorf("%s has %+v", service, server.Comments())
		}
	}
}

// TestCommentOnWhatWasMerged: in a run for a branch there is no number.
func TestCommentOnWhatWasMerged(t *testing.T) {
	job := map[string]string{"github": "GITHUB_ACTIONS", "gitlab": "GITLAB_CI"}
	for service, said := range map[string]string{"github": "pull request 7 of GitHub", "gitlab": "merge request 7 of GitLab"} {
		b, server := commenting(t)
		maps.Copy(b.env, map[string]string{job[service]: "true", "GITHUB_SHA": forgetest.Merge, "CI_COMMIT_SHA": forgetest.Merge, "CI_PROJECT_ID": "12"})
		delete(b.env, "CI_MERGE_REQUEST_PROJECT_ID")
		file := filepath.Join(b.dir, "comment.md")
		if got := b.offline("comment", service, "--merged", file).must(t, exitOK); got.stdout != "posted the comment on "+said+"\n" {
			t.Errorf("%s: %s", service, got.stdout)
		}
		b.env["GITHUB_SHA"], b.env["CI_COMMIT_SHA"] = strings.Repeat("c", 40), strings.Repeat("c", 40)
		got := b.offline("comment", service, "--merged", file).must(t, exitOK)
		if !strings.HasPrefix(got.stdout, "the commit of this run merged no ") || len(server.Comments()) != 1 {
			t.Errorf("%s: %s, %+v", service, got.stdout, server.Comments())
		}
	}
}

// TestCommentIsOutdated: of the manifest and label that are meant, and of no other;
// where there is none, nothing is posted.
func TestCommentIsOutdated(t *testing.T) {
	for service := range map[string]bool{"github": true, "gitlab": true} {
		b, server := commenting(t)
		b.offline("comment", service, filepath.Join(b.dir, "comment.md"), "--number", "7").must(t, exitOK)
		outdate := func(args ...string) string {
			args = append([]string{"comment", service, "--number", "7", "--outdated", "It failed."}, args...)
			return b.offline(args...).must(t, exitOK).stdout
		}
		before := server.Comments()
		for _, label := range []string{"another.yaml", "secrets.yaml site:shop"} {
			if got := outdate("--label", label); got != "there is no comment of an earlier run\n" || !slices.Equal(server.Comments(), before) {
				t.Errorf("%s, %s: %s", service, label, got)
			}
		}
		if got := outdate("--label", "secrets.yaml"); got != "the comment of an earlier run says now that it is outdated\n" {
			t.Errorf("%s: %s", service, got)
		}
		says(t, server.Comments()[0].Body, view.Marker("secrets.yaml")+"\n### Outdated: ", "\nIt failed.\n", "\nthe plan\n")
		if len(server.Comments()) != 1 {
			t.Errorf("%s: %+v", service, server.Comments())
		}
	}
}

// TestCommentRefusals: each says what is missing and what to do.
func TestCommentRefusals(t *testing.T) {
	const post = "comment github FILE --number 7"
	tests := map[string]struct {
		command string
		env     map[string]string
		code    int
		says    string
	}{
		"no file":          {"comment github --number 7", nil, exitError, "hint: write the file with `cella plan --format markdown=comment.md`"},
		"file and reason":  {post + " --outdated Gone.", nil, exitError, "there has to be one of a FILE to post, and --outdated"},
		"no such file":     {"comment github nowhere.md --number 7", nil, exitError, "nowhere.md"},
		"not cella's":      {"comment github DIR/secrets.yaml --number 7", nil, exitError, "is not a comment that cella wrote"},
		"no pull request":  {"comment github FILE", nil, exitError, "in a job for a pull request of GitHub, or say which one: --number NUMBER, or --merged"},
		"no merge request": {"comment gitlab FILE", nil, exitError, "this is not a run for a merge request"},
		"odd number":       {"comment gitlab FILE --number 7/../8", nil, exitError, "this is not a run for a merge request"},
		"no token":         {post, map[string]string{"GH_TOKEN": ""}, exitCredentials, "GH_TOKEN or GITHUB_TOKEN is not set"},
		"no note token":    {"comment gitlab FILE --number 7", map[string]string{"CELLA_NOTE_TOKEN": ""}, exitCredentials, "in the variable CELLA_NOTE_TOKEN"},
		"not a job":        {post, map[string]string{"GITHUB_API_URL": ""}, exitError, "there is no GITHUB_API_URL in the environment, which a job of GitHub has"},
		"no repository":    {"comment gitlab FILE --number 7", map[string]string{"CI_MERGE_REQUEST_PROJECT_ID": ""}, exitError, "in a job of GitLab"},
		"may not":          {post, map[string]string{"GH_TOKEN": "another"}, exitCredentials, "hint: give the job `pull-requests: write`"},
		"too many words":   {post + " more", nil, exitError, "more"},
		"another service":  {"comment bitbucket FILE", nil, exitError, "github"},
	}
	for name, test := range tests {
		b, server := commenting(t)
		b.file("secrets.yaml", []byte("version: 1\n"))
		maps.Copy(b.env, test.env)
		words := strings.Fields(strings.NewReplacer("FILE", filepath.Join(b.dir, "comment.md"), "DIR", b.dir).Replace(test.command))
		got := b.offline(words...)
		if got.code != test.code || !strings.Contains(got.stderr, test.says) {
			t.Errorf("%s: code %d\n%s", name, got.code, got.stderr)
		}
		if len(server.Comments()) > 0 {
			t.Errorf("%s: it is posted", name)
		}
	}
	b, server := commenting(t)
	server.Refuse("write", http.StatusBadGateway)
	got := b.offline("comment", "gitlab", filepath.Join(b.dir, "comment.md"), "--number", "7").must(t, exitError)
	says(t, got.stderr, "cella: error: GitLab answered 502 Bad Gateway\n", "hint: run the job again")
}
