package main

import (
	"encoding/json"
	"fmt"
	"io"
	neturl "net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// note is one on a merge request, as GitLab's API has it.
type note struct {
	ID     int    `json:"id"`
	Body   string `json:"body"`
	Author struct {
		ID int `json:"id"`
	} `json:"author"`
}

func newNote(id, author int, body string) note {
	n := note{ID: id, Body: body}
	n.Author.ID = author
	return n
}

// botID is the user that the token of stubCurl's service belongs to.
const botID = 42

// notesPerPage is what the template asks for.
const notesPerPage = 100

// notes sets what stands on the merge request.
func (s *stubs) notes(t *testing.T, list ...note) {
	t.Helper()
	encoded, err := json.Marshal(append([]note{}, list...))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, filepath.Join(s.dir, "notes.json"), string(encoded), 0o600)
}

// noted returns what stands on the merge request.
func (s *stubs) noted(t *testing.T) []note {
	t.Helper()
	var list []note
	readYAML(t, filepath.Join(s.dir, "notes.json"), &list) // JSON is YAML
	return list
}

// stubCurl plays the download of the archive, and GitLab's notes to whoever
// passes the token on stdin.
func stubCurl() {
	if i := slices.Index(os.Args, "--output"); i > 0 && os.Args[i+1] != os.DevNull {
		call("")
		data, err := os.ReadFile(filepath.Join(os.Getenv("STUB_DIR"), "archive"))
		stubMust(err)
		stubMust(os.WriteFile(os.Args[i+1], data, 0o600))
		return
	}
	config, err := io.ReadAll(os.Stdin)
	stubMust(err)
	call(string(config))
	_, refused := os.Stat(filepath.Join(os.Getenv("STUB_DIR"), "refuse"))
	if string(config) != "header = \"PRIVATE-TOKEN: "+noteToken+"\"\n" || refused == nil {
		fmt.Fprintln(os.Stderr, "curl: (22) The requested URL returned error: 403")
		os.Exit(22)
	}
	answer(os.Args[len(os.Args)-1])
}

// noteToken is what stubCurl's service accepts.
const noteToken = "glpat-notetoken"

func answer(address string) {
	file := filepath.Join(os.Getenv("STUB_DIR"), "notes.json")
	data, err := os.ReadFile(file)
	stubMust(err)
	var notes []note
	stubMust(json.Unmarshal(data, &notes))
	url, err := neturl.Parse(address)
	stubMust(err)
	body := func() string {
		name := os.Args[slices.Index(os.Args, "--data-urlencode")+1]
		return fieldFile(strings.Replace(name, "body@", "body=@", 1))
	}
	switch method := slices.Index(os.Args, "--request"); {
	case path.Base(url.Path) == "user":
		fmt.Printf(`{"id": %d}`, botID)
		return
	case method < 0:
		page, err := strconv.Atoi(url.Query().Get("page"))
		stubMust(err)
		from := min((page-1)*notesPerPage, len(notes))
		stubMust(json.NewEncoder(os.Stdout).Encode(notes[from:min(from+notesPerPage, len(notes))]))
		return
	case os.Args[method+1] == "POST":
		notes = append(notes, newNote(1000+len(notes), botID, body()))
	default:
		id, err := strconv.Atoi(path.Base(url.Path))
		stubMust(err)
		i := slices.IndexFunc(notes, func(n note) bool { return n.ID == id })
		notes[i].Body = body()
	}
	encoded, err := json.Marshal(notes)
	stubMust(err)
	stubMust(os.WriteFile(file, encoded, 0o600))
}
