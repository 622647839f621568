package keyring

import (
	"context"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keys"
)

// Holds reports whether an allowed key source decrypts what is encrypted for one
// recipient. The error is ctx's.
func (k *Keyring) Holds(ctx context.Context, file string, key keys.MasterKey) (bool, error) {
	_, err := k.ask(ctx, file, sops.Metadata{KeyGroups: []sops.KeyGroup{{key}}})
	return err == nil, ctx.Err()
}
