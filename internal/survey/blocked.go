package survey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// Blocked is the error of a plan that must not be applied, after the plan has been
// printed. consequence is what that means for the command.
func (s *Survey) Blocked(consequence string) error {
	var errs []error
	told := map[secret.Owner]bool{}
	for _, unread := range s.unread {
		told[withoutID(unread.owner)] = true
		errs = append(errs, unread.err)
	}
	for _, failed := range s.Plan.Errors {
		if told[withoutID(failed.Owner)] {
			continue // told already, with hints
		}
		errs = append(errs, s.failedOwner(failed, consequence))
	}
	if refused := len(s.Plan.Refusals); refused > 0 {
		next := "each refusal in the plan says how to allow it"
		if slices.ContainsFunc(s.Plan.Refusals, func(r plan.Refusal) bool { return !r.OfProject() }) {
			next += "; to go on with others first, name them: --target site:NAME"
		}
		errs = append(errs, hint.Refused.New(fmt.Errorf("%s: %s", words.Count(refused, "refusal"), consequence), next))
	}
	err := hint.Join(errs...)
	next := slices.Clone(hint.Next(err))
	if len(s.unread) > 0 {
		next = append(next, consequence+" while a site or organization cannot be read; with --target, cella works on the others alone")
	}
	if slices.ContainsFunc(s.unread, func(u unreadOwner) bool { return gone(u.err) }) {
		next = append(next, "what is gone from Pantheon for good, or has another owner now, leaves the project with `retire: abandon` in the manifest")
	}
	slices.Sort(next)
	return hint.ClassOf(err).New(err, slices.Compact(next)...)
}

// failedOwner is the error of an owner that could not be planned.
func (s *Survey) failedOwner(failed plan.OwnerError, consequence string) error {
	where := failed.Owner.String()
	var next []string
	if failed.Secret != "" {
		where += "/" + words.Quote(string(failed.Secret))
		next = []string{s.targetHint(failed)}
	}
	return hint.New(fmt.Errorf("%s: %s: %s", where, sentence.Error(failed), consequence), next...)
}

// withoutID is an owner without its id, as Same compares them.
func withoutID(owner secret.Owner) secret.Owner {
	return secret.Owner{Kind: owner.Kind, Name: owner.Name}
}

// targetHint says what a target that nobody knows may have meant.
func (s *Survey) targetHint(failed plan.OwnerError) string {
	var names, shown []string
	for _, declared := range secret.DesiredOf(s.Desired, failed.Owner).Secrets {
		names, shown = append(names, string(declared.Name)), append(shown, words.Quote(string(declared.Name)))
	}
	if near, ok := words.Closest(string(failed.Secret), names); ok {
		return fmt.Sprintf("did you mean --target %s?", words.Argument(failed.Owner.Address()+"/"+near))
	}
	if len(shown) > 0 && len(shown) <= address.MaxListed {
		return fmt.Sprintf("%s has %s", withoutID(failed.Owner), strings.Join(shown, ", "))
	}
	return fmt.Sprintf("name a secret as the manifest does: names are plaintext in %s", words.Quote(s.manifest.File))
}
