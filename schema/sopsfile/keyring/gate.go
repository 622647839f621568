package keyring

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"

	"filippo.io/age"
	"filippo.io/age/plugin"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/aws/smithy-go"
	"github.com/getsops/sops/v3"
	sopsage "github.com/getsops/sops/v3/age"
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
	// groups are the recipients of age by key group, and opened what became of them.
	groups [][]wrapped
	opened map[int]groupAnswer
	failed []attempt
}

type groupAnswer struct {
	response *keyservice.DecryptResponse
	err      error
}

func newGate(ctx context.Context, k *Keyring, meta sops.Metadata) *gate {
	g := &gate{ctx: ctx, allowed: k.allowed, server: k.server, opened: map[int]groupAnswer{}}
	for _, group := range meta.KeyGroups {
		var all []wrapped
		for _, key := range group {
			if key, ok := key.(*sopsage.MasterKey); ok {
				all = append(all, newWrapped(key.Recipient, key.EncryptedKey))
			}
		}
		g.groups = append(g.groups, all)
	}
	return g
}

// attempt is a recipient that did not give the data key.
type attempt struct {
	recipient
	allowed bool
	trouble // the zero trouble where nothing is known
}

// Decrypt implements keyservice.KeyServiceClient.
func (g *gate) Decrypt(_ context.Context, request *keyservice.DecryptRequest, _ ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	who := recipientOf(request.GetKey())
	if !who.allowedBy(g.allowed) {
		g.failed = append(g.failed, attempt{recipient: who, allowed: g.allowed&who.kind != 0, trouble: trouble{reason: who.fault}})
		return nil, errNotAllowed
	}
	var response *keyservice.DecryptResponse
	err := crash.Library(func() (err error) {
		response, err = g.ask(request)
		return err
	})
	if err == nil && len(response.GetPlaintext()) == 0 {
		err = errors.New("no plaintext")
	}
	if err != nil {
		failed := attempt{recipient: who, allowed: true}
		if said := failureOf(err); said != nil {
			failed.trouble = *said
		}
		g.failed = append(g.failed, failed)
		return nil, err
	}
	return response, nil
}

// ask passes a request on. Of age, all recipients of a key group are tried at
// once: who has the key for one of them is asked for no other one.
func (g *gate) ask(request *keyservice.DecryptRequest) (*keyservice.DecryptResponse, error) {
	server, ours := g.server.(*keyServer)
	key := request.GetKey().GetAgeKey()
	if !ours || key == nil {
		return g.server.Decrypt(g.ctx, request)
	}
	for i, group := range g.groups {
		at := slices.IndexFunc(group, func(w wrapped) bool {
			return w.recipient == key.GetRecipient() && w.text == string(request.GetCiphertext())
		})
		if at < 0 {
			continue
		}
		answer, asked := g.opened[i]
		if !asked {
			answer.response, answer.err = server.decryptAge(g.ctx, group)
			g.opened[i] = answer
		}
		if answer.err != nil && group[at].damaged {
			return nil, errDamaged
		}
		return answer.response, answer.err
	}
	return server.Decrypt(g.ctx, request)
}

// errDamaged says that what was encrypted for a recipient can be for no key at all.
var errDamaged = beyondHelp("its encrypted data key is damaged")

// Encrypt implements keyservice.KeyServiceClient; it always fails.
func (g *gate) Encrypt(context.Context, *keyservice.EncryptRequest, ...grpc.CallOption) (*keyservice.EncryptResponse, error) {
	return nil, errDecryptOnly
}

// failureOf says why a key source did not decrypt, in words that hold codes and
// host names at most: the texts of the libraries may hold more. It is nil where
// that is not known.
func failureOf(err error) *trouble {
	var (
		known   *trouble
		noMatch *age.NoIdentityMatchError
		missing *plugin.NotFoundError
		aws     smithy.APIError
		azure   *azcore.ResponseError
		vault   *api.ResponseError
		dns     *net.DNSError
	)
	reason := ""
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &missing):
		return missingPlugin(missing.Name)
	case errors.As(err, &noMatch):
		reason = "none of the private keys here is the right one"
	case errors.As(err, &aws):
		reason = "the service says " + words.Quote(aws.ErrorCode())
	case errors.As(err, &azure):
		reason = "the service says " + words.Quote(azure.ErrorCode)
	case errors.As(err, &vault):
		reason = fmt.Sprintf("the service says %d", vault.StatusCode)
	case errors.As(err, &dns):
		return because("the host "+words.Quote(dns.Name)+" is not found", "check the network, and the name of the host")
	case unreachable(err):
		return because("the service cannot be reached", "check the network: a VPN, or a proxy (HTTPS_PROXY), may be missing")
	case errors.Is(err, errNoDataKey):
		return beyondHelp(errNoDataKey.Error())
	case errors.Is(err, crash.ErrLibrary):
		reason = crash.ErrLibrary.Error()
	default:
		code := status.Code(err)
		if code == codes.Unknown || code == codes.OK {
			return nil
		}
		reason = "the service says " + code.String()
	}
	return because(reason)
}

// unreachable reports whether a service, or what leads to it, gave no answer at all.
func unreachable(err error) bool {
	var dial *net.OpError
	var request *url.Error
	switch code := status.Code(err); {
	case err == nil:
		return false
	case errors.As(err, &dial), errors.As(err, &request):
		return true
	default:
		return code == codes.Unavailable || code == codes.DeadlineExceeded
	}
}
