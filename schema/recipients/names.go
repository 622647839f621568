package recipients

import (
	"maps"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/words"
)

// Name is how a key is called in a .sops.yaml: a public key, a fingerprint, an ARN
// or an address. It is text for files; quote it for display.
func Name(key keys.MasterKey) string {
	switch k := key.(type) {
	case *pgp.MasterKey:
		return strings.ToUpper(k.ToString())
	case *kms.MasterKey:
		return k.Arn // the role, the profile and the context are not part of who can decrypt
	case *azkv.MasterKey:
		return strings.TrimSuffix(k.ToString(), "/") // without a version
	}
	return key.ToString()
}

// Names lists the keys of all groups by Name, sorted, each once.
func Names(groups []sops.KeyGroup) []string {
	var names []string
	for _, group := range groups {
		for _, key := range group {
			names = append(names, Name(key))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Quoted are names for display.
func Quoted(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = words.QuoteKey(name)
	}
	return list
}

// Without returns the names that are not in others; see SameName.
func Without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(others, func(other string) bool { return SameName(name, other) })
	})
}

// SameName reports whether two names stand for one key. A short PGP fingerprint
// stands for every one that ends with it, an Azure key without a version for all
// of its versions, and what follows an SSH key is a comment.
func SameName(a, b string) bool {
	switch {
	case a == b:
		return true
	case isFingerprint(a) && isFingerprint(b):
		return strings.HasSuffix(a, b) || strings.HasSuffix(b, a)
	case isAzure(a) && isAzure(b):
		return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
	case strings.HasPrefix(a, "ssh-") && strings.HasPrefix(b, "ssh-"):
		one, other := strings.Fields(a), strings.Fields(b)
		return len(one) > 1 && len(other) > 1 && slices.Equal(one[:2], other[:2])
	}
	return false
}

// hasOthers reports whether a key of that name may have another one.
func hasOthers(name string) bool {
	return isFingerprint(name) || isAzure(name) || strings.HasPrefix(name, "ssh-")
}

func isFingerprint(name string) bool {
	return len(name) >= 16 && strings.Trim(name, "0123456789ABCDEF") == ""
}

// isAzure: a key of Vault stands at an address too, where /v1/ comes before the
// rest.
func isAzure(name string) bool {
	host, ok := strings.CutPrefix(name, "https://")
	if !ok {
		return false
	}
	_, path, _ := strings.Cut(host, "/")
	return strings.HasPrefix(path, "keys/")
}

// Same reports whether two keys are one.
func Same(a, b keys.MasterKey) bool { return SameName(Name(a), Name(b)) }

// uses are what else a file says of a key: with which credentials, and for what, it
// is asked.
func uses(key keys.MasterKey) map[string]string {
	k, ok := key.(*kms.MasterKey)
	if !ok {
		return nil
	}
	said := map[string]string{"role": k.Role, "aws_profile": k.AwsProfile}
	for name, value := range k.EncryptionContext {
		if value != nil {
			said["context "+words.Quote(name)] = *value
		}
	}
	return said
}

// SameUse reports whether two keys are one, and used with the same credentials for
// the same context.
func SameUse(a, b keys.MasterKey) bool { return Same(a, b) && maps.Equal(uses(a), uses(b)) }
