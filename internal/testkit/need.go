package testkit

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"github.com/cella-secrets/cella/internal/words"
)

// NeedsAll is the variable that makes a missing program fail a test, as .ci/run
// has it. Without it the test is skipped, and the end of the run says so.
const NeedsAll = "CELLA_TEST_NEEDS_ALL"

// programs are what tests run beyond Go, git and what every system has, with
// what brings each to a machine.
var programs = map[string]string{
	"age-keygen": "apt-get install age",
	"bash":       "apt-get install bash",
	"fish":       "apt-get install fish",
	"gpg":        "apt-get install gnupg",
	"jq":         "apt-get install jq",
	"node":       "apt-get install nodejs",
	"openssl":    "apt-get install openssl",
	"php":        "apt-get install php-cli",
	"script":     "apt-get install bsdutils",
	"shellcheck": "apt-get install shellcheck",
	"zsh":        "apt-get install zsh",
}

// Programs are the names of what Need knows, in order.
func Programs() []string { return slices.Sorted(maps.Keys(programs)) }

// Need skips the test where one of the programs is missing, or fails it where
// NeedsAll is set.
func Need(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if !Has(name) {
			Lack(t, name, programs[name])
		}
	}
}

// Has reports whether the machine has one of the programs.
func Has(name string) bool {
	if programs[name] == "" {
		panic("testkit: needTools has no line on how to get " + name)
	}
	_, err := exec.LookPath(name)
	return err == nil
}

// Lack skips a test for want of something, or fails it where NeedsAll is set. get
// is what brings it to a machine.
func Lack(t testing.TB, what, get string) {
	t.Helper()
	if err := lacks(t.Name(), what, get); err != nil {
		t.Fatal(err)
	}
	t.Skipf("needs %s; to get it: %s", what, get)
}

// LackRight is Lack for what whoever runs the tests may not do: it never fails.
func LackRight(t testing.TB, what, get string) {
	t.Helper()
	if !untested.told() {
		t.Fatal(errNotTold)
	}
	untested.add(t.Name(), what, get)
	t.Skipf("needs %s; to get it: %s", what, get)
}

// errNotTold: a test may be skipped, and nobody would hear of it.
var errNotTold = errors.New("the package's TestMain does not tell what is skipped: let it run testkit.Suite")

// Lacks reports for a script of the named test whether one of the programs is
// missing, so that it is skipped. That is an error where NeedsAll is set.
func Lacks(test, name string) (bool, error) {
	if Has(name) {
		return false, nil
	}
	return true, lacks(test, name, programs[name])
}

func lacks(test, what, get string) error {
	if !untested.told() {
		return errNotTold
	}
	if os.Getenv(NeedsAll) != "" {
		return fmt.Errorf("needs %s, and %s is set; to get it: %s", what, NeedsAll, get)
	}
	untested.add(test, what, get)
	return nil
}

// record keeps what was skipped in this process.
type record struct {
	lock    sync.Mutex
	telling bool
	tests   map[string][]string // by what they lack
	get     map[string]string
}

var untested record

func (r *record) told() bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.telling
}

func (r *record) add(test, what, get string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.get == nil {
		r.tests, r.get = map[string][]string{}, map[string]string{}
	}
	if !slices.Contains(r.tests[what], test) {
		r.tests[what] = append(r.tests[what], test)
	}
	r.get[what] = get
}

// tell writes what was skipped, for want of what, and how to get it.
func (r *record) tell(to io.Writer) {
	for _, what := range slices.Sorted(maps.Keys(r.tests)) {
		tests := r.tests[what]
		first := tests[0]
		if more := len(tests) - 1; more > 0 {
			first += fmt.Sprintf(" and %d more", more)
		}
		// Nobody is left to hear that it could not be written.
		_, _ = fmt.Fprintf(to, "not tested in %s: %s (%s) for want of %s; to get it: %s\n",
			packageOfTests(), words.Count(len(tests), "test"), first, what, r.get[what])
	}
}
