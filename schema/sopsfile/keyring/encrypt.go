package keyring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keyservice"
	"google.golang.org/grpc"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// NewDataKey makes a data key and encrypts it for the recipients of the tree, in
// the tree. The error is that of Wrap.
func (k *Keyring) NewDataKey(ctx context.Context, tree *sops.Tree) ([]byte, error) {
	key := make([]byte, dataKeyBytes)
	_, _ = rand.Read(key) // never fails, by its documentation
	return key, k.Wrap(ctx, &tree.Metadata, key)
}

// dataKeyBytes: SOPS encrypts values with AES-256.
const dataKeyBytes = 32

// Wrap encrypts a data key for the recipients of the metadata, in the metadata: for
// each of them, or in shares for each group where there are several. The error is a
// *RecipientError where that fails for one of them, or ctx's.
func (k *Keyring) Wrap(ctx context.Context, meta *sops.Metadata, key []byte) error {
	g := &encryptingGate{ctx: ctx, allowed: k.allowed, server: k.server}
	err := crash.Library(func() error {
		return errors.Join(meta.UpdateMasterKeysWithKeyServices(key, []keyservice.KeyServiceClient{g})...)
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case g.failed != nil:
		return g.failed
	case err != nil:
		return errors.New("encrypt data key: SOPS cannot use the key groups")
	}
	return nil
}

// RecipientError says that the data key could not be encrypted for one of the
// recipients.
type RecipientError struct {
	// recipient is a public key or the name of one, quoted for display.
	recipient string
	reason    string
	next      []string
}

// Hint returns what to do next.
func (e *RecipientError) Hint() *hint.Error { return &hint.Error{Err: e, Next: e.next} }

// Error names the recipient.
func (e *RecipientError) Error() string {
	return fmt.Sprintf("encrypt for %s: %s", e.recipient, e.reason)
}

// encryptingGate is the key service that SOPS hands a new data key to. It passes
// on what is for recipients of the allowed kinds. The first failure is kept.
type encryptingGate struct {
	ctx     context.Context
	allowed Sources
	server  keyservice.KeyServiceServer
	failed  *RecipientError
}

// Encrypt implements keyservice.KeyServiceClient.
func (g *encryptingGate) Encrypt(_ context.Context, request *keyservice.EncryptRequest, _ ...grpc.CallOption) (*keyservice.EncryptResponse, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	who := recipientOf(request.GetKey())
	if !who.allowedBy(g.allowed) {
		reason := "this kind of key is not allowed"
		if chosen := who.chosen(g.allowed); chosen != "" && g.allowed&who.kind != 0 {
			reason = ".sops.yaml chooses " + chosen + ", which is not allowed"
		}
		return nil, g.refuse(who, reason, encryptingHints(who, g.allowed, nil))
	}
	var response *keyservice.EncryptResponse
	err := crash.Library(func() (err error) {
		response, err = g.server.Encrypt(g.ctx, request)
		return err
	})
	if err == nil && len(response.GetCiphertext()) == 0 {
		err = crash.ErrLibrary
	}
	if err != nil {
		said := failureOf(err)
		if said == nil {
			said = &trouble{reason: "the key cannot be used"}
		}
		return nil, g.refuse(who, said.reason, encryptingHints(who, g.allowed, said))
	}
	return response, nil
}

// Decrypt implements keyservice.KeyServiceClient; it always fails.
func (g *encryptingGate) Decrypt(context.Context, *keyservice.DecryptRequest, ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	return nil, errors.New("decrypt data key: this client only encrypts")
}

func (g *encryptingGate) refuse(who recipient, reason string, hints []string) error {
	if g.failed == nil {
		g.failed = &RecipientError{recipient: words.QuoteKey(who.name), reason: reason, next: hints}
	}
	return errNotAllowed
}

// encryptingHints are those for decrypting, in words for encrypting.
func encryptingHints(who recipient, allowed Sources, failed *trouble) []string {
	source := keySource{otherKeys, "other"}
	for _, known := range keySourceNames {
		if known.kind == who.kind {
			source = known
		}
	}
	switch {
	case failed == nil:
		return hintsOf(source, []attempt{{recipient: who, allowed: allowed&who.kind != 0}}, allowed)
	case len(failed.next) > 0:
		return failed.next
	case who.kind == ageKeys:
		return []string{"check the recipient in .sops.yaml: it begins with age1 or ssh-"}
	case who.kind == pgpKeys:
		return []string{"import the public key into gpg (gpg --import FILE)"}
	}
	hints := usableHints(source, []attempt{{recipient: who}})
	for i := range hints {
		hints[i] = strings.NewReplacer("kms:Decrypt", "kms:Encrypt", "decrypt", "encrypt").Replace(hints[i])
	}
	return hints
}
