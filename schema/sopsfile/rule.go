package sopsfile

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/schema/problem"
)

// Rules are what a kind of file needs of its encrypted_regex.
type Rules struct {
	// Standard is the one to recommend.
	Standard string
	// Encrypted are the keys whose content must be encrypted, Clear those that must
	// stay readable.
	Encrypted, Clear []string
}

// MaxRegex is the longest encrypted_regex taken, in bytes. It is matched with
// every key of the file.
const MaxRegex = 1024

// MaxRegexSteps bounds what a match costs; see RegexSteps.
const MaxRegexSteps = 1000

// Rule says which keys of the file SOPS encrypts. The nil rule encrypts
// nothing.
type Rule struct {
	Regex *regexp.Regexp
	Known map[string]bool
}

// Matches reports whether what stands under key is encrypted. SOPS matches
// the expression with every key of a path, and so every key is asked once.
func (r *Rule) Matches(key string) bool {
	if r == nil {
		return false
	}
	matched, asked := r.Known[key]
	if !asked {
		matched = r.Regex.MatchString(key)
		r.Known[key] = matched
	}
	return matched
}

// Rule is a RuleFor: it reports and returns nil where the file was encrypted by anything
// but an encrypted_regex that leaves the keys of the manifest readable.
func (u Rules) Rule(meta sops.Metadata, at problem.Place, r *problem.Reporter) *Rule {
	refuse := func(format string, args ...any) *Rule {
		r.Fail(at, "sops-rule", u.Remedy(), format, args...)
		return nil
	}
	if meta.EncryptedRegex == "" {
		return refuse("the file is encrypted by %s; only encrypted_regex is supported, because names, types and scopes must stay readable", ruleName(meta))
	}
	if len(meta.EncryptedRegex) > MaxRegex {
		return refuse("encrypted_regex has %d bytes; at most %d are allowed", len(meta.EncryptedRegex), MaxRegex)
	}
	if RegexSteps(meta.EncryptedRegex) > MaxRegexSteps {
		return refuse("encrypted_regex has more than %d steps", MaxRegexSteps)
	}
	regex, err := regexp.Compile(meta.EncryptedRegex)
	if err != nil {
		return refuse("encrypted_regex is not a regular expression")
	}
	found := &Rule{Regex: regex, Known: map[string]bool{}}
	var covered []string
	for _, key := range u.Clear {
		if found.Matches(key) {
			covered = append(covered, key)
		}
	}
	if len(covered) > 0 {
		return refuse("encrypted_regex also encrypts %s, which must stay readable", strings.Join(covered, ", "))
	}
	return found
}

// Remedy is for a file that was encrypted by another rule. A rule that is there may be
// for other files too, whose values an encrypted_regex would leave in clear.
func (u Rules) Remedy() string {
	return "give the file a rule of its own in .sops.yaml, above those for other files, with encrypted_regex: " + u.Standard +
		"; then run sops decrypt --in-place and sops encrypt --in-place on the file"
}

func ruleName(meta sops.Metadata) string {
	switch {
	case meta.EncryptedSuffix != "":
		return "encrypted_suffix"
	case meta.UnencryptedRegex != "":
		return "unencrypted_regex"
	case meta.EncryptedCommentRegex != "":
		return "encrypted_comment_regex"
	case meta.UnencryptedCommentRegex != "":
		return "unencrypted_comment_regex"
	case meta.UnencryptedSuffix == sops.DefaultUnencryptedSuffix:
		return "no rule at all, so as a whole"
	}
	return "unencrypted_suffix"
}

// RegexSteps is about how many instructions a regular expression has once its
// repetitions are written out: x{1000} has 1,000. That is what it costs to
// compile, and to match it with one character. One that is none has none.
func RegexSteps(expression string) int {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0
	}
	return stepsOf(parsed)
}

func stepsOf(parsed *syntax.Regexp) int {
	steps := 1 + len(parsed.Rune)
	for _, part := range parsed.Sub {
		steps += stepsOf(part)
	}
	if parsed.Op == syntax.OpRepeat {
		steps *= max(parsed.Min, parsed.Max, 1)
	}
	return min(steps, 1<<30)
}
