package main

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

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

func initCommand() command {
	return command{
		name:    "init",
		summary: "begin a manifest",
		about: "Writes a manifest with comments and a fingerprint key that is encrypted at once, and beside it what is missing of:\n" +
			".sops.yaml, which says who can decrypt; lines of .gitignore that keep values in clear and private keys out of git;\n" +
			"the schema by which editors check the manifest. Nothing that is there is overwritten.\n" +
			"Where a .sops.yaml is found as SOPS finds it, its rule for the manifest decides who can decrypt. Otherwise the\n" +
			"recipients of --age can, or without --age a new key pair, whose private key goes to where SOPS looks for it.",
		examples: []string{
			"cella init --project storefront",
			"cella init --project storefront --age age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f initFlags
			flags.StringVar(&f.project, "project", "", "the project's `NAME`: lower-case words joined by hyphens")
			flags.StringSliceVar(&f.age, "age", nil, "a public `KEY` (age1…, or ssh-…) of somebody who can decrypt; may be given several times")
			flags.StringVarP(&f.file, "file", "f", problem.UsualFile, "the manifest `FILE`")
			flags.StringVar(&f.keySources, "key-sources", sopsfile.DefaultKeySources().String(), keySourcesUsage)
			return func(ctx context.Context, std streams, args []string) error {
				if len(args) == 1 && f.project == "" && schema.CheckProject(args[0]) == nil {
					return hint.New(fmt.Errorf("unexpected argument %s", words.Quote(args[0])), "did you mean --project "+args[0]+"?")
				}
				if err := noArguments(args); err != nil {
					return err
				}
				ctx, stop := interruptible(ctx)
				defer stop()
				return runInit(ctx, std, &f)
			}
		},
	}
}

type initFlags struct {
	project, file, keySources string
	age                       []string
}

func runInit(ctx context.Context, std streams, flags *initFlags) error {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return err
	}
	if err := flags.check(); err != nil {
		return err
	}
	start := &start{project: flags.project, file: flags.file, folder: filepath.Dir(flags.file), keyring: keys, now: time.Now()}
	if err := start.judge(flags.age); err != nil {
		return err
	}
	if err := start.create(ctx); err != nil {
		return err
	}
	if err := start.open(ctx); err != nil {
		return err
	}
	start.report(ctx, std.out)
	return nil
}

// check refuses flags that cannot be meant.
func (f *initFlags) check() error {
	if f.project == "" {
		return hint.New(errors.New("nothing says what the project is called"),
			"name it, as in: cella init --project storefront")
	}
	if err := schema.CheckProject(f.project); err != nil {
		return hint.New(err, schema.ProjectRemedy())
	}
	unfit := func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	switch ext := filepath.Ext(f.file); {
	case strings.ContainsFunc(f.file, unfit):
		return hint.New(fmt.Errorf("--file %s has unprintable characters", words.Quote(f.file)), "choose another name")
	case ext != ".yaml" && ext != ".yml":
		return hint.New(fmt.Errorf("--file %s does not end in .yaml", words.Quote(f.file)), "SOPS tells by the ending what a file holds: write "+words.Quote(f.file+".yaml"))
	}
	return nil
}

// start is one project's first step.
type start struct {
	project, file, folder string
	keyring               *sopsfile.Keyring
	now                   time.Time

	creation *sopsfile.Creation
	config   string                // the .sops.yaml to write, or empty
	keys     *sopsfile.AgeKeyStore // where a new private key goes, or nil
	keyFile  string

	wrote []string           // in order, for the report
	noKey *sopsfile.KeyError // why the manifest cannot be decrypted here
}

