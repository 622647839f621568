// Package forgetest plays the comments of GitHub and GitLab, for tests: with several
// pages, other people's comments, and tokens that may not.
package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Comment is one on the pull request, by whom.
type Comment struct{ Author, Body string }

// Me is who the token belongs to.
const Me = "me"

// Server has one pull request, number 7 of agency/site, which is project 12 on
// GitLab.
type Server struct {
	URL   string
	Token string
	// Page is how many comments of GitHub a page has; GitLab's has a hundred.
	Page int

	lock     sync.Mutex
	comments []Comment
	refused  map[string]int // by "read" or "write"
	requests []string
}

// New starts one that takes the token.
func New(t testing.TB, token string, comments ...Comment) *Server {
	t.Helper()
	s := &Server{Token: token, Page: 100, comments: comments, refused: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /graphql", s.graphQL)
	mux.HandleFunc("POST /repos/agency/site/issues/7/comments", s.post)
	mux.HandleFunc("GET /repos/agency/site/commits/{commit}/pulls", s.merged)
	mux.HandleFunc("GET /projects/12/repository/commits/{commit}/merge_requests", s.merged)
	mux.HandleFunc("GET /user", s.user)
	mux.HandleFunc("GET /projects/12/merge_requests/7/notes", s.notes)
	mux.HandleFunc("POST /projects/12/merge_requests/7/notes", s.post)
	mux.HandleFunc("PUT /projects/12/merge_requests/7/notes/{id}", s.put)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.lock.Lock()
		defer s.lock.Unlock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		if r.Header.Get("Authorization") != "Bearer "+token && r.Header.Get("Private-Token") != token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.URL = web.URL
	return s
}

// Refuse answers everything of a kind, "read" or "write", with a status from now on.
func (s *Server) Refuse(what string, status int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.refused[what] = status
}

// Comments are those on the pull request, in order.
func (s *Server) Comments() []Comment {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.comments)
}

// SetComments replaces them.
func (s *Server) SetComments(comments ...Comment) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.comments = comments
}

// Requests are the methods and paths that were asked for.
func (s *Server) Requests() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.requests)
}

// refuses reports whether it did.
func (s *Server) refuses(w http.ResponseWriter, what string) bool {
	status := s.refused[what]
	if status != 0 {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		fmt.Fprint(w, `{"message":"the server's own text"}`)
	}
	return status != 0
}

func answer(w http.ResponseWriter, said any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(said); err != nil {
		panic(err)
	}
}

type object map[string]any

// graphQL answers the query for comments, and the mutation that updates one.
func (s *Server) graphQL(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Query     string
		Variables struct {
			Owner, Name string
			Number      int
			After       *string
			ID, Body    string
		}
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	v := asked.Variables
	switch {
	case strings.HasPrefix(asked.Query, "mutation"):
		if !s.refuses(w, "write") {
			s.update(w, strings.TrimPrefix(v.ID, "IC_"), v.Body, object{"data": object{"updateIssueComment": object{"clientMutationId": nil}}})
		}
	case v.Owner != "agency" || v.Name != "site" || v.Number != 7:
		answer(w, object{"data": object{"repository": nil}, "errors": []object{{"type": "NOT_FOUND", "message": "the server's own text"}}})
	case !s.refuses(w, "read"):
		start := 0
		if v.After != nil {
			start, _ = strconv.Atoi(*v.After)
		}
		end := min(start+s.Page, len(s.comments))
		nodes := []object{}
		for i, c := range s.comments[start:end] {
			nodes = append(nodes, object{"id": fmt.Sprint("IC_", start+i), "viewerDidAuthor": c.Author == Me, "body": c.Body})
		}
		page := object{"pageInfo": object{"hasNextPage": end < len(s.comments), "endCursor": strconv.Itoa(end)}, "nodes": nodes}
		answer(w, object{"data": object{"repository": object{"pullRequest": object{"comments": page}}}})
	}
}

// Merge is the commit that merged pull request 7.
const Merge = "abababababababababababababababababababab"

// merged answers for both services: beside the pull request that a commit merged there
// are open ones, and such that were merged into other branches.
func (s *Server) merged(w http.ResponseWriter, r *http.Request) {
	if s.refuses(w, "read") {
		return
	}
	pulls := []object{{"number": 8, "iid": 8, "state": "opened", "merged_at": nil, "merge_commit_sha": nil}}
	if r.PathValue("commit") == Merge {
		pulls = append(pulls,
			object{"number": 6, "iid": 6, "state": "merged", "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": "another"},
			object{"number": 7, "iid": 7, "state": "merged", "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": Merge})
	}
	answer(w, pulls)
}

func (s *Server) user(w http.ResponseWriter, _ *http.Request) {
	if !s.refuses(w, "read") {
		answer(w, object{"id": 42, "username": Me})
	}
}

func (s *Server) notes(w http.ResponseWriter, r *http.Request) {
	if s.refuses(w, "read") {
		return
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	start := min((page-1)*size, len(s.comments))
	notes := []object{}
	for i, c := range s.comments[start:min(start+size, len(s.comments))] {
		author := 7
		if c.Author == Me {
			author = 42
		}
		notes = append(notes, object{"id": start + i, "body": c.Body, "author": object{"id": author}})
	}
	answer(w, notes)
}

func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	if s.refuses(w, "write") {
		return
	}
	s.comments = append(s.comments, Comment{Me, bodyOf(r)})
	w.WriteHeader(http.StatusCreated)
	answer(w, object{})
}

func (s *Server) put(w http.ResponseWriter, r *http.Request) {
	if !s.refuses(w, "write") {
		s.update(w, r.PathValue("id"), bodyOf(r), object{})
	}
}

// update changes a comment; those of others nobody may change.
func (s *Server) update(w http.ResponseWriter, id, body string, said any) {
	i, err := strconv.Atoi(id)
	if err != nil || i >= len(s.comments) || s.comments[i].Author != Me {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	s.comments[i].Body = body
	answer(w, said)
}

func bodyOf(r *http.Request) string {
	var sent struct{ Body string }
	if json.NewDecoder(r.Body).Decode(&sent) != nil {
		return ""
	}
	return sent.Body
}
