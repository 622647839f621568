package forge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// gitHub comments through both of GitHub's APIs: only GraphQL tells which comments
// are the token's own, for every kind of token.
// docs.github.com/graphql/reference/interfaces: Comment.viewerDidAuthor.
type gitHub struct {
	*client
	place Place
}

// GitHub are the comments on a pull request of GitHub, or of a GitHub Enterprise
// Server, whose API's address ends in /api/v3.
func GitHub(at Place) Comments {
	c := newClient("GitHub", strings.TrimSuffix(at.API, "/"), "give the job `pull-requests: write`; runs for forks cannot have it")
	c.header.Set("Authorization", "Bearer "+at.Token)
	c.header.Set("Accept", "application/vnd.github+json")
	return &gitHub{c, at}
}

const ownComments = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    comments(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id viewerDidAuthor body } }
  } }
}`

const updateComment = `mutation($id: ID!, $body: String!) { updateIssueComment(input: {id: $id, body: $body}) { clientMutationId } }`

// commentPage is the answer to ownComments.
type commentPage struct {
	Repository struct {
		PullRequest struct {
			Comments struct {
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
				Nodes []struct {
					ID              string
					ViewerDidAuthor bool
					Body            string
				}
			}
		}
	}
}

func (g *gitHub) Own(ctx context.Context, marker string) (*Comment, error) {
	owner, name, _ := strings.Cut(g.place.Repository, "/")
	variables := map[string]any{"owner": owner, "name": name, "number": json.Number(g.place.Number)}
	for range maxPages {
		var page commentPage
		if err := g.graphQL(ctx, ownComments, variables, &page); err != nil {
			return nil, err
		}
		comments := page.Repository.PullRequest.Comments
		for _, c := range comments.Nodes {
			if c.ViewerDidAuthor && begins(c.Body, marker) {
				return &Comment{c.ID, c.Body}, nil
			}
		}
		if !comments.PageInfo.HasNextPage {
			return nil, nil
		}
		variables["after"] = comments.PageInfo.EndCursor
	}
	return nil, nil
}

func (g *gitHub) Post(ctx context.Context, body string) error {
	path := "/repos/" + g.place.Repository + "/issues/" + url.PathEscape(g.place.Number) + "/comments"
	return g.send(ctx, http.MethodPost, path, map[string]string{"body": body}, nil)
}

func (g *gitHub) Update(ctx context.Context, c *Comment, body string) error {
	return g.graphQL(ctx, updateComment, map[string]any{"id": c.id, "body": body}, &struct{}{})
}

// graphQL asks, and reads the data of the answer. Errors come with status 200.
func (g *gitHub) graphQL(ctx context.Context, query string, variables map[string]any, data any) error {
	at := *g.client
	// GitHub Enterprise Server has it beside its other API.
	if base, found := strings.CutSuffix(at.base, "/v3"); found {
		at.base = base
	}
	var answer struct {
		Data   any
		Errors []struct{ Type string }
	}
	answer.Data = data
	if err := at.send(ctx, http.MethodPost, "/graphql", map[string]any{"query": query, "variables": variables}, &answer); err != nil {
		return err
	}
	for _, e := range answer.Errors {
		if e.Type == "FORBIDDEN" || e.Type == "NOT_FOUND" {
			return g.refused("")
		}
	}
	if len(answer.Errors) > 0 {
		return errors.New("GitHub answered with an error of GraphQL")
	}
	return nil
}

// Merged asks for the pull requests that a commit is in, open ones among them.
// docs.github.com/rest/commits/commits: list pull requests associated with a commit.
func (g *gitHub) Merged(ctx context.Context, commit string) (string, error) {
	var found []struct {
		Number   json.Number `json:"number"`
		MergedAt string      `json:"merged_at"`
		Merge    string      `json:"merge_commit_sha"`
	}
	if err := g.send(ctx, http.MethodGet, "/repos/"+g.place.Repository+"/commits/"+url.PathEscape(commit)+"/pulls", nil, &found); err != nil {
		return "", err
	}
	g.place.Number = ""
	for _, p := range found {
		if p.MergedAt != "" && (g.place.Number == "" || p.Merge == commit) {
			g.place.Number = p.Number.String()
		}
	}
	return g.place.Number, nil
}
