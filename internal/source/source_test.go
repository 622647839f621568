package source_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/source"
)

func TestSourceText(t *testing.T) {
	tests := map[string]struct {
		source source.Source
		text   string
		reason string
	}{
		"forge and path":     {source.Source{Forge: "github.com/12345", Path: "infra/secrets.yaml"}, "github.com/12345:infra/secrets.yaml", "as documented"},
		"path":               {source.Source{Path: "infra/secrets.yaml"}, "infra/secrets.yaml", "outside of CI the forge is not known"},
		"forge":              {source.Source{Forge: "gitlab.example.com/7"}, "gitlab.example.com/7:", "a file that git does not track"},
		"nothing":            {source.Source{}, "", "unknown has no text"},
		"port":               {source.Source{Forge: "git.example.com:8443/7", Path: "a.yaml"}, "git.example.com:8443/7:a.yaml", "a port is part of the host"},
		"colon in the path":  {source.Source{Forge: "github.com/1", Path: "a:b.yaml"}, "github.com/1:a:b.yaml", "only the first one divides"},
		"path like a forge":  {source.Source{Path: "github.com/1:a.yaml"}, "./github.com/1:a.yaml", "a folder may be called like a host"},
		"space and umlaut":   {source.Source{Path: "my secrets/schlüssel.yaml"}, "my secrets/schlüssel.yaml", "files have such names"},
		"no number":          {source.Source{Path: "github.com/x:a.yaml"}, "github.com/x:a.yaml", "not a forge, so a path"},
		"zero is no number":  {source.Source{Path: "github.com/0:a.yaml"}, "github.com/0:a.yaml", "numbers of repositories are positive"},
		"name in upper case": {source.Source{Path: "GitHub.com/1:a.yaml"}, "GitHub.com/1:a.yaml", "hosts are kept in lower case"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.source.String(); got != test.text {
				t.Errorf("String = %q, want %q: %s", got, test.text, test.reason)
			}
			if got, err := source.ParseSource(test.text); err != nil || got != test.source {
				t.Errorf("ParseSource(%q) = %+v, %v: %s", test.text, got, err, test.reason)
			}
			if test.source.IsZero() != (test.text == "") {
				t.Error("IsZero is not that there is no text")
			}
		})
	}
}

func TestParseSourceRefuses(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"out of the repository":        {"../secrets.yaml", "step .."},
		"out of it, further in":        {"a/../../secrets.yaml", "step .."},
		"out of it, behind a forge":    {"github.com/1:../a.yaml", "step .."},
		"here":                         {"a/./b.yaml", "step ."},
		"absolute":                     {"/etc/secrets.yaml", "root of a file system"},
		"absolute, behind a forge":     {"github.com/1:/a.yaml", "root of a file system"},
		"two slashes":                  {"a//b.yaml", "empty step"},
		"a folder":                     {"a/", "ends with a slash"},
		"two lines":                    {"a.yaml\nb.yaml", "line ends"},
		"escape":                       {"a\x1b[31m.yaml", "unprintable"},
		"right to left":                {"a\u202eb.yaml", "unprintable"},
		"not UTF-8":                    {"a\xff.yaml", "unprintable"},
		"too long":                     {strings.Repeat("a", source.MaxPathBytes+1), "at most 4096"},
		"only what stands for nothing": {"./", "empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := source.ParseSource(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ParseSource(%q) = %+v, %v, want an error with %q", test.text, got, err, test.want)
			}
		})
	}
	if _, err := source.ParseSource(strings.Repeat("a", source.MaxPathBytes)); err != nil {
		t.Errorf("the longest path: %v", err)
	}
}

func FuzzParseSource(f *testing.F) {
	f.Add("github.com/12345:infra/secrets.yaml")
	f.Add("./a:b")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := source.ParseSource(text)
		if err != nil {
			return
		}
		again, err := source.ParseSource(parsed.String())
		if err != nil || again != parsed {
			t.Errorf("%q is %+v, and written and read again %+v, %v", text, parsed, again, err)
		}
	})
}

