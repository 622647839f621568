package schema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keyservice"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Decryption says what to do about the values of an encrypted file.
type Decryption int

const (
	// DecryptRequired: without a key, Load fails with a *KeyError.
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
	KeySources     KeySources
	// Environment returns the value of an environment variable, or "". Only
	// variables that the manifest names are asked for, and only where values
	// are required; nil has none of them.
	Environment func(name string) string
	// UnsetVariables leaves values unknown whose variable is not set or empty,
	// where that is an error otherwise.
	UnsetVariables bool
}

// Load reads the manifest in file.
//
// The error says that there is nothing to judge: the file cannot be read, ctx
// is done, or, where decryption is required and nothing else is wrong, a
// *KeyError. Otherwise Problems is everything that is wrong with the content,
// sorted by position, lints included. The Manifest is nil if and only if there
// is an error, here or among the problems.
func Load(ctx context.Context, file string, opts Options) (*Manifest, Problems, error) {
	return load(ctx, file, opts, &keyServer{})
}

func load(ctx context.Context, file string, opts Options, server keyservice.KeyServiceServer) (*Manifest, Problems, error) {
	silenceLibraries()
	data, err := ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	r := &reporter{file: file}
	sum := sha256.Sum256(data)
	l := &loader{ctx: ctx, opts: opts, server: server, reporter: r, manifest: newManifest(file, hex.EncodeToString(sum[:]))}
	document := parse(data, r)
	data = nil // not needed while values are decrypted, and large
	if document != nil {
		err = l.load(document)
	}
	r.problems.sort()
	switch {
	case r.failed():
		return nil, r.problems, ignoreKeyError(err)
	case err != nil:
		return nil, r.problems, err
	}
	return l.manifest, r.problems, nil
}

// ignoreKeyError drops the missing key where the content is wrong anyway.
func ignoreKeyError(err error) error {
	var missing *KeyError
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

// ReadFile reads a manifest, or what may be one, of at most MaxFileBytes.
// Errors name the file, quoted, and wrap those of packages fs and files. The
// result is never nil without an error.
func ReadFile(name string) ([]byte, error) {
	data, err := files.Read(name, MaxFileBytes)
	if err != nil {
		return nil, readError(name, err)
	}
	return data, nil
}

func readError(name string, err error) error {
	return fmt.Errorf("read %s: %w", words.Quote(name), withoutPath(err))
}

// loader is one call of Load.
type loader struct {
	*reporter
	ctx      context.Context
	opts     Options
	server   keyservice.KeyServiceServer
	manifest *Manifest
	// detached: the text does not stand in its folder, so that nothing lies
	// beside it.
	detached bool
	meta     sops.Metadata
	configs  configs
	// opened are the values by node, nil where they are not known.
	opened map[*yaml.Node]secret.Value
}

// load judges the document and fills the manifest.
func (l *loader) load(doc *document) error {
	doc.findSops(l.reporter)
	rule := l.rule(doc)
	doc.walk(rule, l.reporter)
	if doc.sopsPos == nil {
		doc.missingSops(l.reporter, l.opts.AllowPlaintext)
	}
	if l.full() {
		return nil // not all of it was walked
	}
	d := &decoder{document: doc, reporter: l.reporter, rule: rule, uncovered: map[string]bool{}, manifest: l.manifest}
	d.decode()
	l.checkIDs(l.manifest.owners)
	values, err := l.values(doc, rule)
	if err != nil {
		return err
	}
	l.manifest.Encrypted = doc.sopsPos != nil
	l.manifest.Decrypted = values != nil
	l.manifest.Keyed = l.manifest.key != nil
	l.opened = values
	elsewhere := l.fetcher()
	d.fill(values, elsewhere)
	l.manifest.release()
	return elsewhere.finish()
}

// fetcher is nil where nothing beside the manifest is to be looked at.
func (l *loader) fetcher() *fetcher {
	if l.detached || l.opts.Decryption == DecryptNever {
		return nil
	}
	return &fetcher{
		reporter: l.reporter, ctx: l.ctx, opts: l.opts, server: l.server, manifest: l.manifest,
		configs: &l.configs, files: map[string]fetched{}, variables: map[string]bool{},
	}
}

// rule reads the sops section; it is nil where none can be used.
func (l *loader) rule(doc *document) *rule {
	if doc.sops == nil {
		return nil
	}
	doc.walkSops(l.reporter)
	meta, ok := doc.metadata(l.reporter)
	if !ok {
		return nil
	}
	l.meta = meta
	at := doc.sopsPlace()
	l.configs.lintRecipients(l.file, meta, at, l.reporter)
	return newRule(meta, at, l.reporter)
}

// values decrypts. It returns nil where values are not known: for want of a
// key, or because of what was reported.
func (l *loader) values(doc *document, rule *rule) (map[*yaml.Node]secret.Value, error) {
	if doc.sopsPos == nil {
		return doc.plainValues(), nil
	}
	if rule == nil || l.opts.Decryption == DecryptNever {
		return nil, nil
	}
	key, err := dataKey(l.ctx, l.file, l.meta, l.opts.KeySources, l.server)
	if missing := new(KeyError); errors.As(err, &missing) && l.opts.Decryption == DecryptIfPossible {
		l.manifest.NoKey = missing
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values, _ := doc.unseal(l.meta, key, l.reporter)
	return values, nil
}

// plainValues are the texts of a file that was never encrypted.
func (d *document) plainValues() map[*yaml.Node]secret.Value {
	values := map[*yaml.Node]secret.Value{}
	for _, leaf := range d.leaves {
		if leaf.node.Tag == "!!str" {
			values[leaf.node] = secret.NewValue(leaf.node.Value)
		}
	}
	return values
}
