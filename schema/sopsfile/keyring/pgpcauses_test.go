package keyring

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// gpgWorld is a machine with the gpg program and no keys, where no one can be asked
// for a passphrase.
type gpgWorld struct{ world }

func newGPG(t *testing.T) gpgWorld {
	t.Helper()
	testkit.Need(t, "gpg")
	w := gpgWorld{newWorld(t)}
	sealtest.NewGNUPGHome(t)
	return w
}

func (w gpgWorld) gpg(args ...string) string {
	w.Helper()
	command := testkit.Command(w, "gpg", append([]string{"--batch", "--quiet", "--pinentry-mode", "loopback"}, args...)...)
	out, err := command.Output()
	if err != nil {
		w.Fatalf("gpg %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// newKey makes a key and returns its fingerprint.
func (w gpgWorld) newKey(passphrase, algorithm, usage, expires string) string {
	w.Helper()
	w.gpg("--passphrase", passphrase, "--quick-generate-key", "who@example.com", algorithm, usage, expires)
	for line := range strings.Lines(w.gpg("--with-colons", "--list-secret-keys")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			return fields[9]
		}
	}
	w.Fatal("no key was made")
	return ""
}

// lock forgets the passphrases that were typed.
func (w gpgWorld) lock() {
	w.Helper()
	if out, err := testkit.Command(w, "gpgconf", "--kill", "gpg-agent").CombinedOutput(); err != nil {
		w.Fatalf("gpgconf: %v\n%s", err, out)
	}
}

// countingGPG is a wrapper of gpg that counts, as SOPS_GPG_EXEC names them. It cannot
// ask on the terminal of whoever runs the tests.
func (w gpgWorld) countingGPG() string {
	w.Helper()
	count := filepath.Join(w.folder, "count")
	w.Setenv("SOPS_GPG_EXEC", w.program("wrapper", "echo one >>'"+count+"'; unset GPG_TTY DISPLAY; exec gpg \"$@\" --batch"))
	return count
}

func sealedByPGP(t testing.TB, fingerprints ...string) sops.Metadata {
	t.Helper()
	var group sops.KeyGroup
	for _, fingerprint := range fingerprints {
		group = append(group, pgp.NewMasterKeyFromFingerprint(fingerprint))
	}
	meta := sops.Metadata{KeyGroups: []sops.KeyGroup{group}}
	if errs := meta.UpdateMasterKeys(newDataKey(t)); len(errs) > 0 {
		t.Fatal(errs)
	}
	meta.DataKey = nil
	return meta
}

// TestLockedPGPKey: gpg is asked once for a key that it cannot unlock, and the next
// step helps.
func TestLockedPGPKey(t *testing.T) {
	w := newGPG(t)
	fingerprint := w.newKey("", "future-default", "default", "never")
	files := []sops.Metadata{sealedByPGP(t, fingerprint), sealedByPGP(t, fingerprint)}
	unlocked := w.file("key.asc", w.gpg("--export-secret-keys", "--armor"))
	w.gpg("--passphrase", "canary-passphrase", "--change-passphrase", fingerprint)
	w.lock()
	count := w.countingGPG()
	w.Setenv("SOPS_GPG_EXEC", w.program("alone", "exec setsid '"+os.Getenv("SOPS_GPG_EXEC")+"' \"$@\""))
	keys := New(LocalSources())
	for _, meta := range files {
		_, err := keys.DataKey(t.Context(), "secrets.yaml", meta)
		told := tell(t, err, w.folder)
		if told[0] != "decrypt secrets.yaml: no key to decrypt with: pgp (1 recipient): the secret key in gpg has a passphrase, and gpg cannot ask for it here" ||
			told[1] != "run on a terminal: export GPG_TTY=$(tty), and cella again; where there is none, as in CI, import a key without a passphrase" {
			t.Errorf("told:\n%s", strings.Join(told, "\n"))
		}
	}
	if got := counted(t, count); got != 1 {
		t.Errorf("gpg ran %d times", got)
	}
	sealtest.NewGNUPGHome(t)
	w.gpg("--import", unlocked)
	if _, err := New(LocalSources()).DataKey(t.Context(), "secrets.yaml", files[0]); err != nil {
		t.Errorf("after the next step: %v", err)
	}
}

// TestGPGIsAskedOnce for a secret key that it does not have.
func TestGPGIsAskedOnce(t *testing.T) {
	w := newGPG(t)
	fingerprint := w.newKey("", "future-default", "default", "never")
	secret := w.file("secret.asc", w.gpg("--export-secret-keys", "--armor"))
	files := []sops.Metadata{sealedByPGP(t, fingerprint), sealedByPGP(t, fingerprint), sealedByPGP(t, fingerprint)}
	sealtest.NewGNUPGHome(t)
	count := w.countingGPG()
	keys := New(LocalSources())
	for _, meta := range files {
		_, err := keys.DataKey(t.Context(), "secrets.yaml", meta)
		told := tell(t, err, w.folder)
		if told[0] != "decrypt secrets.yaml: no key to decrypt with: pgp (1 recipient): gpg has no secret key for it" ||
			told[1] != "import a private key into gpg (gpg --import FILE), one of: "+fingerprint {
			t.Errorf("told:\n%s", strings.Join(told, "\n"))
		}
	}
	if got := counted(t, count); got != 1 {
		t.Errorf("gpg ran %d times", got)
	}
	w.gpg("--import", secret)
	keys = New(LocalSources())
	for _, meta := range files {
		if _, err := keys.DataKey(t.Context(), "secrets.yaml", meta); err != nil {
			t.Errorf("after the next step: %v", err)
		}
	}
}

// TestNoGPG: the program is missing.
func TestNoGPG(t *testing.T) {
	w := newGPG(t)
	meta := sealedByPGP(t, w.newKey("", "future-default", "default", "never"))
	w.Setenv("SOPS_GPG_EXEC", "no-such-gpg")
	_, err := New(LocalSources()).DataKey(t.Context(), "secrets.yaml", meta)
	told := tell(t, err, w.folder)
	if told[0] != "decrypt secrets.yaml: no key to decrypt with: pgp (1 recipient): no-such-gpg is not found" ||
		told[1] != "install GnuPG, or set SOPS_GPG_EXEC to the gpg program" {
		t.Errorf("told:\n%s", strings.Join(told, "\n"))
	}
}

// TestGPGNotRun: what is no program is not taken for a service that is far away.
func TestGPGNotRun(t *testing.T) {
	w := newGPG(t)
	fingerprint := w.newKey("", "future-default", "default", "never")
	meta := sealedByPGP(t, fingerprint)
	for name, program := range map[string]string{"a text": w.file("gpg.txt", "canary"), "a folder": w.folder} {
		w.Setenv("SOPS_GPG_EXEC", program)
		_, err := New(LocalSources()).DataKey(t.Context(), "secrets.yaml", meta)
		_, encrypting := New(LocalSources()).NewDataKey(t.Context(), &sops.Tree{Metadata: meta})
		told := tell(t, err, w.folder)
		reason := strings.ReplaceAll(program, w.folder, "DIR") + " cannot be run"
		if told[0] != "decrypt secrets.yaml: no key to decrypt with: pgp (1 recipient): "+reason ||
			told[1] != "install GnuPG, or set SOPS_GPG_EXEC to the gpg program" {
			t.Errorf("%s: told:\n%s", name, strings.Join(told, "\n"))
		}
		if encrypting == nil || !strings.HasSuffix(encrypting.Error(), " cannot be run") {
			t.Errorf("%s: %v", name, encrypting)
		}
	}
}

// TestUnusablePublicKey: why gpg does not encrypt for it.
func TestUnusablePublicKey(t *testing.T) {
	tests := map[string]struct {
		fingerprint func(gpgWorld) string
		reason      string
		next        string
	}{
		"not there": {func(gpgWorld) string { return "2AC233C5FBE1618237941FE8DF12900EC493D617" }, "gpg does not have this public key",
			"import the public key into gpg (gpg --import FILE)"},
		"expired": {func(w gpgWorld) string {
			return w.newKeyOf("--faked-system-time", "20200101T000000", "1d")
		}, "the key has expired", "its owner can renew it (gpg --quick-set-expire FINGERPRINT 1y) and send it to you again: gpg --import FILE"},
		"revoked": {func(w gpgWorld) string {
			fingerprint := w.newKey("", "future-default", "default", "never")
			made := filepath.Join(os.Getenv("GNUPGHOME"), "openpgp-revocs.d", fingerprint+".rev")
			text, err := os.ReadFile(made)
			if err != nil {
				w.Fatal(err)
			}
			w.gpg("--import", w.file("rev.asc", strings.Replace(string(text), ":-----", "-----", 1)))
			return fingerprint
		}, "the key was revoked", "ask for a key that is valid, import it (gpg --import FILE), and write its fingerprint in place of FINGERPRINT"},
		"for signing alone": {func(w gpgWorld) string { return w.newKey("", "ed25519", "sign", "never") }, "the key cannot encrypt: it has no valid part for that",
			"ask for a key that is valid, import it (gpg --import FILE), and write its fingerprint in place of FINGERPRINT"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newGPG(t)
			fingerprint := test.fingerprint(w)
			meta := sops.Metadata{KeyGroups: []sops.KeyGroup{{pgp.NewMasterKeyFromFingerprint(fingerprint)}}}
			_, err := New(LocalSources()).NewDataKey(t.Context(), &sops.Tree{Metadata: meta})
			var failed *RecipientError
			if !errors.As(err, &failed) {
				t.Fatalf("got %v", err)
			}
			next := strings.ReplaceAll(failed.Hint().Next[0], fingerprint, "FINGERPRINT")
			if failed.Error() != "encrypt for "+fingerprint+": "+test.reason || next != test.next {
				t.Errorf("told:\n%s\n%s", failed, next)
			}
		})
	}
}

// newKeyOf makes a key at another time.
func (w gpgWorld) newKeyOf(option, value, expires string) string {
	w.Helper()
	w.gpg(option, value, "--passphrase", "", "--quick-generate-key", "who@example.com", "future-default", "default", expires)
	_, rest, _ := strings.Cut(w.gpg("--with-colons", "--list-secret-keys"), "\nfpr:")
	return strings.Split(rest, ":")[8]
}

// TestVaultCauses: nothing is shown of what a server says, nor of what may be secret
// in its address.
func TestVaultCauses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"errors":["canary"]}`, http.StatusForbidden)
	}))
	defer server.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tests := map[string]struct{ address, token, sources, reason, next string }{
		"not allowed": {"https://user:canary@vault.example/?canary", "", "age", "not allowed",
			"if you trust https://vault.example with your Vault token, allow it: --key-sources age,vault"},
		"refused": {server.URL, "t", "vault", "the service says 403", "set VAULT_TOKEN to a token that may decrypt at " + server.URL},
		"no token": {server.URL, "", "vault", "the service says 403, and there is no Vault token here",
			"set VAULT_TOKEN to a token that may decrypt at " + server.URL},
		"not there": {gone.URL, "t", "vault", "the service cannot be reached", "check the network: a VPN, or a proxy (HTTPS_PROXY), may be missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Setenv("VAULT_TOKEN", test.token)
			w.Setenv("VAULT_MAX_RETRIES", "0")
			sources, err := ParseSources(test.sources)
			if err != nil {
				t.Fatal(err)
			}
			key := hcvault.NewMasterKey(test.address, "transit", "k")
			key.EncryptedKey = "vault:v1:canary"
			_, err = New(sources).DataKey(t.Context(), "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{{key}}})
			told := tell(t, err, w.folder)
			if told[0] != "decrypt secrets.yaml: no key to decrypt with: vault (1 recipient): "+test.reason || told[1] != test.next {
				t.Errorf("told:\n%s", strings.Join(told, "\n"))
			}
		})
	}
}

// TestVaultIsMissedOnce: who cannot be reached is not tried again in a run, whatever
// number of files there is, and another one is.
func TestVaultIsMissedOnce(t *testing.T) {
	w := newWorld(t)
	w.Setenv("VAULT_TOKEN", "t")
	w.Setenv("VAULT_MAX_RETRIES", "0")
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	keys := New(vaultKeys)
	address := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for i, of := range []string{server.URL, server.URL, address, server.URL, address} {
		key := hcvault.NewMasterKey(of, "transit", "k")
		key.EncryptedKey = fmt.Sprintf("vault:v1:%d", i)
		_, err := keys.DataKey(t.Context(), "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{{key}}})
		if told := tell(t, err, w.folder); !strings.HasSuffix(told[0], ": the service cannot be reached") {
			t.Error(told[0])
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

// TestAWSCauses: why there are no credentials.
func TestAWSCauses(t *testing.T) {
	tests := map[string]struct {
		profile, config string
		reason, next    string
	}{
		"a profile that is not there": {"gone", "[default]\n", "there is no AWS profile gone",
			"list the profiles that there are: aws configure list-profiles; set AWS_PROFILE to one of them, or unset it"},
		"no credentials": {"", "[default]\n", "there are no AWS credentials here",
			"sign in to AWS (AWS_PROFILE, or aws sso login) as somebody with kms:Decrypt on " + arn + ", arn:aws:kms:eu-west-1:123456789012:key/def"},
		"a profile behind another": {"x", "[profile x]\nrole_arn = canary\nsource_profile = base\n", "there is no AWS profile base",
			"list the profiles that there are: aws configure list-profiles; set AWS_PROFILE to one of them, or unset it"},
		"a program": {"", "[default]\ncredential_process = sh -c 'echo canary >&2; exit 1'\n", "the credential_process of the AWS profile failed",
			"see what it says: aws sts get-caller-identity"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newAWS(t, test.config)
			w.Setenv("AWS_PROFILE", test.profile)
			_, err := New(DefaultSources()).DataKey(t.Context(), "secrets.yaml", sealedByAWS(t, "", ""))
			told := tell(t, err, w.folder)
			if told[0] != "decrypt secrets.yaml: no key to decrypt with: aws (2 recipients): "+test.reason || told[1] != test.next {
				t.Errorf("told:\n%s", strings.Join(told, "\n"))
			}
		})
	}
}

// TestAWSConfiguration: what else is wrong with it is told as that.
func TestAWSConfiguration(t *testing.T) {
	w := newAWS(t, "")
	w.Setenv("AWS_CA_BUNDLE", w.file("canary.pem", "canary"))
	_, err := New(DefaultSources()).DataKey(t.Context(), "secrets.yaml", sealedByAWS(t, "", ""))
	told := tell(t, err, w.folder)
	if told[0] != "decrypt secrets.yaml: no key to decrypt with: aws (2 recipients): the AWS configuration cannot be read" ||
		told[1] != "check it: aws configure list" {
		t.Errorf("told:\n%s", strings.Join(told, "\n"))
	}
}
