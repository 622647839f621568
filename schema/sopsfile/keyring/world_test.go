package keyring

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"
	"github.com/getsops/sops/v3"
	"golang.org/x/crypto/ssh"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// world is a machine with no keys but those that a test puts there.
type world struct {
	*testing.T
	folder string
}

func newWorld(t *testing.T) world {
	t.Helper()
	sealtest.Isolate(t)
	t.Setenv("GPG_AGENT_INFO", "") // no agent of whoever runs the tests
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "VAULT_TOKEN", "SOPS_GPG_EXEC", "SOPS_DECRYPTION_ORDER"} {
		t.Setenv(name, "")
	}
	return world{t, t.TempDir()}
}

// file writes a file and returns its path.
func (w world) file(name, text string) string {
	w.Helper()
	path := filepath.Join(w.folder, name)
	sealtest.WriteFile(w, path, []byte(text))
	return path
}

// program writes a script for the shell and returns its path.
func (w world) program(name, script string) string {
	w.Helper()
	path := w.file(name, "#!/bin/sh\n"+script+"\n")
	if err := os.Chmod(path, 0o700); err != nil {
		w.Fatal(err)
	}
	return path
}

// plugin installs a plugin of age, and returns a recipient and its identity.
func (w world) plugin(name string) (recipient, identity string) {
	w.Helper()
	program, err := os.Executable()
	if err != nil {
		w.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(w.folder, "age-plugin-"+name)); err != nil {
		w.Fatal(err)
	}
	w.Setenv("PATH", w.folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return plugin.EncodeRecipient(name, []byte("key")), plugin.EncodeIdentity(name, []byte("key"))
}

// ageKey is a new key of age.
func ageKey(t testing.TB) (public, private string) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key.Recipient().String(), key.String()
}

// sshKeyPair is a new key of SSH, with a passphrase where that is not empty.
func sshKeyPair(t testing.TB, passphrase string) (public, private string) {
	t.Helper()
	of, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	written, err := ssh.NewPublicKey(of)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(written))), string(pem.EncodeToMemory(block))
}

// lockedKeyFile is the text of a key file that age encrypted for a passphrase.
func lockedKeyFile(t testing.TB, passphrase, private string) string {
	t.Helper()
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(10) // fast
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	to, err := age.Encrypt(armored, recipient)
	if err != nil {
		t.Fatal(err)
	}
	_, err = to.Write([]byte(private + "\n"))
	if err = errors.Join(err, to.Close(), armored.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sealedFor is the sops section of a new file for some recipients of age.
func sealedFor(t testing.TB, recipients ...string) sops.Metadata {
	t.Helper()
	meta := sops.Metadata{KeyGroups: sealtest.KeyGroups(t, recipients...)}
	if errs := meta.UpdateMasterKeys(newDataKey(t)); len(errs) > 0 {
		t.Fatal(errs)
	}
	meta.DataKey = nil // which SOPS remembers
	return meta
}

func newDataKey(t testing.TB) []byte {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	return key
}

// answering is a keyring on a terminal where somebody types an answer to all
// questions; asked counts them.
func answering(text string, asked *int) *Keyring {
	server := newKeyServer()
	server.age.ui.terminal = &plugin.ClientUI{
		DisplayMessage: func(string, string) error { return nil },
		RequestValue: func(string, string, bool) (string, error) {
			*asked++
			return text, nil
		},
	}
	return NewOf(LocalSources(), server)
}

// without is a keyring where nobody can be asked.
func without(sources Sources) *Keyring {
	server := newKeyServer()
	server.age.ui.terminal = &plugin.ClientUI{
		DisplayMessage: func(string, string) error { return nil },
		RequestValue:   func(string, string, bool) (string, error) { return "", errors.New("no terminal") },
	}
	return NewOf(sources, server)
}
