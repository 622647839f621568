package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

func place(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	folder := t.TempDir()
	link := func(name, to string) string {
		path := filepath.Join(folder, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(folder, "pipe")
	if err := testkit.Mkfifo(pipe); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder) // the name of a socket must be short
	socket, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	file := place(t, folder, "file", "12345")
	tests := map[string]struct {
		name  string
		limit int64
		want  string
		kind  error
	}{
		"a file":                {file, 100, "", nil},
		"just as large":         {file, 5, "", nil},
		"an empty file":         {place(t, folder, "empty", ""), 0, "", nil},
		"a link to a file":      {link("good", file), 100, "", nil},
		"too large":             {file, 4, "it is larger than 4 bytes", ErrTooLarge},
		"a folder":              {folder, 100, "it is a folder, not a file", ErrNotRegular},
		"a link to a folder":    {link("folder", folder), 100, "it is a folder, not a file", ErrNotRegular},
		"a pipe":                {pipe, 100, "it is a pipe, not a file", ErrNotRegular},
		"a link to a pipe":      {link("piped", pipe), 100, "it is a pipe, not a file", ErrNotRegular},
		"an endless device":     {"/dev/zero", 100, "it is a device, not a file", ErrNotRegular},
		"a link to a device":    {link("zero", "/dev/zero"), 100, "it is a device, not a file", ErrNotRegular},
		"a socket":              {"socket", 100, "it is a socket, not a file", ErrNotRegular},
		"a link to nowhere":     {link("lost", "nowhere"), 100, "stat " + filepath.Join(folder, "lost") + ": no such file or directory", fs.ErrNotExist},
		"a link to itself":      {link("self", "self"), 100, "stat " + filepath.Join(folder, "self") + ": too many levels of symbolic links", syscall.ELOOP},
		"a file without a size": {"/proc/self/status", 1 << 20, "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			testkit.Ends(t, func() {
				data, err := Read(tt.name, tt.limit)
				if tt.kind == nil {
					want, _ := os.ReadFile(tt.name)
					if err != nil || data == nil || !strings.HasPrefix(tt.name, "/proc") && !bytes.Equal(data, want) || len(want) > 0 && len(data) == 0 {
						t.Errorf("got %q, %v", data, err)
					}
					return
				}
				if data != nil || !errors.Is(err, tt.kind) || strings.TrimPrefix(err.Error(), "read "+tt.name+": ") != tt.want {
					t.Errorf("got %q, %v; want %s", data, err, tt.want)
				}
			})
		})
	}
}

// endless counts what is read of it.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	return len(p), nil
}

func TestNoMoreIsReadThanNeeded(t *testing.T) {
	source := &endless{}
	if data, err := ReadFrom(source, 1000); data != nil || !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
	if source.read != 1001 {
		t.Errorf("%d bytes were read", source.read)
	}
}

func TestOpenPiped(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := testkit.Mkfifo(pipe); err != nil {
		t.Fatal(err)
	}
	read := func(name string) (string, error) {
		file, err := OpenPiped(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		data, err := ReadFrom(file, 100)
		return string(data), err
	}
	testkit.Ends(t, func() {
		if text, err := read(pipe); text != "" || err != nil {
			t.Errorf("a pipe that nobody writes to: %q, %v", text, err)
		}
		reading, writing, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer reading.Close()
		go func() {
			_, _ = io.WriteString(writing, "a value")
			_ = writing.Close()
		}()
		if text, err := read("/dev/fd/" + strconv.Itoa(int(reading.Fd()))); text != "a value" || err != nil {
			t.Errorf("what a shell puts in the place of <(command): %q, %v", text, err)
		}
		if _, err := read("/dev/zero"); !errors.Is(err, ErrNotRegular) {
			t.Errorf("a device: %v", err)
		}
	})
}

func TestBuffer(t *testing.T) {
	b := &Buffer{Limit: 5}
	for _, text := range []string{"", "ab", "cde"} {
		if n, err := io.WriteString(b, text); n != len(text) || err != nil {
			t.Fatalf("%q: %d, %v", text, n, err)
		}
	}
	if err := b.Err(); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if n, err := io.WriteString(b, "f"); n != 0 || !errors.Is(err, ErrTooLarge) || string(b.Bytes()) != "abcde" {
		t.Errorf("beyond the limit: %d, %v, %q", n, err, b.Bytes())
	}
	if (&Buffer{}).Bytes() == nil {
		t.Error("an empty Buffer is nil")
	}
}

// TestBufferEndsAProgram: one that writes without end does not run on.
func TestBufferEndsAProgram(t *testing.T) {
	testkit.Ends(t, func() {
		command := testkit.Command(t, "cat", "/dev/zero")
		out := &Buffer{Limit: 1 << 20}
		command.Stdout = out
		if err := command.Run(); err == nil || !errors.Is(out.Err(), ErrTooLarge) {
			t.Errorf("got %v, %v", err, out.Err())
		}
	})
}

// TestFoldersAreKnown: commands have a hint for the system's own error.
func TestFoldersAreKnown(t *testing.T) {
	if _, err := Read(t.TempDir(), 1); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("got %v", err)
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{64 << 20: "64 MiB", 16 << 10: "16 KiB", 1<<20 + 1: "1048577 bytes", 100: "100 bytes"} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: %s", bytes, got)
		}
	}
}
