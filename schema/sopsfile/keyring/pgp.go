package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/files"
)

// keyServer is SOPS's own key service, but for data keys under PGP. SOPS keeps
// all that such a message unpacks to, and a few KB can unpack to gigabytes:
// everybody can encrypt such a one for a public key, and put it into a file.
//
//  1. The message is encrypted for keys, and nothing else: not in clear, not for
//     a password, nothing behind it.
//  2. Of what comes out no more is taken than a data key can have.
type keyServer struct{ keyservice.Server }

// Decrypt implements keyservice.KeyServiceServer.
func (s *keyServer) Decrypt(ctx context.Context, request *keyservice.DecryptRequest) (*keyservice.DecryptResponse, error) {
	if request.GetKey().GetPgpKey() == nil {
		return s.Server.Decrypt(ctx, request)
	}
	key, err := decryptPGP(ctx, request.GetCiphertext())
	if err != nil {
		return nil, err
	}
	return &keyservice.DecryptResponse{Plaintext: key}, nil
}

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

// decryptPGP does what SOPS does, in the same order: it tries GnuPG's old file
// of private keys, and then the gpg program.
func decryptPGP(ctx context.Context, armored []byte) ([]byte, error) {
	message, err := openMessage(armored)
	if err != nil {
		return nil, err
	}
	key, err := decryptWithRing(message)
	if err != nil && !errors.Is(err, errNoDataKey) {
		key, err = decryptWithGPG(ctx, message)
	}
	return key, err
}

// openMessage takes the armor off a message, and checks its form.
func openMessage(armored []byte) ([]byte, error) {
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil {
		return nil, errNoDataKey
	}
	message, err := files.ReadFrom(block.Body, int64(len(armored)))
	if err != nil {
		return nil, errNoDataKey
	}
	const toKey, sealed, sealedAEAD = 1, 18, 20 // tags of packets, RFC 9580, 5
	packets := packet.NewOpaqueReader(bytes.NewReader(message))
	for keys := 0; ; keys++ {
		found, err := packets.Next()
		if err != nil {
			return nil, errNoDataKey
		}
		if found.Tag == toKey {
			continue
		}
		_, err = packets.Next()
		if keys == 0 || found.Tag != sealed && found.Tag != sealedAEAD || !errors.Is(err, io.EOF) {
			return nil, errNoDataKey
		}
		return message, nil
	}
}

// decryptWithRing uses the private keys in secring.gpg that have no passphrase.
// For the others gpg asks, and asks better.
func decryptWithRing(message []byte) ([]byte, error) {
	home := os.Getenv("GNUPGHOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		home = filepath.Join(user, ".gnupg")
	}
	text, err := files.Read(filepath.Join(home, "secring.gpg"), maxRing)
	if err != nil {
		return nil, err
	}
	ring, err := openpgp.ReadKeyRing(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	limit := int64(maxUnpacked)
	opened, err := openpgp.ReadMessage(bytes.NewReader(message), ring, nil, &packet.Config{MaxDecompressedMessageSize: &limit})
	if err != nil {
		return nil, err
	}
	key, err := files.ReadFrom(opened.UnverifiedBody, MaxDataKey) // to its end, where it is verified
	if errors.Is(err, files.ErrTooLarge) {
		return nil, errNoDataKey
	}
	return key, err
}

func decryptWithGPG(ctx context.Context, message []byte) ([]byte, error) {
	program := os.Getenv(pgp.SopsGpgExecEnv)
	if program == "" {
		program = "gpg"
	}
	command := exec.CommandContext(ctx, program, "-d")
	out := &files.Buffer{Limit: MaxDataKey}
	command.Stdin, command.Stdout = bytes.NewReader(message), out
	err := command.Run() // what it complains of may quote the message
	switch {
	case out.Err() != nil:
		return nil, errNoDataKey
	case err != nil:
		return nil, fmt.Errorf("run gpg: %w", err)
	}
	return out.Bytes(), nil
}
