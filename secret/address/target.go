package address

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Target reads OWNER[/SECRET], the value of --target. A bare name stands where
// only one owner has it. The secret is empty where the whole owner is meant.
func (o Owners) Target(text string) (secret.Owner, secret.Name, error) {
	word, name, hasName := strings.Cut(text, "/")
	if hasName && name == "" {
		return secret.Owner{}, "", hint.New(fmt.Errorf("--target %s ends in a slash", words.Quote(text)),
			"write OWNER or OWNER/SECRET, such as site:my-site/API_KEY")
	}
	switch matches := o.Named(word); len(matches) {
	case 1:
		return matches[0], secret.Name(name), nil
	case 0:
		if owner, env, err := o.OwnerEnv(word); err == nil && env != "" && len(o.Named(owner.Address())) > 0 {
			return secret.Owner{}, "", hint.New(fmt.Errorf("--target %s names an environment, and a plan is of all of them", words.Quote(text)),
				"write --target "+words.Argument(strings.Replace(text, "."+string(env), "", 1)))
		}
		return secret.Owner{}, "", hint.Under("--target", o.lacks(word))
	default:
		return secret.Owner{}, "", hint.New(fmt.Errorf("--target: %s is a site and an organization", words.Quote(word)),
			fmt.Sprintf("write %s or %s", matches[0], matches[1]))
	}
}
