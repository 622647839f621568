package forge

import (
	"encoding/json"
	"strings"
)

// Run is what a CI service says of the run at hand. What it does not say is empty.
type Run struct {
	Commit string // the id of the commit that the run is for
	Link   string // where people read its log
	Number string // of the pull request, where it is for one
}

// runs say which variables of which service hold what. A service is recognised by
// its first variable.
var runs = [...]struct{ service, commit, link, number string }{
	// docs.gitlab.com/ci/variables/predefined_variables
	{"GITLAB_CI", "CI_COMMIT_SHA", "CI_JOB_URL", "CI_MERGE_REQUEST_IID"},
	// support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets
	{"BITBUCKET_BUILD_NUMBER", "BITBUCKET_COMMIT", "", "BITBUCKET_PR_ID"},
	// circleci.com/docs/variables
	{"CIRCLECI", "CIRCLE_SHA1", "CIRCLE_BUILD_URL", ""},
	// buildkite.com/docs/pipelines/environment-variables
	{"BUILDKITE", "BUILDKITE_COMMIT", "BUILDKITE_BUILD_URL", ""},
	// learn.microsoft.com/azure/devops/pipelines/build/variables
	{"TF_BUILD", "BUILD_SOURCEVERSION", "", "SYSTEM_PULLREQUEST_PULLREQUESTID"},
}

// RunOf reads the run from the environment. GitHub tells most of it in a file, which
// read reads.
func RunOf(env func(string) string, read func(file string) ([]byte, error)) Run {
	if env("GITHUB_ACTIONS") == "true" {
		return runOnGitHub(env, read)
	}
	for _, known := range runs {
		if env(known.service) == "" {
			continue
		}
		run := Run{Commit: env(known.commit), Link: env(known.link), Number: env(known.number)}
		// Of a pipeline for merged results, CI_COMMIT_SHA is a commit that nobody sees.
		if head := env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"); known.service == "GITLAB_CI" && head != "" {
			run.Commit = head
		}
		return run
	}
	return Run{}
}

// event is what GitHub's file says of the event.
type event struct {
	PullRequest struct {
		Number json.Number `json:"number"`
		Head   struct {
			SHA string `json:"sha"`
		} `json:"head"`
	} `json:"pull_request"`
}

// runOnGitHub takes the commit that was pushed: in a run for a pull request
// GITHUB_SHA is one that merges it, which nobody sees.
func runOnGitHub(env func(string) string, read func(string) ([]byte, error)) Run {
	run := Run{Commit: env("GITHUB_SHA")}
	if id := env("GITHUB_RUN_ID"); id != "" {
		run.Link = strings.Join([]string{env("GITHUB_SERVER_URL"), env("GITHUB_REPOSITORY"), "actions/runs", id}, "/")
	}
	var said event
	if text, err := read(env("GITHUB_EVENT_PATH")); err == nil && json.Unmarshal(text, &said) == nil && said.PullRequest.Head.SHA != "" {
		run.Commit, run.Number = said.PullRequest.Head.SHA, said.PullRequest.Number.String()
	}
	return run
}
