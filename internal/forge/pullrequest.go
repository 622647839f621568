package forge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// Event is how one CI service says, in a variable that it sets itself, that
// a run belongs to a change that is not merged yet.
type Event struct {
	Service  string
	Variable string
	// Values are the texts that say so; a text may end in anything more.
	// Without Values every text says so but the empty one and "false".
	Values []string
}

// events is the one table of what is known about CI services. GitHub's
// pull_request_target, _review and _review_comment begin alike, and
// merge_group tests a merge that may still fail; Gitea and Forgejo set the
// same variable. A service that is not in it is not recognised: TeamCity and Google
// Cloud Build tell a pull request in parameters that no program sees.
var events = [...]Event{
	// docs.github.com/actions/reference/events-that-trigger-workflows
	{"GitHub", "GITHUB_EVENT_NAME", []string{"pull_request", "merge_group"}},
	// docs.gitlab.com/ci/variables/predefined_variables: pipelines of merge
	// requests, merged results and merge trains; external: for another host's
	// pull request.
	{"GitLab", "CI_PIPELINE_SOURCE", []string{"merge_request_event", "external_pull_request_event"}},
	{"GitLab", "CI_MERGE_REQUEST_IID", nil},
	// support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets: only
	// in builds that a pull request triggered.
	{"Bitbucket", "BITBUCKET_PR_ID", nil},
	// circleci.com/docs/reference/variables: the address of the branch's pull request,
	// and the number of one from a fork.
	{"CircleCI", "CIRCLE_PULL_REQUEST", nil},
	{"CircleCI", "CIRCLE_PR_NUMBER", nil},
	// jenkins.io/doc/book/pipeline/multibranch: the number of the change
	// request that is built; plugins.jenkins.io/ghprb: the same of jobs without
	// branches.
	{"Jenkins", "CHANGE_ID", nil},
	{"Jenkins", "ghprbPullId", nil},
	// buildkite.com/docs/pipelines/environment-variables: a number, or false.
	{"Buildkite", "BUILDKITE_PULL_REQUEST", nil},
	// learn.microsoft.com/azure/devops/pipelines/build/variables
	{"Azure Pipelines", "BUILD_REASON", []string{"PullRequest"}},
	// docs.travis-ci.com/user/environment-variables: a number, or false.
	{"Travis CI", "TRAVIS_PULL_REQUEST", nil},
	// docs.drone.io/pipeline/environment/reference/drone-build-event
	{"Drone", "DRONE_BUILD_EVENT", []string{"pull_request"}},
	// woodpecker-ci.org/docs/usage/environment: pull_request_closed and
	// pull_request_metadata too, which say nothing of a merge.
	{"Woodpecker", "CI_PIPELINE_EVENT", []string{"pull_request"}},
	// appveyor.com/docs/environment-variables: its number.
	{"AppVeyor", "APPVEYOR_PULL_REQUEST_NUMBER", nil},
	// docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars and
	// github-webhook: PULL_REQUEST_MERGED is a merge.
	{"AWS CodeBuild", "CODEBUILD_WEBHOOK_EVENT", []string{
		"PULL_REQUEST_CREATED", "PULL_REQUEST_UPDATED", "PULL_REQUEST_REOPENED", "PULL_REQUEST_CLOSED",
	}},
	// docs.semaphore.io/reference/env-vars: branch, tag or pull-request.
	{"Semaphore", "SEMAPHORE_GIT_REF_TYPE", []string{"pull-request"}},
	// cirrus-ci.org/guide/writing-tasks: its number.
	{"Cirrus CI", "CIRRUS_PR", nil},
	// vercel.com/docs/environment-variables/system-environment-variables: a branch
	// other than the one of production.
	{"Vercel", "VERCEL_ENV", []string{"preview"}},
	// docs.netlify.com/build/configure-builds/environment-variables
	{"Netlify", "PULL_REQUEST", []string{"true"}},
}

// holds reports whether the variable's text says that it is a pull request.
func (e Event) holds(text string) bool {
	if len(e.Values) == 0 {
		return text != "" && text != "false"
	}
	return slices.ContainsFunc(e.Values, func(value string) bool { return strings.HasPrefix(text, value) })
}

// RefusePullRequest is the error of a command that writes, in a run for a
// pull request: what it would write, nobody has approved by merging it. It is nil in
// any other run.
func RefusePullRequest(env func(string) string) error {
	for _, event := range events {
		if text := env(event.Variable); event.holds(text) {
			return hint.Refused.New(fmt.Errorf("this run is for a pull request (%s sets %s to %s), and apply is for what has been merged: nothing was applied",
				event.Service, event.Variable, words.Quote(text)),
				"run `cella plan` in pull requests, and `cella apply` in a job of the default branch",
				"to apply what is not merged, say --allow-pull-request: whoever can open a pull request can then write secrets")
		}
	}
	return nil
}

// PullRequestEvents are all ways in which services are known to say that a run is
// for a pull request. Documents and stubs of services are held against them.
func PullRequestEvents() []Event { return slices.Clone(events[:]) }
