package sopsfile

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Section makes a data key, encrypts it for the recipients and returns the
// lines of the sops section, whose MAC is yet to be made.
func (c *Creation) Section(ctx context.Context, keys *keyring.Keyring, now time.Time) (*DataKey, []string, error) {
	tree := sops.Tree{Branches: sops.TreeBranches{{}}, Metadata: c.Meta}
	key, err := keys.NewDataKey(ctx, &tree)
	if err != nil {
		return nil, nil, err
	}
	v, err := NewDataKey(key)
	if err != nil {
		return nil, nil, err
	}
	tree.Metadata.LastModified = now.UTC().Truncate(time.Second)
	if tree.Metadata.MessageAuthenticationCode, err = v.Encrypt("yet to be made", macAAD(tree.Metadata)); err != nil {
		return nil, nil, err
	}
	text, err := sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: c.Indent}).EmitEncryptedFile(tree)
	if err != nil {
		return nil, nil, errors.New("write sops section: SOPS fails")
	}
	lines, _ := yamltext.SplitLines(bytes.TrimSpace(text))
	return v, lines, nil
}
