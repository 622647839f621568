//go:build !windows

package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestAFileKeepsItsOwner: root, as in a container, takes nobody's file.
func TestAFileKeepsItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	if err := os.WriteFile(path, []byte("before"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 1234, 4321); err != nil {
		testkit.LackRight(t, "the right to give a file away", "run the tests as root")
	}
	if err := Replace(t.Context(), path, []byte("before"), []byte("after")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 1234 || owner.Gid != 4321 || info.Mode().Perm() != 0o640 {
		t.Errorf("owner %d, group %d, mode %v", owner.Uid, owner.Gid, info.Mode())
	}
}
