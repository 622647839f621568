package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
)

const (
	sopsConfig = ".sops.yaml"
	gitIgnore  = ".gitignore"
	attributes = ".gitattributes"
)

// newManifest is the text that a project begins with; the fingerprint key is
// yet to be put in.
func newManifest(project string) string {
	return schema.EditorLine + `
# What ` + project + ` keeps on Pantheon. SOPS encrypts the values; all that a
# reviewer decides about is readable, and may be edited by hand. By the
# fingerprint key cella remembers what it applied, and on the site that record:
# names (cella set and cella import write that line) which sites it has.
version: 1
project: ` + project + `
fingerprint_key: new

# Secrets of an organization reach all its sites; a site's own come before them.
# This is what an entry looks like:
#
# organizations:
#   my-agency: # its machine name
#     secrets:
#       SENDGRID_API_KEY:
#         description: mail for all sites
#         value: ENC[...] # cella set org:my-agency SENDGRID_API_KEY
# sites:
#   my-site:
#     secrets:
#       STRIPE_SECRET_KEY:
#         value: ENC[...] # cella set site:my-site STRIPE_SECRET_KEY
#         overrides:
#           live: ENC[...] # cella set site:my-site.live STRIPE_SECRET_KEY
#       github-oauth.github.com: # the value is: USER TOKEN
#         type: composer
#         scopes: [ic]
#         value: ENC[...]
#       SET_ELSEWHERE:
#         external: true # it has to be there, and is never written

# What a secret has that does not say otherwise. Types: runtime (read by
# PHP), env (environment variables), composer (credentials for Composer).
# Scopes: web (the application), ic (Integrated Composer builds), user (people
# may read the value back).
defaults:
  type: runtime
  scopes: [web]

policy:
  unmanaged: report # what to do about secrets on Pantheon that no manifest has: report, ignore or forbid
  max_delete_percent: 30 # of a site's or organization's secrets that one run may delete
`
}

// newSopsConfig is a .sops.yaml for one manifest.
func newSopsConfig(file string, groups []sops.KeyGroup) string {
	name := filepath.Base(file)
	rule := sopsconfig.Rule{PathRegex: sopsconfig.PathRegex(file), Standard: schema.EncryptionRules.Standard, Groups: groups}
	var lines strings.Builder
	for _, line := range rule.Lines() {
		lines.WriteString("  " + line + "\n")
	}
	return `# Who can decrypt ` + name + `: public keys, one for each person and one for CI.
# cella keys add` + problem.FileFlag(name) + ` KEY adds one here and there, and cella keys remove` + problem.FileFlag(name) + ` takes one out.
creation_rules:
` + lines.String() + `stores:
  yaml:
    indent: 2
`
}

// gitLine is a line of a file that git reads, with what it is for.
type gitLine struct{ line, why string }

// ignored are the lines of .gitignore.
var ignored = []gitLine{
	{".env*", "plaintext values, such as those of cella local"},
	{"/secrets.json", "and those under the name that Pantheon's pages, Lando and DDEV use"},
	{"!.env.example", "names without values, for new people"},
	{"*.agekey", "private keys"},
	{"plan.json", "saved plans hold no values, but belong to one run"},
	{"report.json", "and so do reports"},
}

// maxGitLines bounds what is read of a file that git reads, in bytes.
const maxGitLines = 1 << 20

// missingLines are those that a file lacks.
func missingLines(name string, wanted []gitLine) (lines string, empty, ended bool, err error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return "", false, false, hint.New(fmt.Errorf("%s is no regular file, and git reads no other", words.Quote(name)), "put a file in its place")
	}
	before, err := files.Read(name, maxGitLines)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", false, false, files.ReadError(name, err)
	}
	var have []string
	for line := range strings.Lines(string(before)) {
		have = append(have, strings.TrimSpace(line))
	}
	var missing strings.Builder
	for _, entry := range wanted {
		if !slices.Contains(have, entry.line) {
			fmt.Fprintf(&missing, "# %s\n%s\n", entry.why, entry.line)
		}
	}
	return missing.String(), len(before) == 0, strings.HasSuffix(string(before), "\n"), nil
}

