package forge

import (
	"errors"
	"testing"
)

func TestRunOf(t *testing.T) {
	const event = `{"action":"synchronize","pull_request":{"number":7,"head":{"sha":"head","ref":"x"}}}`
	github := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SHA": "merge", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "team/site",
		"GITHUB_RUN_ID": "12", "GITHUB_EVENT_PATH": "event.json",
	}
	const link = "https://github.com/team/site/actions/runs/12"
	tests := map[string]struct {
		env   map[string]string
		event string
		want  Run
	}{
		"nowhere":       {},
		"pull request":  {github, event, Run{"head", link, "7"}},
		"push":          {github, `{"ref":"refs/heads/main"}`, Run{"merge", link, ""}},
		"no event":      {github, "", Run{"merge", link, ""}},
		"damaged event": {github, `{"pull_request":`, Run{"merge", link, ""}},
		"another event": {github, `{"pull_request":"7"}`, Run{"merge", link, ""}},
		"merge request": {
			map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": "c", "CI_JOB_URL": "l", "CI_MERGE_REQUEST_IID": "3"}, "", Run{"c", "l", "3"},
		},
		"merged results": {map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": "c", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "s"}, "", Run{Commit: "s"}},
		"Bitbucket":      {map[string]string{"BITBUCKET_BUILD_NUMBER": "1", "BITBUCKET_COMMIT": "c", "BITBUCKET_PR_ID": "4"}, "", Run{Commit: "c", Number: "4"}},
		"CircleCI":       {map[string]string{"CIRCLECI": "true", "CIRCLE_SHA1": "c", "CIRCLE_BUILD_URL": "l"}, "", Run{Commit: "c", Link: "l"}},
		"Buildkite":      {map[string]string{"BUILDKITE": "true", "BUILDKITE_COMMIT": "c", "BUILDKITE_BUILD_URL": "l"}, "", Run{Commit: "c", Link: "l"}},
		"Azure Pipelines": {
			map[string]string{"TF_BUILD": "True", "BUILD_SOURCEVERSION": "c", "SYSTEM_PULLREQUEST_PULLREQUESTID": "5"}, "", Run{Commit: "c", Number: "5"},
		},
	}
	for name, test := range tests {
		got := RunOf(func(name string) string { return test.env[name] }, func(file string) ([]byte, error) {
			if file != "event.json" || test.event == "" {
				return nil, errors.New("no such file")
			}
			return []byte(test.event), nil
		})
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}
