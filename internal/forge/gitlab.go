package forge

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// gitLab comments through the notes of a merge request.
// docs.gitlab.com/api/notes: merge request notes; docs.gitlab.com/api/users: user.
type gitLab struct {
	*client
	project, notes string // paths
}

// GitLab are the notes on a merge request. The token is one of a project, a group or
// a person, with the scope api: a job's own token may not write notes.
func GitLab(at Place) Comments {
	c := newClient("GitLab", strings.TrimSuffix(at.API, "/"),
		"give CELLA_NOTE_TOKEN a project access token with the scope api and at least the role Reporter, which has not expired")
	c.header.Set("Private-Token", at.Token)
	g := &gitLab{client: c, project: "/projects/" + url.PathEscape(at.Repository)}
	g.on(at.Number)
	return g
}

func (g *gitLab) on(number string) {
	g.notes = g.project + "/merge_requests/" + url.PathEscape(number) + "/notes"
}

// noteOnGitLab is one, as the API has it.
type noteOnGitLab struct {
	ID     json.Number `json:"id"`
	Body   string      `json:"body"`
	Author struct {
		ID json.Number `json:"id"`
	} `json:"author"`
}

func (g *gitLab) Own(ctx context.Context, marker string) (*Comment, error) {
	var me struct {
		ID json.Number `json:"id"`
	}
	if err := g.send(ctx, http.MethodGet, "/user", nil, &me); err != nil {
		return nil, err
	}
	for page := range maxPages {
		var notes []noteOnGitLab
		path := fmt.Sprintf("%s?sort=asc&order_by=created_at&per_page=%d&page=%d", g.notes, maxComments, page+1)
		if err := g.send(ctx, http.MethodGet, path, nil, &notes); err != nil {
			return nil, err
		}
		for _, n := range notes {
			if me.ID != "" && n.Author.ID == me.ID && begins(n.Body, marker) {
				return &Comment{n.ID.String(), n.Body}, nil
			}
		}
		if len(notes) < maxComments {
			return nil, nil
		}
	}
	return nil, nil
}

func (g *gitLab) Post(ctx context.Context, body string) error {
	return g.send(ctx, http.MethodPost, g.notes, map[string]string{"body": body}, nil)
}

func (g *gitLab) Update(ctx context.Context, c *Comment, body string) error {
	return g.send(ctx, http.MethodPut, g.notes+"/"+url.PathEscape(c.id), map[string]string{"body": body}, nil)
}

// Merged asks for the merge requests that a commit is in.
// docs.gitlab.com/api/commits: list merge requests associated with a commit.
func (g *gitLab) Merged(ctx context.Context, commit string) (string, error) {
	var found []struct {
		IID    json.Number `json:"iid"`
		State  string      `json:"state"`
		Merge  string      `json:"merge_commit_sha"`
		Squash string      `json:"squash_commit_sha"`
	}
	if err := g.send(ctx, http.MethodGet, g.project+"/repository/commits/"+url.PathEscape(commit)+"/merge_requests", nil, &found); err != nil {
		return "", err
	}
	number := ""
	for _, m := range found {
		if m.State == "merged" && (number == "" || m.Merge == commit || m.Squash == commit) {
			number = m.IID.String()
		}
	}
	g.on(number)
	return number, nil
}
