package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/aws/smithy-go"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// fakeServer stands for every key source: it records who is asked.
type fakeServer struct {
	keyservice.UnimplementedKeyServiceServer
	asked  []string
	answer func(recipient) ([]byte, error)
}

func (f *fakeServer) Decrypt(_ context.Context, request *keyservice.DecryptRequest) (*keyservice.DecryptResponse, error) {
	who := recipientOf(request.GetKey())
	f.asked = append(f.asked, fmt.Sprintf("%s %s", who.kind, who.name))
	plaintext, err := f.answer(who)
	return &keyservice.DecryptResponse{Plaintext: plaintext}, err
}

var errRefused = errors.New("canary: what a library says")

func refuse(recipient) ([]byte, error) { return nil, errRefused }

// everyKind is a key group with a key of every kind, in an order that SOPS's
// own differs from.
func everyKind(t testing.TB) sops.KeyGroup {
	t.Helper()
	huawei, err := hckms.NewMasterKey("eu-west:key")
	if err != nil {
		t.Fatal(err)
	}
	group := sops.KeyGroup{
		&hcvault.MasterKey{VaultAddress: "https://vault.example", EnginePath: "sops", KeyName: "k", EncryptedKey: "x"},
		&kms.MasterKey{Arn: "arn:aws:kms:eu-west-1:123456789012:key/abc", EncryptedKey: "x"},
		&gcpkms.MasterKey{ResourceID: "projects/p/locations/l/keyRings/r/cryptoKeys/k", EncryptedKey: "x"},
		&azkv.MasterKey{VaultURL: "https://name.vault.azure.net", Name: "k", Version: "v", EncryptedKey: "x"},
		huawei,
		pgp.NewMasterKeyFromFingerprint("2AC233C5FBE1618237941FE8DF12900EC493D617"),
	}
	return append(group, sealtest.AgeGroup(t, "age1ylverryat9mzngevf6yn9um55ht0dke0jwru90wmxdhl4x2qggdqrl80c8")...)
}

