package schema

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// ValueFile is a file that values come from.
type ValueFile struct {
	// Name is relative to where Manifest.File is, with slashes.
	Name string
	// SHA256 is the lower-case hex digest of the file as it is in git.
	SHA256 string
}

// Variable is an environment variable that values come from.
type Variable struct {
	Name  string
	Value secret.Value
}

// fetcher gets the values that lie beside the manifest. The nil fetcher looks
// at nothing.
type fetcher struct {
	*problem.Reporter
	ctx     context.Context
	opts    Options
	files   map[string]fetched // by path
	configs *sopsconfig.Configs
	// variables are those that have been added to the manifest.
	variables map[string]bool
	// missing is the first key that a file wants and that must be there; err
	// is ctx's.
	missing, err error
	manifest     *Manifest
}

// fetched is what a file gave: a value, unless fault says why not or there is
// no key.
type fetched struct {
	value secret.Value
	fault *fault
	// doubts are warnings about the file, to be told once.
	doubts problem.List
}

// fault is what is wrong with a value file; code, remedy and message are those
// of a Problem.
type fault struct{ code, remedy, message string }

// in names the file. A path that leads to no file is not repeated: it may be a
// value that slipped into the wrong line.
func (f *fault) in(name string) *fault {
	if f == nil {
		return nil
	}
	return &fault{f.code, f.remedy, words.Quote(name) + ": " + f.message}
}

// value gets the value of one place. It is the zero Value where it is not
// known, which was reported or counted.
func (f *fetcher) value(from origin) secret.Value {
	if f == nil || from.source == "" {
		return secret.Value{}
	}
	if name, ok := from.source.Env(); ok {
		return f.variable(name, from.at)
	}
	path, _ := from.source.File()
	return f.ofFile(path, from.at)
}

// variable looks only where values are required: what runs without them must
// not depend on where it runs.
func (f *fetcher) variable(name string, at problem.Place) secret.Value {
	if f.opts.Decryption != DecryptRequired {
		f.manifest.UnseenVariables++
		return secret.Value{}
	}
	text := ""
	if f.opts.Environment != nil {
		text = f.opts.Environment(name)
	}
	if text == "" && f.opts.UnsetVariables {
		f.manifest.UnseenVariables++
		return secret.Value{}
	}
	if text == "" {
		f.Fail(at, problem.CodeValueUnset, "have your vault or CI set it for cella: see \"Feed values from another vault\" in docs/howto.md",
			"the environment variable %s is not set, or empty", name)
		return secret.Value{}
	}
	value := secret.NewValue(text)
	checkValue(f.Reporter, value, at, func() remedies {
		where := "where " + name + " is set"
		return remedies{edit: "change it " + where, decrypt: "decrypt it first, " + where}
	})
	if !f.variables[name] {
		f.variables[name] = true
		f.manifest.Variables = append(f.manifest.Variables, Variable{name, value})
	}
	return value
}

func (f *fetcher) ofFile(path string, at problem.Place) secret.Value {
	got, read := f.files[path]
	if !read {
		got = f.read(path)
		f.files[path] = got
	}
	if !read {
		for _, doubt := range got.doubts {
			f.Warn(at, doubt.Code, doubt.Remedy, "%s: %s", words.Quote(f.shown(path)), doubt.Message)
		}
	}
	switch {
	case got.fault != nil:
		f.Fail(at, got.fault.code, got.fault.remedy, "%s", got.fault.message)
	case got.value.Known():
		checkValue(f.Reporter, got.value, at, func() remedies {
			name := f.shown(path)
			return remedies{
				edit: "change it with: " + editFile(name), paste: "write what was encrypted there: " + editFile(name),
				decrypt: "it was encrypted twice; undo one of them with: " + decryptFile(name),
			}
		})
	default:
		f.manifest.UnseenFiles++
	}
	return got.value
}

// shown is the path of a value file from where the manifest's own begins.
func (f *fetcher) shown(path string) string {
	return filepath.ToSlash(filepath.Join(filepath.Dir(f.manifest.File), filepath.FromSlash(path)))
}

// read reads and decrypts a value file.
func (f *fetcher) read(path string) fetched {
	data, wrong := readBeside(f.manifest.File, path)
	if wrong != nil {
		return fetched{fault: wrong}
	}
	name := f.shown(path)
	file, wrong := parseValueFile(name, data)
	if wrong != nil {
		return fetched{fault: wrong.in(name)}
	}
	r := &problem.Reporter{File: name}
	f.configs.Lint(name, f.manifest.File, file.Meta, problem.Place{}, r)
	f.manifest.Files = append(f.manifest.Files, ValueFile{Name: name, SHA256: file.sum})
	err := file.Unlock(f.ctx, f.opts.Keys, r)
	if missing := new(keyring.Error); errors.As(err, &missing) {
		f.miss(missing)
		return fetched{doubts: r.Problems}
	}
	if err != nil {
		f.err = err
		return fetched{}
	}
	value, wrong := file.content()
	return fetched{value: value, fault: wrong.in(name), doubts: r.Problems}
}

// miss takes note of a key that is not there.
func (f *fetcher) miss(missing *keyring.Error) {
	if f.opts.Decryption == DecryptRequired && f.missing == nil {
		f.missing = missing
	}
	if f.manifest.NoKey == nil {
		f.manifest.NoKey = missing
	}
}

// finish sorts what was found, and returns why not everything was.
func (f *fetcher) finish() error {
	if f == nil {
		return nil
	}
	slices.SortFunc(f.manifest.Files, func(a, b ValueFile) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.manifest.Variables, func(a, b Variable) int { return cmp.Compare(a.Name, b.Name) })
	if f.err != nil {
		return f.err
	}
	return f.missing
}
