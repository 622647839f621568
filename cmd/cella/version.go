package main

import (
	"context"
	_ "embed"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/pflag"
)

// writtenVersion is the only place where the version stands. It is a file, and no
// flag of the linker, so that what a release will be built to is known before it
// has a tag.
//
//go:embed version.txt
var writtenVersion string

// cellaVersion is the version without its v: the one that Go took the module at, as
// `go install` does and a build in a clone, or the written one of a release.
func cellaVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return versionOf(info.Main.Version, writtenVersion)
	}
	return versionOf("", writtenVersion)
}

func versionOf(module, written string) string {
	if module == "" || module == "(devel)" {
		return strings.TrimSpace(written)
	}
	return strings.TrimPrefix(module, "v")
}

func versionCommand() command {
	return command{
		name:     "version",
		summary:  "print the version",
		about:    "Prints cella's version, the Go version it was built with, and the platform.",
		examples: []string{"cella version"},
		bind: func(*pflag.FlagSet) action {
			return func(_ context.Context, std streams, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				writeLine(std.out, "cella %s %s %s/%s", cellaVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return nil
			}
		},
	}
}
