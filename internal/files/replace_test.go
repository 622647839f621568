package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestOneOfManyWritersWins: of runs that change the same file at once, one does,
// and the others say that they did not.
func TestOneOfManyWritersWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	const writers = 16
	errs := make([]error, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() { errs[i] = Replace(t.Context(), path, []byte("before"), fmt.Appendf(nil, "after %d", i)) })
	}
	group.Wait()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		if won := string(data) == fmt.Sprintf("after %d", i); won != (err == nil) {
			t.Errorf("writer %d: %v; the file holds %q", i, err, data)
		}
	}
}

// TestAChangedFileIsNotOverwritten: what somebody else wrote in the meantime
// stays.
func TestAChangedFileIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	if err := os.WriteFile(path, []byte("theirs"), 0o640); err != nil {
		t.Fatal(err)
	}
	err := Replace(t.Context(), path, []byte("before"), []byte("after"))
	if err == nil || !strings.Contains(err.Error(), "was changed meanwhile, and stays as it is now") {
		t.Errorf("error = %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "theirs" {
		t.Errorf("%q %v", data, err)
	}
	if err := Replace(t.Context(), path, []byte("theirs"), []byte("after")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("files left behind: %v %v", entries, err)
	}
	info, err := os.Stat(path)
	if err != nil || HaveModes && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "after" {
		t.Errorf("%q %v", data, err)
	}
	if err := Replace(t.Context(), path, []byte("after"), nil); err == nil || !strings.Contains(err.Error(), "nothing to write") {
		t.Errorf("error = %v", err)
	}
	if err := Replace(t.Context(), path+"2", nil, []byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v", err)
	}
}

// TestAWaitEnds: who waits for another run says so, stops at the first word, and
// otherwise goes on once that run has ended.
func TestAWaitEnds(t *testing.T) {
	for _, interrupted := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "secrets.yaml")
		if err := os.WriteFile(path, []byte("before"), 0o640); err != nil {
			t.Fatal(err)
		}
		letGo, err := lockFolder(t.Context(), filepath.Dir(path), func() { t.Error("it waits for nobody") })
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		told := 0
		err = ReplaceWaiting(ctx, path, []byte("before"), []byte("after"), func() {
			told++
			if interrupted {
				cancel()
			} else {
				letGo()
			}
		})
		data, failed := os.ReadFile(path)
		if want := map[bool]string{true: "before", false: "after"}[interrupted]; string(data) != want || failed != nil || told != 1 {
			t.Errorf("interrupted %v: the file holds %q, told %d times, %v", interrupted, data, told, failed)
		}
		if interrupted != errors.Is(err, context.Canceled) || !interrupted && err != nil {
			t.Errorf("interrupted %v: %v", interrupted, err)
		}
		cancel()
		letGo()
	}
}
