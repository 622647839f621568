package completion

import (
	"embed"
	"slices"
)

//go:embed scripts
var scripts embed.FS

// Shells returns those that there is a script for.
func Shells() []string { return []string{"bash", "zsh", "fish"} }

// Script returns the script for one of Shells, or "".
func Script(shell string) string {
	if !slices.Contains(Shells(), shell) {
		return ""
	}
	text, err := scripts.ReadFile("scripts/cella." + shell)
	if err != nil {
		panic(err) // it is built in
	}
	return string(text)
}
