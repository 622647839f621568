package outputs_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/outputs"
)

// refused fails the test unless err says text, and has a next step that says next.
func refused(t *testing.T, err error, text, next string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(strings.Join(hint.Next(err), "\n"), next) {
		t.Errorf("error %v, next %q; want one with %q, and a step with %q", err, hint.Next(err), text, next)
	}
}

// place writes a file into a folder and returns its path.
func place(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// content is that of a file; "absent" where there is none.
func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "absent"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParse(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	place(t, here, "there", "")
	if err := os.Symlink("there", "link"); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		values    []string
		want      []outputs.Output
		err, next string
	}{
		"none":                 {nil, []outputs.Output{{Format: "text"}}, "", ""},
		"one":                  {[]string{"json"}, []outputs.Output{{Format: "json"}}, "", ""},
		"just those given":     {[]string{"json=a"}, []outputs.Output{{"json", "a"}}, "", ""},
		"stdout and a file":    {[]string{"text", "json=a=b"}, []outputs.Output{{Format: "text"}, {"json", "a=b"}}, "", ""},
		"one format twice":     {[]string{"json=a", "json=b"}, []outputs.Output{{"json", "a"}, {"json", "b"}}, "", ""},
		"unknown":              {[]string{"xml"}, nil, "--format xml", "text, json or github"},
		"unknown and hostile":  {[]string{"\x1b[31m"}, nil, `"\x1b[31m"`, "text, json or github"},
		"no file":              {[]string{"json="}, nil, "--format json=", "--format json=FILE"},
		"two for stdout":       {[]string{"text", "json"}, nil, "stdout", "--format json=FILE"},
		"two for a file":       {[]string{"text=a", "json=a"}, nil, "go to a", "a file for each"},
		"written otherwise":    {[]string{"text=a", "json=./b/../a"}, nil, "--format", "a file for each"},
		"written in full":      {[]string{"text=a", "json=" + filepath.Join(here, "a")}, nil, "--format", "a file for each"},
		"by a link":            {[]string{"text=there", "json=link"}, nil, "go to link", "a file for each"},
		"two that are no file": {[]string{"text=/dev/null", "json=" + os.DevNull}, nil, "--format", "a file for each"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := outputs.Parse(test.values, "text", "json", "github")
			if test.err != "" {
				refused(t, err, test.err, test.next)
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("error %v; -want +got:\n%s", err, diff)
			}
		})
	}
}

