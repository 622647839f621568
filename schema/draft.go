package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keyservice"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// EditOptions say how to edit a manifest.
type EditOptions struct {
	KeySources KeySources
	// Now becomes lastmodified of a changed file.
	Now time.Time
}

// Draft is an encrypted manifest that is being edited. Changes are made in its
// text: comments, order, line ends and every ciphertext that need not change
// stay as they are, and of the sops section only mac and lastmodified change.
//
//  1. What a Draft says of secrets (Entry, Owners, Defaults, FingerprintKeys)
//     is what the file that was read says, without later changes.
//  2. A change that fails leaves the Draft as it was, or makes Text fail.
//  3. Nothing is a file before Text has returned it.
//
// A Draft is not safe for use by several goroutines.
type Draft struct {
	file     string
	data     []byte // as it was read
	windows  bool
	vault    *vault
	meta     sops.Metadata
	now      time.Time
	read     content
	problems Problems
	blocks   []*block
	changed  bool
}

// content is what a text says, and what is wrong with it.
type content struct {
	doc      *document
	manifest *Manifest
	defaults defaults
	values   map[*yaml.Node]secret.Value
	verified bool // the MAC fits
	problems Problems
}

var (
	// ErrNoSecret: the manifest has no such secret, or no such override of it.
	ErrNoSecret = errors.New("the manifest has no such secret")
	// ErrSecretExists: the manifest has that secret already.
	ErrSecretExists = errors.New("the manifest has that secret already")
	// ErrNoDefault: Pantheon takes overrides only where there is a default value.
	ErrNoDefault = errors.New("the secret has no value to override")
	// ErrUnfit: Pantheon cannot store the value; see secret.Value.Validate.
	ErrUnfit = errors.New("the value is not fit to be stored")

	// ErrManner: the text is a manifest, but not written in a way that can be
	// edited by key.
	ErrManner = errors.New("the manifest is not written one key per line")

	errNoMapping = errors.New("it is not a mapping")
)

// Edit reads a manifest to be changed; data is its text, file its name for
// problems. It takes manifests whose meaning is wrong somewhere, so that an
// edit may mend it, but nothing without a right MAC. Problems is everything
// that is wrong, sorted by position. The Draft is nil where there is an error,
// or where one of the problems makes an edit impossible: the file is not
// encrypted, not readable, or its MAC does not fit. The error is a *KeyError,
// ctx's, or ErrManner.
func Edit(ctx context.Context, file string, data []byte, opts EditOptions) (*Draft, Problems, error) {
	return edit(ctx, file, data, opts, &keyServer{})
}

func edit(ctx context.Context, file string, data []byte, opts EditOptions, server keyservice.KeyServiceServer) (*Draft, Problems, error) {
	silenceLibraries()
	d := &Draft{file: file, data: bytes.Clone(data), now: opts.Now}
	lines, windows := splitLines(data)
	d.windows = windows
	r := &reporter{file: file}
	doc := parse(joinLines(lines, false), r)
	if doc == nil {
		return nil, r.problems, nil
	}
	meta, rule := doc.seals(r)
	if r.failed() {
		r.problems.sort()
		return nil, r.problems, nil
	}
	d.meta = meta
	key, err := dataKey(ctx, file, meta, opts.KeySources, server)
	if err != nil {
		return nil, nil, err
	}
	if d.vault, err = newVault(key); err != nil {
		return nil, nil, fmt.Errorf("edit %s: %w", words.Quote(file), err)
	}
	d.read = d.vault.understand(file, doc, meta, rule)
	d.problems = d.read.problems
	if !d.read.verified {
		return nil, d.problems, nil
	}
	blocks, ok := blocksOf(lines, doc.root, 0, len(lines), nil)
	if !ok {
		return nil, nil, fmt.Errorf("edit %s: %w", words.Quote(file), ErrManner)
	}
	d.blocks = blocks
	return d, d.problems, nil
}

// read reads a text and checks its MAC. There is no document where it, or its
// sops section, cannot be read.
func (v *vault) read(file string, text []byte) content {
	r := &reporter{file: file}
	doc := parse(text, r)
	if doc == nil {
		return content{problems: r.problems}
	}
	meta, rule := doc.seals(r)
	if r.failed() {
		r.problems.sort()
		return content{problems: r.problems}
	}
	return v.understand(file, doc, meta, rule)
}

