package sentence

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// unknown is said of a code that a later cella may know.
func unknown(code plan.Code) string { return "code " + words.Quote(string(code)) }

// actions in a word each.
var actions = map[plan.Action]string{
	plan.Create:  "new",
	plan.Update:  "update",
	plan.Replace: "replace",
	plan.Delete:  "delete",
	plan.Adopt:   "record",
	plan.Release: "release",
	plan.Forget:  "forget",
}

// Action is the word for an action in the rows and totals of a plan, and in what
// apply says of it; "" for None.
func Action(a plan.Action) string { return actions[a] }

// Plain returns what a server or a library said as it is, where it is one line
// of printable ASCII: the names in it were quoted, and cut with "…", when it
// was made. Anything else is quoted as a whole.
func Plain(detail string) string {
	odd := strings.ContainsFunc(detail, func(r rune) bool { return (r < ' ' || r > '~') && r != '…' })
	if odd || detail == "" {
		return words.Quote(detail)
	}
	return detail
}

// attributes writes type and scopes as the manifest does.
func attributes(a plan.Attributes) string {
	return fmt.Sprintf("`type: %s, scopes: [%s]`", words.Quote(string(a.Type)), a.Scopes)
}

// overrides reads "override for live" or "overrides for live, test".
func overrides(envs []secret.Env) string {
	if len(envs) == 1 {
		return "override for " + environments(envs)
	}
	return "overrides for " + environments(envs)
}

// Values reads "default value, override for live"; the environment of the
// default value, which comes first, is empty.
func Values(envs []secret.Env) string {
	switch {
	case len(envs) == 0:
		return ""
	case envs[0] != "":
		return overrides(envs)
	case len(envs) == 1:
		return "default value"
	}
	return "default value, " + overrides(envs[1:])
}

// Untouched says which environments keep a value that the manifest does not have,
// and how to give the first of them one.
func Untouched(owner secret.Owner, name secret.Name, envs []secret.Env) string {
	keep := " keeps its own value on Pantheon, which the manifest does not have"
	if len(envs) > 1 {
		keep = " keep values of their own on Pantheon, which the manifest does not have"
	}
	place := address.Place{Owner: owner, Env: envs[0], Name: name}
	return environments(envs) + keep + "; to write that too: `cella set " + place.Words() + "`"
}

func environments(envs []secret.Env) string {
	texts := make([]string, len(envs))
	for i, env := range envs {
		texts[i] = words.Quote(string(env))
	}
	return strings.Join(texts, ", ")
}

func keepOrDrop(envs []secret.Env) string {
	return fmt.Sprintf("add the %s to the manifest, or add `drop_overrides: [%s]`", overrides(envs), environments(envs))
}

// difference says how the secret on Pantheon differs from the declared one.
func difference(f plan.Facts) string {
	return fmt.Sprintf("on Pantheon it has %s, in the manifest %s", attributes(f.OnPantheon), attributes(f.Declared))
}
