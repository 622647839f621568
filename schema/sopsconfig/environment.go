package sopsconfig

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// variable is one that names keys for files that are encrypted for the first time.
type variable struct {
	name string
	read func(text string, ring *keyring.Keyring) (sops.KeyGroup, error)
}

// variables are those that sops encrypt obeys, in the order of its keys.
var variables = []variable{
	{"SOPS_KMS_ARN", func(text string, _ *keyring.Keyring) (sops.KeyGroup, error) {
		return groupOf(kms.MasterKeysFromArnString(text, nil, "")), nil
	}},
	{"SOPS_GCP_KMS_IDS", func(text string, _ *keyring.Keyring) (sops.KeyGroup, error) {
		return groupOf(gcpkms.MasterKeysFromResourceIDString(text)), nil
	}},
	{"SOPS_HUAWEICLOUD_KMS_IDS", func(text string, _ *keyring.Keyring) (sops.KeyGroup, error) {
		found, err := hckms.NewMasterKeyFromKeyIDString(text)
		return groupOf(found), err
	}},
	{"SOPS_AZURE_KEYVAULT_URLS", azureKeys},
	{"SOPS_PGP_FP", func(text string, _ *keyring.Keyring) (sops.KeyGroup, error) {
		return groupOf(pgp.MasterKeysFromFingerprintString(text)), nil
	}},
	{"SOPS_VAULT_URIS", func(text string, _ *keyring.Keyring) (sops.KeyGroup, error) {
		found, err := hcvault.NewMasterKeysFromURIs(text)
		return groupOf(found), err
	}},
	{"SOPS_AGE_RECIPIENTS", func(text string, _ *keyring.Keyring) (group sops.KeyGroup, err error) {
		for recipient := range strings.SplitSeq(text, ",") {
			key, err := sopsfile.AgeRecipient(recipient)
			if err != nil {
				return nil, err
			}
			group = append(group, key)
		}
		return group, nil
	}},
}

// groupOf is a list of keys of one kind as a key group.
func groupOf[K keys.MasterKey](list []K) sops.KeyGroup {
	var group sops.KeyGroup
	for _, key := range list {
		group = append(group, key)
	}
	return group
}

// Variables names the variables that are set and name keys.
func Variables() []string {
	var set []string
	for _, v := range variables {
		if os.Getenv(v.name) != "" {
			set = append(set, v.name)
		}
	}
	return set
}

// FromEnvironment is the key group that variables such as SOPS_AGE_RECIPIENTS name;
// nil where none is set. For sops encrypt it takes the place of the keys of a rule,
// for files that are encrypted already it means nothing.
func FromEnvironment(ring *keyring.Keyring) (sops.KeyGroup, error) {
	var all sops.KeyGroup
	for _, v := range variables {
		text := os.Getenv(v.name)
		if text == "" {
			continue
		}
		group, err := v.read(text, ring)
		if err == nil && len(group) == 0 {
			err = errors.New("it names no key")
		}
		if err != nil {
			return nil, hint.New(fmt.Errorf("%s: %w", v.name, err), "correct it, or unset it: then .sops.yaml says who can decrypt")
		}
		all = append(all, group...)
	}
	return all, nil
}

// azureKeys asks Azure for the versions of keys that are named without one, where
// that is allowed.
func azureKeys(text string, ring *keyring.Keyring) (group sops.KeyGroup, err error) {
	for address := range strings.SplitSeq(text, ",") {
		address = strings.TrimSpace(address)
		vault, rest, named := strings.Cut(address, "/keys/")
		name, version, _ := strings.Cut(rest, "/")
		switch {
		case !keyring.AzureVault(vault) || !named:
			return nil, errors.New("the address of an Azure key is not in one of Azure's own key-vault domains, with /keys/ and its name")
		case version != "":
			group = append(group, azkv.NewMasterKey(vault, name, version))
			continue
		case !ring.AllowsAzure():
			return nil, errors.New("an Azure key has no version, and Azure may not be asked for it: add azure to --key-sources")
		}
		err := crash.Library(func() error {
			found, err := azkv.NewMasterKeyFromURL(address)
			group = append(group, found)
			return err
		})
		if err != nil {
			return nil, errors.New("Azure does not say which version an Azure key has: sign in (az login), or name the version")
		}
	}
	return group, nil
}
