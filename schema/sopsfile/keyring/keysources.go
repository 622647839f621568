package keyring

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getsops/sops/v3/keyservice"

	"github.com/cella-secrets/cella/internal/words"
)

// Sources is a set of kinds of key source: what may be asked to decrypt the
// data key of a file. The zero set allows none.
type Sources uint16

const (
	ageKeys Sources = 1 << iota
	pgpKeys
	awsKeys
	gcpKeys
	azureKeys
	vaultKeys
	awsProfile // the file may choose the profile that AWS is asked with
	awsRole    // the file may choose a role to take there
	otherKeys  // known to SOPS, never allowed
)

// kinds are the sources that a recipient can be of.
const kinds = ageKeys | pgpKeys | awsKeys | gcpKeys | azureKeys | vaultKeys

type keySource struct {
	kind Sources
	name string
}

var keySourceNames = []keySource{
	{ageKeys, "age"}, {pgpKeys, "pgp"}, {awsKeys, "aws"}, {awsProfile, "aws+profile"}, {awsRole, "aws+role"},
	{gcpKeys, "gcp"}, {azureKeys, "azure"}, {vaultKeys, "vault"},
}

// DefaultSources allows age, PGP, AWS, GCP and Azure. It leaves out what lets
// whoever may write the file say where credentials go, or which are taken: Vault,
// whose address stands in the file, and profiles and roles of AWS that stand there.
func DefaultSources() Sources { return ageKeys | pgpKeys | awsKeys | gcpKeys | azureKeys }

// LocalSources allows age and PGP, which need no network.
func LocalSources() Sources { return ageKeys | pgpKeys }

// ParseSources reads a list such as "age,aws"; "aws+profile" and "aws+role" include
// "aws". White space around names is
// ignored; no name, or an unknown one, is an error that lists the known ones.
func ParseSources(list string) (Sources, error) {
	var sources Sources
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		i := slices.IndexFunc(keySourceNames, func(s keySource) bool { return s.name == word })
		if i < 0 {
			var known []string
			for _, source := range keySourceNames {
				known = append(known, source.name)
			}
			return 0, fmt.Errorf("%s is not a kind of key source; %s", words.Quote(word), words.Suggestion(word, known, "known are "+(^Sources(0)).String()))
		}
		sources |= keySourceNames[i].kind
		if keySourceNames[i].kind&(awsProfile|awsRole) != 0 {
			sources |= awsKeys
		}
	}
	return sources, nil
}

// String lists the names with commas, in a fixed order.
func (s Sources) String() string {
	var names []string
	for _, source := range keySourceNames {
		if s&source.kind != 0 {
			names = append(names, source.name)
		}
	}
	return strings.Join(names, ",")
}

// recipient is one key that a file is encrypted for.
type recipient struct {
	kind Sources
	name string // from the file: quote it
	// choice is what else has to be allowed: the file chooses credentials.
	choice        Sources
	profile, role string
	// fault is why it must not be contacted although its kind is allowed.
	fault string
}

func recipientOf(key *keyservice.Key) recipient {
	switch k := key.GetKeyType().(type) {
	case *keyservice.Key_AgeKey:
		return recipient{kind: ageKeys, name: k.AgeKey.GetRecipient()}
	case *keyservice.Key_PgpKey:
		return recipient{kind: pgpKeys, name: k.PgpKey.GetFingerprint()}
	case *keyservice.Key_KmsKey:
		who := recipient{kind: awsKeys, name: k.KmsKey.GetArn(), fault: awsFault(k.KmsKey), profile: k.KmsKey.GetAwsProfile(), role: k.KmsKey.GetRole()}
		if who.profile != "" {
			who.choice |= awsProfile
		}
		if who.role != "" {
			who.choice |= awsRole
		}
		return who
	case *keyservice.Key_GcpKmsKey:
		return recipient{kind: gcpKeys, name: k.GcpKmsKey.GetResourceId()}
	case *keyservice.Key_AzureKeyvaultKey:
		return recipient{kind: azureKeys, name: k.AzureKeyvaultKey.GetVaultUrl(), fault: azureFault(k.AzureKeyvaultKey)}
	case *keyservice.Key_VaultKey:
		return recipient{kind: vaultKeys, name: vaultName(k.VaultKey.GetVaultAddress())}
	case *keyservice.Key_HckmsKey:
		return recipient{kind: otherKeys, name: k.HckmsKey.GetKeyId()}
	}
	return recipient{kind: otherKeys}
}

// awsARN is narrower than SOPS's own expression, which takes anything for a
// region; the region becomes part of the host name.
var awsARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]+:(key|alias)/[^/].*$`)

func awsFault(key *keyservice.KmsKey) string {
	if !awsARN.MatchString(key.GetArn()) {
		return "its ARN is not one of an AWS KMS key"
	}
	return ""
}

// azureDomains are the domains of Azure Key Vault and Managed HSM in the
// public, Chinese, US government and German clouds (Azure's documentation; the
// HSM domains outside the public cloud are [inferred] from it).
var azureDomains = []string{
	".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net", ".vault.microsoftazure.de",
	".managedhsm.azure.net", ".managedhsm.azure.cn", ".managedhsm.usgovcloudapi.net", ".managedhsm.microsoftazure.de",
}

// azureName is the part of the host before the domain. Names of vaults are
// letters, digits and hyphens.
var azureName = regexp.MustCompile(`^[a-zA-Z0-9-]+$`)

func azureFault(key *keyservice.AzureKeyVaultKey) string {
	if !AzureVault(key.GetVaultUrl()) {
		return "its vault is not an https address in one of Azure's own key-vault domains"
	}
	return ""
}

// AzureVault reports whether an address is one of Azure's own key vaults.
func AzureVault(vault string) bool {
	address, err := url.Parse(vault)
	if err != nil || address.Scheme != "https" || address.User != nil || address.RawQuery != "" || address.Fragment != "" ||
		strings.Trim(address.Path, "/") != "" || address.Port() != "" && address.Port() != "443" {
		return false
	}
	host := strings.ToLower(address.Hostname())
	for _, domain := range azureDomains {
		if name, ok := strings.CutSuffix(host, domain); ok && azureName.MatchString(name) {
			return true
		}
	}
	return false
}

// vaultName is the address of a Vault as far as it can hold no credentials.
func vaultName(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return "an address that is none"
	}
	return parsed.Scheme + "://" + parsed.Host
}

// allowedBy reports whether a recipient may be asked.
func (r recipient) allowedBy(allowed Sources) bool {
	needs := r.kind | r.choice
	return r.fault == "" && allowed&needs == needs
}

// chosen says which credentials the file chooses that it may not.
func (r recipient) chosen(allowed Sources) string {
	var what []string
	if r.choice&awsProfile&^allowed != 0 {
		what = append(what, "the AWS profile "+words.Quote(r.profile))
	}
	if r.choice&awsRole&^allowed != 0 {
		what = append(what, "the AWS role "+words.Quote(r.role))
	}
	return strings.Join(what, " and ")
}
