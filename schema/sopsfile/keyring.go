package sopsfile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keyservice"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
)

// Keyring gets data keys from the key sources that are allowed, each key once:
// files that have one in common cost nothing more. One serves a whole run. It is
// not safe for use by several goroutines.
type Keyring struct {
	allowed KeySources
	server  keyservice.KeyServiceServer
	known   map[string]*DataKey // by how it is encrypted; see wrappings
}

// NewKeyring returns a keyring that asks no other key sources than those.
func NewKeyring(allowed KeySources) *Keyring { return NewKeyringOf(allowed, &keyServer{}) }

// NewKeyringOf is NewKeyring with another key service than SOPS's own.
func NewKeyringOf(allowed KeySources, server keyservice.KeyServiceServer) *Keyring {
	return &Keyring{allowed: allowed &^ otherKeys, server: server, known: map[string]*DataKey{}}
}

// Open finds the data key of a file with a usable sops section. The error is a
// *KeyError where no allowed key source gave it, or ctx's; a key that is none is
// reported.
func (k *Keyring) Open(ctx context.Context, f *File, r *problem.Reporter) error {
	names := wrappings(f.Meta)
	for _, name := range names {
		if known, ok := k.known[name]; ok {
			f.DataKey = known
			return nil
		}
	}
	key, err := k.dataKey(ctx, f.Name, f.Meta)
	if err != nil {
		return err
	}
	v, err := NewDataKey(key)
	if err != nil {
		r.Fail(f.Doc.SopsPlace(), "data-key", restoreSops, "the data key has a wrong size")
		return nil
	}
	f.DataKey = v
	for _, name := range names {
		k.known[name] = v
	}
	return nil
}

// dataKey asks the key sources, until one gives the key.
func (k *Keyring) dataKey(ctx context.Context, file string, meta sops.Metadata) ([]byte, error) {
	g := &gate{ctx: ctx, allowed: k.allowed, server: k.server}
	var key []byte
	done := crash.Go(func() error {
		return Guarded(func() (err error) {
			key, err = meta.GetDataKeyWithKeyServices([]keyservice.KeyServiceClient{g}, sops.DefaultDecryptionOrder)
			return err
		})
	})
	var err error
	select {
	case <-ctx.Done():
		// The key services cannot be stopped; nothing waits for them.
	case err = <-done:
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("get data key of %s: %w", words.Quote(file), ctx.Err())
	case err != nil:
		return nil, newKeyError(file, meta, k.allowed, g.failed)
	}
	return key, nil
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
