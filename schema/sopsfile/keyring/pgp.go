package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/words"
)

// gnupg decrypts data keys under PGP. SOPS keeps all that such a message unpacks
// to, and a few KB can unpack to gigabytes: everybody can encrypt such a one for a
// public key, and put it into a file.
//
//  1. The message is encrypted for keys, and nothing else: not in clear, not for
//     a password, nothing behind it.
//  2. Of what comes out no more is taken than a data key can have.
//  3. A secret key that gpg lacks, or could not unlock, is not asked for again in
//     a run.
type gnupg struct {
	ring   openpgp.EntityList
	read   bool
	failed map[string]*trouble // by the ID of a key
}

func newGnuPG() *gnupg { return &gnupg{failed: map[string]*trouble{}} }

const (
	// MaxDataKey bounds what a message holds; a data key, or a part of it, has
	// some 32 bytes.
	MaxDataKey = 1 << 10
	// maxUnpacked bounds what is unpacked to find it.
	maxUnpacked = 64 << 10
	// maxRing bounds what is read of a file of GnuPG's keys.
	maxRing = 64 << 20
)

// errNoDataKey says that a message of PGP is not what SOPS writes.
var errNoDataKey = errors.New("the message holds something other than a data key")

// decrypt does what SOPS does, in the same order: it tries GnuPG's old file of
// private keys, and then the gpg program.
func (k *gnupg) decrypt(ctx context.Context, armored []byte) ([]byte, error) {
	message, keys, err := openMessage(armored)
	if err != nil {
		return nil, err
	}
	key, err := k.decryptWithRing(message)
	if err != nil && !errors.Is(err, errNoDataKey) {
		key, err = k.decryptWithGPG(ctx, message, keys)
	}
	return key, err
}

// openMessage takes the armor off a message, and checks its form. It returns the
// IDs of the keys that it is for; one is zeros where that is hidden.
func openMessage(armored []byte) (message []byte, keys []string, err error) {
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil {
		return nil, nil, errNoDataKey
	}
	message, err = files.ReadFrom(block.Body, int64(len(armored)))
	if err != nil {
		return nil, nil, errNoDataKey
	}
	const toKey, sealed, sealedAEAD = 1, 18, 20 // tags of packets, RFC 9580, 5
	packets := packet.NewOpaqueReader(bytes.NewReader(message))
	for {
		found, err := packets.Next()
		if err != nil {
			return nil, nil, errNoDataKey
		}
		if found.Tag == toKey {
			const version, id = 1, 8
			if len(found.Contents) < version+id {
				return nil, nil, errNoDataKey
			}
			keys = append(keys, fmt.Sprintf("%X", found.Contents[version:version+id]))
			continue
		}
		_, err = packets.Next()
		if len(keys) == 0 || found.Tag != sealed && found.Tag != sealedAEAD || !errors.Is(err, io.EOF) {
			return nil, nil, errNoDataKey
		}
		return message, keys, nil
	}
}

// readRing reads secring.gpg, once. One that is not there has no keys.
func (k *gnupg) readRing() error {
	if k.read {
		return nil
	}
	k.read = true
	home := os.Getenv("GNUPGHOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		home = filepath.Join(user, ".gnupg")
	}
	text, err := files.Read(filepath.Join(home, "secring.gpg"), maxRing)
	if err != nil {
		return err
	}
	k.ring, err = openpgp.ReadKeyRing(bytes.NewReader(text))
	return err
}

// decryptWithRing uses the private keys in secring.gpg that have no passphrase.
// For the others gpg asks, and asks better.
func (k *gnupg) decryptWithRing(message []byte) ([]byte, error) {
	if err := k.readRing(); err != nil {
		return nil, err
	}
	limit := int64(maxUnpacked)
	opened, err := openpgp.ReadMessage(bytes.NewReader(message), k.ring, nil, &packet.Config{MaxDecompressedMessageSize: &limit})
	if err != nil {
		return nil, err
	}
	key, err := files.ReadFrom(opened.UnverifiedBody, MaxDataKey) // to its end, where it is verified
	if errors.Is(err, files.ErrTooLarge) {
		return nil, errNoDataKey
	}
	return key, err
}

// gpgProgram is what SOPS runs.
func gpgProgram() string {
	if program := os.Getenv(pgp.SopsGpgExecEnv); program != "" {
		return program
	}
	return "gpg"
}

