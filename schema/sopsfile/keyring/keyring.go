package keyring

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keyservice"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
)

// Keyring gets data keys from the key sources that are allowed, each key once:
// files that have one in common cost nothing more. One serves a whole run. It is
// not safe for use by several goroutines.
type Keyring struct {
	allowed Sources
	server  keyservice.KeyServiceServer
	known   map[string][]byte // data keys by how they are encrypted; see wrappings
}

// New returns a keyring that asks no other key sources than those.
func New(allowed Sources) *Keyring { return NewOf(allowed, newKeyServer()) }

// NewOf is New with another key service than SOPS's own.
func NewOf(allowed Sources, server keyservice.KeyServiceServer) *Keyring {
	return &Keyring{allowed: allowed &^ otherKeys, server: server, known: map[string][]byte{}}
}

// AllowsAzure reports whether Azure may be asked.
func (k *Keyring) AllowsAzure() bool { return k.allowed&azureKeys != 0 }

// DataKey finds the data key of a file with usable metadata. The error is a
// *Error where no allowed key source gave it, or ctx's.
func (k *Keyring) DataKey(ctx context.Context, file string, meta sops.Metadata) ([]byte, error) {
	names := wrappings(meta)
	for _, name := range names {
		if known, ok := k.known[name]; ok {
			return known, nil
		}
	}
	key, err := k.ask(ctx, file, meta)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		k.known[name] = key
	}
	return key, nil
}

// ask asks the key sources, until one gives the key.
func (k *Keyring) ask(ctx context.Context, file string, meta sops.Metadata) ([]byte, error) {
	order, err := decryptionOrder()
	if err != nil {
		return nil, err
	}
	g := newGate(ctx, k, meta)
	var key []byte
	done := crash.Go(func() error {
		return crash.Library(func() (err error) {
			key, err = meta.GetDataKeyWithKeyServices([]keyservice.KeyServiceClient{g}, order)
			return err
		})
	})
	select {
	case <-ctx.Done():
		// The key services cannot be stopped; nothing waits for them.
	case err = <-done:
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("get data key of %s: %w", words.Quote(file), ctx.Err())
	case err != nil:
		return nil, newError(file, meta, k.allowed, g.failed)
	}
	return key, nil
}

// decryptionOrder is the order of SOPS_DECRYPTION_ORDER, or SOPS's own. A kind that is
// not allowed is not asked, wherever it stands. The error is an *Error.
func decryptionOrder() ([]string, error) {
	const variable = "SOPS_DECRYPTION_ORDER"
	list := os.Getenv(variable)
	if list == "" {
		return sops.DefaultDecryptionOrder, nil
	}
	known := []string{"age", "pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms"}
	order := strings.Split(list, ",")
	for i, name := range order {
		fault := ""
		switch {
		case !slices.Contains(known, name):
			fault = fmt.Sprintf("%s: %s is not a kind of key; %s", variable, words.Quote(name), words.Suggestion(name, known, "known are "+strings.Join(known, ",")))
		case slices.Contains(order[:i], name):
			fault = fmt.Sprintf("%s: %s is there twice", variable, name)
		default:
			continue
		}
		return nil, &Error{text: fault, Next: []string{"write the kinds in the order to try them, joined by commas, as in " + variable + "=age,pgp; or unset it"}}
	}
	return order, nil
}

// wrappings name the data key of a file by how it is encrypted: for somebody, or
// in shares for everybody. Two files with a name in common have one data key.
func wrappings(meta sops.Metadata) []string {
	var all []string
	for _, group := range meta.KeyGroups {
		for _, key := range group {
			all = append(all, fmt.Sprintf("%q %q", key.ToString(), strings.TrimSpace(string(key.EncryptedDataKey()))))
		}
	}
	if slices.Sort(all); len(meta.KeyGroups) > 1 {
		return []string{strings.Join(all, "\n")}
	}
	return all
}

// SameWrapping reports whether two files certainly have one data key.
func SameWrapping(a, b sops.Metadata) bool {
	inB := wrappings(b)
	return slices.ContainsFunc(wrappings(a), func(name string) bool { return slices.Contains(inB, name) })
}
