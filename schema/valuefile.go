package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

// binaryKey is the one key of SOPS's binary form beside sops.
const binaryKey = "data"

// encryptFile is what encrypts a file as a whole, editFile what opens it. SOPS
// takes some files for structured ones by their names.
func encryptFile(name string) string {
	return "sops encrypt " + wholly(name) + "--in-place " + words.Argument(name)
}

// decryptFile undoes one encryption of a file as a whole.
func decryptFile(name string) string {
	return "sops decrypt " + wholly(name) + "--in-place " + words.Argument(name)
}

func editFile(name string) string { return "sops edit " + wholly(name) + words.Argument(name) }

func wholly(name string) string {
	if slices.Contains([]string{".yaml", ".yml", ".json", ".env", ".ini"}, path.Ext(name)) {
		return "--input-type binary --output-type binary "
	}
	return ""
}

// binaryFile is a file in SOPS's binary form: a JSON object that holds the
// whole content as one encrypted text.
type binaryFile struct {
	*sopsfile.File
	sum  string // hex SHA-256 of the file
	data sopsfile.Leaf
}

// binaryRule is that of SOPS's binary form.
func binaryRule(sops.Metadata, problem.Place, *problem.Reporter) *sopsfile.Rule {
	return &sopsfile.Rule{Regex: regexp.MustCompile("^" + binaryKey + "$"), Known: map[string]bool{}}
}

// parseValueFile reads the form of a value file. name is for messages.
func parseValueFile(name string, data []byte) (*binaryFile, *fault) {
	if !json.Valid(data) {
		switch sealed := bytes.Contains(data, []byte(sopsfile.EnvelopeHead)); {
		case sealed && sopsfile.ConflictMarker(data) >= 0:
			return nil, &fault{"value-file-damaged", "keep one version as a whole: git checkout --ours -- " + words.Argument(name) + ", or --theirs",
				"there is a conflict marker of git"}
		case sealed:
			return nil, otherForm(name)
		}
		return nil, notEncrypted(name)
	}
	r := &problem.Reporter{File: name}
	// JSON is read as the YAML that it also is, so that every check of the
	// manifest's own sops section holds here too.
	file := sopsfile.Read(name, data, binaryRule, r)
	switch {
	case file != nil && file.Plain():
		return nil, notEncrypted(name)
	case file == nil || file.Rule == nil || r.Failed():
		return nil, unusable(name, r)
	}
	leaves := file.Doc.Leaves
	if len(leaves) != 1 || leaves[0].At.String() != binaryKey || len(file.Doc.Root.Content) != 4 || !leaves[0].Encrypted {
		return nil, otherForm(name)
	}
	sum := sha256.Sum256(data)
	return &binaryFile{File: file, sum: hex.EncodeToString(sum[:]), data: leaves[0]}, nil
}

// ReadValueFile reads a file that a manifest takes a value from, in SOPS's binary form:
// its one leaf is the whole content. The error has next steps.
func ReadValueFile(name string, data []byte) (*sopsfile.File, error) {
	file, wrong := parseValueFile(name, data)
	if wrong != nil {
		return nil, hint.New(fmt.Errorf("%s: %s", words.Quote(name), wrong.message), wrong.remedy)
	}
	return file.File, nil
}

func otherForm(name string) *fault {
	return &fault{"value-file-form", "decrypt it, then run: " + encryptFile(name), "the file was not encrypted as a whole, in SOPS's binary form"}
}

func notEncrypted(name string) *fault {
	return &fault{"value-file-plaintext", "run: " + encryptFile(name) + "; if it was ever committed, replace the secret at its source",
		"the file is not encrypted"}
}

// unusable says the first thing that is wrong with the sops section or the
// form.
func unusable(name string, r *problem.Reporter) *fault {
	what := "it cannot be read"
	if len(r.Problems) > 0 {
		what = r.Problems[0].Message
	}
	return &fault{"value-file-damaged", "restore it from git, or encrypt it again: " + encryptFile(name), what}
}

// content decrypts the content and checks the MAC.
func (s *binaryFile) content() (secret.Value, *fault) {
	if s.data.Node.Value == "" {
		return secret.Value{}, &fault{"value-file-form", "fill it with: " + editFile(s.Name), "the file is empty"}
	}
	if e, ok := sopsfile.ParseEnvelope(s.data.Node.Value); !ok || e.Kind != "str" {
		return secret.Value{}, &fault{"value-file-damaged", "restore it from git, or encrypt it again: " + encryptFile(s.Name),
			"the encrypted content is cut or changed"}
	}
	r := &problem.Reporter{File: s.Name}
	if s.Decrypt(r); s.Verified {
		return s.Values[s.data.Node], nil
	}
	return secret.Value{}, &fault{"value-file-tampered", "do not trust it: restore it from git", r.Problems[0].Message}
}