// addLines adds the lines that a file in the folder lacks.
func (b *Begun) addLines(name string, wanted []gitLine) error {
	name = filepath.Join(b.folder, name)
	text, empty, ended, err := missingLines(name, wanted)
	if err != nil || text == "" {
		return err
	}
	switch {
	case empty:
	case ended:
		text = "\n" + text
	default:
		text = "\n\n" + text
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, files.Public)
	if err != nil {
		return fmt.Errorf("write %s: %w", words.Quote(name), err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", words.Quote(name), err)
	}
	b.wrote = append(b.wrote, name)
	return nil
}

// Report says what was written and what to type next.
func (b *Begun) Report(ctx context.Context, out io.Writer) {
	for _, name := range b.wrote {
		fmt.Fprintf(out, "wrote %s\n", words.Quote(name))
	}
	recipients := b.creation.Recipients()
	config := words.Quote(filepath.Join(b.folder, sopsConfig))
	if b.config == "" {
		config = words.Quote(b.creation.Config)
		if b.rule != nil {
			fmt.Fprintf(out, "added a rule for it to %s; other files keep theirs\n", config)
		}
		fmt.Fprintf(out, "encrypted as %s says, for %s\n", config, words.Count(len(recipients), "recipient"))
	}
	if variables := sopsconfig.Variables(); len(variables) > 0 && b.keys == nil && len(b.opts.Age) == 0 {
		fmt.Fprintf(out, "who can decrypt is what %s says, as for sops encrypt\n", words.Join(variables, " and "))
	}
	if b.keys != nil {
		mode := ", mode 0600"
		if !files.HaveModes {
			mode = ""
		}
		fmt.Fprintf(out, "added a new private key to %s%s; its public key is %s\n", words.Quote(b.keyFile), mode, recipients[0])
		fmt.Fprintf(out, "  Keep a copy in your password manager: whoever has it can read the values, and nobody can without it.\n")
	}
	name, flag := words.Quote(b.opts.File), problem.FileFlag(b.opts.File)
	if b.noKey != nil {
		fmt.Fprintf(out, "warning: no key here can decrypt it, and plan, apply, import and set need one:\n  %v\n", b.noKey)
		for _, next := range b.noKey.Next {
			fmt.Fprintf(out, "  %s\n", next)
		}
	}
	if b.hidden(ctx) {
		fmt.Fprintf(out, "warning: git ignores %s: remove that line from .gitignore, or it will never be committed\n", name)
	}
	b.reportGit(out)
	steps := []string{
		"terminus auth:login    signs in, and cella uses its token; or set PANTHEON_MACHINE_TOKEN",
		fmt.Sprintf("cella import site NAME%s    adds what a site has now (cella import org NAME --all-sites: an organization with its sites)", flag),
		fmt.Sprintf("cella set%s site:SITE NAME    sets a value that Pantheon hides, or a new one", flag),
		fmt.Sprintf("cella plan%s    shows what differs, and cella apply carries it out", flag),
		b.commit(ctx),
	}
	if len(b.configured) == 0 {
		steps = append(steps, "cella init --git-config"+flag+"    once in each clone: `git diff` then tells changes by name, and git merges the manifest")
	}
	if len(recipients) == 1 {
		steps = append(steps, fmt.Sprintf("so that nothing is lost with one key, let a second one decrypt, of another person or of CI:\n"+
			"     `age-keygen -o FILE` there makes one; then run: cella keys add%s PUBLIC_KEY", flag))
	}
	fmt.Fprintf(out, "\nNext:\n")
	for i, step := range steps {
		fmt.Fprintf(out, "  %d. %s\n", i+1, step)
	}
}

// commit is the command that commits what was written.
func (b *Begun) commit(ctx context.Context) string {
	command := "git add " + b.tracked(ctx) + " && git commit"
	if b.top(ctx, b.folder) == "" {
		return "git init && " + command
	}
	return command
}

// top is that of the repository that a folder is in; empty where it is in none.
func (b *Begun) top(ctx context.Context, folder string) string {
	printed, code, err := b.opts.Git.In(ctx, folder, "rev-parse", "--show-toplevel")
	if err != nil || code != 0 {
		return ""
	}
	return printed
}

// tracked are the files to commit. The .sops.yaml that was found may be of
// another repository.
func (b *Begun) tracked(ctx context.Context) string {
	names := []string{words.Argument(b.opts.File)}
	for _, name := range b.wrote {
		if name != b.opts.File {
			names = append(names, words.Argument(name))
		}
	}
	if b.rule != nil && b.top(ctx, filepath.Dir(b.rule.Path)) == b.top(ctx, b.folder) {
		names = append(names, words.Argument(b.rule.Path))
	}
	return strings.Join(names, " ")
}

// hidden reports whether git would not add the manifest. Without git, or
// outside of a work tree, nothing hides it.
func (b *Begun) hidden(ctx context.Context) bool {
	_, code, err := b.opts.Git.In(ctx, b.folder, "check-ignore", "--quiet", "--", filepath.Base(b.opts.File))
	return err == nil && code == 0
}
