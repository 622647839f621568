package testkit_test

import (
	"os"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// deaf makes this process one whose TestMain does not tell what was skipped.
const deaf = "CELLA_TEST_DEAF"

func TestMain(m *testing.M) {
	if os.Getenv(deaf) != "" {
		os.Exit(m.Run())
	}
	os.Exit(testkit.Suite(m).Run())
}

// TestNeed runs the tests below on a machine that has no programs.
func TestNeed(t *testing.T) {
	tests := map[string]struct {
		env    string
		passes bool
		want   []string
	}{
		"a newcomer's machine": {passes: true, want: []string{
			"not tested in internal/testkit: 2 tests (TestThatNeedsJQ and 1 more) for want of jq; to get it: apt-get install jq\n",
			"not tested in internal/testkit: 1 test (TestThatMayNot) for want of the right to fly; to get it: grow wings\n",
			"not tested in internal/testkit: 1 test (TestThatLacks) for want of a moon; to get it: wait\n",
		}},
		"where all is to be tested": {env: testkit.NeedsAll + "=1", want: []string{
			"--- FAIL: TestThatNeedsJQ", "needs jq, and CELLA_TEST_NEEDS_ALL is set; to get it: apt-get install jq",
			"--- FAIL: TestThatLacks", "needs a moon, and",
		}},
		"where nobody would say so": {env: deaf + "=1", want: []string{"let it run testkit.Suite"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			command := testkit.Command(t, os.Args[0], "-test.run=^TestThat", "-test.v=false")
			command.Env = []string{"PATH=" + t.TempDir(), onMachine + "=1", test.env}
			out, err := command.CombinedOutput()
			if (err == nil) != test.passes {
				t.Errorf("it ends with %v\n%s", err, out)
			}
			for _, text := range test.want {
				if !strings.Contains(string(out), text) {
					t.Errorf("it does not say %q\n%s", text, out)
				}
			}
			if strings.Contains(string(out), "FAIL: TestThatMayNot") && test.env != deaf+"=1" {
				t.Errorf("a right that is missing fails\n%s", out)
			}
			if test.passes && strings.Count(string(out), "not tested") != 3 {
				t.Errorf("it says more\n%s", out)
			}
		})
	}
}

// onMachine has the tests below do something.
const onMachine = "CELLA_TEST_BARE_MACHINE"

func TestThatNeedsJQ(t *testing.T) {
	if os.Getenv(onMachine) != "" {
		testkit.Need(t, "jq")
	}
}

func TestThatNeedsMore(t *testing.T) {
	if os.Getenv(onMachine) != "" {
		testkit.Need(t, "jq", "zsh")
	}
}

func TestThatLacks(t *testing.T) {
	if os.Getenv(onMachine) != "" {
		testkit.Lack(t, "a moon", "wait")
	}
}

func TestThatMayNot(t *testing.T) {
	if os.Getenv(onMachine) != "" {
		testkit.LackRight(t, "the right to fly", "grow wings")
	}
}

// TestNeedIsMet: what is there is used.
func TestNeedIsMet(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(bin+"/jq", []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv(testkit.NeedsAll, "1")
	testkit.Need(t, "jq")
	if t.Skipped() || !testkit.Has("jq") || testkit.Has("zsh") {
		t.Error("jq is there, and zsh is not")
	}
}
