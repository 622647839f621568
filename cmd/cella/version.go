package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"
)

// cellaVersion is the module version that the binary was built from, or
// "devel" for a build of a working tree.
func cellaVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
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