func (k *gnupg) decryptWithGPG(ctx context.Context, message []byte, keys []string) ([]byte, error) {
	failed := 0
	var last *trouble
	for _, key := range keys {
		if known := k.failed[key]; known != nil {
			failed, last = failed+1, known
		}
	}
	if failed == len(keys) {
		return nil, last
	}
	command := exec.CommandContext(ctx, gpgProgram(), "--status-fd", "2", "-d")
	out, status := &files.Buffer{Limit: MaxDataKey}, &files.Buffer{Limit: maxUnpacked}
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(message), out, status
	err := command.Run() // what it complains of may quote the message
	switch {
	case out.Err() != nil:
		return nil, errNoDataKey
	case err == nil:
		return out.Bytes(), nil
	}
	if missing := noGPG(err); missing != nil {
		return nil, missing
	}
	said := gpgTrouble(string(status.Bytes()))
	if said == nil {
		return nil, fmt.Errorf("run gpg: %w", err)
	}
	for _, key := range keys {
		if strings.Trim(key, "0") != "" {
			k.failed[key] = said
		}
	}
	return nil, said
}

// noGPG says why the program did not begin to run, or nil.
func noGPG(err error) *trouble {
	what := ""
	switch ended := new(exec.ExitError); {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		what = "is not found"
	case err != nil && !errors.As(err, &ended):
		what = "cannot be run"
	default:
		return nil
	}
	return because(words.Quote(gpgProgram())+" "+what, "install GnuPG, or set SOPS_GPG_EXEC to the gpg program")
}

// gpgTrouble is why gpg did not decrypt, by the codes of its status lines (doc/DETAILS
// of GnuPG), or nil.
func gpgTrouble(status string) *trouble {
	// The low 16 bits of a code are the error (gpg-error's err-codes.h); those from
	// systemError on are the system's, of which there is one way here: no terminal.
	const code, systemError = 0xffff, 0x8000
	const badPassphrase, noAgent, noPinentry, pinentry, canceled, fullyCanceled, noCard, timeout = 11, 77, 85, 86, 99, 198, 112, 62
	missing := false
	for line := range strings.Lines(status) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 3 || fields[0] != "[GNUPG:]":
		case fields[1] == "NO_SECKEY":
			missing = true
		case fields[1] == "ERROR" && fields[2] == "pkdecrypt_failed" && len(fields) > 3:
			number, err := strconv.ParseUint(fields[3], 10, 32)
			if err != nil {
				continue
			}
			on := "run on a terminal: export GPG_TTY=$(tty), and cella again; where there is none, as in CI, import a key without a passphrase"
			switch number &= code; {
			case number == badPassphrase:
				return because("the passphrase for the secret key in gpg is wrong", "run cella again, with the right one")
			case number == canceled || number == fullyCanceled || number == timeout:
				return because("the secret key in gpg has a passphrase, and nobody gave it", on)
			case number == noPinentry || number == pinentry || number == noAgent || number >= systemError:
				return because("the secret key in gpg has a passphrase, and gpg cannot ask for it here", on)
			case number == noCard:
				return because("the secret key in gpg is on a card that is not there", "insert the card, and see that it is found: gpg --card-status")
			}
		}
	}
	if missing {
		return because("gpg has no secret key for it")
	}
	return nil
}

// publicKeyTrouble says why gpg does not encrypt for a key, or nil.
func publicKeyTrouble(ctx context.Context, fingerprint string) *trouble {
	name := words.Quote(fingerprint)
	if strings.Trim(fingerprint, "0123456789abcdefABCDEF") != "" || fingerprint == "" {
		return because("it is not a fingerprint of a PGP key", "write the fingerprint, as in: gpg --list-keys --with-fingerprint")
	}
	out := &files.Buffer{Limit: maxUnpacked}
	command := exec.CommandContext(ctx, gpgProgram(), "--batch", "--with-colons", "--list-keys", fingerprint)
	command.Stdout = out
	err := command.Run()
	if missing := noGPG(err); missing != nil {
		return missing
	}
	if err != nil {
		return because("gpg does not have this public key", "import the public key into gpg (gpg --import FILE)")
	}
	renew := []string{"ask for a key that is valid, import it (gpg --import FILE), and write its fingerprint in place of " + name}
	for line := range strings.Lines(string(out.Bytes())) {
		const validity, capabilities = 1, 11
		fields := strings.Split(line, ":")
		switch {
		case fields[0] != "pub" || len(fields) <= capabilities:
		case fields[validity] == "e":
			return because("the key has expired", append([]string{"its owner can renew it (gpg --quick-set-expire " + name +
				" 1y) and send it to you again: gpg --import FILE"}, renew...)...)
		case fields[validity] == "r":
			return because("the key was revoked", renew...)
		case strings.Contains(fields[capabilities], "D"):
			return because("the key is disabled in gpg", "enable it: gpg --edit-key "+name+" enable save")
		case !strings.Contains(fields[capabilities], "E"):
			return because("the key cannot encrypt: it has no valid part for that", renew...)
		}
	}
	return nil
}
