package importing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret/envfile"
)

// Format is the form of a file.
type Format string

// The formats.
const (
	Dotenv Format = "env"
	JSON   Format = "json"
	YAML   Format = "yaml"
)

// Formats are all of them.
func Formats() []string { return []string{string(Dotenv), string(JSON), string(YAML)} }

// File is one with variables.
type File struct {
	Name   string // for messages, and for the format
	Text   []byte
	Format Format // empty where the name and the text tell it
	// Framework is what runs the site, in Pantheon's word; empty where that is not
	// known. It says which readers of .env files have to agree.
	Framework string
	// Skip are patterns of names that are left out; * is any text.
	Skip []string
}

// Read reads the variables of a file, which SOPS may have encrypted; keys decrypt it.
// encrypted says that it did, and that no value stands in clear. The error has next steps and names no value.
func Read(ctx context.Context, f File, keys *keyring.Keyring) (list []envfile.Variable, encrypted bool, err error) {
	fix := "fix these lines"
	if len(f.Text) > envfile.MaxBytes {
		_, err := envfile.Parse(f.Text, envfile.Options{})
		return nil, false, f.wrong(err, fix)
	}
	format := f.format()
	if sealed, is := sealedIn(format, f.Text); is {
		if f.Text, encrypted, err = sealed.open(ctx, f, keys); err != nil {
			return nil, false, err
		}
		format = f.opened()
		if _, is := sealedIn(format, f.Text); is {
			return nil, false, f.twice()
		}
		fix += " with `" + sealed.sops(f, "edit") + "`"
	}
	switch format {
	case JSON:
		list, err = envfile.ParseJSON(f.Text, f.skips)
	case YAML:
		list, err = f.yaml()
	default:
		list, err = f.dotenv()
	}
	switch {
	case err != nil:
		return nil, false, f.wrong(err, fix)
	case len(list) == 0:
		return nil, false, hint.New(fmt.Errorf("read %s: there is no variable in it", words.Quote(f.Name)),
			"nothing was written; check that it is the right file, or that the command before the pipe succeeds")
	}
	return list, encrypted, nil
}

// format is what the file is: what was asked for, or what its name says, or its text.
func (f File) format() Format {
	switch {
	case f.Format != "":
		return f.Format
	case f.namedYAML() || sectionLine.Match(f.Text):
		return YAML
	case filepath.Ext(f.Name) == ".json" || envfile.LooksJSON(f.Text):
		return JSON
	}
	return Dotenv
}

// opened is what the text is that was encrypted: JSON, if it is not that of a .env file
// or of SOPS's binary form.
func (f File) opened() Format {
	switch {
	case f.Format != Dotenv && envfile.LooksJSON(f.Text):
		return JSON
	case f.Format == "" && f.namedYAML():
		return YAML
	}
	return cmp.Or(f.Format, Dotenv)
}

func (f File) namedYAML() bool { return sopsForms[filepath.Ext(f.Name)] == "yaml" }

// wrong says of each line, or key, in which file it is, and how to fix it.
func (f File) wrong(err error, fix string) error {
	var lines interface{ Unwrap() []error }
	if !errors.As(err, &lines) {
		return err
	}
	var all []error
	for _, one := range lines.Unwrap() {
		all = append(all, fmt.Errorf("read %s: %w", words.Quote(f.Name), one))
	}
	next := []string{"nothing was written; " + fix + ", or leave a name out with --skip NAME, and import again"}
	if f.Format == "" && f.format() == Dotenv && looksYAML(f.Text) {
		next = append(next, "if it is YAML: add --format yaml")
	} else if f.Framework == "" && f.format() == Dotenv {
		f.Framework = "nodejs"
		if _, err := f.dotenv(); err == nil {
			next = append(next, "for a Next.js site, where PHP's reader does not count: add --framework nodejs")
		}
	}
	return hint.New(errors.Join(all...), next...)
}

func (f File) dotenv() ([]envfile.Variable, error) {
	return envfile.Parse(f.Text, envfile.Options{
		Readers: envfile.ReadersOf(f.Framework), Unneeded: f.skips,
	})
}

func (f File) skips(name string) bool { return leftOutFor(name, f.Skip) != "" }
