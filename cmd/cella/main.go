// Command cella is a declarative reconciler for Pantheon secrets: it compares
// a manifest in git with what is on Pantheon, and applies the difference.
//
// This package talks to people and to pipelines, and is the only one that
// prints: results go to stdout, everything else to stderr. Each verb is a file:
// flags, options, one call, what is printed. What is decided and done is in the
// libraries.
//
// Invariant: every command returns an error, one place turns it into the
// lines on stderr and the exit code, and nothing but main exits.
package main

import (
	"context"
	"os"
	"runtime/debug"
)

// memoryPercent is how much garbage may lie about, in percent of the memory in use.
// With Go's own 100, validating 10,000 secrets takes some 110 MB, and with this one
// less than 100. GOGC overrules it.
const memoryPercent = 40

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(memoryPercent)
	}
	keepFromBrokenPipes()
	screen := os.Stderr
	// Libraries log there by themselves, also what a service answered.
	if nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = nowhere
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, screen, os.Getenv))
}
