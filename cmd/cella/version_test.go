package main

import (
	_ "embed"
	"regexp"
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
