//go:build !windows

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// betweenDeleteAndCreate is the request of an apply from previousManifest to
// nextManifest after which a secret is gone until the next one.
func betweenDeleteAndCreate(do func()) emulatortest.Fault {
	return emulatortest.Fault{Operation: emulator.DeleteSecret, Owner: "site:one", Secret: "REPLACED", Call: do}
}

// aboutToReplace is a bench whose next apply replaces a secret.
func aboutToReplace(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, mixedState())
	b.manifest(previousManifest)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(nextManifest)
	return b
}

// replacedIsLive fails the test unless the secret that was replaced is live
// with all that the manifest says of it.
func replacedIsLive(t *testing.T, b *bench) {
	t.Helper()
	_, scopes, envs, _ := b.server.Attributes("site:one", "REPLACED")
	if !slices.Equal(scopes, []string{"ic"}) || !slices.Equal(envs, []string{"dev", "live"}) || !b.server.Holds("site:one", "REPLACED", "", "new") {
		t.Errorf("the replaced secret has scopes %v and overrides %v", scopes, envs)
	}
}

// resumes fails the test unless the next apply does what is left.
func resumes(t *testing.T, b *bench) {
	t.Helper()
	b.server.Script()
	b.cella("apply", "--auto-approve").must(t, exitOK)
	matches(t, b, nextManifest)
	says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
}

// ended returns the exit code of a process, and fails the test where something
// else ended it.
func ended(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	err := command.Wait()
	if failed := new(exec.ExitError); err != nil && !errors.As(err, &failed) || !command.ProcessState.Exited() {
		t.Fatalf("it was ended: %v", err)
	}
	return command.ProcessState.ExitCode()
}

// stopping is what apply says once it has a signal.
const stopping = "cella: stopping: finishing what is under way; once more to stop at once\n"

// stopped is a stderr to wait on for that, in vain at most until the test ends.
func stopped(t *testing.T) *testkit.Watched {
	w := testkit.NewWatched()
	t.Cleanup(func() { fmt.Fprint(w, stopping) })
	return w
}

// pipe is an output whose reader goes away.
type pipe struct{ reader, writer *os.File }

func newPipe(t *testing.T) pipe {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() }) // it may be closed already
	return pipe{reader, writer}
}

// TestApplySurvivesAClosedPipe: nobody reads stdout or stderr any more while a
// secret is deleted. It is created again, all else is done too, and the exit
// code says that the report was lost.
func TestApplySurvivesAClosedPipe(t *testing.T) {
	startsPrograms(t)
	for name, signal := range map[string]os.Signal{"and nothing else": nil, "and it is to stop": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			b := aboutToReplace(t)
			command := applying(b, "--report", filepath.Join(b.dir, "report.json"))
			out, err := newPipe(t), newPipe(t)
			command.Stdout, command.Stderr = out.writer, err.writer
			started := make(chan *os.Process, 1)
			b.server.Script(betweenDeleteAndCreate(func() {
				_ = out.reader.Close() // from now on a write is one to a broken pipe
				_ = err.reader.Close()
				if signal != nil { // which it says on stderr
					if err := (<-started).Signal(signal); err != nil {
						t.Error(err)
					}
				}
			}))
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			_ = out.writer.Close() // the process has its own
			_ = err.writer.Close()
			started <- command.Process
			if code := ended(t, command); code != exitError {
				t.Errorf("exit code %d, want %d", code, exitError)
			}
			replacedIsLive(t, b)
			var report apply.Report
			if err := json.Unmarshal([]byte(readPage(t, filepath.Join(b.dir, "report.json"))), &report); err != nil {
				t.Fatal(err)
			}
			// With a signal it may be: nothing shows when the process has noticed it.
			if signal == nil && !report.Complete() {
				t.Error("the report says that it is not complete")
			}
			resumes(t, b)
		})
	}
}

// TestApplySurvivesAClosedTerminal: the kernel sends SIGHUP, and nothing can be
// written or read.
func TestApplySurvivesAClosedTerminal(t *testing.T) {
	startsPrograms(t)
	b := aboutToReplace(t)
	command := applying(b, "--report", filepath.Join(b.dir, "report.json"))
	controller, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	seen := make(chan struct{})
	b.server.Script(betweenDeleteAndCreate(func() {
		<-seen
		if err := controller.Close(); err != nil {
			t.Error(err)
		}
	}))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	for plan := ""; !strings.Contains(plan, "Plan:"); { // nobody reads on while it is closed
		some := make([]byte, 1024)
		n, err := controller.Read(some)
		if err != nil {
			t.Fatal(err)
		}
		plan += string(some[:n])
	}
	close(seen)
	if code := ended(t, command); code != exitError {
		t.Errorf("exit code %d, want %d", code, exitError)
	}
	replacedIsLive(t, b)
	says(t, readPage(t, filepath.Join(b.dir, "report.json")), `"secret": "REPLACED"`)
	resumes(t, b)
}