// understand gives a document its meaning and checks its MAC.
func (v *vault) understand(file string, doc *document, meta sops.Metadata, rule *rule) content {
	r := &reporter{file: file}
	d := &decoder{document: doc, reporter: r, rule: rule, uncovered: map[string]bool{}, manifest: newManifest(file, "")}
	d.decode()
	r.checkIDs(d.manifest.owners)
	values, verified := doc.unseal(meta, v.key, r)
	if verified {
		d.fill(values, nil)
	}
	r.problems.sort()
	return content{doc: doc, manifest: d.manifest, defaults: d.defaults, values: values, verified: verified, problems: r.problems}
}

// Owners returns every owner that the manifest names, sorted.
func (d *Draft) Owners() []secret.Owner { return d.read.manifest.Owners() }

// Names returns the secrets of an owner, in the order of the file.
func (d *Draft) Names(owner secret.Owner) []string {
	var names []string
	for _, o := range d.read.manifest.owners {
		if !o.Same(owner) {
			continue
		}
		for _, e := range o.secrets {
			names = append(names, string(e.Name))
		}
	}
	return names
}

// Defaults returns the type and scopes of secrets that have none of their own;
// either may be empty.
func (d *Draft) Defaults() (secret.Type, secret.Scopes) {
	return d.read.defaults.kind, d.read.defaults.scopes
}

// Entry returns a secret, defaults filled in. Its values are known where it has
// them.
func (d *Draft) Entry(owner secret.Owner, name secret.Name) (secret.DesiredSecret, bool) {
	for _, o := range d.read.manifest.owners {
		if !o.Same(owner) {
			continue
		}
		for _, e := range o.secrets {
			if e.Name == name {
				return e.DesiredSecret, true
			}
		}
	}
	return secret.DesiredSecret{}, false
}

// FingerprintKeys returns fingerprint_key and previous_fingerprint_key; not
// known where the manifest has none.
func (d *Draft) FingerprintKeys() (current, previous secret.Value) {
	return d.read.manifest.FingerprintKey, d.read.manifest.PreviousFingerprintKey
}

// Changed reports whether a change has been made.
func (d *Draft) Changed() bool { return d.changed }

// Text returns the edited file under its new MAC, after reading it as Load
// does. Problems is what is wrong with it, sorted by position; the text is nil
// where that includes an error that the file did not have before. Without a
// change, it is the text that was read.
func (d *Draft) Text() ([]byte, Problems, error) {
	if !d.changed {
		return bytes.Clone(d.data), d.problems, nil
	}
	lines, err := d.stamped()
	if err != nil {
		return nil, nil, err
	}
	text := joinLines(lines, d.windows)
	result := d.vault.read(d.file, text)
	switch {
	case result.doc == nil || d.breaks(result.problems):
		return nil, result.problems, nil
	case !result.verified:
		return nil, nil, fmt.Errorf("edit %s: the new MAC does not fit", words.Quote(d.file))
	}
	return text, result.problems, nil
}

// stamped is the edited text under its new MAC.
func (d *Draft) stamped() ([]string, error) {
	var lines []string
	for _, b := range d.blocks {
		lines = b.text(lines)
	}
	doc, err := reparse(lines)
	if err == nil && !sameNode(doc.root, mappingOf(d.blocks)) {
		err = errors.New("the lines do not fit together")
	}
	if err != nil {
		return nil, fmt.Errorf("edit %s: %w", words.Quote(d.file), err)
	}
	if lines, err = d.vault.stamp(lines, d.meta, d.now); err != nil {
		return nil, fmt.Errorf("edit %s: %w", words.Quote(d.file), err)
	}
	return lines, nil
}

// breaks reports whether an error is among problems that was not there before.
func (d *Draft) breaks(problems Problems) bool {
	before := d.problems.Errors(false)
	return slices.ContainsFunc(problems.Errors(false), func(p Problem) bool {
		return !slices.ContainsFunc(before, func(old Problem) bool { return old.Code == p.Code && old.Path == p.Path })
	})
}
