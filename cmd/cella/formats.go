package main

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

// output is one --format FORMAT[=FILE]; without a file it goes to stdout.
type output struct{ format, file string }

// parseOutputs reads the values of --format. Without any the first known one
// goes to stdout; otherwise just those that are given are written.
func parseOutputs(values []string, known ...string) ([]output, error) {
	if len(values) == 0 {
		return []output{{format: known[0]}}, nil
	}
	var parsed []output
	for _, value := range values {
		format, file, named := strings.Cut(value, "=")
		next := "use " + strings.Join(known[:len(known)-1], ", ") + " or " + known[len(known)-1]
		if !slices.Contains(known, format) {
			return nil, hint.New(fmt.Errorf("--format %s is not known", words.Quote(format)), next)
		}
		if named && file == "" {
			return nil, hint.New(fmt.Errorf("--format %s= names no file", format), fmt.Sprintf("write --format %s=FILE", format))
		}
		if slices.ContainsFunc(parsed, func(o output) bool { return o.file == file }) {
			if !named {
				return nil, hint.New(errors.New("--format: only one format can go to stdout"),
					fmt.Sprintf("write the others to files: --format %s=FILE", format))
			}
			return nil, hint.New(fmt.Errorf("--format: two formats would go to %s", words.Quote(file)), "name a file for each")
		}
		parsed = append(parsed, output{format, file})
	}
	return parsed, nil
}

// destinations are the opened ends of a command's outputs. They are opened
// before the first request, so that a file that cannot be written costs none.
type destinations struct {
	stdout io.Writer
	list   []destination
}

type destination struct {
	output
	pending *files.Pending // of a file that appears whole
	stream  *os.File       // of a pipe or a device
}

// openOutputs opens what the outputs name. manifest is the one file that they
// must not be.
func openOutputs(std streams, outputs []output, manifest string) (*destinations, error) {
	d := &destinations{stdout: std.out}
	for _, o := range outputs {
		opened, err := openOutput(o, manifest)
		if err != nil {
			d.discard()
			return nil, err
		}
		d.list = append(d.list, opened)
	}
	return d, nil
}

func openOutput(o output, manifest string) (destination, error) {
	opened := destination{output: o}
	if o.file == "" {
		return opened, nil
	}
	next := fmt.Sprintf("name a file that can be written: --format %s=FILE", o.format)
	info, err := os.Stat(o.file)
	switch {
	case err == nil && info.IsDir():
		return opened, hint.New(fmt.Errorf("--format %s: %s is a folder", o.format, words.Quote(o.file)), next)
	case err == nil && files.IsFile(info, manifest):
		return opened, hint.New(fmt.Errorf("--format %s: %s is the manifest", o.format, words.Quote(o.file)), next)
	case err == nil && !info.Mode().IsRegular():
		// Where nobody reads from a pipe, that is an error and no long wait.
		opened.stream, err = os.OpenFile(o.file, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	default:
		opened.pending, err = files.Begin(o.file, files.Public)
	}
	if err != nil {
		return opened, hint.New(fmt.Errorf("--format %s: open %s: %w", o.format, words.Quote(o.file), files.Cause(err)), next)
	}
	return opened, nil
}

// keep refuses to write what a flag asks for over a file that the command reads.
func keep(read, what, flag, file, instead string) error {
	info, err := os.Stat(file)
	if err != nil || !files.IsFile(info, read) {
		return nil
	}
	return hint.New(fmt.Errorf("%s: %s is %s", flag, words.Quote(file), what), "name another file, such as "+flag+" "+instead)
}

// apart refuses outputs that would take the place of what another flag writes.
func apart(flag, file string, outputs []output) error {
	for _, o := range outputs {
		if o.file != "" && file != "" && filepath.Clean(o.file) == filepath.Clean(file) {
			return hint.New(fmt.Errorf("%s and --format %s would both go to %s", flag, o.format, words.Quote(o.file)), "name a file for each")
		}
	}
	return nil
}

// write writes every output as render says and closes it. Where render has
// nothing to say of a format, it returns errNothing: an older file of that
// name is taken away, so that nobody takes it for this run's.
func (d *destinations) write(render func(io.Writer, output) error) error {
	var errs []error
	for _, to := range d.list {
		switch err := to.write(d.stdout, render); {
		case err != nil && to.file != "":
			failed := fmt.Errorf("--format %s: %s cannot be written: %w", to.format, words.Quote(to.file), files.Cause(err))
			errs = append(errs, hint.New(failed, hint.Next(err)...))
		case err != nil:
			errs = append(errs, err)
		}
	}
	d.discard()
	return bothErrors(errs)
}

// errNothing is what a renderer returns that leaves a format out.
var errNothing = errors.New("nothing to write")

func (d destination) write(stdout io.Writer, render func(io.Writer, output) error) error {
	// Files are shown in logs too, and a device may be one.
	var rendered bytes.Buffer
	inert := cilog.NewWriter(&rendered)
	if d.format == "github" {
		inert = inert.Commands()
	}
	err := render(inert, d.output)
	switch {
	case errors.Is(err, errNothing) && d.pending != nil:
		if err := os.Remove(d.file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	case errors.Is(err, errNothing):
		return nil
	case err != nil:
		return err
	case d.pending != nil:
		return d.pending.Finish(rendered.Bytes())
	case d.stream != nil:
		_, err := d.stream.Write(rendered.Bytes())
		return err
	}
	_, err = exactly(stdout).Write(rendered.Bytes())
	return err
}

// discard closes what is still open and takes away what was begun.
func (d *destinations) discard() {
	for _, to := range d.list {
		_ = to.pending.Discard() // what could be done about it is done
		if to.stream != nil {
			_ = to.stream.Close() // a write to it has failed before, or was complete
		}
	}
}
