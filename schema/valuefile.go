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
	"github.com/cella-secrets/cella/schema/problem"
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
	*File
	sum  string // hex SHA-256 of the file
	data leaf
}

// binaryRule is that of SOPS's binary form.
func binaryRule(sops.Metadata, problem.Place, *problem.Reporter) *rule {
	return &rule{regex: regexp.MustCompile("^" + binaryKey + "$"), known: map[string]bool{}}
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
	r := &problem.Reporter{File: name}
	// JSON is read as the YAML that it also is, so that every check of the
	// manifest's own sops section holds here too.
	file := read(name, data, binaryRule, r)
	switch {
	case file != nil && file.plain():
		return nil, clear
	case file == nil || file.rule == nil || r.Failed():
		return nil, unusable(name, r)
	}
	leaves := file.doc.leaves
	if len(leaves) != 1 || leaves[0].at.String() != binaryKey || len(file.doc.root.Content) != 4 || !leaves[0].sealed {
		return nil, otherForm
	}
	sum := sha256.Sum256(data)
	return &sealedFile{File: file, sum: hex.EncodeToString(sum[:]), data: leaves[0]}, nil
}

// unusable says the first thing that is wrong with the sops section or the
// form.
func unusable(name string, r *problem.Reporter) *fault {
	what := "it cannot be read"
	if len(r.Problems) > 0 {
		what = r.Problems[0].Message
	}
	return &fault{"value-file-damaged", "restore it from git, or encrypt it anew: " + encryptFile(name), what}
}

// content decrypts the content and checks the MAC.
func (s *sealedFile) content() (secret.Value, *fault) {
	if s.data.node.Value == "" {
		return secret.Value{}, &fault{"value-file-form", "fill it with: " + editFile(s.name), "the file is empty"}
	}
	if e, ok := parseEnvelope(s.data.node.Value); !ok || e.kind != "str" {
		return secret.Value{}, &fault{"value-file-damaged", "restore it from git, or encrypt it anew: " + encryptFile(s.name),
			"the encrypted content is cut or changed"}
	}
	r := &problem.Reporter{File: s.name}
	if s.unseal(r); s.verified {
		return s.values[s.data.node], nil
	}
	return secret.Value{}, &fault{"value-file-tampered", "do not trust it: restore it from git", r.Problems[0].Message}
}