func environment(pairs ...string) func(string) string {
	values := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

func TestForge(t *testing.T) {
	onGitHub := []string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY_ID=12345"}
	onGitLab := []string{"GITLAB_CI=true", "CI_SERVER_HOST=gitlab.example.com", "CI_SERVER_URL=https://gitlab.example.com", "CI_PROJECT_ID=77"}
	with := func(base []string, more ...string) []string { return append(append([]string{}, base...), more...) }
	tests := map[string]struct {
		env    []string
		want   string
		reason string
	}{
		"GitHub":             {onGitHub, "github.com/12345", "as documented"},
		"GitLab":             {onGitLab, "gitlab.example.com/77", "as documented"},
		"nowhere":            {nil, "", "on somebody's own machine"},
		"GitHub's server":    {with(onGitHub, "GITHUB_SERVER_URL=https://GHE.example.com"), "ghe.example.com/12345", "hosts have no case"},
		"a port":             {with(onGitHub, "GITHUB_SERVER_URL=https://ghe.example.com:8443/"), "ghe.example.com:8443/12345", "two servers may share a host"},
		"the usual port":     {with(onGitHub, "GITHUB_SERVER_URL=https://github.com:443"), "github.com/12345", "it says nothing"},
		"GitLab with a port": {with(onGitLab, "CI_SERVER_URL=http://gitlab.example.com:8080/sub"), "gitlab.example.com:8080/77", "CI_SERVER_HOST leaves it out"},
		"GitLab, no host":    {with(onGitLab, "CI_SERVER_HOST="), "gitlab.example.com/77", "the address has it"},
		"both services":      {with(onGitHub, onGitLab...), "", "one of them only passed its variables on"},
		"not in CI":          {with(onGitHub, "GITHUB_ACTIONS="), "", "variables alone may be left over"},
		"not quite true":     {with(onGitLab, "GITLAB_CI=1"), "", "the service says true"},
		"number of another":  {with(onGitHub, "GITHUB_REPOSITORY_ID=", "CI_PROJECT_ID=77"), "", "GitHub's host with GitLab's number is nobody's"},
		"zero":               {with(onGitHub, "GITHUB_REPOSITORY_ID=0"), "", "no number of a repository"},
		"leading zero":       {with(onGitHub, "GITHUB_REPOSITORY_ID=012"), "", "one number has one form"},
		"negative":           {with(onGitLab, "CI_PROJECT_ID=-7"), "", "no number of a repository"},
		"a name":             {with(onGitHub, "GITHUB_REPOSITORY_ID=owner/name"), "", "names change hands"},
		"two lines":          {with(onGitHub, "GITHUB_REPOSITORY_ID=1\n2"), "", "one line"},
		"too long a number":  {with(onGitHub, "GITHUB_REPOSITORY_ID="+strings.Repeat("1", 20)), "", "numbers have 64 bits"},
		"no address":         {with(onGitHub, "GITHUB_SERVER_URL=github.com"), "", "not what GitHub says"},
		"a user in it":       {with(onGitHub, "GITHUB_SERVER_URL=https://user:pass@github.com"), "github.com/12345", "the host alone counts"},
		"a hostile host":     {with(onGitLab, "CI_SERVER_HOST=a b", "CI_SERVER_URL="), "", "no host has a space"},
		"a host of colons":   {with(onGitLab, "CI_SERVER_HOST=a/b:c", "CI_SERVER_URL="), "", "it could not be read again"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := source.Forge(environment(test.env...))
			if got != test.want {
				t.Errorf("Forge = %q, want %q: %s", got, test.want, test.reason)
			}
			whole := source.Source{Forge: got, Path: "a.yaml"}
			if again, err := source.ParseSource(whole.String()); err != nil || again != whole {
				t.Errorf("%v is read again as %v, %v", whole, again, err)
			}
		})
	}
}

func TestActorAndRun(t *testing.T) {
	tests := map[string]struct {
		env        []string
		actor, run string
		reason     string
	}{
		"GitHub":           {[]string{"GITHUB_ACTIONS=true", "GITHUB_ACTOR=octo-cat", "GITHUB_RUN_ID=42"}, "octo-cat", "42", "as documented"},
		"a bot":            {[]string{"GITHUB_ACTIONS=true", "GITHUB_ACTOR=dependabot[bot]"}, "dependabot[bot]", "", "bots have logins too"},
		"GitLab":           {[]string{"GITLAB_CI=true", "GITLAB_USER_LOGIN=j.doe_1", "CI_PIPELINE_ID=9"}, "j.doe_1", "9", "as documented"},
		"an address":       {[]string{"GITLAB_CI=true", "GITLAB_USER_LOGIN=jane@example.com"}, "", "", "an e-mail address is nobody's business"},
		"the wrong one":    {[]string{"GITLAB_CI=true", "GITHUB_ACTOR=octo-cat", "GITHUB_RUN_ID=42"}, "", "", "left over from elsewhere"},
		"a sentence":       {[]string{"GITHUB_ACTIONS=true", "GITHUB_ACTOR=a b"}, "", "", "logins have no spaces"},
		"a command":        {[]string{"GITHUB_ACTIONS=true", "GITHUB_ACTOR=::error::x"}, "", "", "it would be obeyed in a log"},
		"two lines":        {[]string{"GITHUB_ACTIONS=true", "GITHUB_ACTOR=a\nb", "GITHUB_RUN_ID=4\n2"}, "", "", "one line"},
		"64 letters":       {[]string{"GITHUB_ACTIONS=true", "GITHUB_ACTOR=" + strings.Repeat("a", 64)}, strings.Repeat("a", 64), "", "the longest one"},
		"65 letters":       {[]string{"GITHUB_ACTIONS=true", "GITHUB_ACTOR=" + strings.Repeat("a", 65)}, "", "", "cut, it might be another one's"},
		"a run of letters": {[]string{"GITHUB_ACTIONS=true", "GITHUB_RUN_ID=x"}, "", "", "runs have numbers"},
		"nowhere":          {nil, "", "", "on somebody's own machine"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env := environment(test.env...)
			if actor, run := source.Actor(env), source.Run(env); actor != test.actor || run != test.run {
				t.Errorf("Actor, Run = %q, %q, want %q, %q: %s", actor, run, test.actor, test.run, test.reason)
			}
		})
	}
}

func TestIsCommitID(t *testing.T) {
	for text, want := range map[string]bool{
		strings.Repeat("a1", 20): true, strings.Repeat("a1", 32): true,
		strings.Repeat("a1", 19): false, strings.Repeat("A1", 20): false, "HEAD": false, "--all": false, "": false,
		strings.Repeat("a1", 20) + "\n": false,
	} {
		if got := source.IsCommitID(text); got != want {
			t.Errorf("IsCommitID(%q) = %v", text, got)
		}
	}
}
