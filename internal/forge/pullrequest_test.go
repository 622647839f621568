package forge

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
)

type pullRequestCase struct {
	variable, text string
	want           bool
	reason         string
}

func pullRequestCases() map[string]pullRequestCase {
	return map[string]pullRequestCase{
		"GitHub pull request":     {"GITHUB_EVENT_NAME", "pull_request", true, "the change is not merged"},
		"GitHub target":           {"GITHUB_EVENT_NAME", "pull_request_target", true, "it has the secrets, and may have checked out a fork"},
		"GitHub review":           {"GITHUB_EVENT_NAME", "pull_request_review", true, "an approval is no merge"},
		"GitHub review comment":   {"GITHUB_EVENT_NAME", "pull_request_review_comment", true, "a comment is no merge"},
		"GitHub merge queue":      {"GITHUB_EVENT_NAME", "merge_group", true, "it runs before the merge, which may still fail"},
		"GitHub push":             {"GITHUB_EVENT_NAME", "push", false, "the merge itself"},
		"GitHub by hand":          {"GITHUB_EVENT_NAME", "workflow_dispatch", false, "somebody with write access asked for it"},
		"GitHub schedule":         {"GITHUB_EVENT_NAME", "schedule", false, "it runs on the default branch"},
		"GitLab merge request":    {"CI_PIPELINE_SOURCE", "merge_request_event", true, "the change is not merged"},
		"GitLab external":         {"CI_PIPELINE_SOURCE", "external_pull_request_event", true, "the pull request is on another host"},
		"GitLab number":           {"CI_MERGE_REQUEST_IID", "12", true, "set in pipelines of merge requests only"},
		"GitLab push":             {"CI_PIPELINE_SOURCE", "push", false, "the merge itself"},
		"GitLab parent":           {"CI_PIPELINE_SOURCE", "parent_pipeline", false, "it says nothing of a merge request"},
		"Bitbucket":               {"BITBUCKET_PR_ID", "7", true, "set in builds of pull requests only"},
		"CircleCI":                {"CIRCLE_PULL_REQUEST", "https://github.com/a/b/pull/3", true, "the branch has an open pull request"},
		"CircleCI fork":           {"CIRCLE_PR_NUMBER", "3", true, "set in builds of pull requests from forks only"},
		"Jenkins pull request":    {"ghprbPullId", "3", true, "the plugin sets it in builds of pull requests"},
		"Jenkins":                 {"CHANGE_ID", "3", true, "set in builds of change requests only"},
		"Buildkite":               {"BUILDKITE_PULL_REQUEST", "3", true, "the pull request's number"},
		"Buildkite branch":        {"BUILDKITE_PULL_REQUEST", "false", false, "it says false on branches"},
		"Azure":                   {"BUILD_REASON", "PullRequest", true, "the change is not merged"},
		"Azure push":              {"BUILD_REASON", "IndividualCI", false, "the merge itself"},
		"Travis":                  {"TRAVIS_PULL_REQUEST", "3", true, "the pull request's number"},
		"Travis branch":           {"TRAVIS_PULL_REQUEST", "false", false, "it says false on branches"},
		"Drone":                   {"DRONE_BUILD_EVENT", "pull_request", true, "the change is not merged"},
		"Drone push":              {"DRONE_BUILD_EVENT", "push", false, "the merge itself"},
		"Woodpecker":              {"CI_PIPELINE_EVENT", "pull_request", true, "the change is not merged"},
		"Woodpecker closed":       {"CI_PIPELINE_EVENT", "pull_request_closed", true, "closed may mean given up"},
		"Woodpecker cron":         {"CI_PIPELINE_EVENT", "cron", false, "it runs on a branch"},
		"AppVeyor":                {"APPVEYOR_PULL_REQUEST_NUMBER", "5", true, "the pull request's number"},
		"CodeBuild":               {"CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_CREATED", true, "the change is not merged"},
		"CodeBuild closed":        {"CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_CLOSED", true, "closed may mean given up"},
		"CodeBuild merged":        {"CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_MERGED", false, "the merge itself"},
		"CodeBuild push":          {"CODEBUILD_WEBHOOK_EVENT", "PUSH", false, "the merge itself"},
		"Semaphore":               {"SEMAPHORE_GIT_REF_TYPE", "pull-request", true, "the change is not merged"},
		"Semaphore branch":        {"SEMAPHORE_GIT_REF_TYPE", "branch", false, "the merge itself"},
		"Cirrus":                  {"CIRRUS_PR", "12", true, "the pull request's number"},
		"Vercel":                  {"VERCEL_ENV", "preview", true, "the branch is not that of production"},
		"Vercel production":       {"VERCEL_ENV", "production", false, "the branch of production"},
		"Netlify":                 {"PULL_REQUEST", "true", true, "it is a deploy preview"},
		"Netlify production":      {"PULL_REQUEST", "false", false, "it says false on branches"},
		"another's number":        {"PULL_REQUEST", "12", false, "nobody is known to say it so"},
		"set and empty":           {"BITBUCKET_PR_ID", "", false, "as good as not set"},
		"a variable of no CI":     {"PULL_REQUEST_URL", "https://example.com", false, "anybody may have set it"},
		"a branch with that name": {"GITHUB_REF_NAME", "pull_request", false, "names of branches say nothing"},
	}
}

func TestPullRequestsAreRecognised(t *testing.T) {
	for name, test := range pullRequestCases() {
		t.Run(name, func(t *testing.T) {
			err := RefusePullRequest(func(variable string) string {
				if variable == test.variable {
					return test.text
				}
				return ""
			})
			if (err != nil) != test.want {
				t.Fatalf("refused: %v, want %v: %s", err, test.want, test.reason)
			}
			if err == nil {
				return
			}
			if next := hint.Next(err); hint.ClassOf(err) != hint.Refused || !strings.Contains(err.Error(), test.variable) || len(next) != 2 {
				t.Errorf("class %d, error %q, next %q", hint.ClassOf(err), err, next)
			}
		})
	}
}

// TestEveryEventIsTested: a row of the table without a case above would be a
// claim that nobody checked.
func TestEveryEventIsTested(t *testing.T) {
	for _, event := range events {
		tested := false
		for _, test := range pullRequestCases() {
			tested = tested || test.want && test.variable == event.Variable
		}
		if !tested {
			t.Errorf("%s of %s has no case", event.Variable, event.Service)
		}
	}
}
