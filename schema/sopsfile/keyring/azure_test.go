package keyring

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// azLogin stands for the az command, which gives a token or not.
type azLogin struct {
	asked   int
	expires time.Time
	err     error
}

func (l *azLogin) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	l.asked++
	return azcore.AccessToken{Token: "t", ExpiresOn: l.expires}, l.err
}

// TestAzureIsAskedOnce: az is a slow program, and runs once for a vault; again only
// for a token that is about to end.
func TestAzureIsAskedOnce(t *testing.T) {
	tests := map[string]struct {
		login azLogin
		want  int
	}{
		"a token":        {azLogin{expires: time.Now().Add(time.Hour)}, 2},
		"none":           {azLogin{err: errors.New("canary")}, 2},
		"an old one":     {azLogin{expires: time.Now().Add(time.Minute)}, 6},
		"none, and ends": {azLogin{expires: time.Now().Add(-time.Hour), err: errors.New("canary")}, 2},
	}
	for name, test := range tests {
		tokens := &azureToken{from: &test.login, known: map[string]azureAnswer{}}
		for range 3 {
			for _, tenant := range []string{"a", "b"} {
				_, err := tokens.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"vault"}, TenantID: tenant})
				if !errors.Is(err, test.login.err) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if test.login.asked != test.want {
			t.Errorf("%s: asked %d times, want %d", name, test.login.asked, test.want)
		}
	}
}
