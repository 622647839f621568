package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/reader"
)

// checkFramework refuses a word of --framework that nobody knows.
func checkFramework(word string) error {
	if word == "" || slices.Contains(reader.Frameworks(), word) {
		return nil
	}
	return hint.New(fmt.Errorf("--framework %s is not known", words.Quote(word)),
		words.Suggestion(word, reader.Frameworks(), "use one of "+strings.Join(reader.Frameworks(), ", ")+"; Next.js is nodejs"))
}

// runs says what runs the site that the variables go to: what --framework says, or
// what Pantheon does, which is asked only where that decides what new secrets are and
// a token is at hand. Where nobody knows, why says more, or nothing.
func (f *importFileFlags) runs(ctx context.Context, std streams, owners address.Owners, owner secret.Owner, env secret.Env) (on reader.Framework, why string) {
	switch {
	case f.framework != "":
		return reader.Framework(f.framework), ""
	case owner.Kind != secret.Site || env != "" || f.kind != "":
		return "", ""
	}
	client, err := connect(std, &f.api, &outputFlags{quiet: true})
	if _, missing := errors.AsType[*pantheon.MissingTokenError](err); missing {
		return "", ""
	} else if err != nil {
		return "", err.Error()
	}
	if known := owners.Named(owner.Address()); len(known) == 1 {
		owner = known[0]
	}
	if on, err = survey.Framework(ctx, client, owner); err != nil {
		return "", err.Error()
	}
	return on, ""
}
