package files

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
)

// TestOneFolderHasOneLock, however it is named, and another one has another.
func TestOneFolderHasOneLock(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	want := folderLock(folder).Path()
	for _, name := range []string{".", strings.ToUpper(folder), filepath.ToSlash(folder), filepath.Join("..", filepath.Base(folder))} {
		if got := folderLock(name).Path(); got != want {
			t.Errorf("%s has the lock %s, want %s", name, got, want)
		}
	}
	if other := folderLock("..").Path(); other == want {
		t.Errorf("the folder above has the same lock, %s", other)
	}
}

// TestAFileInUse: what another program has open is not replaced, and the message says
// what to do.
func TestAFileInUse(t *testing.T) {
	path := place(t, t.TempDir(), "secrets.yaml", "before")
	open, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	err = Replace(t.Context(), path, []byte("before"), []byte("after"))
	if hinted, ok := errors.AsType[*hint.Error](err); !ok || !strings.Contains(strings.Join(hinted.Next, "\n"), "close the program that has it open") {
		t.Errorf("the error is %v", err)
	}
	if data, err := Read(path, 100); err != nil || string(data) != "before" {
		t.Errorf("the file holds %q, %v", data, err)
	}
}
