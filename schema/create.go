package schema

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
	"google.golang.org/grpc"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/secret"
)

// NewFingerprintKey returns a fingerprint key as the manifest holds it: base64
// of 32 random bytes.
func NewFingerprintKey() secret.Value {
	key := make([]byte, fingerprintKeyBytes)
	_, _ = rand.Read(key) // never fails, by its documentation
	return secret.NewValue(base64.StdEncoding.EncodeToString(key))
}

// CreateOptions say how to create a manifest.
type CreateOptions struct {
	// File is the name for problems.
	File string
	// Keys says which key sources may be contacted to encrypt.
	Keys *Keyring
	// Now becomes lastmodified.
	Now time.Time
}

// Create makes a manifest of a text in clear: what stands at its top-level
// fingerprint_key is replaced by a new key, and the sops section is added.
// Nothing else of the text changes. It takes public keys only, and the key is
// never in clear but in memory.
//
// The text must be a manifest without other values, with fingerprint_key on a
// line of its own, or Create fails. The result has been read back. The error
// is ctx's where it ended.
func (c *Creation) Create(ctx context.Context, text []byte, opts CreateOptions) ([]byte, error) {
	v, section, err := c.section(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
	}
	clear, windows := yamltext.SplitLines(text)
	lines := append(clear, section...)
	file, err := readLines(lines)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
	}
	var changes []yamltext.Change
	found := &yamltext.Finder{Lines: lines}
	for _, leaf := range file.doc.leaves {
		if !leaf.sealed {
			continue
		}
		place, ok := found.Span(leaf.node)
		if !ok || leaf.at.String() != "fingerprint_key" {
			return nil, fmt.Errorf("create %s: line %d holds a value", words.Quote(opts.File), leaf.node.Line)
		}
		envelope, err := v.seal(NewFingerprintKey(), leaf.at)
		if err != nil {
			return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
		}
		changes = append(changes, yamltext.Change{Span: place, Text: envelope})
	}
	if len(changes) != 1 {
		return nil, fmt.Errorf("create %s: the text has no fingerprint_key", words.Quote(opts.File))
	}
	yamltext.Splice(lines, changes)
	if lines, err = v.stamp(lines, file.meta, opts.Now); err != nil {
		return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
	}
	created := yamltext.JoinLines(lines, windows)
	return created, v.readBack(created, opts.File)
}

// readBack reads a file as Load would with the data key at hand.
func (v *vault) readBack(data []byte, file string) error {
	if wrong := v.reread(file, data).problems.Errors(false); len(wrong) > 0 {
		return fmt.Errorf("read back: %w", wrong[0])
	}
	return nil
}

// section makes a data key, encrypts it for the recipients and returns the
// lines of the sops section, whose MAC is yet to be made.
func (c *Creation) section(ctx context.Context, opts CreateOptions) (*vault, []string, error) {
	g := &sealingGate{ctx: ctx, allowed: opts.Keys.allowed, server: opts.Keys.server}
	tree := sops.Tree{Branches: sops.TreeBranches{{}}, Metadata: c.meta}
	var key []byte
	err := guarded(func() error {
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
	v, err := newVault(key)
	if err != nil {
		return nil, nil, err
	}
	tree.Metadata.LastModified = opts.Now.UTC().Truncate(time.Second)
	if tree.Metadata.MessageAuthenticationCode, err = v.encrypt("yet to be made", macAAD(tree.Metadata)); err != nil {
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
	// Recipient is a public key or the name of one, quoted for display.
	Recipient string
	Reason    string
	// Hints are what to do next.
	Hints []string
}

// Error names the recipient.
func (e *RecipientError) Error() string {
	return fmt.Sprintf("encrypt for %s: %s", e.Recipient, e.Reason)
}

// sealingGate is the key service that SOPS hands a new data key to. It passes
// on what is for recipients of the allowed kinds. The first failure is kept.
type sealingGate struct {
	ctx     context.Context
	allowed KeySources
	server  keyservice.KeyServiceServer
	failed  *RecipientError
}

// Encrypt implements keyservice.KeyServiceClient.
func (g *sealingGate) Encrypt(_ context.Context, request *keyservice.EncryptRequest, _ ...grpc.CallOption) (*keyservice.EncryptResponse, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	who := recipientOf(request.GetKey())
	if who.fault != "" || g.allowed&who.kind == 0 {
		return nil, g.refuse(who, "this kind of key is not allowed", sealingHints(who, g.allowed, false))
	}
	var response *keyservice.EncryptResponse
	err := guarded(func() (err error) {
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
		return nil, g.refuse(who, reason, sealingHints(who, g.allowed, true))
	}
	return response, nil
}

// Decrypt implements keyservice.KeyServiceClient; it always fails.
func (g *sealingGate) Decrypt(context.Context, *keyservice.DecryptRequest, ...grpc.CallOption) (*keyservice.DecryptResponse, error) {
	return nil, errors.New("decrypt data key: this client only encrypts")
}

func (g *sealingGate) refuse(who recipient, reason string, hints []string) error {
	if g.failed == nil {
		g.failed = &RecipientError{Recipient: words.Quote(who.name), Reason: reason, Hints: hints}
	}
	return errNotAllowed
}

// sealingHints are those for decrypting, in words for encrypting.
func sealingHints(who recipient, allowed KeySources, tried bool) []string {
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
