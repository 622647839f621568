package keyring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openAll opens some files, each under a data key of its own, with one keyring.
func openAll(t *testing.T, keys *Keyring, recipients ...string) {
	t.Helper()
	for range 5 {
		if _, err := keys.DataKey(t.Context(), "secrets.yaml", sealedFor(t, recipients...)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPlacesAreReadOnce: whatever number of recipients and files there is.
func TestPlacesAreReadOnce(t *testing.T) {
	first, _ := ageKey(t)
	second, _ := ageKey(t)
	third, private := ageKey(t)
	sshPublic, sshPrivate := sshKeyPair(t, "")
	tests := map[string]struct {
		set        func(world, string)
		recipients []string
		want       int
	}{
		"a command": {func(w world, count string) {
			w.Setenv("SOPS_AGE_KEY_CMD", w.program("pass", "echo one >>'"+count+"'; echo "+private))
		}, []string{first, second, third}, 1},
		"a command for SSH": {func(w world, count string) {
			w.Setenv("SOPS_AGE_SSH_PRIVATE_KEY_CMD", w.program("pass", "echo one >>'"+count+"'; cat '"+w.file("ssh", sshPrivate)+"'"))
		}, []string{first, second, sshPublic}, 1},
		"a command that nothing needs": {func(w world, count string) {
			w.Setenv("SOPS_AGE_KEY", private)
			w.Setenv("SOPS_AGE_KEY_CMD", w.program("pass", "echo one >>'"+count+"'; exit 1"))
		}, []string{first, second, third}, 0},
		"a command that is asked by recipient": {func(w world, count string) {
			w.Setenv("SOPS_AGE_KEY_CMD", w.program("pass", "echo one >>'"+count+`'; [ "$SOPS_AGE_RECIPIENT" = `+third+" ] && echo "+private))
		}, []string{first, second, third}, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			count := filepath.Join(w.folder, "count")
			test.set(w, count)
			openAll(t, New(LocalSources()), test.recipients...)
			if got := counted(t, count); got != test.want {
				t.Errorf("it ran %d times, want %d", got, test.want)
			}
		})
	}
}

// TestFailuresAreReadOnce: what failed is not tried again in a run.
func TestFailuresAreReadOnce(t *testing.T) {
	first, _ := ageKey(t)
	second, _ := ageKey(t)
	w := newWorld(t)
	count := filepath.Join(w.folder, "count")
	w.Setenv("SOPS_AGE_KEY_CMD", w.program("pass", "echo one >>'"+count+"'; exit 3"))
	keys := New(LocalSources())
	for range 3 {
		if _, err := keys.DataKey(t.Context(), "secrets.yaml", sealedFor(t, first, second)); err == nil {
			t.Fatal("it was opened")
		}
	}
	if got := counted(t, count); got != 1 {
		t.Errorf("it ran %d times", got)
	}
}

// TestPipesAreReadOnce: a shell's <(command) is empty when it is read again.
func TestPipesAreReadOnce(t *testing.T) {
	public, private := ageKey(t)
	other, _ := ageKey(t)
	w := newWorld(t)
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, err = to.WriteString(private + "\n")
	if err = errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = from.Close() })
	w.Setenv("SOPS_AGE_KEY_FILE", fmt.Sprintf("/dev/fd/%d", from.Fd()))
	keys := New(LocalSources())
	openAll(t, keys, other, public)
	_, err = keys.DataKey(t.Context(), "secrets.yaml", sealedFor(t, other))
	if err == nil || !strings.HasSuffix(err.Error(), ": none of the private keys here is the right one") {
		t.Errorf("after a second reading: %v", err)
	}
}

// TestPassphrasesAreAskedOnce: whatever number of recipients and files there is,
// and not at all where another key does.
func TestPassphrasesAreAskedOnce(t *testing.T) {
	const passphrase = "open, sesame"
	other, otherPrivate := ageKey(t)
	public, private := ageKey(t)
	sshPublic, sshPrivate := sshKeyPair(t, passphrase)
	tests := map[string]struct {
		set        func(world)
		answer     string
		recipients []string
		want       int
	}{
		"a key file": {func(w world) {
			w.Setenv("SOPS_AGE_KEY_FILE", w.file("keys.txt", lockedKeyFile(w, passphrase, private)))
		}, passphrase, []string{other, public}, 1},
		"a key of SSH": {func(w world) {
			w.Setenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE", w.file("id", sshPrivate))
		}, passphrase, []string{other, sshPublic}, 1},
		"beside a key that does": {func(w world) {
			w.Setenv("SOPS_AGE_KEY_FILE", w.file("keys.txt", lockedKeyFile(w, passphrase, private)))
			w.Setenv("SOPS_AGE_KEY", otherPrivate)
		}, passphrase, []string{public, other}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.set(newWorld(t))
			asked := 0
			openAll(t, answering(test.answer, &asked), test.recipients...)
			if asked != test.want {
				t.Errorf("somebody was asked %d times, want %d", asked, test.want)
			}
		})
	}
}

// TestWrongPassphrase: nobody is asked again in a run.
func TestWrongPassphrase(t *testing.T) {
	public, private := ageKey(t)
	other, _ := ageKey(t)
	w := newWorld(t)
	w.Setenv("SOPS_AGE_KEY_FILE", w.file("keys.txt", lockedKeyFile(w, "right", private)))
	asked := 0
	keys := answering("wrong", &asked)
	for range 3 {
		if _, err := keys.DataKey(t.Context(), "secrets.yaml", sealedFor(t, other, public)); err == nil {
			t.Fatal("it was opened")
		}
	}
	if asked != 1 {
		t.Errorf("somebody was asked %d times", asked)
	}
}

// TestPluginsAreAskedOnce: a plugin runs for each data key, and for none but those
// of its recipient; what it asks for is asked once.
func TestPluginsAreAskedOnce(t *testing.T) {
	other, _ := ageKey(t)
	w := newWorld(t)
	recipient, identity := w.plugin("stub")
	count := filepath.Join(w.folder, "count")
	w.Setenv("COUNT_PLUGIN", count)
	w.Setenv("SOPS_AGE_KEY", identity)
	asked := 0
	openAll(t, answering(pinOfPlugin, &asked), other, recipient)
	if asked != 1 || counted(t, count) != 5 {
		t.Errorf("somebody was asked %d times, and the plugin %d times", asked, counted(t, count))
	}
	asked = 0
	keys := answering("wrong", &asked)
	for range 3 {
		if _, err := keys.DataKey(t.Context(), "secrets.yaml", sealedFor(t, recipient, other)); err == nil {
			t.Fatal("it was opened")
		}
	}
	if asked != 1 {
		t.Errorf("somebody was asked for a PIN %d times after a wrong one", asked)
	}
}

// TestKeysOpenOthers: one key that fails, or asks, keeps no other one from being
// tried.
func TestKeysOpenOthers(t *testing.T) {
	public, private := ageKey(t)
	w := newWorld(t)
	_, identity := w.plugin("stub")
	if err := os.Remove(filepath.Join(w.folder, "age-plugin-stub")); err != nil {
		t.Fatal(err)
	}
	w.Setenv("SOPS_AGE_KEY", identity)
	w.Setenv("SOPS_AGE_KEY_CMD", w.program("pass", "echo "+private))
	openAll(t, without(LocalSources()), public)
}
