package main

import (
	"context"
	"os/exec"
	"slices"
	"strings"

	hardened "github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/schema"
)

// secretVariables hold what opens Pantheon, the manifest or Vault.
var secretVariables = append(pantheon.TokenVariables(), "SOPS_AGE_KEY", "VAULT_TOKEN")

// gitProgram is git as every command runs it: without the values, tokens and
// keys of the environment.
func gitProgram() hardened.Git {
	return hardened.Git{Withheld: func(variable string) bool {
		return strings.HasPrefix(variable, schema.VariablePrefix) || slices.Contains(secretVariables, variable)
	}}
}

// gitCommand is Command of gitProgram.
func gitCommand(ctx context.Context, args ...string) *exec.Cmd {
	return gitProgram().Command(ctx, args...)
}

// gitCommandHere is CommandHere of gitProgram.
func gitCommandHere(ctx context.Context, args ...string) *exec.Cmd {
	return gitProgram().CommandHere(ctx, args...)
}

// gitIn is In of gitProgram.
func gitIn(ctx context.Context, folder string, args ...string) (out string, code int, err error) {
	return gitProgram().In(ctx, folder, args...)
}

func underRepository(folder string) bool { return hardened.UnderRepository(folder) }

func inGitFolder(folder string) bool { return hardened.InGitFolder(folder) }
