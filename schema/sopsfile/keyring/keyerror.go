package keyring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// Error says that nothing here could decrypt the data key of a file. It
// holds recipients, which are public, and codes of key services; no text that
// a key service or a library wrote.
type Error struct {
	text string
	// Next are the next steps, one sentence each, most likely first.
	Next []string
}

// Error is one line: the file, and per kind of key why there is none.
func (e *Error) Error() string { return e.text }

// Hint returns the next steps.
func (e *Error) Hint() *hint.Error {
	return &hint.Error{Err: e, Class: hint.Credentials, Next: e.Next}
}

func newError(file string, meta sops.Metadata, allowed Sources, failed []attempt) *Error {
	var reasons []string
	var hints []string
	for _, source := range append(slices.Clone(keySourceNames), keySource{otherKeys, "other"}) {
		of := slices.DeleteFunc(slices.Clone(failed), func(a attempt) bool { return a.kind != source.kind })
		if len(of) == 0 {
			continue
		}
		reasons = append(reasons, reasonsOf(source, of, allowed)...)
		hints = append(hints, hintsOf(source, of, allowed)...)
	}
	text := fmt.Sprintf("decrypt %s: no key to decrypt with", words.Quote(file))
	if len(meta.KeyGroups) > 1 {
		text += fmt.Sprintf(" (%d of %d key groups are needed)", max(meta.ShamirThreshold, 2), len(meta.KeyGroups))
	}
	if len(reasons) > 0 {
		text += ": " + strings.Join(reasons, "; ")
	}
	return &Error{text: text, Next: hints}
}

// reasonsOf counts recipients of one kind by why they did not help.
func reasonsOf(source keySource, of []attempt, allowed Sources) []string {
	var reasons []string
	counts := map[string]int{}
	for _, a := range of {
		reason := a.reason
		switch chosen := a.chosen(allowed); {
		case !a.allowed:
			reason = "not allowed"
		case reason == "" && chosen != "":
			reason = "the file chooses " + chosen + ", which is not allowed"
		case reason == "" && source.kind == ageKeys:
			reason = "no usable private key found"
		case reason == "" && source.kind == pgpKeys:
			reason = "gpg did not decrypt"
		case reason == "":
			reason = "not signed in, or refused"
		}
		if len(reasons) == maxReasons && counts[reason] == 0 {
			reason = "something else"
		}
		if counts[reason]++; counts[reason] == 1 {
			reasons = append(reasons, reason)
		}
	}
	for i, reason := range reasons {
		recipients := "1 recipient"
		if n := counts[reason]; n > 1 {
			recipients = fmt.Sprintf("%d recipients", n)
		}
		reasons[i] = fmt.Sprintf("%s (%s): %s", source.name, recipients, reason)
	}
	return reasons
}

func hintsOf(source keySource, of []attempt, allowed Sources) []string {
	var hints []string
	var usable []attempt
	for _, a := range of {
		switch {
		case a.fault != "" && len(hints) == maxReasons:
		case a.fault != "":
			hints = append(hints, fmt.Sprintf("the %s key %s is not contacted: %s", source.name, words.QuoteKey(a.name), a.fault))
		case a.allowed && a.chosen(allowed) != "":
			hints = append(hints, choiceHint(a.recipient, allowed))
		case a.allowed:
			usable = append(usable, a)
		}
	}
	for _, a := range usable {
		hints = append(hints, a.next...)
	}
	usable = slices.DeleteFunc(usable, func(a attempt) bool { return a.final })
	if len(usable) > 0 {
		hints = append(hints, usableHints(source, usable)...)
	}
	hints = distinct(hints)
	if len(hints) > 0 {
		return hints
	}
	switch source.kind {
	case otherKeys:
		return []string{"the file is encrypted for a kind of key that is not supported: encrypt it for one of " + kinds.String() + " too"}
	case vaultKeys:
		return []string{fmt.Sprintf("if you trust %s with your Vault token, allow it: --key-sources %s", names(of), allowed|source.kind)}
	}
	return []string{fmt.Sprintf("allow %s keys: --key-sources %s", source.name, allowed|source.kind)}
}

// choiceHint is for a file that chooses credentials of AWS.
func choiceHint(who recipient, allowed Sources) string {
	fields, instead := "aws_profile", "set AWS_PROFILE yourself"
	switch who.choice &^ allowed {
	case awsRole:
		fields, instead = "role", "take on the role yourself, by a profile that AWS_PROFILE names"
	case awsProfile | awsRole:
		fields, instead = "aws_profile and role", "set AWS_PROFILE yourself, to a profile that takes on the role"
	}
	return fmt.Sprintf("remove %s of that key (from .sops.yaml, and from the sops section of the file) and %s; "+
		"if you trust whoever may write the file with that choice: --key-sources %s",
		fields, instead, allowed|who.choice)
}

// distinct leaves out what was said before.
func distinct(texts []string) []string {
	var kept []string
	for _, text := range texts {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

func usableHints(source keySource, of []attempt) []string {
	names := names(of)
	switch source.kind {
	case ageKeys:
		var recipients []string
		for _, a := range of {
			recipients = append(recipients, a.name)
		}
		return whereAgeKeysGo(distinct(recipients))
	case pgpKeys:
		return []string{"import a private key into gpg (gpg --import FILE), one of: " + names}
	case awsKeys:
		return []string{"sign in to AWS (AWS_PROFILE, or aws sso login) as somebody with kms:Decrypt on " + names}
	case gcpKeys:
		return []string{"sign in to Google Cloud (gcloud auth application-default login) as somebody who may decrypt with " + names}
	case azureKeys:
		return []string{"sign in to Azure (az login) as somebody who may decrypt with a key of " + names}
	default:
		return []string{"set VAULT_TOKEN to a token that may decrypt at " + names}
	}
}

// maxReasons bounds how many different reasons, or hints, one kind of key gets.
const maxReasons = 5

func names(of []attempt) string {
	var quoted []string
	for _, a := range of {
		quoted = append(quoted, words.QuoteKey(a.name))
	}
	return words.First(distinct(quoted))
}
