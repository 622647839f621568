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
		var known []string
		for _, owner := range o {
			known = append(known, owner.Address(), owner.Name)
		}
		return secret.Owner{}, "", hint.New(fmt.Errorf("--target: the manifest has no site or organization %s", words.Quote(word)),
			meant(word, known, "write site:NAME or org:NAME as in the manifest"))
	default:
		return secret.Owner{}, "", hint.New(fmt.Errorf("--target: %s is a site and an organization", words.Quote(word)),
			fmt.Sprintf("write %s or %s", matches[0], matches[1]))
	}
}
