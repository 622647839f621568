package source

import (
	"net/url"
	"regexp"
	"strings"
)

// Commit is a state of a repository, and who uses it for what. Fields that are
// not known are empty.
type Commit struct {
	// ID is the full id of the commit, lower-case hexadecimal.
	ID string
	// Time is when it was committed, in seconds since 1970; zero where it is not
	// known. Whoever commits chooses it.
	Time int64
	// Actor is the login of whoever started the pipeline, never an e-mail
	// address.
	Actor string
	// Run is the forge's number of the pipeline's run.
	Run string
}

// commitID is an id of SHA-1 or SHA-256.
var commitID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// IsCommitID reports whether text is the full id of a commit.
func IsCommitID(text string) bool { return commitID.MatchString(text) }

// The CI services whose variables are known. Others that call themselves
// GitHub, as Forgejo does for its actions, give their own host and number.
const (
	github = "GITHUB"
	gitlab = "GITLAB"
)

// service is the CI service that says so of itself, alone.
func service(env func(string) string) string {
	onGitHub, onGitLab := env("GITHUB_ACTIONS") == "true", env("GITLAB_CI") == "true"
	switch {
	case onGitHub && !onGitLab:
		return github
	case onGitLab && !onGitHub:
		return gitlab
	}
	return ""
}

// Forge is the repository as the CI service gives it; see Source.Forge. It is
// empty outside of CI, and where the host or the number is not what it should
// be.
func Forge(env func(string) string) string {
	var host, number string
	switch service(env) {
	case github:
		host, number = hostOf(env("GITHUB_SERVER_URL")), env("GITHUB_REPOSITORY_ID")
	case gitlab:
		host, number = strings.ToLower(env("CI_SERVER_HOST")), env("CI_PROJECT_ID")
		if full := hostOf(env("CI_SERVER_URL")); host == "" || strings.HasPrefix(full, host+":") {
			host = full // with the port, which CI_SERVER_HOST leaves out
		}
	}
	if text := host + "/" + number; wholeForge.MatchString(text) {
		return text
	}
	return ""
}

var wholeForge = regexp.MustCompile(`^` + forge + `$`)

// hostOf is the host of an address, with a port that is not the usual one.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(parsed.Host)
	if parsed.Scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// login is what may be shown and kept of whoever started a pipeline. Accounts
// of bots end in [bot].
var login = regexp.MustCompile(`^[A-Za-z0-9._\[\]-]{1,64}$`)

// Actor is the login of whoever started the pipeline; see Commit.Actor.
func Actor(env func(string) string) string {
	return known(service(env), login, env("GITHUB_ACTOR"), env("GITLAB_USER_LOGIN"))
}

// runNumber is a plain positive number.
var runNumber = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)

// Run is the number of the pipeline's run; see Commit.Run.
func Run(env func(string) string) string {
	return known(service(env), runNumber, env("GITHUB_RUN_ID"), env("CI_PIPELINE_ID"))
}

// known is what the service at hand says, where it has the right form.
func known(service string, form *regexp.Regexp, onGitHub, onGitLab string) string {
	text := ""
	switch service {
	case github:
		text = onGitHub
	case gitlab:
		text = onGitLab
	}
	if !form.MatchString(text) {
		return ""
	}
	return text
}
