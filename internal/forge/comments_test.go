package forge_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/internal/forge/forgetest"
	"github.com/cella-secrets/cella/internal/hint"
)

const marker = "<!-- cella:1 -->"

// services are both, each with its comments on pull request 7.
func services(t *testing.T, s *forgetest.Server) map[string]forge.Comments {
	t.Helper()
	return map[string]forge.Comments{
		"GitHub": forge.GitHub(forge.Place{API: s.URL, Repository: "agency/site", Number: "7", Token: s.Token}),
		"GitLab": forge.GitLab(forge.Place{API: s.URL + "/", Repository: "12", Number: "7", Token: s.Token}),
	}
}

// TestPut: posted once, then updated, wherever it stands, and nothing of others is
// touched.
func TestPut(t *testing.T) {
	foreign := make([]forgetest.Comment, 250)
	for i := range foreign {
		foreign[i] = forgetest.Comment{Author: "someone", Body: fmt.Sprint("comment ", i)}
	}
	foreign[3] = forgetest.Comment{Author: "mallory", Body: marker + "\nan impostor's"}
	foreign[120] = forgetest.Comment{Author: forgetest.Me, Body: "<!-- cella:2 -->\nof another manifest"}
	foreign[121] = forgetest.Comment{Author: forgetest.Me, Body: "quoted: " + marker + "\n"}
	foreign[122] = forgetest.Comment{Author: forgetest.Me, Body: marker + " longer\n"}
	for name := range services(t, forgetest.New(t, "token")) {
		for where, at := range map[string]int{"nowhere": -1, "first": 0, "on a later page": 230, "last": 250} {
			server := forgetest.New(t, "token", foreign...)
			if at >= 0 {
				server.SetComments(slices.Insert(slices.Clone(foreign), at, forgetest.Comment{Author: forgetest.Me, Body: marker + "\r\nold"})...)
			}
			updated, err := forge.Put(t.Context(), services(t, server)[name], marker+"\nnew")
			if err != nil || updated != (at >= 0) {
				t.Fatalf("%s, %s: updated %t, %v", name, where, updated, err)
			}
			if at < 0 {
				at = len(foreign)
			}
			want := slices.Insert(slices.Clone(foreign), at, forgetest.Comment{Author: forgetest.Me, Body: marker + "\nnew"})
			if diff := cmp.Diff(want, server.Comments()); diff != "" {
				t.Errorf("%s, %s:\n%s", name, where, diff)
			}
		}
	}
}

// TestPutWritesNothingTwice: the same text again is no write.
func TestPutWritesNothingTwice(t *testing.T) {
	for name := range services(t, forgetest.New(t, "token")) {
		server := forgetest.New(t, "token", forgetest.Comment{Author: forgetest.Me, Body: marker + "\nsame"})
		server.Refuse("write", http.StatusForbidden)
		if updated, err := forge.Put(t.Context(), services(t, server)[name], marker+"\nsame"); err != nil || !updated {
			t.Errorf("%s: %t, %v", name, updated, err)
		}
	}
}

// TestPutFails: each failure says what to do, and nothing of the service's text nor
// the token.
func TestPutFails(t *testing.T) {
	tests := map[string]struct {
		what   string
		status int
		class  hint.Class
		says   string
	}{
		"may not read":   {"read", http.StatusForbidden, hint.Credentials, "may not read or write comments here (403 Forbidden)"},
		"no token":       {"read", http.StatusUnauthorized, hint.Credentials, "(401 Unauthorized)"},
		"may not write":  {"write", http.StatusNotFound, hint.Credentials, "(404 Not Found)"},
		"led elsewhere":  {"read", http.StatusTemporaryRedirect, hint.Failed, "answered 307 Temporary Redirect"},
		"out of order":   {"write", http.StatusBadGateway, hint.Failed, "answered 502 Bad Gateway"},
		"asks for peace": {"write", http.StatusTooManyRequests, hint.Failed, "answered 429 Too Many Requests"},
	}
	for how, test := range tests {
		for name := range services(t, forgetest.New(t, "token")) {
			for _, there := range []bool{false, true} {
				server := forgetest.New(t, "token")
				if there {
					server.SetComments(forgetest.Comment{Author: forgetest.Me, Body: marker})
				}
				server.Refuse(test.what, test.status)
				_, err := forge.Put(t.Context(), services(t, server)[name], marker+"\nnew")
				failed(t, how+", "+name, err, test.class, test.says)
			}
		}
	}
	for name := range services(t, forgetest.New(t, "token")) {
		closed := forgetest.New(t, "token")
		closed.Token = "another"
		_, err := forge.Put(t.Context(), services(t, closed)[name], marker)
		failed(t, "a wrong token, "+name, err, hint.Credentials, "401")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := forge.Put(ctx, services(t, forgetest.New(t, "token"))[name], marker); err == nil {
			t.Errorf("%s: it goes on after the end", name)
		}
	}
	elsewhere := forge.GitHub(forge.Place{API: forgetest.New(t, "token").URL, Repository: "agency/other", Number: "7", Token: "token"})
	_, err := forge.Put(t.Context(), elsewhere, marker)
	failed(t, "another repository", err, hint.Credentials, "may not read or write comments here")
	nobody := forge.GitLab(forge.Place{API: "http://127.0.0.1:1", Repository: "12", Number: "7", Token: "token"})
	_, err = forge.Put(t.Context(), nobody, marker)
	failed(t, "nobody there", err, hint.Failed, "GitLab could not be reached: ")
}

func failed(t *testing.T, how string, err error, class hint.Class, says string) {
	t.Helper()
	known, ok := hint.Of(err)
	if !ok || known.Class != class || len(known.Next) == 0 || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v", how, err)
	}
	if text := fmt.Sprint(err, hint.Next(err)); strings.Contains(text, "the server's own text") || strings.Contains(text, "Bearer") {
		t.Errorf("%s: it shows %s", how, text)
	}
}

// TestMerged: the pull request that a commit merged, among others that have it.
func TestMerged(t *testing.T) {
	for name := range services(t, forgetest.New(t, "token")) {
		server := forgetest.New(t, "token")
		on := services(t, server)[name]
		if number, err := on.Merged(t.Context(), strings.Repeat("c", 40)); err != nil || number != "" {
			t.Errorf("%s: a commit that merged nothing: %q, %v", name, number, err)
		}
		if number, err := on.Merged(t.Context(), forgetest.Merge); err != nil || number != "7" {
			t.Errorf("%s: %q, %v", name, number, err)
		}
		if _, err := forge.Put(t.Context(), on, marker); err != nil || len(server.Comments()) != 1 {
			t.Errorf("%s: it is not commented on: %v", name, err)
		}
		server.Refuse("read", http.StatusForbidden)
		_, err := on.Merged(t.Context(), forgetest.Merge)
		failed(t, name, err, hint.Credentials, "403")
	}
}

// TestEnterpriseServer: GraphQL stands beside the other API there.
func TestEnterpriseServer(t *testing.T) {
	server := forgetest.New(t, "token")
	on := forge.GitHub(forge.Place{API: server.URL + "/v3", Repository: "agency/site", Number: "7", Token: "token"})
	if _, err := on.Own(t.Context(), marker); err != nil {
		t.Error(err)
	}
	if got := server.Requests(); !slices.Equal(got, []string{"POST /graphql"}) {
		t.Errorf("it asked for %q", got)
	}
}
