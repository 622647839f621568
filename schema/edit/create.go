package edit

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// NewFingerprintKey returns a fingerprint key as the manifest holds it: base64
// of 32 random bytes.
func NewFingerprintKey() secret.Value {
	key := make([]byte, schema.FingerprintKeyBytes)
	_, _ = rand.Read(key) // never fails, by its documentation
	return secret.NewValue(base64.StdEncoding.EncodeToString(key))
}

// CreateOptions say how to create a manifest.
type CreateOptions struct {
	// File is the name for problems.
	File string
	// Keys says which key sources may be contacted to encrypt.
	Keys *keyring.Keyring
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
func Create(ctx context.Context, c *sopsfile.Creation, text []byte, opts CreateOptions) ([]byte, error) {
	v, section, err := c.Section(ctx, opts.Keys, opts.Now)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
	}
	clear, windows := yamltext.SplitLines(text)
	lines := append(clear, section...)
	file, err := sopsfile.ReadLines(lines, c.Rules.Rule)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
	}
	file.DataKey = v
	var changes []yamltext.Change
	found := &yamltext.Finder{Lines: lines}
	for _, leaf := range file.Doc.Leaves {
		if !leaf.Encrypted {
			continue
		}
		place, ok := found.Span(leaf.Node)
		if !ok || leaf.At.String() != "fingerprint_key" {
			return nil, fmt.Errorf("create %s: line %d holds a value", words.Quote(opts.File), leaf.Node.Line)
		}
		envelope, err := v.EncryptValue(NewFingerprintKey(), leaf.At)
		if err != nil {
			return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
		}
		changes = append(changes, yamltext.Change{Span: place, Text: envelope})
	}
	if len(changes) != 1 {
		return nil, fmt.Errorf("create %s: the text has no fingerprint_key", words.Quote(opts.File))
	}
	yamltext.Splice(lines, changes)
	made, err := file.With(lines)
	if err == nil {
		lines, err = file.Stamp(made, opts.Now)
	}
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", words.Quote(opts.File), err)
	}
	created := yamltext.JoinLines(lines, windows)
	return created, readBack(v, created, opts.File)
}

// readBack reads a file as Load would with the data key at hand.
func readBack(v *sopsfile.DataKey, data []byte, file string) error {
	if wrong := schema.Reread(v, file, data).Problems.Errors(false); len(wrong) > 0 {
		return fmt.Errorf("read back: %w", wrong[0])
	}
	return nil
}
