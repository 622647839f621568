package sopsconfig

import (
	"errors"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// ParseKey reads the name of a key of any kind, as somebody types it. The error has
// next steps, and quotes no private key.
func ParseKey(text string, ring *keyring.Keyring) (sops.KeyGroup, error) {
	text = strings.TrimSpace(text)
	plain := strings.ToUpper(strings.TrimPrefix(strings.ReplaceAll(text, " ", ""), "0x"))
	switch {
	case len(plain) == fingerprintDigits && strings.Trim(plain, "0123456789ABCDEF") == "":
		return sops.KeyGroup{pgp.NewMasterKeyFromFingerprint(plain)}, nil
	case strings.HasPrefix(text, "arn:"):
		return sops.KeyGroup{kms.NewMasterKeyFromArn(text, nil, "")}, nil
	case strings.HasPrefix(text, "projects/") && strings.Contains(text, "/cryptoKeys/"):
		return sops.KeyGroup{gcpkms.NewMasterKeyFromResourceID(text)}, nil
	case strings.HasPrefix(text, "http") && strings.Contains(text, "/v1/"):
		key, err := hcvault.NewMasterKeyFromURI(text)
		if err != nil {
			return nil, hint.New(errors.New("the address is not that of a key of Vault"), "write it as https://vault.example:8200/v1/transit/keys/NAME")
		}
		return sops.KeyGroup{key}, nil
	case strings.HasPrefix(text, "https://"):
		group, err := azureKeys(text, ring)
		if err != nil {
			return nil, hint.New(err, "write it as https://VAULT.vault.azure.net/keys/NAME/VERSION")
		}
		return group, nil
	case strings.HasPrefix(text, "age1"), strings.HasPrefix(text, "ssh-"), sopsfile.IsPrivate(text):
		key, err := sopsfile.AgeRecipient(text)
		if err != nil {
			return nil, hint.New(err, "a public key begins with age1 (`age-keygen -y FILE` prints it); put one that begins with ssh- in quotes, as a whole")
		}
		return sops.KeyGroup{key}, nil
	}
	// It is not repeated: it may be secret.
	return nil, hint.New(errors.New("this is no public key that SOPS knows"),
		"give an age or SSH public key, the 40 digits of a PGP fingerprint, the ARN of an AWS key, "+
			"the resource ID of a Google Cloud key, or the address of an Azure or Vault key")
}

// fingerprintDigits: shorter ones are not certain to be of one key.
const fingerprintDigits = 40
