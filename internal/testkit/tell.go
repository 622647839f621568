package testkit

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

// Runner is a *testing.M, or what stands in for it.
type Runner interface{ Run() int }

// Suite is the run of a package's tests whose programs get the usual signals, and
// that says at its end what was skipped for want of a program. A package whose tests
// call Need, or signal a program, has it in its TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(testkit.Suite(m).Run()) }
func Suite(m Runner) Runner {
	untested.lock.Lock()
	defer untested.lock.Unlock()
	untested.telling = true
	return suite{m}
}

type suite struct{ Runner }

func (s suite) Run() int {
	usualSignals()
	code := s.Runner.Run()
	untested.lock.Lock()
	defer untested.lock.Unlock()
	if len(untested.tests) > 0 {
		keepOutOfCache()
		out, done := goStderr()
		defer done()
		untested.tell(out)
	}
	return code
}

// keepOutOfCache has go test run the package again next time, when the program may
// be there: it keeps no result without the list of files and variables that the
// tests looked at.
func keepOutOfCache() {
	if list := flag.Lookup("test.testlogfile"); list != nil && list.Value.String() != "" {
		// Where it stays, the next run may be a cached one.
		_ = os.Remove(list.Value.String())
	}
}

// goStderr is the standard error of the go command that runs this process, and
// where that can't be had this process's: go test ./... hides what packages print
// whose tests pass.
func goStderr() (out io.Writer, done func()) {
	parent := fmt.Sprintf("/proc/%d", os.Getppid())
	name, err := os.ReadFile(parent + "/comm")
	if err != nil || strings.TrimSpace(string(name)) != "go" || writesOver(parent) {
		return os.Stderr, func() {}
	}
	file, err := os.OpenFile(parent+"/fd/2", os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return os.Stderr, func() {}
	}
	return file, func() { _ = file.Close() } // nobody is left to hear of it
}

// writesOver reports whether a process writes its output and its errors to the same
// file: its next line would stand where another process has appended one.
func writesOver(process string) bool {
	out, err := os.Stat(process + "/fd/1")
	if err != nil {
		return false
	}
	errors, err := os.Stat(process + "/fd/2")
	return err == nil && out.Mode().IsRegular() && os.SameFile(out, errors)
}

// packageOfTests is the folder of the package, from that of the module on.
func packageOfTests() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "a package"
	}
	return strings.TrimPrefix(strings.TrimSuffix(info.Path, ".test"), info.Main.Path+"/")
}
