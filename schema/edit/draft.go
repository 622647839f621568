package edit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// Options say how to edit a manifest.
type Options struct {
	Keys *keyring.Keyring
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
	rewriting
	data    []byte // as it was read
	read    schema.Reading
	changed bool
	half    error // why a change ended half-way
}

var (
	// errNoSecret: the manifest has no such secret, or no such override of it.
	errNoSecret = errors.New("the manifest has no such secret")
	// errSecretExists: the manifest has that secret already.
	errSecretExists = errors.New("the manifest has that secret already")
	// errNoDefault: Pantheon takes overrides only where there is a default value.
	errNoDefault = errors.New("the secret has no value to override")
	// errUnfit: Pantheon cannot store the value; see secret.Value.Validate.
	errUnfit = errors.New("the value cannot be stored")

	// ErrManner: the text is a manifest, but not written in a way that can be
	// edited by key.
	ErrManner = sopsfile.ErrManner
)

// Open reads a manifest to be changed; data is its text, file its name for
// problems. It takes manifests whose meaning is wrong somewhere, so that an
// edit may mend it, but nothing without a right MAC. Problems is everything
// that is wrong, sorted by position. The Draft is nil where there is an error,
// or where one of the problems makes an edit impossible: the file is not
// encrypted, not readable, or its MAC does not fit. The error is a *keyring.Error,
// ctx's, or ErrManner.
func Open(ctx context.Context, file string, data []byte, opts Options) (*Draft, problem.List, error) {
	sopsfile.SilenceLibraries()
	r := &problem.Reporter{File: file}
	opened := sopsfile.ReadEncrypted(file, data, schema.EncryptionRules.Rule, r)
	if r.Failed() {
		r.Problems.Sort()
		return nil, r.Problems, nil
	}
	if err := opened.Unlock(ctx, opts.Keys, r); err != nil || r.Failed() {
		return nil, r.Problems, err
	}
	said := schema.Understand(opened)
	if !said.Verified {
		return nil, said.Problems, nil
	}
	edit, err := rewrite(opened, opts.Now)
	if err != nil {
		return nil, nil, fmt.Errorf("edit %s: %w", words.Quote(file), err)
	}
	return &Draft{rewriting: edit, data: bytes.Clone(data), read: said}, said.Problems, nil
}

// Owners returns every owner that the manifest names, sorted.
func (d *Draft) Owners() []secret.Owner { return d.read.Manifest.Owners() }

// Names returns the secrets of an owner, in the order of the file.
func (d *Draft) Names(owner secret.Owner) []string {
	var names []string
	for _, name := range d.read.Manifest.Names(owner) {
		names = append(names, string(name))
	}
	return names
}

// Defaults returns the type and scopes of secrets that have none of their own;
// either may be empty.
func (d *Draft) Defaults() (secret.Type, secret.Scopes) {
	return d.read.Manifest.Defaults()
}

// Entry returns a secret, defaults filled in. Its values are known where it has
// them.
func (d *Draft) Entry(owner secret.Owner, name secret.Name) (secret.DesiredSecret, bool) {
	return d.read.Manifest.Entry(owner, name)
}

// FingerprintKeys returns fingerprint_key and previous_fingerprint_key; not
// known where the manifest has none.
func (d *Draft) FingerprintKeys() (current, previous secret.Value) {
	return d.read.Manifest.FingerprintKey, d.read.Manifest.PreviousFingerprintKey
}

// Changed reports whether a change has been made.
func (d *Draft) Changed() bool { return d.changed }

// Text returns the edited file under its new MAC, after reading it as Load
// does. Problems is what is wrong with it, sorted by position; the text is nil
// where that includes an error that the file did not have before. Without a
// change, it is the text that was read.
func (d *Draft) Text() ([]byte, problem.List, error) {
	if d.half != nil {
		return nil, nil, d.half
	}
	if !d.changed {
		return bytes.Clone(d.data), d.read.Problems, nil
	}
	return d.text(d.read.Problems)
}
