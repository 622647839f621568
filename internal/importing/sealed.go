package importing

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	sopsdotenv "github.com/getsops/sops/v3/stores/dotenv"
	sopsjson "github.com/getsops/sops/v3/stores/json"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret/envfile"
)

// binaryKey is the one key of SOPS's binary form.
const binaryKey = "data"

// sealed is a file that SOPS encrypted: a .env file, a flat JSON or YAML file, or one in
// SOPS's binary form, which is JSON with the whole text under one key.
type sealed struct {
	text   []byte
	format Format
	// problems are those of JSON and YAML, found before SOPS's own code sees it.
	problems *problem.Reporter
	// binary: it is in SOPS's binary form. Known once it is open.
	binary bool
}

// metadataLine is one of those that SOPS adds to a .env file.
var metadataLine = regexp.MustCompile(`(?m)^sops_(mac|lastmodified|version)=`)

// longMetadata is such a line with a name that no file has: SOPS makes nested mappings of
// it.
var longMetadata = regexp.MustCompile(`(?m)^sops_[^=\n]{256}`)

// sealedIn reports whether SOPS encrypted a file.
func sealedIn(format Format, text []byte) (sealed, bool) {
	if format == Dotenv {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		return sealed{text: text, format: format}, metadataLine.Match(text)
	}
	if !bytes.Contains(text, []byte(sopsfile.SopsKey)) {
		return sealed{}, false
	}
	r := &problem.Reporter{}
	file := readYAML(text, r)
	return sealed{text: text, format: format, problems: r}, file != nil && !file.Plain()
}

// open decrypts the file with the keys and checks its MAC. It returns the text that was
// encrypted, and whether all of its values were.
func (s *sealed) open(ctx context.Context, f File, keys *keyring.Keyring) (text []byte, wholly bool, err error) {
	name := f.Name
	if s.problems != nil && s.problems.Failed() {
		return nil, false, unfit(name, s.problems)
	}
	tree, err := s.tree()
	if err != nil {
		return nil, false, damaged(name, "what SOPS added to it is cut or changed")
	}
	if err := s.repeated(f, tree); err != nil {
		return nil, false, err
	}
	text, err = asJSON(tree)
	if err != nil {
		return nil, false, damaged(name, "what SOPS added to it is cut or changed")
	}
	r := &problem.Reporter{File: name}
	file := sopsfile.Read(name, text, ruleOf(tree), r)
	if file == nil || file.Rule == nil || r.Failed() {
		return nil, false, unfit(name, r)
	}
	if err := cmp.Or(s.noTexts(f, tree, file.Rule), inClear(name, file)); err != nil {
		return nil, false, err
	}
	if err := file.Unlock(ctx, keys, r); err != nil {
		return nil, false, err
	}
	if file.DataKey == nil {
		return nil, false, unfit(name, r)
	}
	if file.Decrypt(r); !file.Verified {
		return nil, false, tampered(name, r)
	}
	text, err = s.plain(file)
	return text, whole(file), err
}

// whole reports whether no value of a file stands in clear.
func whole(file *sopsfile.File) bool {
	return !slices.ContainsFunc(file.Doc.Leaves, func(leaf sopsfile.Leaf) bool { return !leaf.Encrypted && leaf.Node.Value != "" })
}

// tree reads the file with SOPS's own code.
func (s sealed) tree() (tree sops.Tree, err error) {
	err = crash.Library(func() (err error) {
		if longMetadata.Match(s.text) {
			return errors.New("a name is too long")
		}
		switch s.format {
		case Dotenv:
			tree, err = sopsdotenv.NewStore(&config.DotenvStoreConfig{}).LoadEncryptedFile(s.text)
		case YAML:
			tree, err = sopsyaml.NewStore(&config.YAMLStoreConfig{}).LoadEncryptedFile(s.text)
		default:
			tree, err = sopsjson.NewStore(&config.JSONStoreConfig{}).LoadEncryptedFile(s.text)
		}
		if err == nil && len(tree.Branches) != 1 {
			err = errors.New("not one document")
		}
		return err
	})
	return tree, err
}

// asJSON is the file in the form that package sopsfile reads, so that all its checks
// hold here too. Comments are no part of it: no MAC covers them.
func asJSON(tree sops.Tree) (text []byte, err error) {
	var values sops.TreeBranch
	for _, item := range tree.Branches[0] {
		if _, comment := item.Key.(sops.Comment); !comment {
			values = append(values, item)
		}
	}
	tree.Branches = sops.TreeBranches{values}
	err = crash.Library(func() (err error) {
		text, err = sopsjson.NewStore(&config.JSONStoreConfig{}).EmitEncryptedFile(tree)
		return err
	})
	return text, err
}

