package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/secret"
)

// valueFlags say where a value comes from. It is never an argument: those are
// seen by others and kept by shells.
type valueFlags struct {
	file string
	trim bool
}

func (f *valueFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "value-file", "", "read the value from `FILE`, byte for byte (- for standard input)")
	flags.BoolVar(&f.trim, "trim-newline", false, "remove one line end at the end of the value, such as echo adds")
}

// read reads a value from the file, from standard input or, where that is a
// terminal, from a hidden prompt.
func (f *valueFlags) read(ctx context.Context, std streams, prompt string) (secret.Value, error) {
	var text string
	var err error
	if f.stdin() && terminal.Is(std.in) {
		text, err = terminal.ReadHidden(ctx, std.in.(*os.File), std.err, prompt)
	} else {
		text, err = terminal.Wholly(ctx, func() (string, error) { return f.text(std.in) })
	}
	if err != nil {
		return secret.Value{}, err
	}
	if f.trim {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	}
	value := secret.NewValue(text)
	if value.Len() > secret.MaxValueBytes {
		// How much longer it is nobody knows: no more was read.
		return secret.Value{}, hint.New(fmt.Errorf("the value has more than %d bytes; nothing was changed", secret.MaxValueBytes), unfitHints(value)...)
	}
	if err := value.Validate(); err != nil {
		return secret.Value{}, hint.New(fmt.Errorf("%w; nothing was changed", err), unfitHints(value)...)
	}
	return value, nil
}

// stdin reports whether no file is named.
func (f *valueFlags) stdin() bool { return f.file == "" || f.file == "-" }

func (f *valueFlags) text(stdin io.Reader) (string, error) {
	if !f.stdin() {
		file, err := files.OpenPiped(f.file)
		if err != nil {
			return "", files.ReadError(f.file, err)
		}
		defer func() { _ = file.Close() }() // opened for reading only, nothing to lose
		text, err := readLimited(file)
		if err != nil {
			return "", files.ReadError(f.file, err)
		}
		return text, nil
	}
	text, err := readLimited(stdin)
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return text, nil
}

// readLimited reads one byte more than a value may have at most with a line end
// behind it, so that what is cut here is too long also after --trim-newline.
func readLimited(from io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(from, secret.MaxValueBytes+int64(len("\r\n"))+1))
	return string(data), err
}

func unfitHints(value secret.Value) []string {
	switch {
	case errors.Is(value.Validate(), secret.ErrSOPSOutput):
		return []string{`give what was encrypted, by its name in the file that SOPS encrypted: sops decrypt --extract '["NAME"]' FILE | cella set OWNER NAME`}
	case errors.Is(value.Validate(), secret.ErrSOPSFile):
		return []string{
			"give what was encrypted: sops decrypt FILE | cella set OWNER NAME; a .env, JSON or YAML file with many values: cella import file FILE --to OWNER",
			"if that was just done, FILE is encrypted twice: sops decrypt --in-place FILE undoes one of them",
		}
	case value.Len() == 0:
		return []string{"Pantheon cannot tell an empty value from a hidden one; to remove a secret: cella unset OWNER NAME"}
	case value.Len() > secret.MaxValueBytes:
		return []string{"Pantheon takes no more; keep a larger file elsewhere, and its key or address here"}
	}
	return []string{"requests carry UTF-8 only: encode binary data first, as in: base64 -w0 FILE | cella set OWNER NAME"}
}
