package keyring

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/getsops/sops/v3/keyservice"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// maxMessage is the longest text in a sops section.
const maxMessage = 16 << 10

// pgpWriter writes PGP messages as anybody could who has a public key.
type pgpWriter struct {
	*testing.T
	entity *openpgp.Entity
}

func (w pgpWriter) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w pgpWriter) armored(message []byte) []byte {
	w.Helper()
	var out bytes.Buffer
	to, err := armor.Encode(&out, "PGP MESSAGE", nil)
	w.must(err)
	_, err = to.Write(message)
	w.must(errors.Join(err, to.Close()))
	return out.Bytes()
}

// sealed is an encrypted message with text in it, as SOPS writes it.
func (w pgpWriter) sealed(text []byte) []byte {
	w.Helper()
	var out bytes.Buffer
	to, err := openpgp.Encrypt(&out, []*openpgp.Entity{w.entity}, nil, nil, nil)
	w.must(err)
	_, err = to.Write(text)
	w.must(errors.Join(err, to.Close()))
	return out.Bytes()
}

type open struct{ io.Writer }

func (open) Close() error { return nil }

// packed is what text unpacks from, encrypted for nobody.
func (w pgpWriter) packed(text []byte) []byte {
	w.Helper()
	var out bytes.Buffer
	to, err := packet.SerializeCompressed(open{&out}, packet.CompressionZLIB, &packet.CompressionConfig{Level: 9})
	w.must(err)
	_, err = to.Write(text)
	w.must(errors.Join(err, to.Close()))
	return out.Bytes()
}

func (w pgpWriter) literal(text []byte) []byte {
	w.Helper()
	var out bytes.Buffer
	to, err := packet.SerializeLiteral(open{&out}, true, "", 0)
	w.must(err)
	_, err = to.Write(text)
	w.must(errors.Join(err, to.Close()))
	return out.Bytes()
}

// withPassword is encrypted for whoever knows a password.
func (w pgpWriter) withPassword(text []byte) []byte {
	w.Helper()
	var out bytes.Buffer
	to, err := openpgp.SymmetricallyEncrypt(&out, []byte("password"), nil, nil)
	w.must(err)
	_, err = to.Write(text)
	w.must(errors.Join(err, to.Close()))
	return out.Bytes()
}

// sealedPackets is an encrypted message that holds packets of any kind.
func (w pgpWriter) sealedPackets(packets []byte) []byte {
	w.Helper()
	key, ok := w.entity.EncryptionKey(w.entity.PrimaryKey.CreationTime)
	if !ok {
		w.Fatal("no key to encrypt for")
	}
	var out bytes.Buffer
	session := bytes.Repeat([]byte{7}, packet.CipherAES256.KeySize())
	w.must(packet.SerializeEncryptedKey(&out, key.PublicKey, packet.CipherAES256, session, nil))
	to, err := packet.SerializeSymmetricallyEncrypted(&out, packet.CipherAES256, false, packet.CipherSuite{}, session, nil)
	w.must(err)
	_, err = to.Write(packets)
	w.must(errors.Join(err, to.Close()))
	return out.Bytes()
}

