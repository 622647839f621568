package sopsfile

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/getsops/sops/v3/aes"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// DataKey encrypts and decrypts under one data key. It writes what SOPS
// writes, by SOPS's own code.
type DataKey struct {
	opener
	key []byte
}

func NewDataKey(key []byte) (*DataKey, error) {
	o, err := newOpener(key)
	if err != nil {
		return nil, err
	}
	return &DataKey{opener: o, key: bytes.Clone(key)}, nil
}

// Same reports whether both have one data key. Then an envelope of one is good
// for the other, in the same place.
func (v *DataKey) Same(other *DataKey) bool { return bytes.Equal(v.key, other.key) }

// EncryptValue encrypts a value for the place that at is, under a nonce of its own.
func (v *DataKey) EncryptValue(value secret.Value, at *problem.Path) (string, error) {
	return v.Encrypt(value.Reveal(), at.AppendAAD(nil))
}

// Encrypt takes what SOPS's cipher takes: a text, or a comment.
func (v *DataKey) Encrypt(plain any, aad []byte) (envelope string, err error) {
	err = crash.Library(func() (err error) {
		envelope, err = aes.NewCipher().Encrypt(plain, v.key, string(aad))
		return err
	})
	if err != nil || envelope == "" {
		return "", fmt.Errorf("encrypt: SOPS's cipher failed") // its own error may quote the text
	}
	return envelope, nil
}

// SetMAC writes a MAC and its time into a copy of lines.
func SetMAC(lines []string, d *Document, mac, modified string) ([]string, error) {
	var changes []yamltext.Change
	for name, text := range map[string]string{"mac": mac, "lastmodified": modified} {
		node := d.SopsField(name)
		if node == nil {
			return nil, fmt.Errorf("write the file's checksum (MAC): the sops section has no %s", name)
		}
		place, ok := yamltext.SpanOf(lines, node)
		if !ok {
			return nil, fmt.Errorf("write the file's checksum (MAC): %s is not on one line", name)
		}
		changes = append(changes, yamltext.Change{Span: place, Text: text})
	}
	lines = append([]string(nil), lines...)
	yamltext.Splice(lines, changes)
	return lines, nil
}

// SopsField is the value of a field of the sops section, or nil.
func (d *Document) SopsField(name string) *yaml.Node {
	for i := 0; i+1 < len(d.Sops.Content); i += 2 {
		if strings.EqualFold(d.Sops.Content[i].Value, name) { // as SOPS compares them
			return d.Sops.Content[i+1]
		}
	}
	return nil
}
