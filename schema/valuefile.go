package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path"
	"regexp"
	"slices"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// binaryKey is the one key of SOPS's binary form beside sops.
const binaryKey = "data"

// encryptFile is what encrypts a file as a whole, editFile what opens it. SOPS
// takes some files for structured ones by their names.
func encryptFile(name string) string {
	return "sops encrypt " + wholly(name) + "--in-place " + words.Argument(name)
}

func editFile(name string) string { return "sops edit " + wholly(name) + words.Argument(name) }

func wholly(name string) string {
	if slices.Contains([]string{".yaml", ".yml", ".json", ".env", ".ini"}, path.Ext(name)) {
		return "--input-type binary --output-type binary "
	}
	return ""
}

// sealedFile is a file in SOPS's binary form: a JSON object that holds the
// whole content as one encrypted text.
type sealedFile struct {
	name string
	sum  string // hex SHA-256 of the file
	doc  *document
	meta sops.Metadata
	data leaf
}

// parseValueFile reads the form of a value file. name is for messages.
func parseValueFile(name string, data []byte) (*sealedFile, *fault) {
	otherForm := &fault{"value-file-form", "decrypt it, then run: " + encryptFile(name),
		"the file was not encrypted as a whole, in SOPS's binary form"}
	clear := &fault{"value-file-plaintext", "run: " + encryptFile(name) + "; if it was ever committed, replace the secret at its source",
		"the file is not encrypted"}
	if !json.Valid(data) {
		if bytes.Contains(data, []byte(envelopeHead)) {
			return nil, otherForm
		}
		return nil, clear
	}
	r := &reporter{file: name}
	// JSON is read as the YAML that it also is, so that every check of the
	// manifest's own sops section holds here too.
	doc := parse(data, r)
	if doc == nil {
		return nil, unusable(name, r)
	}
	switch doc.findSops(r); {
	case doc.sopsPos == nil:
		return nil, clear
	case doc.sops == nil:
		return nil, unusable(name, r)
	}
	doc.walkSops(r)
	meta, ok := doc.metadata(r)
	if !ok {
		return nil, unusable(name, r)
	}
	doc.walk(&rule{regex: regexp.MustCompile("^" + binaryKey + "$"), known: map[string]bool{}}, r)
	if r.failed() {
		return nil, unusable(name, r)
	}
	if len(doc.leaves) != 1 || doc.leaves[0].at.String() != binaryKey || len(doc.root.Content) != 4 || !doc.leaves[0].sealed {
		return nil, otherForm
	}
	sum := sha256.Sum256(data)
	return &sealedFile{name: name, sum: hex.EncodeToString(sum[:]), doc: doc, meta: meta, data: doc.leaves[0]}, nil
}

// unusable says the first thing that is wrong with the sops section or the
// form.
func unusable(name string, r *reporter) *fault {
	what := "it cannot be read"
	if len(r.problems) > 0 {
		what = r.problems[0].Message
	}
	return &fault{"value-file-damaged", "restore it from git, or encrypt it anew: " + encryptFile(name), what}
}

// open decrypts the content and checks the MAC.
func (s *sealedFile) open(key []byte) (secret.Value, *fault) {
	if s.data.node.Value == "" {
		return secret.Value{}, &fault{"value-file-form", "fill it with: " + editFile(s.name), "the file is empty"}
	}
	if e, ok := parseEnvelope(s.data.node.Value); !ok || e.kind != "str" {
		return secret.Value{}, &fault{"value-file-damaged", "restore it from git, or encrypt it anew: " + encryptFile(s.name),
			"the encrypted content is cut or changed"}
	}
	r := &reporter{file: s.name}
	values, verified := s.doc.unseal(s.meta, key, r)
	if verified {
		return values[s.data.node], nil
	}
	return secret.Value{}, &fault{"value-file-tampered", "do not trust it: restore it from git", r.problems[0].Message}
}
