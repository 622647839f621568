package main

import (
	"bufio"
	_ "embed"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestVersionOf: a program says the version that Go took its module at, and else
// the one that is written in it.
func TestVersionOf(t *testing.T) {
	for _, c := range []struct{ module, written, want string }{
		{"", "1.2.3\n", "1.2.3"},
		{"(devel)", "1.2.3\r\n", "1.2.3"},
		{"v1.2.3", "1.2.4-dev\n", "1.2.3"},
		{"v1.2.4-0.20261129011840-f829b8500000+dirty", "1.2.4-dev\n", "1.2.4-0.20261129011840-f829b8500000+dirty"},
	} {
		if got := versionOf(c.module, c.written); got != c.want {
			t.Errorf("module %q, written %q: %q, not %q", c.module, c.written, got, c.want)
		}
	}
}

//go:embed version.txt
var versionFile string

// TestVersionFile: a tag is v and this text.
func TestVersionFile(t *testing.T) {
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9a-z.]+)?\n$`).MatchString(versionFile) {
		t.Errorf("version.txt says %q", versionFile)
	}
}

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
