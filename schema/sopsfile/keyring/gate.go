package keyring

import (
	"context"
	"errors"
	"fmt"
	"net"

	"filippo.io/age"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/aws/smithy-go"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/hashicorp/vault/api"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
)

var (
	errNotAllowed  = errors.New("this kind of key source is not allowed")
	errDecryptOnly = errors.New("encrypt data key: this client only decrypts")
)

// gate is the key service that SOPS asks for the data key. It hands requests
// of the allowed kinds to server, and refuses the others before anything is
// contacted. It remembers what failed.
type gate struct {
	// ctx stops further requests once it is done; SOPS passes its own,
	// which never is.
	ctx     context.Context
	allowed Sources
	server  keyservice.KeyServiceServer
	failed  []attempt
}

// attempt is a recipient that did not give the data key.
type attempt struct {
	recipient
	allowed bool
	failure string
}

// Decrypt implements keyservice.KeyServiceClient.
func (g *gate) Decrypt(_ context.Context, request *keyservice.DecryptRequest, _ ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	who := recipientOf(request.GetKey())
	if who.fault != "" || g.allowed&who.kind == 0 {
		g.failed = append(g.failed, attempt{recipient: who, allowed: g.allowed&who.kind != 0, failure: who.fault})
		return nil, errNotAllowed
	}
	var response *keyservice.DecryptResponse
	err := crash.Library(func() (err error) {
		response, err = g.server.Decrypt(g.ctx, request)
		return err
	})
	if err == nil && len(response.GetPlaintext()) == 0 {
		err = errors.New("no plaintext")
	}
	if err != nil {
		g.failed = append(g.failed, attempt{recipient: who, allowed: true, failure: failure(err)})
		return nil, err
	}
	return response, nil
}

// Encrypt implements keyservice.KeyServiceClient; it always fails.
func (g *gate) Encrypt(context.Context, *keyservice.EncryptRequest, ...grpc.CallOption) (*keyservice.EncryptResponse, error) {
	return nil, errDecryptOnly
}

// failure says why a key source did not decrypt, in words that hold codes and
// host names at most: the texts of the libraries may hold more.
func failure(err error) string {
	var (
		noMatch *age.NoIdentityMatchError
		aws     smithy.APIError
		azure   *azcore.ResponseError
		vault   *api.ResponseError
		dns     *net.DNSError
		network net.Error
	)
	switch {
	case errors.As(err, &noMatch):
		return "none of the private keys here is the right one"
	case errors.As(err, &aws):
		return "the service says " + words.Quote(aws.ErrorCode())
	case errors.As(err, &azure):
		return "the service says " + words.Quote(azure.ErrorCode)
	case errors.As(err, &vault):
		return fmt.Sprintf("the service says %d", vault.StatusCode)
	case errors.As(err, &dns):
		return "the host " + words.Quote(dns.Name) + " is not found"
	case errors.As(err, &network):
		return "the service cannot be reached"
	case errors.Is(err, errNoDataKey):
		return errNoDataKey.Error()
	case errors.Is(err, crash.ErrLibrary):
		return crash.ErrLibrary.Error()
	}
	if code := status.Code(err); code != codes.Unknown && code != codes.OK {
		return "the service says " + code.String()
	}
	return ""
}
