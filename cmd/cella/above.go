package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/schema/problem"
)

// findManifest lets a command that works on a manifest find it from a folder below
// it, where none is named, and says which it is.
func findManifest(ctx context.Context, std streams, flags *pflag.FlagSet) error {
	file := flags.Lookup("file")
	if file == nil || file.Changed {
		return nil
	}
	found := manifestAbove(ctx)
	if found == "" {
		return nil
	}
	quiet := flags.Lookup("quiet")
	tellAbove(std.err, found, quiet != nil && quiet.Value.String() == "true")
	return flags.Set(file.Name, found)
}

func tellAbove(stderr io.Writer, file string, quiet bool) {
	if !quiet {
		writeLine(stderr, "cella: note: there is no %s in this folder, so this is about %s", problem.UsualFile, file)
	}
}

// manifestAbove is the usual manifest of the nearest folder above that has one, up
// to the top of the repository; empty where this folder has one, or none has. git
// says where the top is, and does not where the repository is of another user.
func manifestAbove(ctx context.Context) string {
	if _, err := os.Lstat(problem.UsualFile); !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	printed, code, err := gitProgram().In(ctx, ".", "rev-parse", "--show-cdup")
	if err != nil || code != 0 {
		return ""
	}
	const parent = "../"
	top := strings.TrimSpace(printed)
	for folder := parent; len(folder) <= len(top); folder += parent {
		if info, err := os.Stat(folder + problem.UsualFile); err == nil && info.Mode().IsRegular() {
			return folder + problem.UsualFile
		}
	}
	return ""
}
