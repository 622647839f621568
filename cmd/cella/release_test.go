package main

import (
	"bufio"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// TestReleaseDigests: the file from which the action takes what it installs names
// one program for each platform of one version, or nothing.
func TestReleaseDigests(t *testing.T) {
	file, err := os.Open("../../ci/release.sha256")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var versions, platforms []string
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		line := scanner.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := regexp.MustCompile(`^(\d+\.\d+\.\d+(?:-[0-9a-z.]+)?) ([a-z]+/[a-z0-9]+) [0-9a-f]{64}$`).FindStringSubmatch(line)
		if fields == nil {
			t.Fatalf("%q is no VERSION OS/ARCH SHA-256", line)
		}
		versions, platforms = append(versions, fields[1]), append(platforms, fields[2])
	}
	if scanner.Err() != nil {
		t.Fatal(scanner.Err())
	}
	if len(platforms) == 0 {
		return // nothing is released
	}
	want := []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}
	if !slices.Equal(platforms, want) || len(slices.Compact(versions)) != 1 {
		t.Errorf("platforms %v of versions %v", platforms, versions)
	}
}

// TestReleaseWorkflow: it is valid, and what it runs with rights to publish is pinned.
func TestReleaseWorkflow(t *testing.T) {
	const file = "../../.github/workflows/release.yml"
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := linter.LintFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
	pinned := regexp.MustCompile(`^actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	used := regexp.MustCompile(`(?m)^ *(?:- )?uses: (.*)$`).FindAllStringSubmatch(readPage(t, file), -1)
	for _, action := range used {
		if !pinned.MatchString(action[1]) {
			t.Errorf("%s is no action of GitHub's own, pinned by its commit", action[1])
		}
	}
	if len(used) == 0 {
		t.Error("it uses no actions")
	}
}
