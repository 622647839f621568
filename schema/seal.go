package schema

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/getsops/sops/v3/aes"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// vault encrypts and decrypts under one data key. It writes what SOPS
// writes, by SOPS's own code.
type vault struct {
	opener
	key []byte
}

func newVault(key []byte) (*vault, error) {
	o, err := newOpener(key)
	if err != nil {
		return nil, err
	}
	return &vault{opener: o, key: bytes.Clone(key)}, nil
}

// same reports whether both have one data key. Then an envelope of one is good
// for the other, in the same place.
func (v *vault) same(other *vault) bool { return bytes.Equal(v.key, other.key) }

// seal encrypts a value for the place that at is, under a nonce of its own.
func (v *vault) seal(value secret.Value, at *problem.Path) (string, error) {
	return v.encrypt(value.Reveal(), at.AppendAAD(nil))
}

// encrypt takes what SOPS's cipher takes: a text, or a comment.
func (v *vault) encrypt(plain any, aad []byte) (envelope string, err error) {
	err = guarded(func() (err error) {
		envelope, err = aes.NewCipher().Encrypt(plain, v.key, string(aad))
		return err
	})
	if err != nil || envelope == "" {
		return "", fmt.Errorf("encrypt: SOPS's cipher failed") // its own error may quote the text
	}
	return envelope, nil
}

// setMAC writes a MAC and its time into a copy of lines.
func setMAC(lines []string, d *document, mac, modified string) ([]string, error) {
	var changes []yamltext.Change
	for name, text := range map[string]string{"mac": mac, "lastmodified": modified} {
		node := d.sopsField(name)
		if node == nil {
			return nil, fmt.Errorf("write MAC: the sops section has no %s", name)
		}
		place, ok := yamltext.SpanOf(lines, node)
		if !ok {
			return nil, fmt.Errorf("write MAC: %s does not stand on one line", name)
		}
		changes = append(changes, yamltext.Change{Span: place, Text: text})
	}
	lines = append([]string(nil), lines...)
	yamltext.Splice(lines, changes)
	return lines, nil
}

// sopsField is the value of a field of the sops section, or nil.
func (d *document) sopsField(name string) *yaml.Node {
	for i := 0; i+1 < len(d.sops.Content); i += 2 {
		if strings.EqualFold(d.sops.Content[i].Value, name) { // as SOPS compares them
			return d.sops.Content[i+1]
		}
	}
	return nil
}
