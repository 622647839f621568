package schema

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/secret"
)

// KeyError says that nothing here could decrypt the data key of a file. It
// holds recipients, which are public, and codes of key services; no text that
// a key service or a library wrote.
type KeyError struct {
	text  string
	hints []string
}

// Error is one line: the file, and per kind of key why there is none.
func (e *KeyError) Error() string { return e.text }

// Hints are what to do next, one sentence each, most likely first.
func (e *KeyError) Hints() []string { return slices.Clone(e.hints) }

func newKeyError(file string, meta sops.Metadata, allowed KeySources, failed []attempt) *KeyError {
	var reasons []string
	var hints []string
	for _, source := range append(slices.Clone(keySourceNames), keySource{otherKeys, "other"}) {
		of := slices.DeleteFunc(slices.Clone(failed), func(a attempt) bool { return a.kind != source.kind })
		if len(of) == 0 {
			continue
		}
		reasons = append(reasons, reasonsOf(source, of)...)
		hints = append(hints, hintsOf(source, of, allowed)...)
	}
	text := fmt.Sprintf("decrypt %s: no key to decrypt with", secret.Quote(file))
	if len(meta.KeyGroups) > 1 {
		text += fmt.Sprintf(" (%d of %d key groups are needed)", max(meta.ShamirThreshold, 2), len(meta.KeyGroups))
	}
	if len(reasons) > 0 {
		text += ": " + strings.Join(reasons, "; ")
	}
	return &KeyError{text: text, hints: hints}
}

// reasonsOf counts recipients of one kind by why they did not help.
func reasonsOf(source keySource, of []attempt) []string {
	var reasons []string
	counts := map[string]int{}
	for _, a := range of {
		reason := a.failure
		switch {
		case !a.allowed:
			reason = "not allowed"
		case reason == "" && source.kind == ageKeys:
			reason = "no usable private key found"
		case reason == "" && source.kind == pgpKeys:
			reason = "gpg did not decrypt"
		case reason == "":
			reason = "not signed in, or refused"
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

func hintsOf(source keySource, of []attempt, allowed KeySources) []string {
	var hints []string
	var usable []attempt
	for _, a := range of {
		switch {
		case a.fault != "":
			hints = append(hints, fmt.Sprintf("the %s key %s is not contacted: %s", source.name, secret.Quote(a.name), a.fault))
		case a.allowed:
			usable = append(usable, a)
		}
	}
	if len(usable) > 0 {
		return append(hints, usableHints(source, names(usable))...)
	}
	if len(hints) > 0 {
		return hints
	}
	switch source.kind {
	case otherKeys:
		return []string{"the file is encrypted for a kind of key that is not supported: encrypt it for one of " + (^KeySources(0)).String() + " too"}
	case vaultKeys:
		return []string{fmt.Sprintf("if you trust %s with your Vault token, allow it: --key-sources %s", names(of), allowed|source.kind)}
	}
	return []string{fmt.Sprintf("allow %s keys: --key-sources %s", source.name, allowed|source.kind)}
}

func usableHints(source keySource, names string) []string {
	switch source.kind {
	case ageKeys:
		return ageHints(names)
	case pgpKeys:
		gpg := "gpg"
		if named := os.Getenv(pgp.SopsGpgExecEnv); named != "" {
			gpg = named
		}
		if _, err := exec.LookPath(gpg); err != nil {
			return []string{fmt.Sprintf("install GnuPG: %s is not found", secret.Quote(gpg))}
		}
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

// ageHints looks at the variables that SOPS reads private keys from.
func ageHints(names string) []string {
	var hints []string
	for _, variable := range []string{age.SopsAgeKeyFileEnv, age.SopsAgeSshPrivateKeyFileEnv} {
		path, set := os.LookupEnv(variable)
		if !set || strings.TrimSpace(path) == "" {
			continue
		}
		if file, err := os.Open(path); err != nil {
			hints = append(hints, fmt.Sprintf("%s names %s, which cannot be opened", variable, secret.Quote(path)))
		} else {
			_ = file.Close() // opened for reading only, nothing to lose
		}
	}
	for _, variable := range []string{
		age.SopsAgeKeyFileEnv, age.SopsAgeSshPrivateKeyFileEnv,
		age.SopsAgeKeyEnv, age.SopsAgeKeyCmdEnv, age.SopsAgeSshPrivateKeyCmdEnv,
	} {
		if text, set := os.LookupEnv(variable); set && strings.TrimSpace(text) == "" {
			hints = append(hints, variable+" is set but empty: give it a value, or unset it")
		}
	}
	return append(hints, "set SOPS_AGE_KEY_FILE to the file with a private key (SOPS_AGE_KEY to the key itself), one of: "+names)
}

// maxNames bounds how many recipients a hint lists.
const maxNames = 5

func names(of []attempt) string {
	var quoted []string
	for i, a := range of {
		if i == maxNames {
			quoted = append(quoted, fmt.Sprintf("%d more", len(of)-maxNames))
			break
		}
		quoted = append(quoted, secret.Quote(a.name))
	}
	return strings.Join(quoted, ", ")
}
