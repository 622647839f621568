package keyring

import (
	"context"

	"github.com/getsops/sops/v3/keyservice"
)

// keyServer is SOPS's own key service, but for what it would ask for anew for each
// recipient and file: keys of age, GnuPG's keys, and the credentials of clouds. One
// serves a run.
type keyServer struct {
	keyservice.Server
	age   *ageRing
	pgp   *gnupg
	cloud *credentials
	gone  map[recipient]error // what could not be reached, and why
}

func newKeyServer() *keyServer {
	return &keyServer{age: newAgeRing(), pgp: newGnuPG(), cloud: newCredentials(), gone: map[recipient]error{}}
}

// Decrypt implements keyservice.KeyServiceServer.
func (s *keyServer) Decrypt(ctx context.Context, request *keyservice.DecryptRequest) (response *keyservice.DecryptResponse, err error) {
	err = s.reach(ctx, request.GetKey(), func() error {
		response, err = s.decrypt(ctx, request)
		return err
	})
	return response, err
}

// Encrypt implements keyservice.KeyServiceServer.
func (s *keyServer) Encrypt(ctx context.Context, request *keyservice.EncryptRequest) (response *keyservice.EncryptResponse, err error) {
	err = s.reach(ctx, request.GetKey(), func() error {
		response, err = s.encrypt(ctx, request)
		return err
	})
	return response, err
}

// reach asks for a key, unless that could not be reached before: the clients of the
// services try for a long time.
func (s *keyServer) reach(ctx context.Context, key *keyservice.Key, ask func() error) error {
	who := recipientOf(key)
	if err := s.gone[who]; err != nil {
		return err
	}
	err := ask()
	if unreachable(err) && ctx.Err() == nil {
		s.gone[who] = err
	}
	return err
}

func (s *keyServer) decrypt(ctx context.Context, request *keyservice.DecryptRequest) (*keyservice.DecryptResponse, error) {
	var plaintext []byte
	var err error
	switch key := request.GetKey().GetKeyType().(type) {
	case *keyservice.Key_AgeKey:
		return s.decryptAge(ctx, []wrapped{newWrapped(key.AgeKey.GetRecipient(), string(request.GetCiphertext()))})
	case *keyservice.Key_PgpKey:
		plaintext, err = s.pgp.decrypt(ctx, request.GetCiphertext())
	case *keyservice.Key_KmsKey:
		plaintext, err = s.cloud.decryptAWS(ctx, key.KmsKey, request.GetCiphertext())
	case *keyservice.Key_GcpKmsKey:
		plaintext, err = s.cloud.decryptGoogle(ctx, key.GcpKmsKey, request.GetCiphertext())
	case *keyservice.Key_AzureKeyvaultKey:
		plaintext, err = s.cloud.decryptAzure(ctx, key.AzureKeyvaultKey, request.GetCiphertext())
	case *keyservice.Key_VaultKey:
		response, err := s.Server.Decrypt(ctx, request)
		return response, vaultTrouble(err)
	default:
		return s.Server.Decrypt(ctx, request)
	}
	if err != nil {
		return nil, err
	}
	return &keyservice.DecryptResponse{Plaintext: plaintext}, nil
}

// decryptAge takes all recipients of age that one key group has.
func (s *keyServer) decryptAge(ctx context.Context, group []wrapped) (*keyservice.DecryptResponse, error) {
	part, wrong := s.age.open(ctx, group)
	if wrong != nil {
		return nil, wrong
	}
	return &keyservice.DecryptResponse{Plaintext: part}, nil
}

func (s *keyServer) encrypt(ctx context.Context, request *keyservice.EncryptRequest) (*keyservice.EncryptResponse, error) {
	var ciphertext []byte
	var err error
	switch key := request.GetKey().GetKeyType().(type) {
	case *keyservice.Key_KmsKey:
		ciphertext, err = s.cloud.encryptAWS(ctx, key.KmsKey, request.GetPlaintext())
	case *keyservice.Key_GcpKmsKey:
		ciphertext, err = s.cloud.encryptGoogle(ctx, key.GcpKmsKey, request.GetPlaintext())
	case *keyservice.Key_AzureKeyvaultKey:
		ciphertext, err = s.cloud.encryptAzure(ctx, key.AzureKeyvaultKey, request.GetPlaintext())
	case *keyservice.Key_PgpKey:
		response, err := s.Server.Encrypt(ctx, request)
		if err != nil {
			if wrong := publicKeyTrouble(ctx, key.PgpKey.GetFingerprint()); wrong != nil {
				return nil, wrong
			}
		}
		return response, err
	case *keyservice.Key_VaultKey:
		response, err := s.Server.Encrypt(ctx, request)
		return response, vaultTrouble(err)
	default:
		return s.Server.Encrypt(ctx, request)
	}
	if err != nil {
		return nil, err
	}
	return &keyservice.EncryptResponse{Ciphertext: ciphertext}, nil
}
