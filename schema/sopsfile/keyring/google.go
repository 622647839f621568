package keyring

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"cloud.google.com/go/auth"
	google "cloud.google.com/go/auth/credentials"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/keyservice"
	"google.golang.org/api/option"

	"github.com/cella-secrets/cella/internal/files"
)

// googleAnswer are credentials of Google Cloud, or why there are none. Their token is
// kept, and that there was none.
type googleAnswer struct {
	credentials *auth.Credentials
	err         error
}

func (c *credentials) decryptGoogle(ctx context.Context, key *keyservice.GcpKmsKey, ciphertext []byte) ([]byte, error) {
	master, err := c.googleKey(key)
	if err != nil {
		return nil, err
	}
	master.EncryptedKey = string(ciphertext)
	return master.DecryptContext(ctx)
}

func (c *credentials) encryptGoogle(ctx context.Context, key *keyservice.GcpKmsKey, plaintext []byte) ([]byte, error) {
	master, err := c.googleKey(key)
	if err != nil {
		return nil, err
	}
	err = master.EncryptContext(ctx, plaintext)
	return master.EncryptedDataKey(), err
}

// googleKey is SOPS's own client for a key, with credentials that it need not look for.
func (c *credentials) googleKey(key *keyservice.GcpKmsKey) (*gcpkms.MasterKey, error) {
	master := &gcpkms.MasterKey{ResourceID: key.GetResourceId()}
	if os.Getenv(gcpkms.SopsGoogleCredentialsEnv) == "" && os.Getenv(gcpkms.SopsGoogleCredentialsOAuthTokenEnv) != "" {
		return master, nil // the token is there
	}
	if c.google == nil {
		found, err := googleCredentials()
		c.google = &googleAnswer{found, err}
	}
	if c.google.err != nil {
		return nil, c.google.err
	}
	gcpkms.ClientOptions{option.WithAuthCredentials(c.google.credentials)}.ApplyToMasterKey(master)
	return master, nil
}

// googleScopes are those that the client of SOPS asks for.
var googleScopes = []string{"https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/cloudkms"}

// googleCredentials looks for credentials where SOPS does.
func googleCredentials() (*auth.Credentials, error) {
	options := &google.DetectOptions{Scopes: googleScopes, UseSelfSignedJWT: true}
	variable := "GOOGLE_APPLICATION_CREDENTIALS"
	if text := os.Getenv(gcpkms.SopsGoogleCredentialsEnv); text != "" {
		variable = gcpkms.SopsGoogleCredentialsEnv
		options.CredentialsJSON = []byte(text)
		if file, err := files.Read(text, maxKeyFile); err == nil {
			options.CredentialsJSON = file
		}
	}
	found, err := google.DetectDefault(options)
	switch {
	case err == nil:
		tokens := &googleToken{from: found.TokenProvider}
		return auth.NewCredentials(&auth.CredentialsOptions{
			TokenProvider: tokens, JSON: found.JSON(),
			ProjectIDProvider:      auth.CredentialsPropertyFunc(found.ProjectID),
			QuotaProjectIDProvider: auth.CredentialsPropertyFunc(found.QuotaProjectID),
			UniverseDomainProvider: auth.CredentialsPropertyFunc(found.UniverseDomain),
		}), nil
	case os.Getenv(variable) == "":
		return nil, because("there are no Google Cloud credentials here")
	case errors.Is(err, fs.ErrNotExist):
		return nil, because(variable+" names a file that does not exist", "set "+variable+" to the file with your credentials, or unset it")
	}
	return nil, because("the Google Cloud credentials of "+variable+" cannot be read",
		"name the JSON file that Google made in GOOGLE_APPLICATION_CREDENTIALS, or give its text in "+gcpkms.SopsGoogleCredentialsEnv)
}

// googleToken keeps that another provider gave no token; the ones that it gave are kept
// by it.
type googleToken struct {
	from auth.TokenProvider
	err  error
}

// Token implements auth.TokenProvider.
func (t *googleToken) Token(ctx context.Context) (*auth.Token, error) {
	if t.err != nil {
		return nil, t.err
	}
	token, err := t.from.Token(ctx)
	t.err = err
	return token, err
}
