package keyring

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// asNobody lets the rest of a test read files as a user who has no rights: its own
// goroutine alone, whose thread ends with it.
func asNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return // only root may read what nobody may
	}
	const nobody = 65534
	become := func(user uintptr) (was uintptr) {
		was, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, user, 0, 0)
		return was
	}
	runtime.LockOSThread()
	become(nobody)
	t.Cleanup(func() { become(0) })
	if now := become(nobody); now != nobody {
		t.Fatalf("files are read as user %d", now)
	}
}

// TestUnreadableKeyFile: a key that may not be read is told from one that is not there.
func TestUnreadableKeyFile(t *testing.T) {
	public, private := ageKey(t)
	_, sshPrivate := sshKeyPair(t, "")
	tests := map[string]struct {
		variable, text string
		closed         string
	}{
		"a file":           {"SOPS_AGE_KEY_FILE", private, "keys/key.txt"},
		"a folder":         {"SOPS_AGE_KEY_FILE", private, "keys"},
		"a key of SSH":     {"SOPS_AGE_SSH_PRIVATE_KEY_FILE", sshPrivate, "keys/key.txt"},
		"its whole folder": {"SOPS_AGE_SSH_PRIVATE_KEY_FILE", sshPrivate, "keys"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			folder := filepath.Join(w.folder, "keys")
			for path, mode := range map[string]os.FileMode{filepath.Dir(w.folder): 0o755, w.folder: 0o755, folder: 0o755} {
				if err := os.MkdirAll(path, mode); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			w.Setenv(test.variable, w.file("keys/key.txt", test.text))
			closed := filepath.Join(w.folder, filepath.FromSlash(test.closed))
			if err := os.Chmod(closed, 0); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := os.Chmod(closed, 0o700); err != nil {
					t.Error(err)
				}
			})
			sealed := newWrapped(public, string(sealedFor(t, public).KeyGroups[0][0].EncryptedDataKey()))
			sealed.ssh = strings.Contains(test.variable, "SSH")
			asNobody(t)
			_, wrong := newAgeRing().open(t.Context(), []wrapped{sealed})
			file := filepath.Join(folder, "key.txt")
			if wrong == nil || wrong.reason != test.variable+" names "+file+", which may not be read" ||
				!strings.HasPrefix(wrong.next[0], "let yourself read it: chmod u+r "+file+"; ") || !strings.HasSuffix(wrong.next[0], " in "+test.variable) {
				t.Errorf("got %+v", wrong)
			}
		})
	}
}