// judge looks at all that is there before anything is written.
func (s *start) judge(age []string) error {
	switch _, err := os.Lstat(s.file); {
	case err == nil:
		return hint.New(fmt.Errorf("there is a manifest %s already, and it stays as it is", words.Quote(s.file)),
			"take over what is live with `cella import`, or name another file with --file",
			"`cella fingerprint-key rotate` changes its fingerprint key")
	case !errors.Is(err, fs.ErrNotExist):
		return files.ReadError(s.file, err)
	}
	if info, err := os.Stat(s.folder); err != nil || !info.IsDir() {
		return hint.New(fmt.Errorf("there is no folder %s", words.Quote(s.folder)), "make it first: mkdir -p "+words.Argument(s.folder))
	}
	if _, _, _, err := missingIgnores(filepath.Join(s.folder, gitIgnore)); err != nil {
		return err
	}
	creation, err := sopsfile.FindCreation(s.file, schema.EncryptionRules, s.keyring)
	if err != nil {
		return s.badConfig(err)
	}
	switch {
	case creation != nil && len(age) > 0:
		return hint.New(fmt.Errorf("%s says already who can decrypt", words.Quote(creation.Config)),
			"leave --age away, and add the public key there")
	case creation != nil:
		s.creation = creation
		return nil
	}
	s.config = filepath.Join(s.folder, sopsConfig)
	if len(age) > 0 {
		s.creation, err = sopsfile.CreateForAge(age, schema.EncryptionRules)
		if err != nil {
			return hint.New(err, "a public key begins with age1 (`age-keygen -y FILE` prints it) or with ssh-")
		}
		return nil
	}
	if s.keyFile, err = sopsfile.AgeKeyFile(); err != nil {
		return hint.New(err, "give a public key with --age, or set SOPS_AGE_KEY_FILE")
	}
	s.keys, err = sopsfile.OpenAgeKeyStore(s.keyFile, s.folder)
	return err
}

// badConfig adds the rule that a .sops.yaml lacks.
func (s *start) badConfig(err error) error {
	var wrong *sopsfile.ConfigError
	if !errors.As(err, &wrong) {
		return err
	}
	return hint.New(err, wrong.Remedy,
		fmt.Sprintf("a rule that fits: {path_regex: %s, encrypted_regex: %s, mac_only_encrypted: true, age: age1…}",
			yamlText(pathRegex(s.file)), yamlText(schema.EncryptionRules.Standard)))
}

// create writes the private key before all that is encrypted for it, and the
// manifest before what only helps.
func (s *start) create(ctx context.Context) error {
	if s.keys != nil {
		public, err := s.keys.Add("for the cella project "+s.project, s.now)
		if err != nil {
			return hint.New(err, "set SOPS_AGE_KEY_FILE to a file that can be written, or give a public key with --age")
		}
		if s.creation, err = sopsfile.CreateForAge([]string{public}, schema.EncryptionRules); err != nil {
			return err
		}
	}
	manifest, err := edit.Create(ctx, s.creation, []byte(newManifest(s.project)), edit.CreateOptions{File: s.file, Keys: s.keyring, Now: s.now})
	if err != nil {
		return err
	}
	if s.config != "" {
		if err := s.write(s.config, []byte(newSopsConfig(s.file, s.creation.Recipients()))); err != nil {
			return err
		}
	}
	if err := s.write(s.file, manifest); err != nil {
		return err
	}
	if err := s.ignore(); err != nil {
		return err
	}
	err = s.write(filepath.Join(s.folder, filepath.FromSlash(schema.EditorFile)), []byte(schema.JSONSchema()))
	if errors.Is(err, fs.ErrExist) {
		return nil // another manifest's, or one brought up to date by hand
	}
	return err
}

// open tries the manifest out: one may be made for others only.
func (s *start) open(ctx context.Context) error {
	manifest, problems, err := schema.Load(ctx, s.file, schema.Options{Decryption: schema.DecryptIfPossible, Keys: s.keyring})
	switch {
	case err != nil:
		return err
	case manifest == nil:
		return fmt.Errorf("read the new manifest: %w", problems.Errors(false)[0])
	}
	s.noKey = manifest.NoKey
	return nil
}

// write writes a file that must not be there.
func (s *start) write(name string, text []byte) error {
	if err := files.Create(name, text); err != nil {
		return err
	}
	s.wrote = append(s.wrote, name)
	return nil
}
