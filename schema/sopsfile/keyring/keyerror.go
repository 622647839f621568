package keyring

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/files"
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

func newKeyError(file string, meta sops.Metadata, allowed Sources, failed []attempt) *Error {
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
			hints = append(hints, fmt.Sprintf("the %s key %s is not contacted: %s", source.name, words.Quote(a.name), a.fault))
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
		return []string{"the file is encrypted for a kind of key that is not supported: encrypt it for one of " + (^Sources(0)).String() + " too"}
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
			return []string{fmt.Sprintf("install GnuPG: %s is not found", words.Quote(gpg))}
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

const (
	// maxKeyFile bounds what is read of a file to see whether it holds keys.
	maxKeyFile = 1 << 20
	ageKeyForm = "one begins with AGE-SECRET-KEY-, and a public key (age1) does not decrypt"
)

// noKeyFile reports whether a file is none of age keys. Pipes are not judged: who
// reads one takes it from SOPS.
func noKeyFile(file *os.File) bool {
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return false
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile))
	return err == nil && noAgeKeys(strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"))
}

// noAgeKeys reports whether one of the lines is none of a file of age keys, so
// that SOPS uses none of them. Files that are encrypted themselves are not
// judged.
func noAgeKeys(lines []string) bool {
	if strings.HasPrefix(lines[0], "-----BEGIN AGE") || strings.HasPrefix(lines[0], "age-encryption") {
		return false
	}
	var keys age.ParsedIdentities
	return keys.Import(lines...) != nil // the error may quote the key
}

// ageKeyWords are the keys in a variable, where words are and lines of comments.
func ageKeyWords(text string) []string {
	if strings.HasPrefix(text, "-----BEGIN AGE") {
		return []string{text}
	}
	texts := []string{""}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			texts = append(texts, strings.Fields(line)...)
		}
	}
	return texts
}

// ageHints looks at the variables that SOPS reads private keys from.
func ageHints(names string) []string {
	var hints []string
	for _, variable := range []string{age.SopsAgeKeyFileEnv, age.SopsAgeSshPrivateKeyFileEnv} {
		path, set := os.LookupEnv(variable)
		if !set || strings.TrimSpace(path) == "" {
			continue
		}
		file, err := files.OpenPiped(path)
		if err != nil {
			hints = append(hints, fmt.Sprintf("%s names %s, which cannot be opened", variable, words.Quote(path)))
			continue
		}
		if variable == age.SopsAgeKeyFileEnv && noKeyFile(file) {
			hints = append(hints, fmt.Sprintf("%s names %s, where a line is not an age private key: %s", variable, words.Quote(path), ageKeyForm))
		}
		_ = file.Close() // opened for reading only, nothing to lose
	}
	if noAgeKeys(ageKeyWords(os.Getenv(age.SopsAgeKeyEnv))) {
		hints = append(hints, fmt.Sprintf("%s holds something other than an age private key, or one that is cut: %s", age.SopsAgeKeyEnv, ageKeyForm))
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

// maxReasons bounds how many different reasons, or hints, one kind of key gets.
const maxReasons = 5

func names(of []attempt) string {
	quoted := make([]string, len(of))
	for i, a := range of {
		quoted[i] = words.Quote(a.name)
	}
	return words.First(quoted)
}
