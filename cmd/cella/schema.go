package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
)

func schemaCommand() command {
	return command{
		name:     "schema",
		argument: "manifest|plan",
		takes:    []completion.Place{{Kind: completion.Word, Words: []string{"manifest", "plan"}}},
		summary:  "print the JSON Schema of manifests or of plans",
		about: "Editors complete and check a manifest by its schema, if its first line is\n\n" +
			"    " + schema.EditorLine + "\n\n" +
			"and the schema is there, seen from the manifest. Commit it, and write it again after an update of cella.\n" +
			"The schema of plans describes what `cella plan --format json` prints. Both are written in draft 7.",
		examples: []string{
			"cella schema manifest --out " + schema.EditorFile,
			"cella schema plan",
		},
		bind: func(flags *pflag.FlagSet) action {
			var out string
			flags.StringVar(&out, "out", "", "write it to `FILE`, in folders that are made where they are missing")
			return func(_ context.Context, std streams, args []string) error {
				text, err := schemaOf(args)
				if err != nil {
					return err
				}
				if out != "" {
					return writePublic(out, text)
				}
				_, err = io.WriteString(std.out, text)
				return err
			}
		},
	}
}

// schemaOf returns the schema that the arguments ask for.
func schemaOf(args []string) (string, error) {
	const next = "write `cella schema manifest` or `cella schema plan`"
	if len(args) == 0 {
		return "", hint.New(errors.New("the name of the schema is missing"), next)
	}
	if err := noArguments(args[1:]); err != nil {
		return "", err
	}
	switch args[0] {
	case "manifest":
		return schema.JSONSchema(), nil
	case "plan":
		return plan.JSONSchema(), nil
	}
	return "", hint.New(fmt.Errorf("there is no schema of %s", words.Quote(args[0])), next)
}

// maxSchema is more than any schema has, in bytes.
const maxSchema = 16 << 20

// writePublic writes a file that others may read; it appears whole or not at
// all.
func writePublic(file, text string) error {
	old, err := files.Read(file, maxSchema)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return hint.New(fmt.Errorf("--out: %s is a folder", words.Quote(file)), "name a file, such as --out "+schema.EditorFile)
	case errors.Is(err, files.ErrNotRegular):
		return hint.New(fmt.Errorf("--out: %s: %w", words.Quote(file), files.Cause(err)), "name a file, such as --out "+schema.EditorFile)
	case errors.Is(err, files.ErrTooLarge), err == nil && len(old) > 0 && old[0] != '{':
		return hint.New(fmt.Errorf("--out: %s is there already, and is not a schema", words.Quote(file)), "name another file, such as --out "+schema.EditorFile)
	}
	if err := writeWhole(file, []byte(text)); err != nil {
		return hint.New(fmt.Errorf("--out: write %s: %w", words.Quote(file), files.Cause(err)), "name a file that can be written with --out")
	}
	return nil
}

func writeWhole(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), files.PublicFolder); err != nil {
		return err
	}
	pending, err := files.Begin(file, files.Public)
	if err != nil {
		return err
	}
	defer func() { _ = pending.Discard() }() // what could be done about it is done
	return pending.Finish(content)
}
