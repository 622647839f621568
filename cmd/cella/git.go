package main

import (
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
