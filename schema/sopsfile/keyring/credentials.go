package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/kms"

	"github.com/cella-secrets/cella/internal/words"
)

// credentials are those for clouds. What gives them, such as a credential_process of
// AWS or the az command, is asked once in a run, also where it fails.
type credentials struct {
	aws    map[string]awsAnswer // by profile, role and partition
	azure  *azureToken
	google *googleAnswer
}

type awsAnswer struct {
	provider aws.CredentialsProvider
	err      error
}

func newCredentials() *credentials { return &credentials{aws: map[string]awsAnswer{}} }

func (c *credentials) decryptAWS(ctx context.Context, key *keyservice.KmsKey, ciphertext []byte) ([]byte, error) {
	master, err := c.awsKey(ctx, key)
	if err != nil {
		return nil, err
	}
	master.EncryptedKey = string(ciphertext)
	return master.DecryptContext(ctx)
}

func (c *credentials) encryptAWS(ctx context.Context, key *keyservice.KmsKey, plaintext []byte) ([]byte, error) {
	master, err := c.awsKey(ctx, key)
	if err != nil {
		return nil, err
	}
	err = master.EncryptContext(ctx, plaintext)
	return master.EncryptedDataKey(), err
}

// awsKey is SOPS's own client for a key, with credentials that it need not look for.
func (c *credentials) awsKey(ctx context.Context, key *keyservice.KmsKey) (*kms.MasterKey, error) {
	parts := strings.SplitN(key.GetArn(), ":", 5) // the gate has seen its form
	of := fmt.Sprintf("%q %q %s", key.GetAwsProfile(), key.GetRole(), parts[1])
	answer, asked := c.aws[of]
	if !asked {
		answer.provider, answer.err = awsCredentials(ctx, parts[3], key)
		c.aws[of] = answer
	}
	if answer.err != nil {
		return nil, answer.err
	}
	master := &kms.MasterKey{Arn: key.GetArn(), AwsProfile: key.GetAwsProfile(), EncryptionContext: map[string]*string{}}
	for name, value := range key.GetContext() {
		master.EncryptionContext[name] = &value
	}
	kms.NewCredentialsProvider(answer.provider).ApplyToMasterKey(master)
	return master, nil
}

// awsCredentials looks for credentials where SOPS does.
func awsCredentials(ctx context.Context, region string, key *keyservice.KmsKey) (aws.CredentialsProvider, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithSharedConfigProfile(key.GetAwsProfile()))
	if missing := (config.SharedConfigProfileNotExistError{}); errors.As(err, &missing) {
		return nil, because("there is no AWS profile "+words.Quote(missing.Profile),
			"list the profiles that there are: aws configure list-profiles; set AWS_PROFILE to one of them, or unset it")
	}
	if err != nil {
		return nil, because("the AWS configuration cannot be read", "check it: aws configure list")
	}
	provider := loaded.Credentials
	if role := key.GetRole(); role != "" {
		provider = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = awsSession()
		}))
	}
	if _, err := provider.Retrieve(ctx); err != nil {
		return nil, awsTrouble(err)
	}
	return provider, nil
}

// awsSession is the name that SOPS gives the use of a role.
func awsSession() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	const longest = 64
	name := "sops@" + regexp.MustCompile(`[^a-zA-Z0-9=,.@-]+`).ReplaceAllString(host, "")
	return name[:min(len(name), longest)]
}

func awsTrouble(err error) error {
	var process *processcreds.ProviderError
	var session *ssocreds.InvalidTokenError
	switch {
	case errors.As(err, &process):
		return because("the credential_process of the AWS profile failed", "see what it says: aws sts get-caller-identity")
	case errors.As(err, &session):
		return because("the session of AWS single sign-on has ended", "sign in again: aws sso login")
	case failureOf(err) != nil:
		return err
	}
	return because("there are no AWS credentials here")
}

func (c *credentials) azureCredential() (*azkv.TokenCredential, error) {
	if c.azure == nil {
		from, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			return nil, because("there are no Azure credentials here")
		}
		c.azure = &azureToken{from: from, known: map[string]azureAnswer{}}
	}
	return azkv.NewTokenCredential(c.azure), nil
}

func (c *credentials) azureKey(key *keyservice.AzureKeyVaultKey) (*azkv.MasterKey, error) {
	credential, err := c.azureCredential()
	if err != nil {
		return nil, err
	}
	master := &azkv.MasterKey{VaultURL: key.GetVaultUrl(), Name: key.GetName(), Version: key.GetVersion()}
	credential.ApplyToMasterKey(master)
	return master, nil
}

func (c *credentials) decryptAzure(ctx context.Context, key *keyservice.AzureKeyVaultKey, ciphertext []byte) ([]byte, error) {
	master, err := c.azureKey(key)
	if err != nil {
		return nil, err
	}
	master.EncryptedKey = string(ciphertext)
	return master.DecryptContext(ctx)
}

func (c *credentials) encryptAzure(ctx context.Context, key *keyservice.AzureKeyVaultKey, plaintext []byte) ([]byte, error) {
	master, err := c.azureKey(key)
	if err != nil {
		return nil, err
	}
	err = master.EncryptContext(ctx, plaintext)
	return master.EncryptedDataKey(), err
}

// azureToken keeps the tokens that another credential gave, and that it gave none.
type azureToken struct {
	from  azcore.TokenCredential
	known map[string]azureAnswer // by what they are for
}

type azureAnswer struct {
	token azcore.AccessToken
	err   error
}

// GetToken implements azcore.TokenCredential.
func (t *azureToken) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	const soon = 5 * time.Minute
	of := fmt.Sprintf("%q", slices.Concat(options.Scopes, []string{options.TenantID, options.Claims}))
	answer, asked := t.known[of]
	if !asked || answer.err == nil && time.Until(answer.token.ExpiresOn) < soon {
		answer.token, answer.err = t.from.GetToken(ctx, options)
		t.known[of] = answer
	}
	return answer.token, answer.err
}

// vaultTrouble adds to what a Vault said that there is no token here for it.
func vaultTrouble(err error) error {
	if err == nil || unreachable(err) || hasVaultToken() {
		return err
	}
	reason := "there is no Vault token here"
	if said := failureOf(err); said != nil {
		reason = said.reason + ", and " + reason
	}
	return because(reason)
}

func hasVaultToken() bool {
	if os.Getenv("VAULT_TOKEN") != "" {
		return true
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(home, ".vault-token"))
	return err == nil
}
