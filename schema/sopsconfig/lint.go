package sopsconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
)

// The lints of who can decrypt, and of what is encrypted.
const (
	LintRecipientsDiffer = "recipients-differ"
	LintSettingsDiffer   = "settings-differ"
	LintSopsConfig       = "sops-config"
)

// Configs bounds what one run reads of .sops.yaml files, which SOPS's code reads
// anew for every encrypted file.
type Configs struct {
	spent int64 // bytes
	told  map[string]bool
}

// MaxBytes is some 8,000 files under a .sops.yaml of 4 KiB.
const MaxBytes = 32 << 20

// Lint compares what the sops section of a file says with what the configuration
// for it would make of it: who can decrypt, how many keys that takes, and which
// settings a rule names. It makes no connection. file is the manifest, or a value
// file of it, which SOPS encrypts as a whole whatever a rule says.
func (c *Configs) Lint(file, manifest string, meta sops.Metadata, at problem.Place, r *problem.Reporter) {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return // the working directory is gone: there is nothing to compare with
	}
	f, err := lookUp(absolute)
	if err != nil {
		return
	}
	if f.ignored != "" && c.first(f.ignored) {
		r.Warn(at, LintSopsConfig, f.rename()+", or remove it",
			"SOPS does not read %s, because of its name", words.Quote(f.ignored))
	}
	if f.path == "" {
		return
	}
	if !c.affords(f.path) {
		if c.first(f.path) {
			r.Warn(at, LintSopsConfig, "make "+words.Quote(f.path)+" smaller",
				"the recipients are not compared with the nearest .sops.yaml: it is too large for so many files")
		}
		return
	}
	rule, err := ruleOffline(f.path, absolute)
	if err != nil {
		lintError(r, f.path, at, err)
		return
	}
	if rule == nil {
		return // it has no creation rules
	}
	here, there := recipients.Of(meta), policyOf(rule)
	if file != manifest {
		there.Settings = nil
	}
	lintPolicies(r, manifest, f.path, at, here, there)
}

// policyOf is a rule as what a file would say of itself, where the rule says it.
func policyOf(rule *config.Config) recipients.Policy {
	return recipients.Of(sops.Metadata{
		KeyGroups: rule.KeyGroups, ShamirThreshold: rule.ShamirThreshold,
		UnencryptedSuffix: rule.UnencryptedSuffix, EncryptedSuffix: rule.EncryptedSuffix,
		UnencryptedRegex: rule.UnencryptedRegex, EncryptedRegex: rule.EncryptedRegex,
		UnencryptedCommentRegex: rule.UnencryptedCommentRegex, EncryptedCommentRegex: rule.EncryptedCommentRegex,
		MACOnlyEncrypted: rule.MACOnlyEncrypted,
	})
}

// first reports whether something is to be told for the first time.
func (c *Configs) first(what string) bool {
	if c.told == nil {
		c.told = map[string]bool{}
	}
	told := c.told[what]
	c.told[what] = true
	return !told
}

// affords reports whether a .sops.yaml may be read once more.
func (c *Configs) affords(path string) bool {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		c.spent += info.Size()
	}
	return c.spent <= MaxBytes
}

// ruleOffline is creationRule that reads rules with Azure's keys itself.
func ruleOffline(path, file string) (*config.Config, error) {
	rule, err := creationRule(path, file)
	if !errors.Is(err, errNeedsNetwork) {
		return rule, err
	}
	node, err := read(path)
	if err != nil {
		return nil, err
	}
	rules := rulesOf(node)
	at, err := matching(rules, path, file)
	if err != nil || at < 0 {
		return nil, err
	}
	return offline(path, rules[at])
}

func lintPolicies(r *problem.Reporter, manifest, path string, at problem.Place, here, there recipients.Policy) {
	if parts := recipients.Apart(here, there); len(parts) > 0 {
		r.Warn(at, LintRecipientsDiffer, "run: cella keys sync"+problem.FileFlag(manifest)+"; or, if the file is right, change "+words.Quote(path),
			"the recipients are not those of %s (%s)", words.Quote(path), strings.Join(parts, "; "))
	}
	var parts []string
	for _, change := range recipients.Settings(there, here) {
		// What a rule does not name, it leaves to SOPS, and to who encrypts.
		if change.Old != "" {
			parts = append(parts, fmt.Sprintf("%s is %s here, %s there", change.Field, recipients.OrNone(change.New), change.Old))
		}
	}
	if len(parts) > 0 {
		r.Warn(at, LintSettingsDiffer, "change "+words.Quote(path)+"; or restore the sops section from git, if it was another one before",
			"the settings are not those of %s (%s)", words.Quote(path), strings.Join(parts, "; "))
	}
}

// lintError warns of a .sops.yaml that says nothing that could be compared.
func lintError(r *problem.Reporter, path string, at problem.Place, err error) {
	const what = "the recipients cannot be compared with the nearest .sops.yaml"
	if form := new(Error); errors.As(err, &form) {
		r.Warn(at, LintSopsConfig, form.Remedy, what+", %s: %s", words.Quote(path), form.What)
		return
	}
	r.Warn(at, LintSopsConfig, "check "+words.Quote(path)+": its rules must be readable, and one must be for this file", what)
}