func TestGateAllows(t *testing.T) {
	tests := map[string]struct {
		sources string
		want    []string
	}{
		"default": {"age,pgp,aws,gcp,azure", []string{
			"age age1ylverryat9mzngevf6yn9um55ht0dke0jwru90wmxdhl4x2qggdqrl80c8", "pgp 2AC233C5FBE1618237941FE8DF12900EC493D617",
			"aws arn:aws:kms:eu-west-1:123456789012:key/abc", "gcp projects/p/locations/l/keyRings/r/cryptoKeys/k", "azure https://name.vault.azure.net"}},
		"local": {"age,pgp", []string{
			"age age1ylverryat9mzngevf6yn9um55ht0dke0jwru90wmxdhl4x2qggdqrl80c8", "pgp 2AC233C5FBE1618237941FE8DF12900EC493D617"}},
		"vault": {"vault", []string{"vault https://vault.example"}},
		"aws":   {"aws", []string{"aws arn:aws:kms:eu-west-1:123456789012:key/abc"}},
		"gcp":   {"gcp", []string{"gcp projects/p/locations/l/keyRings/r/cryptoKeys/k"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sealtest.Isolate(t)
			sources, err := ParseSources(test.sources)
			if err != nil {
				t.Fatal(err)
			}
			fake := &fakeServer{answer: refuse}
			_, err = NewOf(sources, fake).DataKey(t.Context(), "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{everyKind(t)}})
			if missing := (*Error)(nil); !errors.As(err, &missing) {
				t.Fatalf("want a missing key: %v", err)
			}
			if diff := cmp.Diff(test.want, fake.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
	if DefaultSources().String() != "age,pgp,aws,gcp,azure" || LocalSources().String() != "age,pgp" {
		t.Errorf("sources: %s, %s", DefaultSources(), LocalSources())
	}
}

func TestGateFirstAnswerWins(t *testing.T) {
	fake := &fakeServer{answer: func(r recipient) ([]byte, error) {
		if r.kind == awsKeys {
			return []byte("data key"), nil
		}
		return nil, errRefused
	}}
	key, err := NewOf(DefaultSources(), fake).DataKey(t.Context(), "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{everyKind(t)}})
	if err != nil || string(key) != "data key" || len(fake.asked) != 3 {
		t.Errorf("key %q after %v: %v", key, fake.asked, err)
	}
}

func TestGateNeverEncrypts(t *testing.T) {
	if _, err := (&gate{}).Encrypt(t.Context(), nil); !errors.Is(err, errDecryptOnly) {
		t.Errorf("Encrypt: %v", err)
	}
}

func TestGateSurvivesCrash(t *testing.T) {
	sealtest.Isolate(t)
	fake := &fakeServer{answer: func(recipient) ([]byte, error) { panic("canary") }}
	_, err := NewOf(LocalSources(), fake).DataKey(t.Context(), "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{everyKind(t)}})
	if err == nil || !strings.Contains(err.Error(), crash.ErrLibrary.Error()) || strings.Contains(err.Error(), "canary") {
		t.Errorf("after a crash: %v", err)
	}
}

func TestDataKeyStopsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		release := make(chan struct{})
		var asked atomic.Int32
		fake := &fakeServer{answer: func(recipient) ([]byte, error) {
			asked.Add(1)
			<-release
			return nil, errRefused
		}}
		_, err := NewOf(DefaultSources(), fake).DataKey(ctx, "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{everyKind(t)}})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
		close(release)
		synctest.Wait()
		if asked.Load() != 1 {
			t.Errorf("%d key sources asked, want none after the context is done", asked.Load())
		}
	})
}

func TestAzureDomains(t *testing.T) {
	tests := map[string]bool{
		"https://name.vault.azure.net": true, "https://name.vault.azure.net/": true, "https://NAME.Vault.Azure.NET": true,
		"https://name.vault.azure.net:443": true, "https://name.vault.azure.cn": true, "https://name.vault.usgovcloudapi.net": true,
		"https://name.vault.microsoftazure.de": true, "https://name.managedhsm.azure.net": true,
		"http://name.vault.azure.net": false, "https://vault.azure.net": false, "https://.vault.azure.net": false,
		"https://name.vault.azure.net.evil.example": false, "https://evil.example/name.vault.azure.net": false,
		"https://evil.example#.vault.azure.net": false, "https://evil.example?.vault.azure.net": false,
		"https://name.vault.azure.net@evil.example": false, "https://user@name.vault.azure.net": false,
		"https://evil.example\\.vault.azure.net": false, "https://a.b.vault.azure.net": false, "https://evilvault.azure.net": false,
		"https://name.vault.azure.net:8443": false, "https://name.vault.azure.net/path": false, "https://name.vault.azure.net?x": false,
		"https://name.vault.azure.net.": false, "https://127.0.0.1": false, "name.vault.azure.net": false, "": false, "::": false,
		"https://name%2eevil.example%2f.vault.azure.net": false,
	}
	for address, want := range tests {
		if got := azureFault(&keyservice.AzureKeyVaultKey{VaultUrl: address}) == ""; got != want {
			t.Errorf("%q allowed: %t, want %t", address, got, want)
		}
	}
}

func TestAWSKeys(t *testing.T) {
	tests := map[string]bool{
		"arn:aws:kms:eu-west-1:123456789012:key/abc": true, "arn:aws-cn:kms:cn-north-1:123456789012:alias/my/alias": true,
		"arn:aws:kms:evil.example/#:123456789012:key/abc": false, "arn:aws:kms:x@evil.example:1:key/abc": false,
		"arn:aws:kms::123456789012:key/abc": false, "arn:aws:iam:eu-west-1:123456789012:key/abc": false, "": false,
	}
	for arn, want := range tests {
		if got := awsFault(&keyservice.KmsKey{Arn: arn}) == ""; got != want {
			t.Errorf("%q allowed: %t, want %t", arn, got, want)
		}
	}
}

func TestFailure(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"aws":        {&smithy.GenericAPIError{Code: "AccessDeniedException", Message: "canary"}, "the service says AccessDeniedException"},
		"azure":      {&azcore.ResponseError{ErrorCode: "Forbidden", StatusCode: 403}, "the service says Forbidden"},
		"gcp":        {status.Error(codes.PermissionDenied, "canary"), "the service says PermissionDenied"},
		"no host":    {&net.DNSError{Name: "kms.eu-west-1.amazonaws.com", Err: "canary"}, "the host kms.eu-west-1.amazonaws.com is not found"},
		"no service": {&net.OpError{Op: "dial", Err: errors.New("canary")}, "the service cannot be reached"},
		"no answer":  {status.Error(codes.Unavailable, "canary"), "the service cannot be reached"},
		"a file":     {&fs.PathError{Op: "open", Path: "canary", Err: syscall.EACCES}, ""},
		"unknown":    {errRefused, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			if said := failureOf(fmt.Errorf("canary: %w", test.err)); said != nil {
				got = said.reason
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
