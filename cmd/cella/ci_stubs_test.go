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
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/forge/forgetest"
)

// stubs are programs for PATH, which record how they were called, and the comments of
// a service.
type stubs struct {
	bin, dir string
	*forgetest.Server
}

// mine is a comment that the token of the job wrote.
func mine(body string) forgetest.Comment { return forgetest.Comment{Author: forgetest.Me, Body: body} }

func newStubs(t *testing.T, token string) *stubs {
	t.Helper()
	startsPrograms(t)
	s := &stubs{bin: t.TempDir(), dir: t.TempDir(), Server: forgetest.New(t, token)}
	s.Page = 2 // so that a test has several
	for _, name := range []string{"gh", "curl"} {
		s.write(t, filepath.Join(s.bin, name), "#!/bin/sh\nexec stub-"+name+" \"$@\"\n", 0o700)
	}
	s.write(t, filepath.Join(s.bin, "cella"), hurried(t), 0o700)
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
		"bash", "sh", "cat", "dirname", "env", "git", "grep", "gzip", "mktemp", "od", "sha256sum", "tar", "tr", "cella", "stub-curl",
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

// stubGH plays `gh release download`, and `gh api graphql` against the service of the
// test, as far as the action uses them.
func stubGH() {
	call("")
	if os.Args[1] == "release" {
		download(filepath.Join(os.Args[slices.Index(os.Args, "--dir")+1], os.Args[slices.Index(os.Args, "--pattern")+1]))
		return
	}
	variables := map[string]any{"after": nil}
	query, filter, paginate := "", ".", slices.Contains(os.Args, "--paginate")
	for i, arg := range os.Args {
		switch arg {
		case "-f", "-F":
			name, value, _ := strings.Cut(os.Args[i+1], "=")
			variables[name] = value
			if arg == "-F" {
				variables[name] = json.Number(value)
			}
		case "--jq":
			filter = os.Args[i+1]
		}
	}
	query, _ = variables["query"].(string)
	for {
		said := askGraphQL(query, variables)
		if !slices.Contains(os.Args, "--silent") {
			program := exec.Command("jq", "--raw-output", filter)
			program.Stdin, program.Stdout, program.Stderr = bytes.NewReader(said), os.Stdout, os.Stderr
			stubMust(program.Run())
		}
		next := regexp.MustCompile(`"endCursor":"(\d+)","hasNextPage":true`).FindSubmatch(said)
		if !paginate || next == nil {
			return
		}
		variables["after"] = string(next[1])
	}
}

// askGraphQL ends the stub where the service refuses.
func askGraphQL(query string, variables map[string]any) []byte {
	asked, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	stubMust(err)
	request, err := http.NewRequest(http.MethodPost, os.Getenv("GITHUB_API_URL")+"/graphql", bytes.NewReader(asked))
	stubMust(err)
	request.Header.Set("Authorization", "Bearer "+os.Getenv("GH_TOKEN"))
	response, err := http.DefaultClient.Do(request)
	stubMust(err)
	said, err := io.ReadAll(response.Body)
	stubMust(err)
	if response.StatusCode != http.StatusOK {
		fmt.Fprintf(os.Stderr, "gh: HTTP %d\n", response.StatusCode)
		os.Exit(1)
	}
	return said
}

// stubCurl plays the download of the archive.
func stubCurl() {
	call("")
	download(os.Args[slices.Index(os.Args, "--output")+1])
}

// download ends the stub where there is no network.
func download(file string) {
	if _, err := os.Stat(filepath.Join(os.Getenv("STUB_DIR"), "offline")); err == nil {
		fmt.Fprintln(os.Stderr, "not found")
		os.Exit(22)
	}
	data, err := os.ReadFile(filepath.Join(os.Getenv("STUB_DIR"), "archive"))
	stubMust(err)
	stubMust(os.WriteFile(file, data, 0o600))
}
