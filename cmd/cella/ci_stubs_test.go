package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// stubs are a gh and a curl for PATH that play the services' comments, and
// record how they were called.
type stubs struct {
	bin, dir string
}

// comment is one on a pull request, as GitHub's API has it.
type comment struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	User struct {
		Login string `json:"login"`
	} `json:"user"`
}

func newComment(id int, author, body string) comment {
	c := comment{ID: id, Body: body}
	c.User.Login = author
	return c
}

// commentsPerPage is small, so that a test has several pages.
const commentsPerPage = 2

func newStubs(t *testing.T) *stubs {
	t.Helper()
	startsPrograms(t)
	s := &stubs{bin: t.TempDir(), dir: t.TempDir()}
	for _, name := range []string{"gh", "curl"} {
		s.write(t, filepath.Join(s.bin, name), "#!/bin/sh\nexec stub-"+name+" \"$@\"\n", 0o700)
	}
	s.write(t, filepath.Join(s.bin, "cella"), hurried(t), 0o700)
	s.comments(t)
	return s
}

// hurried is the cella of these tests, as a script that takes the pace from
// commands that talk to the emulator.
func hurried(t *testing.T) string {
	t.Helper()
	real, err := exec.LookPath("cella")
	if err != nil {
		t.Fatal(err)
	}
	return "#!/bin/sh\ncommand=$1\nshift\ncase $command in plan|apply) set -- --rate 100000 \"$@\" ;; esac\nexec '" + real + "' \"$command\" \"$@\"\n"
}

func (s *stubs) write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// comments sets what stands on the pull request.
func (s *stubs) comments(t *testing.T, list ...comment) {
	t.Helper()
	encoded, err := json.Marshal(append([]comment{}, list...))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, filepath.Join(s.dir, "comments.json"), string(encoded), 0o600)
}

// posted returns what stands on the pull request.
func (s *stubs) posted(t *testing.T) []comment {
	t.Helper()
	var list []comment
	readYAML(t, filepath.Join(s.dir, "comments.json"), &list) // JSON is YAML
	return list
}

// refuse lets the service answer with a status: 403 to everything, any other to
// writes only.
func (s *stubs) refuse(t *testing.T, status string) {
	t.Helper()
	s.write(t, filepath.Join(s.dir, "refuse"), status, 0o600)
}

// calls returns how the programs were called, one line of JSON each.
func (s *stubs) calls(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, "calls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

// archive lets curl download a .tar.gz with the cella of these tests, and
// returns its SHA-256.
func (s *stubs) archive(t *testing.T) string {
	t.Helper()
	program := hurried(t)
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	files := tar.NewWriter(compressed)
	header := &tar.Header{Name: "cella", Mode: 0o755, Size: int64(len(program)), Typeflag: tar.TypeReg}
	if err := files.WriteHeader(header); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(files, program); err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	s.write(t, filepath.Join(s.dir, "archive"), packed.String(), 0o600)
	sum := sha256.Sum256(packed.Bytes())
	return hex.EncodeToString(sum[:])
}

// builder puts a go on the path that builds the cella of these tests.
func (s *stubs) builder(t *testing.T) {
	t.Helper()
	s.write(t, filepath.Join(s.dir, "built"), hurried(t), 0o700)
	s.write(t, filepath.Join(s.bin, "go"), "#!/bin/sh\necho \"go $*\"\n"+
		"[ -z \"$PANTHEON_MACHINE_TOKEN$SOPS_AGE_KEY\" ] || exit 1 # what builds needs none\n"+
		"cp '"+filepath.Join(s.dir, "built")+"' \"$3\"\n", 0o700)
}

// onlyThese returns a folder for PATH with what the action uses, but no gh.
func (s *stubs) onlyThese(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{
		"bash", "sh", "cat", "dirname", "env", "grep", "gzip", "mktemp", "od", "sha256sum", "tar", "tr", "cella", "stub-curl",
	} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.write(t, filepath.Join(dir, "curl"), "#!/bin/sh\nexec stub-curl \"$@\"\n", 0o700)
	return dir
}

// call records how a stub was called: arguments, environment and, for curl,
// stdin.
func call(stdin string) {
	line, err := json.Marshal(map[string]any{"args": os.Args[1:], "env": os.Environ(), "stdin": stdin})
	stubMust(err)
	file, err := os.OpenFile(filepath.Join(os.Getenv("STUB_DIR"), "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	stubMust(err)
	_, err = file.Write(append(line, '\n'))
	stubMust(err)
	stubMust(file.Close())
}

// stubMust ends a stub that cannot play its part.
func stubMust(err error) {
	if err != nil {
		panic(err)
	}
}

// stubGH plays `gh api`, as far as the action uses it.
func stubGH() {
	call("")
	status, err := os.ReadFile(filepath.Join(os.Getenv("STUB_DIR"), "refuse"))
	if err == nil && (string(status) == "403" || slices.Contains(os.Args, "--method")) {
		fmt.Fprintf(os.Stderr, "gh: Resource not accessible by integration (HTTP %s)\n", status)
		os.Exit(1)
	}
	flag := func(name string) string {
		if i := slices.Index(os.Args, name); i > 0 {
			return os.Args[i+1]
		}
		return ""
	}
	resource := os.Args[slices.IndexFunc(os.Args, func(s string) bool { return strings.HasPrefix(s, "repos/") })]
	comments := readComments()
	switch flag("--method") {
	case "POST":
		posted := newComment(1000+len(comments), "github-actions[bot]", fieldFile(flag("-F")))
		writeComments(append(comments, posted))
	case "PATCH":
		id, err := strconv.Atoi(path.Base(resource))
		stubMust(err)
		i := slices.IndexFunc(comments, func(c comment) bool { return c.ID == id })
		comments[i].Body = fieldFile(flag("-F"))
		writeComments(comments)
	default:
		for page := range slices.Chunk(comments, commentsPerPage) {
			encoded, err := json.Marshal(page)
			stubMust(err)
			filter := exec.Command("jq", "--raw-output", flag("--jq"))
			filter.Stdin, filter.Stdout, filter.Stderr = bytes.NewReader(encoded), os.Stdout, os.Stderr
			stubMust(filter.Run())
			if !slices.Contains(os.Args, "--paginate") {
				break
			}
		}
	}
}

// fieldFile reads body=@FILE.
func fieldFile(field string) string {
	name, _ := strings.CutPrefix(field, "body=@")
	data, err := os.ReadFile(name)
	stubMust(err)
	return string(data)
}

func commentsFile() string { return filepath.Join(os.Getenv("STUB_DIR"), "comments.json") }

func readComments() []comment {
	data, err := os.ReadFile(commentsFile())
	stubMust(err)
	var list []comment
	stubMust(json.Unmarshal(data, &list))
	return list
}

func writeComments(list []comment) {
	encoded, err := json.Marshal(list)
	stubMust(err)
	stubMust(os.WriteFile(commentsFile(), encoded, 0o600))
}