// TestApplyIsHungUp: SIGHUP is as good as SIGTERM, but a second one does not
// insist: it comes from the same terminal.
func TestApplyIsHungUp(t *testing.T) {
	startsPrograms(t)
	b := aboutToReplace(t)
	command := applying(b)
	stdout, stderr := testkit.NewWatched(), stopped(t)
	command.Stdout, command.Stderr = stdout, stderr
	started := make(chan *os.Process, 1)
	b.server.Script(betweenDeleteAndCreate(func() {
		process := <-started
		for range 2 {
			if err := process.Signal(syscall.SIGHUP); err != nil {
				t.Error(err)
			}
			stderr.Wait(t, stopping)
		}
	}))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	started <- command.Process
	if code := ended(t, command); code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, stderr.Text())
	}
	says(t, stdout.Text(), "Interrupted.", "Run apply again: it resumes with what is left.")
	replacedIsLive(t, b)
	resumes(t, b)
}

// TestApplyUnderNohup is not told of hang-ups at all.
func TestApplyUnderNohup(t *testing.T) {
	startsPrograms(t)
	b := aboutToReplace(t)
	inner := applying(b)
	command := testkit.Command(t, "sh", append([]string{"-c", `trap "" HUP; exec "$0" "$@"`, inner.Path}, inner.Args[1:]...)...)
	command.Env = inner.Env
	started := make(chan *os.Process, 1)
	b.server.Script(betweenDeleteAndCreate(func() {
		if err := (<-started).Signal(syscall.SIGHUP); err != nil {
			t.Error(err)
		}
	}))
	var stdout bytes.Buffer
	command.Stdout = &stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	started <- command.Process
	if code := ended(t, command); code != exitOK {
		t.Errorf("exit code %d\n%s", code, &stdout)
	}
	matches(t, b, nextManifest)
}

// TestASecondSignalStopsAtOnce, whatever the first one was; where the process is
// cut off, the ledger knows.
func TestASecondSignalStopsAtOnce(t *testing.T) {
	startsPrograms(t)
	for name, first := range map[string]os.Signal{"behind a hang-up": syscall.SIGHUP, "behind Ctrl-C": os.Interrupt} {
		t.Run(name, func(t *testing.T) {
			b := aboutToReplace(t)
			command := applying(b)
			stdout, stderr := testkit.NewWatched(), stopped(t)
			command.Stdout, command.Stderr = stdout, stderr
			started, over := make(chan *os.Process, 1), make(chan struct{})
			fault := betweenDeleteAndCreate(func() {
				process := <-started
				for _, signal := range []os.Signal{first, syscall.SIGTERM} {
					if err := process.Signal(signal); err != nil {
						t.Error(err)
					}
					stderr.Wait(t, stopping)
				}
				<-over // the request is never answered
			})
			fault.Cut = true
			b.server.Script(fault)
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			started <- command.Process
			code := ended(t, command)
			close(over)
			if code != exitInterrupted {
				t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, stderr.Text())
			}
			says(t, stdout.Text(), "MAY NOT BE ON PANTHEON")
			resumes(t, b)
		})
	}
}

// full is a device that takes nothing.
const full = "/dev/full"

// toFull runs cella with stdout, and with stderr where it is nil, on a full disk.
func (b *bench) toFull(stderr io.Writer, args ...string) int {
	b.Helper()
	device, err := os.OpenFile(full, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer device.Close()
	if stderr == nil {
		stderr = device
	}
	return run(b.Context(), args, strings.NewReader(""), device, stderr, func(name string) string { return b.env[name] })
}

// TestApplyOnAFullDisk: what cannot be written costs an exit code, and nothing
// on Pantheon.
func TestApplyOnAFullDisk(t *testing.T) {
	link := filepath.Join(t.TempDir(), "full")
	if err := os.Symlink(full, link); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		flags []string
		says  []string
	}{
		"report": {[]string{"--report", full}, []string{
			"cella: error: everything was applied, but --report /dev/full cannot be written: no space left on device\n",
			"cella: hint: make room on the disk",
		}},
		"format": {[]string{"--format", "markdown=" + full}, []string{
			"cella: error: everything was applied, but --format markdown: /dev/full cannot be written: no space left on device\n",
		}},
		"both": {[]string{"--report", full, "--format", "outputs=" + link}, []string{"but --report /dev/full cannot", "but --format outputs: " + link + " cannot"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := aboutToReplace(t)
			got := b.cella("apply", append([]string{"--auto-approve"}, test.flags...)...).must(t, exitError)
			says(t, got.stderr, test.says...)
			matches(t, b, nextManifest)
			says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
		})
	}
}

