// Package outputs are the ends of a command's result: each --format FORMAT[=FILE],
// on stdout or in a file.
//
//  1. All are opened before the first request, so that a file that cannot be
//     written costs none, and none is the file that the command reads.
//  2. A file appears whole or not at all. One of an older run whose format has
//     nothing to say this time is removed.
//  3. What is written is inert in a CI system's log.
package outputs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// Output is one --format FORMAT[=FILE]; without a file it goes to stdout.
type Output struct{ Format, File string }

// Parse reads the values of --format. Without any the first known one goes to
// stdout; otherwise just those that are given are written.
func Parse(values []string, known ...string) ([]Output, error) {
	if len(values) == 0 {
		return []Output{{Format: known[0]}}, nil
	}
	var parsed []Output
	for _, value := range values {
		format, file, named := strings.Cut(value, "=")
		next := "use " + strings.Join(known[:len(known)-1], ", ") + " or " + known[len(known)-1]
		if !slices.Contains(known, format) {
			return nil, hint.New(fmt.Errorf("--format %s is not known", words.Quote(format)), next)
		}
		if named && file == "" {
			return nil, hint.New(fmt.Errorf("--format %s= names no file", format), fmt.Sprintf("write --format %s=FILE", format))
		}
		if slices.ContainsFunc(parsed, func(o Output) bool { return onePlace(o.File, file) }) {
			if !named {
				return nil, hint.New(errors.New("--format: only one format can go to stdout"),
					fmt.Sprintf("write the others to files: --format %s=FILE", format))
			}
			return nil, hint.New(fmt.Errorf("--format: two formats would go to %s", words.Quote(file)), "name a file for each")
		}
		parsed = append(parsed, Output{format, file})
	}
	return parsed, nil
}

// Set are the opened ends of a command's outputs.
type Set struct {
	stdout io.Writer
	list   []destination
}

type destination struct {
	Output
	pending *files.Pending // of a file that appears whole
	stream  *os.File       // of a pipe or a device
}

// Open opens what the outputs name. manifests are the files that they must not be.
func Open(stdout io.Writer, outputs []Output, manifests ...string) (*Set, error) {
	d := &Set{stdout: stdout}
	for _, o := range outputs {
		opened, err := openOutput(o, manifests)
		if err != nil {
			d.discard()
			return nil, err
		}
		d.list = append(d.list, opened)
	}
	return d, nil
}

func openOutput(o Output, manifests []string) (destination, error) {
	opened := destination{Output: o}
	if o.File == "" {
		return opened, nil
	}
	next := fmt.Sprintf("name a file that can be written: --format %s=FILE", o.Format)
	info, err := os.Stat(o.File)
	switch {
	case err == nil && info.IsDir():
		return opened, hint.New(fmt.Errorf("--format %s: %s is a folder", o.Format, words.Quote(o.File)), next)
	case err == nil && slices.ContainsFunc(manifests, func(manifest string) bool { return files.IsFile(info, manifest) }):
		return opened, hint.New(fmt.Errorf("--format %s: %s is the manifest", o.Format, words.Quote(o.File)), next)
	case err == nil && !info.Mode().IsRegular():
		// Where nobody reads from a pipe, that is an error and no long wait.
		opened.stream, err = os.OpenFile(o.File, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	default:
		opened.pending, err = files.Begin(o.File, files.Public)
	}
	if err != nil {
		return opened, hint.New(fmt.Errorf("--format %s: open %s: %w", o.Format, words.Quote(o.File), files.Cause(err)), files.CreateStep(o.File, err, next))
	}
	return opened, nil
}

// Keep refuses to write what a flag asks for over a file that the command reads.
func Keep(read, what, flag, file, instead string) error {
	info, err := os.Stat(file)
	if err != nil || !files.IsFile(info, read) {
		return nil
	}
	return hint.New(fmt.Errorf("%s: %s is %s", flag, words.Quote(file), what), "name another file, such as "+flag+" "+instead)
}

// Apart refuses outputs that would take the place of what another flag writes.
func Apart(flag, file string, outputs []Output) error {
	for _, o := range outputs {
		if file != "" && onePlace(o.File, file) {
			return hint.New(fmt.Errorf("%s and --format %s would both go to %s", flag, o.Format, words.Quote(o.File)), "name a file for each")
		}
	}
	return nil
}

// onePlace reports whether two names, empty for stdout, are of one place: written
// alike, or of one file that is there.
func onePlace(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	wholeA, errA := filepath.Abs(a)
	wholeB, errB := filepath.Abs(b)
	if errA == nil && errB == nil && wholeA == wholeB {
		return true
	}
	info, err := os.Stat(a)
	return err == nil && info.Mode().IsRegular() && files.IsFile(info, b)
}

// Write writes every output as render says and closes it. Where render has
// nothing to say of a format, it returns ErrNothing: an older file of that
// name is taken away, so that nobody takes it for this run's.
func (d *Set) Write(render func(io.Writer, Output) error) error {
	var errs []error
	for _, to := range d.list {
		switch err := to.write(d.stdout, render); {
		case err != nil && to.File != "":
			failed := fmt.Errorf("--format %s: %s cannot be written: %w", to.Format, words.Quote(to.File), files.Cause(err))
			errs = append(errs, hint.New(failed, hint.Next(err)...))
		case err != nil:
			errs = append(errs, err)
		}
	}
	d.discard()
	return hint.Join(errs...)
}

// ErrNothing is what a renderer returns that leaves a format out.
var ErrNothing = errors.New("nothing to write")

func (d destination) write(stdout io.Writer, render func(io.Writer, Output) error) error {
	// Files are shown in logs too, and a device may be one.
	var rendered bytes.Buffer
	inert := cilog.NewWriter(&rendered)
	if d.Format == "github" {
		inert = inert.Commands()
	}
	err := render(inert, d.Output)
	switch {
	case errors.Is(err, ErrNothing) && d.pending != nil:
		if err := os.Remove(d.File); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	case errors.Is(err, ErrNothing):
		return nil
	case err != nil:
		return err
	case d.pending != nil:
		return d.pending.Finish(rendered.Bytes())
	case d.stream != nil:
		_, err := d.stream.Write(rendered.Bytes())
		return err
	}
	_, err = cilog.Exactly(stdout).Write(rendered.Bytes())
	return err
}

// discard closes what is still open and takes away what was begun.
func (d *Set) discard() {
	for _, to := range d.list {
		_ = to.pending.Discard() // what could be done about it is done
		if to.stream != nil {
			_ = to.stream.Close() // a write to it has failed before, or was complete
		}
	}
}