// newRing gives the test a GnuPG home with one private key in the old form,
// and no gpg program but the one given.
func newRing(t *testing.T, program string) pgpWriter {
	t.Helper()
	home := t.TempDir()
	t.Setenv("GNUPGHOME", home)
	t.Setenv("SOPS_GPG_EXEC", program)
	entity, err := openpgp.NewEntity("cella", "test", "cella@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var ring bytes.Buffer
	if err := entity.SerializePrivate(&ring, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "secring.gpg"), ring.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return pgpWriter{t, entity}
}

func decryptAsPGP(t *testing.T, armored []byte) ([]byte, error) {
	t.Helper()
	if len(armored) > maxMessage {
		t.Fatalf("the message has %d bytes, which is refused before", len(armored))
	}
	response, err := newKeyServer().Decrypt(t.Context(), &keyservice.DecryptRequest{
		Key:        &keyservice.Key{KeyType: &keyservice.Key_PgpKey{PgpKey: &keyservice.PgpKey{Fingerprint: "AAAA"}}},
		Ciphertext: armored,
	})
	return response.GetPlaintext(), err
}

// TestPGPBombs: a message that unpacks to more than a data key is refused, and
// what it unpacks to is not kept. 8 MiB stand for gigabytes: other ways to pack
// than zlib's are denser by far.
func TestPGPBombs(t *testing.T) {
	w := newRing(t, "no-such-gpg")
	zeros, key := make([]byte, 8<<20), bytes.Repeat([]byte("k"), 32)
	marker := append([]byte{0x80 | 0x40 | 10, 3}, "PGP"...) // a packet that readers skip
	tests := map[string]struct {
		message []byte
		fits    bool
	}{
		"a data key":             {w.sealed(key), true},
		"packed":                 {w.sealedPackets(w.packed(w.literal(zeros))), false},
		"just too long":          {w.sealed(make([]byte, MaxDataKey+1)), false},
		"packed twice":           {w.sealedPackets(w.packed(w.packed(w.literal(zeros)))), false},
		"packets to be skipped":  {w.sealedPackets(w.packed(append(bytes.Repeat(marker, 4<<20/len(marker)), w.literal(key)...))), false},
		"for nobody":             {w.packed(w.literal(zeros)), false},
		"a key for nobody":       {w.literal(key), false},
		"for a password":         {w.withPassword(key), false},
		"with something behind":  {append(w.sealed(key), w.packed(w.literal(zeros))...), false},
		"with something before":  {append(w.packed(w.literal(zeros)), w.sealed(key)...), false},
		"cut":                    {w.sealed(key)[:40], false},
		"empty":                  {nil, false},
		"nothing but recipients": {bytes.Repeat([]byte{0x80 | 0x40 | 1, 1, 3}, 1000), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			armored := w.armored(test.message)
			kept := testkit.Allocated(func() {
				got, err := decryptAsPGP(t, armored)
				if test.fits != (err == nil) || test.fits && !bytes.Equal(got, key) {
					t.Errorf("got %d bytes, %v", len(got), err)
				}
			})
			if kept > 2<<20 {
				t.Errorf("%d bytes were allocated", kept)
			}
		})
	}
	if _, err := decryptAsPGP(t, []byte("no message")); !errors.Is(err, errNoDataKey) {
		t.Errorf("without armor: %v", err)
	}
}

// TestPGPBombsForGPG: the same where the gpg program decrypts, which unpacks
// what it is given.
func TestPGPBombsForGPG(t *testing.T) {
	sealtest.ImportPGP(t, "../../testdata/sops/pgp-key.asc")
	text, err := os.ReadFile("../../testdata/sops/pgp-key.asc")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	w, key := pgpWriter{t, ring[0]}, bytes.Repeat([]byte("k"), 32)
	if got, err := decryptAsPGP(t, w.armored(w.sealed(key))); err != nil || !bytes.Equal(got, key) {
		t.Errorf("a data key: %q, %v", got, err)
	}
	for name, message := range map[string][]byte{
		"packed":     w.sealedPackets(w.packed(w.literal(make([]byte, 8<<20)))),
		"for nobody": w.packed(w.literal(make([]byte, 8<<20))),
	} {
		if _, err := decryptAsPGP(t, w.armored(message)); !errors.Is(err, errNoDataKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestGPGWithoutEnd: nor is a gpg trusted that writes for ever.
func TestGPGWithoutEnd(t *testing.T) {
	program := filepath.Join(t.TempDir(), "gpg")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec cat /dev/zero\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := newRing(t, program)
	if err := os.Remove(filepath.Join(os.Getenv("GNUPGHOME"), "secring.gpg")); err != nil {
		t.Fatal(err)
	}
	if _, err := decryptAsPGP(t, w.armored(w.sealed([]byte("key")))); !errors.Is(err, errNoDataKey) {
		t.Errorf("got %v", err)
	}
	if reason := failureOf(errNoDataKey).reason; !strings.HasPrefix(reason, "the message holds something other") {
		t.Errorf("the reason is %q", reason)
	}
}