// TestApplyInPartOnAFullDisk: an output that fails is worse than an apply in
// part, and not as bad as rejected credentials.
func TestApplyInPartOnAFullDisk(t *testing.T) {
	refused := emulatortest.Fault{Operation: emulator.CreateSecret, Secret: "CREATED", Owner: "site:one", Status: 422, Body: "no"}
	b := aboutToReplace(t)
	b.server.Script(refused)
	got := b.cella("apply", "--auto-approve", "--report", full).must(t, exitError)
	says(t, got.stderr, "cella: error: not everything was applied, and --report /dev/full cannot be written: no space left on device\n")
	says(t, got.stdout, "1 failed")
	resumes(t, b)

	b = aboutToReplace(t)
	b.server.Script(emulatortest.Fault{Operation: emulator.CreateSecret, ExpireSessions: true},
		emulatortest.Fault{Operation: emulator.SignIn, Skip: 1, Status: 401, Body: "Invalid token", Times: -1})
	got = b.cella("apply", "--auto-approve", "--report", full).must(t, exitCredentials)
	says(t, got.stderr, "stopped before everything was applied", "--report /dev/full cannot be written")
}

// TestAFullStdout: a plan that cannot be shown is not applied, and a report that
// is lost is found on stderr where it matters.
func TestAFullStdout(t *testing.T) {
	b := aboutToReplace(t)
	writes := countWrites(b)
	stderr := testkit.NewWatched()
	manifest := filepath.Join(b.dir, "secrets.yaml")
	apply := []string{"apply", "--auto-approve", "--file", manifest, "--api", b.url, "--rate", "100000"}
	if code := b.toFull(stderr, apply...); code != exitError {
		t.Errorf("exit code %d, want %d", code, exitError)
	}
	says(t, stderr.Text(),
		"cella: error: the plan cannot be shown, so nothing was applied: stdout cannot be written: no space left on device\n",
		"cella: hint: make room on the disk, then run the command again\n")
	if diff := cmp.Diff(0, countWrites(b)-writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if code := b.toFull(nil, apply...); code != exitError {
		t.Errorf("with a full stderr: exit code %d, want %d", code, exitError)
	}
}

// TestTheReportIsToldOnStderr where stdout is lost during an apply that leaves
// something to do.
func TestTheReportIsToldOnStderr(t *testing.T) {
	b := aboutToReplace(t)
	reader, writer := io.Pipe()
	defer reader.Close()
	b.server.Script(emulatortest.Fault{Operation: emulator.CreateSecret, Secret: "CREATED", Owner: "site:one", Status: 422, Body: "no",
		Call: func() { _ = reader.CloseWithError(syscall.EPIPE) }})
	go func() { _, _ = io.Copy(io.Discard, reader) }() // the plan
	stderr := testkit.NewWatched()
	code := run(t.Context(), applying(b).Args[1:], strings.NewReader(""), writer, stderr, func(name string) string { return b.env[name] })
	if code != exitError {
		t.Errorf("exit code %d, want %d", code, exitError)
	}
	says(t, stderr.Text(), "Not applied in full:\n  site:one CREATED (new)\n", "1 failed",
		"cella: error: not everything was applied, and stdout cannot be written: broken pipe\n")
}

// TestEveryCommandNoticesAFullStdout, those included that never look.
func TestEveryCommandNoticesAFullStdout(t *testing.T) {
	b := newBench(t, canaryState())
	file := b.manifest(canaryManifest(t))
	for name, args := range map[string][]string{
		"version":    {"version"},
		"help":       {"help"},
		"-h":         {"plan", "-h"},
		"completion": {"completion", "bash"},
		"schema":     {"schema", "manifest"},
		"validate":   {"validate", "--file", file, "--format", "json"},
		"unset":      {"unset", "shop", "CHANGED", "--file", file},
		"plan":       {"plan", "--file", file, "--api", b.url, "--rate", "100000"},
	} {
		t.Run(name, func(t *testing.T) {
			stderr := testkit.NewWatched()
			if code := b.toFull(stderr, args...); code != exitError {
				t.Errorf("exit code %d, want %d\n%s", code, exitError, stderr.Text())
			}
			says(t, stderr.Text(), "stdout cannot be written: no space left on device\n")
			if n := strings.Count(stderr.Text(), "cella: error:"); n != 1 {
				t.Errorf("%d errors:\n%s", n, stderr.Text())
			}
		})
	}
}

// TestAReaderThatHasEnough, as head has, is no error: nothing is said, and the
// exit code is the shell's for a closed pipe. What was asked for beside it is
// written.
func TestAReaderThatHasEnough(t *testing.T) {
	startsPrograms(t)
	b := aboutToReplace(t)
	saved := filepath.Join(b.dir, "plan.json")
	for name, args := range map[string][]string{
		"help": {"help"},
		"plan": {"plan", "--out", saved, "--file", filepath.Join(b.dir, "secrets.yaml"), "--api", b.url, "--rate", "100000"},
	} {
		t.Run(name, func(t *testing.T) {
			command := testkit.Command(t, "cella", args...)
			out, stderr := newPipe(t), testkit.NewWatched()
			if err := out.reader.Close(); err != nil {
				t.Fatal(err)
			}
			command.Env, command.Stdout, command.Stderr = applying(b).Env, out.writer, stderr
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			if code := ended(t, command); code != exitClosed || strings.Contains(stderr.Text(), "error") {
				t.Errorf("exit code %d, want %d\n%s", code, exitClosed, stderr.Text())
			}
		})
	}
	b.cella("apply", saved).must(t, exitOK)
}
