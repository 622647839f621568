package emulator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The platform's rules, read from its documentation apart from the client's
// reading of them.
const (
	maxValueBytes = 16384 // [doc]
	maxNameBytes  = 255   // [inferred] some limit there must be
)

var (
	// envName is the rule for names of env secrets [doc].
	envName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	// environmentName: lower-case letters, digits, hyphens, at most 11 [doc].
	environmentName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,10}$`)
)

// creatable lists what a create may name [doc]; known adds what only older
// help and replies show [client], which a seed may hold.
func creatableTypes() []string  { return []string{"runtime", "env", "composer"} }
func knownTypes() []string      { return append(creatableTypes(), "file", "vcs") }
func creatableScopes() []string { return []string{"ic", "web", "user"} }
func knownScopes() []string     { return append(creatableScopes(), "ops") }

// checkName reports why a secret of the type cannot be called name. Beyond env
// secrets the rules are unpublished [inferred].
func checkName(name, secretType string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case len(name) > maxNameBytes:
		return fmt.Errorf("the name is longer than %d bytes", maxNameBytes)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return errors.New("the name has white space or unprintable characters")
	case secretType == "env" && !envName.MatchString(name):
		return fmt.Errorf("names of env secrets must match %s", envName)
	}
	return nil
}

// checkValue reports why a text cannot be a value. An empty one could never be
// told from a hidden one, so it is refused [inferred].
func checkValue(value string) error {
	switch {
	case value == "":
		return errors.New("the value is empty")
	case len(value) > maxValueBytes:
		return fmt.Errorf("the value has %d bytes; at most %d are allowed", len(value), maxValueBytes)
	}
	return nil
}

// checkEnvironment reports why env cannot have an override.
func checkEnvironment(env string) error {
	if !environmentName.MatchString(env) {
		return fmt.Errorf("environments must match %s", environmentName)
	}
	return nil
}

// attributes fills in what was left out [doc], removes repeated scopes, and
// checks the rest against what is allowed.
func attributes(secretType string, scopes, types, allowed []string) (string, []string, error) {
	if secretType == "" {
		secretType = "runtime"
	}
	if !slices.Contains(types, secretType) {
		return "", nil, fmt.Errorf("the type must be one of %s", strings.Join(types, ", "))
	}
	if len(scopes) == 0 {
		return secretType, []string{"user"}, nil
	}
	var kept []string
	for _, scope := range scopes {
		if !slices.Contains(allowed, scope) {
			return "", nil, fmt.Errorf("the scopes must be among %s", strings.Join(allowed, ", "))
		}
		if !slices.Contains(kept, scope) {
			kept = append(kept, scope)
		}
	}
	return secretType, kept, nil
}