// ruleOf says which of the names SOPS encrypts, by any rule that it knows. An empty value
// is never encrypted.
func ruleOf(tree sops.Tree) sopsfile.RuleFor {
	return func(meta sops.Metadata, at problem.Place, r *problem.Reporter) *sopsfile.Rule {
		encrypts, ok := encryption(meta)
		if !ok {
			r.Fail(at, "sops-rule", "decrypt it, and import the decrypted file", "the rule by which it was encrypted is not supported")
			return nil
		}
		rule := &sopsfile.Rule{Regex: regexp.MustCompile("^$"), Known: map[string]bool{}}
		for _, item := range tree.Branches[0] {
			if name, is := item.Key.(string); is {
				rule.Known[name] = item.Value != "" && encrypts(name)
			}
		}
		return rule
	}
}

// encryption is the rule of a file for names.
func encryption(meta sops.Metadata) (encrypts func(string) bool, ok bool) {
	suffix := func(suffix string, encrypted bool) func(string) bool {
		return func(name string) bool { return strings.HasSuffix(name, suffix) == encrypted }
	}
	match := func(text string, encrypted bool) (func(string) bool, bool) {
		if len(text) > sopsfile.MaxRegex {
			return nil, false
		}
		regex, err := regexp.Compile(text)
		if err != nil {
			return nil, false
		}
		return func(name string) bool { return regex.MatchString(name) == encrypted }, true
	}
	switch {
	case meta.EncryptedCommentRegex != "" || meta.UnencryptedCommentRegex != "":
		return nil, false
	case meta.EncryptedRegex != "":
		return match(meta.EncryptedRegex, true)
	case meta.UnencryptedRegex != "":
		return match(meta.UnencryptedRegex, false)
	case meta.EncryptedSuffix != "":
		return suffix(meta.EncryptedSuffix, true), true
	case meta.UnencryptedSuffix != "":
		return suffix(meta.UnencryptedSuffix, false), true
	}
	return func(string) bool { return true }, true
}

// repeated is the error of names that come twice, as they may in a .env file. Which of
// them counts would be for its readers to say; here one value would stand for both.
func (s sealed) repeated(f File, tree sops.Tree) error {
	seen := map[string]bool{}
	for _, item := range tree.Branches[0] {
		name, named := item.Key.(string)
		if named && seen[name] {
			return hint.New(fmt.Errorf("read %s: %s: it is there twice, and the file is encrypted", words.Quote(f.Name), words.Quote(name)),
				"nothing was written; remove one of them: "+s.sops(f, "edit"))
		}
		seen[name] = named
	}
	return nil
}

// inClear is the error of a value that is not encrypted where it should be.
func inClear(name string, file *sopsfile.File) error {
	for _, leaf := range file.Doc.Leaves {
		if leaf.Encrypted && !sopsfile.LooksEncrypted(leaf.Node.Value) {
			return hint.New(fmt.Errorf("read %s: %s: its value is not encrypted, and the file is", words.Quote(name), words.Quote(leaf.At.Name)),
				"nothing was written; whoever added it can encrypt it with sops; if nobody did, restore the file from git")
		}
	}
	return nil
}

// plain is the text that SOPS encrypted, with the lines of a .env file where they are
// in the encrypted one.
func (s *sealed) plain(file *sopsfile.File) ([]byte, error) {
	values := map[string]string{}
	for _, leaf := range file.Doc.Leaves {
		values[leaf.At.Name] = leaf.Node.Value
		if value, opened := file.Values[leaf.Node]; opened {
			values[leaf.At.Name] = value.Reveal()
		}
	}
	if whole, is := values[binaryKey]; is && len(values) == 1 && envfile.LooksJSON(s.text) {
		s.binary = true
		return []byte(whole), nil
	}
	if s.format != Dotenv {
		return json.Marshal(values)
	}
	var out bytes.Buffer
	for line := range strings.Lines(string(s.text)) {
		line = strings.TrimSuffix(line, "\n")
		if name, _, assigned := strings.Cut(line, "="); assigned && line[0] != '#' {
			if value, is := values[name]; is {
				out.WriteString(name + "=" + strings.ReplaceAll(value, "\n", `\n`))
			}
		}
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// twice is the error of a file whose text is another one that SOPS encrypted.
func (f File) twice() error {
	return hint.New(fmt.Errorf("read %s: SOPS encrypted it twice", words.Quote(f.Name)),
		"nothing was written; undo one of them, and import again: sops decrypt --input-type binary --output-type binary --in-place "+f.argument())
}

func damaged(name, what string) error {
	return hint.New(fmt.Errorf("read %s: SOPS encrypted it, and %s", words.Quote(name), what),
		"nothing was written; restore the file from git, or encrypt it again")
}

// unfit says the first thing that is wrong with what SOPS added.
func unfit(name string, r *problem.Reporter) error {
	if len(r.Problems) == 0 {
		return damaged(name, "it cannot be read")
	}
	return damaged(name, r.Problems[0].Message)
}

func tampered(name string, r *problem.Reporter) error {
	what := "it was changed since: its checksum (MAC) is wrong"
	if len(r.Problems) > 0 && r.Problems[0].Code == "value-tampered" {
		what = "a value does not decrypt: it was changed, or moved from another name"
	}
	return hint.New(fmt.Errorf("read %s: SOPS encrypted it, and %s", words.Quote(name), what),
		"nothing was written; do not trust the file: restore it from git")
}
