package sopsfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
	"google.golang.org/grpc"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
)

// Section makes a data key, encrypts it for the recipients and returns the
// lines of the sops section, whose MAC is yet to be made.
func (c *Creation) Section(ctx context.Context, keys *Keyring, now time.Time) (*DataKey, []string, error) {
	g := &encryptingGate{ctx: ctx, allowed: keys.allowed, server: keys.server}
	tree := sops.Tree{Branches: sops.TreeBranches{{}}, Metadata: c.meta}
	var key []byte
	err := Guarded(func() error {
		made, failed := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{g})
		key = made
		return errors.Join(failed...)
	})
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case g.failed != nil:
		return nil, nil, g.failed
	case err != nil:
		return nil, nil, errors.New("encrypt data key: SOPS cannot use the key groups of .sops.yaml")
	}
	v, err := NewDataKey(key)
	if err != nil {
		return nil, nil, err
	}
	tree.Metadata.LastModified = now.UTC().Truncate(time.Second)
	if tree.Metadata.MessageAuthenticationCode, err = v.Encrypt("yet to be made", macAAD(tree.Metadata)); err != nil {
		return nil, nil, err
	}
	text, err := sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: c.indent}).EmitEncryptedFile(tree)
	if err != nil {
		return nil, nil, errors.New("write sops section: SOPS fails")
	}
	lines, _ := yamltext.SplitLines(bytes.TrimSpace(text))
	return v, lines, nil
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
	allowed KeySources
	server  keyservice.KeyServiceServer
	failed  *RecipientError
}

// Encrypt implements keyservice.KeyServiceClient.
func (g *encryptingGate) Encrypt(_ context.Context, request *keyservice.EncryptRequest, _ ...grpc.CallOption) (*keyservice.EncryptResponse, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	who := recipientOf(request.GetKey())
	if who.fault != "" || g.allowed&who.kind == 0 {
		return nil, g.refuse(who, "this kind of key is not allowed", encryptingHints(who, g.allowed, false))
	}
	var response *keyservice.EncryptResponse
	err := Guarded(func() (err error) {
		response, err = g.server.Encrypt(g.ctx, request)
		return err
	})
	if err == nil && len(response.GetCiphertext()) == 0 {
		err = errCrashed
	}
	if err != nil {
		reason := failure(err)
		if reason == "" {
			reason = "the key cannot be used"
		}
		return nil, g.refuse(who, reason, encryptingHints(who, g.allowed, true))
	}
	return response, nil
}

// Decrypt implements keyservice.KeyServiceClient; it always fails.
func (g *encryptingGate) Decrypt(context.Context, *keyservice.DecryptRequest, ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	return nil, errors.New("decrypt data key: this client only encrypts")
}

func (g *encryptingGate) refuse(who recipient, reason string, hints []string) error {
	if g.failed == nil {
		g.failed = &RecipientError{recipient: words.Quote(who.name), reason: reason, next: hints}
	}
	return errNotAllowed
}

// encryptingHints are those for decrypting, in words for encrypting.
func encryptingHints(who recipient, allowed KeySources, tried bool) []string {
	source := keySource{otherKeys, "other"}
	for _, known := range keySourceNames {
		if known.kind == who.kind {
			source = known
		}
	}
	switch {
	case !tried:
		return hintsOf(source, []attempt{{recipient: who}}, allowed)
	case who.kind == ageKeys:
		return []string{"check the recipient in .sops.yaml: it begins with age1 or ssh-"}
	case who.kind == pgpKeys:
		return []string{"import the public key into gpg (gpg --import FILE)"}
	}
	hints := usableHints(source, words.Quote(who.name))
	for i := range hints {
		hints[i] = strings.NewReplacer("kms:Decrypt", "kms:Encrypt", "decrypt", "encrypt").Replace(hints[i])
	}
	return hints
}
