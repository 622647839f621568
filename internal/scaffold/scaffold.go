// Package scaffold writes what a project begins with: a manifest, who can decrypt it,
// what git must not take, and the schema for editors.
//
//  1. What is there stays as it is: nothing is overwritten, and lines are only added
//     to a .gitignore and a .gitattributes. git's settings are changed where that was
//     asked for, and those of the repository alone.
//  2. Nothing is written where something stands in the way.
//  3. Of a new key pair only the public key is told, and the private one goes where
//     SOPS looks for it, nowhere else.
package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Options say what to begin.
type Options struct {
	Project string
	File    string // the manifest
	// Age are public keys of those who can decrypt. Without any, and without a
	// .sops.yaml that says so, a new key pair is made.
	Age []string
	// AddRule says that the manifest gets a rule in a .sops.yaml that has none which
	// fits it; else Approve is asked, where it is there. Its error is Begin's.
	AddRule bool
	Approve func(ctx context.Context, config string, rule []string) error

	Keys *keyring.Keyring
	Git  git.Git
	// GitConfig sets git up in the repository's configuration: see SetUpGit.
	GitConfig bool
	Now       time.Time
}

// Begun is a project's first step.
type Begun struct {
	opts   Options
	folder string

	creation *sopsfile.Creation
	config   string               // the .sops.yaml to write, or empty
	rule     *sopsconfig.Edited   // a .sops.yaml that gets a rule, or nil
	keys     *keyring.AgeKeyStore // where a new private key goes, or nil
	keyFile  string

	wrote []string       // in order, for the report
	noKey *keyring.Error // why the manifest cannot be decrypted here

	configured, kept []string // settings of the repository, for the report
}

// Begin writes what a project begins with. All that is there is looked at before
// anything is written; a private key is written before what is encrypted for it, and
// the manifest before what only helps.
func Begin(ctx context.Context, opts Options) (*Begun, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	b := &Begun{opts: opts, folder: filepath.Dir(opts.File)}
	if err := errors.Join(b.judge(ctx), b.judgeGit(ctx)); err != nil {
		return nil, err
	}
	if err := b.create(ctx); err != nil {
		return nil, err
	}
	return b, b.open(ctx)
}

// check refuses what cannot be meant.
func (o Options) check() error {
	if o.Project == "" {
		return hint.New(errors.New("--project is missing"),
			"name the project, as in: cella init --project storefront")
	}
	if err := schema.CheckProject(o.Project); err != nil {
		return hint.New(err, schema.ProjectRemedy())
	}
	unfit := func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	switch ext := filepath.Ext(o.File); {
	case strings.ContainsFunc(o.File, unfit):
		return hint.New(fmt.Errorf("--file %s has unprintable characters", words.Quote(o.File)), "choose another name")
	case ext != ".yaml" && ext != ".yml":
		return hint.New(fmt.Errorf("--file %s does not end in .yaml", words.Quote(o.File)),
			"SOPS goes by the ending of the name: write "+words.Quote(o.File+".yaml"))
	}
	return nil
}

// judge looks at all that is there before anything is written.
func (b *Begun) judge(ctx context.Context) error {
	switch _, err := os.Lstat(b.opts.File); {
	case err == nil && isAnother(b.opts.File):
		name, other := words.Argument(b.opts.File), words.Argument(filepath.Join(b.folder, "team.yaml"))
		return hint.New(fmt.Errorf("there is a file %s already, which is no manifest of cella, and it stays as it is", words.Quote(b.opts.File)),
			"name another one with --file; or give that one another name first: git mv "+name+" "+other,
			"then bring in what it holds with cella import file: docs/adopt.md shows how")
	case err == nil:
		return hint.New(fmt.Errorf("there is a manifest %s already, and it stays as it is", words.Quote(b.opts.File)),
			"add what a site has on Pantheon with `cella import site NAME`, or name another file with --file",
			"`cella fingerprint-key rotate` changes its fingerprint key")
	case !errors.Is(err, fs.ErrNotExist):
		return files.ReadError(b.opts.File, err)
	}
	if info, err := os.Stat(b.folder); err != nil || !info.IsDir() {
		return hint.New(fmt.Errorf("there is no folder %s", words.Quote(b.folder)), "make it first: "+files.Mkdir(b.folder))
	}
	if _, _, _, err := missingLines(filepath.Join(b.folder, gitIgnore), ignored); err != nil {
		return err
	}
	creation, err := sopsconfig.Find(b.opts.File, schema.EncryptionRules, b.opts.Keys)
	var lacks *sopsconfig.RuleError
	if errors.As(err, &lacks) {
		return b.giveRule(ctx, lacks)
	}
	if err != nil {
		return b.badConfig(err)
	}
	switch {
	case creation != nil && creation.Config != "" && len(b.opts.Age) > 0:
		return hint.New(fmt.Errorf("%s says already who can decrypt", words.Quote(creation.Config)),
			"omit --age, and add the public key there")
	case creation != nil && creation.Config != "":
		b.creation = creation
		return nil
	}
	b.config = filepath.Join(b.folder, sopsConfig)
	if len(b.opts.Age) == 0 && creation != nil {
		b.creation = creation // as variables say
		return nil
	}
	if len(b.opts.Age) > 0 {
		b.creation, err = sopsfile.CreateForAge(b.opts.Age, schema.EncryptionRules)
		if err != nil {
			return hint.New(err, ageHint)
		}
		return nil
	}
	if b.keyFile, err = keyring.AgeKeyFile(); err != nil {
		return hint.New(err, "give a public key with --age, or set SOPS_AGE_KEY_FILE")
	}
	b.keys, err = keyring.OpenAgeKeyStore(b.keyFile, b.folder)
	return err
}

