package rekey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Options say how keys are changed.
type Options struct {
	Keys *keyring.Keyring
	// Now becomes lastmodified of what gets a new data key.
	Now time.Time
	// Waiting, unless it is nil, is called before another run is waited for that
	// writes beside a file.
	Waiting func(file string)
}

// Files are a manifest and the encrypted files that it takes values from.
type Files struct {
	opts Options
	all  []*file // the manifest first
}

// file is one of them.
type file struct {
	*sopsfile.File
	before []byte
	after  []byte // nil where it stays
	// key is the data key of what it becomes.
	key *sopsfile.DataKey
}

// Read reads the files, as far as that needs no key. Problems are those of the
// manifest; Files is nil where there is an error among them. The error is that of
// reading.
func Read(ctx context.Context, name string, opts Options) (*Files, problem.List, error) {
	sopsfile.SilenceLibraries()
	manifest, problems, err := schema.Load(ctx, name, schema.Options{
		Keys: opts.Keys, Decryption: schema.DecryptIfPossible, UnsetVariables: true,
	})
	if err != nil || manifest == nil || len(problems.Errors(false)) > 0 {
		return nil, problems, err
	}
	f := &Files{opts: opts}
	data, err := schema.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	r := &problem.Reporter{File: name}
	read := sopsfile.ReadEncrypted(name, data, schema.EncryptionRules.Rule, r)
	if r.Failed() {
		return nil, r.Problems, nil // it was changed since
	}
	f.all = append(f.all, &file{File: read, before: data})
	for _, value := range manifest.Files {
		data, err := schema.ReadFile(value.Name)
		if err != nil {
			return nil, nil, err
		}
		read, err := schema.ReadValueFile(value.Name, data)
		if err != nil {
			return nil, nil, err
		}
		f.all = append(f.all, &file{File: read, before: data})
	}
	return f, problems, nil
}

// open decrypts the files and checks their MACs. The error has next steps.
func (f *Files) open(ctx context.Context) error {
	for _, one := range f.all {
		r := &problem.Reporter{File: one.Name}
		if err := one.Unlock(ctx, f.opts.Keys, r); err != nil {
			return err
		}
		if !r.Failed() {
			one.Decrypt(r)
		}
		if !one.Verified {
			return hint.New(fmt.Errorf("%s: %s", words.Quote(one.Name), r.Problems[0].Message), r.Problems[0].Remedy)
		}
	}
	return nil
}

// Changed is what became of one file.
type Changed struct {
	File    string
	Changes []recipients.Change
	// Rotated: it has a new data key.
	Rotated bool
}

// Changed lists the files that become others.
func (f *Files) Changed() []Changed {
	var changed []Changed
	for _, one := range f.all {
		if one.after == nil {
			continue
		}
		now := one.read(one.after)
		changed = append(changed, Changed{one.Name, recipients.Compare(recipients.Of(one.Meta), recipients.Of(now.Meta)), !one.key.Same(one.DataKey)})
	}
	return changed
}

// Write writes what was changed. An error names the file, and what was written before
// it stays: run again, the rest follows.
func (f *Files) Write(ctx context.Context) error {
	for i := range f.all {
		one := f.all[len(f.all)-1-i] // the manifest last
		if one.after == nil {
			continue
		}
		var waiting func()
		if f.opts.Waiting != nil {
			waiting = func() { f.opts.Waiting(one.Name) }
		}
		if err := files.ReplaceWaiting(ctx, one.Name, one.before, one.after, waiting); err != nil {
			return err
		}
	}
	return nil
}

// Lost reports whether no key here decrypts what the manifest becomes.
func (f *Files) Lost(ctx context.Context) bool {
	one := f.all[0]
	if one.after == nil {
		return false
	}
	_, err := f.opts.Keys.DataKey(ctx, one.Name, one.read(one.after).Meta)
	return errors.As(err, new(*keyring.Error))
}

// read reads a text that takes the place of the file; nil where it is none.
func (o *file) read(text []byte) *sopsfile.File {
	if o.Lines == nil {
		read, err := schema.ReadValueFile(o.Name, text)
		if err != nil {
			return nil
		}
		return read
	}
	r := &problem.Reporter{File: o.Name}
	read := sopsfile.ReadEncrypted(o.Name, text, schema.EncryptionRules.Rule, r)
	if r.Failed() {
		return nil
	}
	return read
}

// become takes a text in the place of the file, after reading it back.
func (o *file) become(text []byte, key *sopsfile.DataKey) error {
	read := o.read(text)
	if read == nil || len(read.Doc.Leaves) != len(o.Doc.Leaves) {
		return fmt.Errorf("write %s: what it would become cannot be read", words.Quote(o.Name))
	}
	read.DataKey = key
	if read.Decrypt(&problem.Reporter{File: o.Name}); !read.Verified {
		return fmt.Errorf("write %s: the checksum (MAC) of what it would become is wrong", words.Quote(o.Name))
	}
	for i, leaf := range o.Doc.Leaves {
		was, known := o.Values[leaf.Node]
		if is, still := read.Values[read.Doc.Leaves[i].Node]; known != still || known && !was.Equal(is) {
			return fmt.Errorf("write %s: a value would not be what it was", words.Quote(o.Name))
		}
	}
	o.after, o.key = text, key
	return nil
}