// TestOpenRefuses: before anything is asked for, and without a trace of the
// outputs that could have been written.
func TestOpenRefuses(t *testing.T) {
	folder, begun := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", begun) // there may lie what is not yet whole
	manifest := place(t, folder, "secrets.yaml", "version: 1\n")
	for _, err := range []error{
		os.Symlink(manifest, filepath.Join(folder, "link")), os.Link(manifest, filepath.Join(folder, "second-name")),
		os.Mkdir(filepath.Join(folder, "folder"), 0o700), testkit.Mkfifo(filepath.Join(folder, "pipe")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := testkit.Entries(t, folder)
	tests := map[string]struct{ file, err string }{
		"the manifest":                {"secrets.yaml", "is the manifest"},
		"a link to it":                {"link", "is the manifest"},
		"another name of it":          {"second-name", "is the manifest"},
		"a folder":                    {"folder", "is a folder"},
		"a pipe that nobody reads":    {"pipe", syscall.ENXIO.Error()},
		"in a folder that is missing": {"none/plan.json", syscall.ENOENT.Error()},
		"in a file":                   {"secrets.yaml/plan.json", syscall.ENOTDIR.Error()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(folder, test.file)
			set, err := outputs.Open(io.Discard, []outputs.Output{{"text", filepath.Join(folder, "fine.txt")}, {"json", file}}, manifest)
			if set != nil {
				t.Error("it was opened")
			}
			next := "--format json=FILE"
			if name == "in a folder that is missing" {
				next = "make the folder first: mkdir -p " + filepath.Join(folder, "none")
			}
			refused(t, err, test.err, next)
			if err != nil && !strings.Contains(err.Error(), file) {
				t.Errorf("the file is not named: %v", err)
			}
			if diff := cmp.Diff(before, testkit.Entries(t, folder)); diff != "" {
				t.Errorf("what lies there (-before +after):\n%s", diff)
			}
			if left := testkit.Entries(t, begun); len(left) > 0 {
				t.Errorf("what was begun is left: %q", left)
			}
		})
	}
}

// says renders a format as its name.
func says(w io.Writer, o outputs.Output) error {
	_, err := fmt.Fprintf(w, "as %s\n", o.Format)
	return err
}

func open(t *testing.T, stdout io.Writer, wanted ...outputs.Output) *outputs.Set {
	t.Helper()
	set, err := outputs.Open(stdout, wanted, filepath.Join(t.TempDir(), "secrets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	old, fresh := place(t, folder, "old", "of an older run\n"), filepath.Join(folder, "fresh")
	var stdout strings.Builder
	set := open(t, &stdout, outputs.Output{Format: "text"}, outputs.Output{"json", old}, outputs.Output{"markdown", fresh}, outputs.Output{"outputs", os.DevNull})
	if content(t, old) != "of an older run\n" || content(t, fresh) != "absent" {
		t.Error("a file has changed before it was written")
	}
	if err := set.Write(says); err != nil {
		t.Fatal(err)
	}
	if stdout.String() != "as text\n" || content(t, old) != "as json\n" || content(t, fresh) != "as markdown\n" {
		t.Errorf("stdout %q, old %q, fresh %q", stdout.String(), content(t, old), content(t, fresh))
	}
	if names := testkit.Entries(t, folder); !slices.Equal(names, []string{"fresh", "old"}) {
		t.Errorf("in the folder lie %q", names)
	}
}

// TestWriteIntoAPipe: it is written to, and stays one.
func TestWriteIntoAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := testkit.Mkfifo(pipe); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := open(t, io.Discard, outputs.Output{"json", pipe}).Write(says); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(reader); string(text) != "as json\n" || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
}

// TestNothingToWrite: nobody takes what an older run said for this one's.
func TestNothingToWrite(t *testing.T) {
	folder := t.TempDir()
	old, never := place(t, folder, "old", "of an older run\n"), filepath.Join(folder, "never")
	var stdout strings.Builder
	set := open(t, &stdout, outputs.Output{Format: "text"}, outputs.Output{"json", old}, outputs.Output{"json", never}, outputs.Output{"json", os.DevNull})
	if err := set.Write(func(io.Writer, outputs.Output) error { return fmt.Errorf("of this run: %w", outputs.ErrNothing) }); err != nil {
		t.Fatal(err)
	}
	if stdout.Len() > 0 || len(testkit.Entries(t, folder)) > 0 {
		t.Errorf("stdout %q, and in the folder lie %q", stdout.String(), testkit.Entries(t, folder))
	}
}

// broken is an output whose reader is gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// TestWriteFails: what cannot be written is told, the rest is written, and no half
// of a file appears.
func TestWriteFails(t *testing.T) {
	folder := t.TempDir()
	good, half := filepath.Join(folder, "good"), place(t, folder, "half", "of an older run\n")
	cause := hint.New(errors.New("the plan is odd"), "look at it")
	set := open(t, broken{},
		outputs.Output{Format: "text"}, outputs.Output{"json", half}, outputs.Output{"markdown", good}, outputs.Output{"outputs", "/dev/full"})
	err := set.Write(func(w io.Writer, o outputs.Output) error {
		if o.Format == "json" {
			return errors.Join(says(w, o), cause)
		}
		return says(w, o)
	})
	if !errors.Is(err, syscall.EPIPE) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the error is %v", err)
	}
	refused(t, err, "--format json: "+half, "look at it")
	refused(t, err, "--format outputs: /dev/full", "")
	if content(t, half) != "of an older run\n" || content(t, good) != "as markdown\n" || len(testkit.Entries(t, folder)) != 2 {
		t.Errorf("half %q, good %q, in the folder lie %q", content(t, half), content(t, good), testkit.Entries(t, folder))
	}
}

// TestWhatIsWrittenIsInert: no name that somebody chose is a command to the CI
// system that shows a file, but for the format that is made of commands.
func TestWhatIsWrittenIsInert(t *testing.T) {
	const command = "::set-env name=A::b\n"
	file := filepath.Join(t.TempDir(), "file")
	var stdout strings.Builder
	set := open(t, &stdout, outputs.Output{Format: "github"}, outputs.Output{"json", file})
	err := set.Write(func(w io.Writer, _ outputs.Output) error {
		_, err := io.WriteString(w, command)
		return err
	})
	if err != nil || strings.HasPrefix(content(t, file), "::") || !strings.Contains(content(t, file), "set-env") {
		t.Errorf("error %v, in the file %q", err, content(t, file))
	}
	if stdout.String() != command {
		t.Errorf("annotations are %q", stdout.String())
	}
}

func TestKeep(t *testing.T) {
	folder := t.TempDir()
	read, other := place(t, folder, "plan.json", "{}"), place(t, folder, "other", "")
	link := filepath.Join(folder, "link")
	if err := os.Symlink(read, link); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{read, link} {
		refused(t, outputs.Keep(read, "the plan to apply", "--report", file, "report.json"), "is the plan to apply", "--report report.json")
	}
	for _, file := range []string{other, filepath.Join(folder, "none")} {
		if err := outputs.Keep(read, "the plan to apply", "--report", file, "report.json"); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestApart(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.WriteFile("plan.json", nil, 0o600), os.Symlink("plan.json", "link")); err != nil {
		t.Fatal(err)
	}
	whole, err := filepath.Abs("plan.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"plan.json", "./plan.json", whole, "link"} {
		err := outputs.Apart("--out", "plan.json", []outputs.Output{{Format: "text"}, {"json", file}})
		refused(t, err, "--out and --format json", "a file for each")
	}
	for _, file := range []string{"", "other.json"} {
		if err := outputs.Apart("--out", file, []outputs.Output{{Format: "text"}, {"json", "plan.json"}}); err != nil {
			t.Errorf("--out %q: %v", file, err)
		}
	}
}