// isAnother reports whether a file is YAML, and surely no manifest.
func isAnother(name string) bool {
	text, err := files.Read(name, sopsfile.MaxFileBytes)
	if err != nil {
		return false
	}
	file := sopsfile.Read(name, text, func(sops.Metadata, problem.Place, *problem.Reporter) *sopsfile.Rule { return nil }, &problem.Reporter{})
	if file == nil {
		return false
	}
	for key := range file.Doc.Pairs(file.Doc.Root) {
		if key.Value == "version" || key.Value == "project" {
			return false
		}
	}
	return true
}

// badConfig adds the rule that a .sops.yaml lacks.
func (b *Begun) badConfig(err error) error {
	var wrong *sopsconfig.Error
	if !errors.As(err, &wrong) {
		return err
	}
	return hint.New(err, wrong.Remedy,
		fmt.Sprintf("a rule that fits: {path_regex: %s, encrypted_regex: %s, mac_only_encrypted: true, age: age1…}",
			sopsconfig.Quoted(sopsconfig.PathRegex(b.opts.File)), sopsconfig.Quoted(schema.EncryptionRules.Standard)))
}

// giveRule lets the manifest have a rule of its own, where somebody says so.
func (b *Begun) giveRule(ctx context.Context, lacks *sopsconfig.RuleError) error {
	switch {
	case len(b.opts.Age) > 0 && lacks.Keyed():
		return hint.New(fmt.Errorf("%s says already who can decrypt", words.Quote(lacks.Config())),
			"omit --age, and add the public key with cella keys add once the manifest is there")
	case len(b.opts.Age) > 0:
		given, err := sopsfile.CreateForAge(b.opts.Age, schema.EncryptionRules)
		if err != nil {
			return hint.New(err, ageHint)
		}
		lacks.For(given.Meta.KeyGroups[0])
	case !lacks.Keyed():
		return hint.With(lacks, "or name who can decrypt, and let cella write the rule: cella init --add-rule --age age1…, with the other flags")
	}
	edited, err := lacks.AddRule()
	if errors.Is(err, sopsconfig.ErrByHand) {
		return hint.New(err, lacks.Hint().Next...)
	} else if err != nil {
		return err
	}
	switch {
	case b.opts.AddRule:
	case b.opts.Approve == nil:
		return hint.With(lacks, "or let cella write it, and nothing else there: cella init --add-rule, with the other flags")
	default:
		if err := b.opts.Approve(ctx, lacks.Config(), lacks.Rule().Lines()); err != nil {
			return hint.With(err, lacks.Hint().Next...)
		}
	}
	b.rule, b.creation = edited, lacks.Creation()
	return nil
}

const ageHint = "a public key begins with age1 (`age-keygen -y FILE` prints it) or with ssh-"

// create writes the private key before all that is encrypted for it, and the
// manifest before what only helps.
func (b *Begun) create(ctx context.Context) error {
	if b.keys != nil {
		public, err := b.keys.Add("for the cella project "+b.opts.Project, b.opts.Now)
		if err != nil {
			return hint.New(err, "set SOPS_AGE_KEY_FILE to a file that can be written, or give a public key with --age")
		}
		if b.creation, err = sopsfile.CreateForAge([]string{public}, schema.EncryptionRules); err != nil {
			return err
		}
	}
	manifest, err := edit.Create(ctx, b.creation, []byte(newManifest(b.opts.Project)), edit.CreateOptions{File: b.opts.File, Keys: b.opts.Keys, Now: b.opts.Now})
	if err != nil {
		return err
	}
	if err := b.writeConfig(ctx); err != nil {
		return err
	}
	if err := b.write(b.opts.File, manifest); err != nil {
		return err
	}
	if err := b.addLines(gitIgnore, ignored); err != nil {
		return err
	}
	if err := b.setUpGit(ctx); err != nil {
		return err
	}
	err = b.write(filepath.Join(b.folder, filepath.FromSlash(schema.EditorFile)), []byte(schema.JSONSchema()))
	if errors.Is(err, fs.ErrExist) {
		return nil // another manifest's, or one brought up to date by hand
	}
	return err
}

// writeConfig writes a .sops.yaml, or a rule of one.
func (b *Begun) writeConfig(ctx context.Context) error {
	switch {
	case b.config != "":
		return b.write(b.config, []byte(newSopsConfig(b.opts.File, b.creation.Meta.KeyGroups)))
	case b.rule != nil:
		return files.Replace(ctx, b.rule.Path, b.rule.Before, b.rule.After)
	}
	return nil
}

// open tries the manifest out: one may be made for others only.
func (b *Begun) open(ctx context.Context) error {
	manifest, problems, err := schema.Load(ctx, b.opts.File, schema.Options{Decryption: schema.DecryptIfPossible, Keys: b.opts.Keys})
	switch {
	case err != nil:
		return err
	case manifest == nil:
		return fmt.Errorf("read the new manifest: %w", problems.Errors(false)[0])
	}
	b.noKey = manifest.NoKey
	return nil
}

// write writes a file that must not be there.
func (b *Begun) write(name string, text []byte) error {
	if err := files.Create(name, text); err != nil {
		return err
	}
	b.wrote = append(b.wrote, name)
	return nil
}
