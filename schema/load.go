package schema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Decryption says what to do about the values of an encrypted file.
type Decryption int

const (
	// DecryptRequired: without a key, Load fails with a *keyring.Error.
	DecryptRequired Decryption = iota
	// DecryptIfPossible: without a key, Load goes on without values. The
	// environment is not looked at.
	DecryptIfPossible
	// DecryptNever: no key source is contacted, and nothing that lies beside
	// the manifest is looked at.
	DecryptNever
)

// Options say how to load a manifest. The zero Options require decryption and
// allow no key source.
type Options struct {
	// AllowPlaintext takes a file that was never encrypted. What an encrypted
	// file leaves in clear is refused all the same.
	AllowPlaintext bool
	Decryption     Decryption
	// Keys are where data keys come from; nil allows no key source.
	Keys *keyring.Keyring
	// Environment returns the value of an environment variable, or "". Only
	// variables that the manifest names are asked for, and only where values
	// are required; nil has none of them.
	Environment func(name string) string
	// UnsetVariables leaves values unknown whose variable is not set or empty,
	// where that is an error otherwise.
	UnsetVariables bool
}

// Load reads the manifest in a file.
//
// The error says that there is nothing to judge: the file cannot be read, ctx
// is done, or, where decryption is required and nothing else is wrong, a
// *keyring.Error. Otherwise Problems is everything that is wrong with the content,
// sorted by position, lints included. The Manifest is nil if and only if there
// is an error, here or among the problems.
func Load(ctx context.Context, name string, opts Options) (*Manifest, problem.List, error) {
	sopsfile.SilenceLibraries()
	data, err := ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(data)
	l := newLoader(ctx, name, opts)
	file := sopsfile.Read(name, data, EncryptionRules.Rule, l.Reporter)
	data = nil // not needed while values are decrypted, and large
	if file != nil {
		err = l.load(file)
	}
	l.Problems.Sort()
	switch {
	case l.Failed():
		return nil, l.Problems, ignoreKeyError(err)
	case err != nil:
		return nil, l.Problems, err
	}
	l.manifest.SHA256 = hex.EncodeToString(sum[:])
	return l.manifest, l.Problems, nil
}

// Read reads a manifest that stands somewhere else than in its folder, so that
// nothing beside it is looked at; name is for problems, which are sorted. The file
// and the manifest are nil if and only if there is an error, here or among them.
func Read(ctx context.Context, name string, data []byte, opts Options) (*sopsfile.File, *Manifest, problem.List, error) {
	sopsfile.SilenceLibraries()
	l := newLoader(ctx, name, opts)
	l.detached = true
	file := sopsfile.Read(name, data, EncryptionRules.Rule, l.Reporter)
	var err error
	if file != nil {
		err = l.load(file)
	}
	l.Problems.Sort()
	if l.Failed() || err != nil {
		return nil, nil, l.Problems, err
	}
	return file, l.manifest, l.Problems, nil
}

// ignoreKeyError drops the missing key where the content is wrong anyway.
func ignoreKeyError(err error) error {
	var missing *keyring.Error
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

// ReadFile reads a manifest, or what may be one, of at most MaxFileBytes.
// Errors name the file, quoted, and wrap those of packages fs and files. The
// result is never nil without an error.
func ReadFile(name string) ([]byte, error) { return files.ReadNamed(name, sopsfile.MaxFileBytes) }

// loader is one call of Load.
type loader struct {
	*problem.Reporter
	ctx  context.Context
	opts Options
	// detached: the text does not stand in its folder, so that nothing lies
	// beside it.
	detached bool
	configs  sopsconfig.Configs
	manifest *Manifest
}

func newLoader(ctx context.Context, name string, opts Options) *loader {
	if opts.Keys == nil {
		opts.Keys = keyring.New(0)
	}
	return &loader{Reporter: &problem.Reporter{File: name}, ctx: ctx, opts: opts}
}

// load judges the file and fills the manifest.
func (l *loader) load(file *sopsfile.File) error {
	file.NeedSection(l.Reporter, l.opts.AllowPlaintext)
	if file.Rule != nil {
		l.configs.Lint(file.Name, file.Name, file.Meta, file.Doc.SopsPlace(), l.Reporter)
	}
	if l.Full() {
		return nil // not all of it was walked
	}
	meaning := decode(file, l.Reporter)
	l.manifest = meaning.manifest
	if err := l.open(file); err != nil {
		return err
	}
	l.manifest.Encrypted, l.manifest.Decrypted = !file.Plain(), file.Values != nil
	l.manifest.Keyed = l.manifest.key != nil
	elsewhere := l.fetcher()
	meaning.fill(file.Values, elsewhere)
	l.manifest.release()
	return elsewhere.finish()
}

// open decrypts. Values stay unknown for want of a key, and because of what was
// reported.
func (l *loader) open(file *sopsfile.File) error {
	if file.Rule == nil || l.opts.Decryption == DecryptNever {
		return nil
	}
	err := file.Unlock(l.ctx, l.opts.Keys, l.Reporter)
	if missing := new(keyring.Error); errors.As(err, &missing) && l.opts.Decryption == DecryptIfPossible {
		l.manifest.NoKey = missing
		return nil
	}
	if err == nil && file.DataKey != nil {
		file.Decrypt(l.Reporter)
	}
	return err
}

// fetcher is nil where nothing beside the manifest is to be looked at.
func (l *loader) fetcher() *fetcher {
	if l.detached || l.opts.Decryption == DecryptNever {
		return nil
	}
	return &fetcher{
		Reporter: l.Reporter, ctx: l.ctx, opts: l.opts, manifest: l.manifest,
		configs: &l.configs, files: map[string]fetched{}, variables: map[string]bool{},
	}
}
