package project

import (
	"bytes"
	"compress/flate"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// format is the record's. The one own line of a chunk is its body (see encrypt):
//
//	cella-project 1
//	serial 7 run 4711 key 0123456789abcdef chunk 2 of 4
//	owner 11111111-2222-3333-4444-555555555555 blue-shop
//	beside DIGEST
//	BODY
//	seal MAC
var format = chunk.Format{
	Word: "cella-project", Noun: "record",
	SitePrefix:         secret.ReservedPrefix + "PROJECT__",
	OrganizationPrefix: secret.ReservedPrefix + "ORG_PROJECT__",
	Linked:             true,
	MinLines:           1,
}

// maxPlainBytes is the most that one chunk unpacks to. Names are packed to
// about half their size, so it is the size of a chunk that fills it first.
const maxPlainBytes = 1 << 16

// content is what one chunk says.
type content struct {
	setting
	origin ledger.Origin // of the writing; the record itself is not in it
	owners []secret.Owner
}

// text writes it, with a line feed after every line:
//
//	forge FORGE
//	path PATH
//	former forge FORGE
//	former path PATH
//	moved SERIAL
//	commit COMMIT|- SECONDS actor LOGIN|- at SECONDS      (left out where nothing of it is known)
//	site|organization ID NAME                  (any number, sorted by kind and id)
//
// What is unknown is empty.
func (c content) text() string {
	var out strings.Builder
	values := []string{c.source.Forge, c.source.Path, c.former.Forge, c.former.Path, strconv.FormatUint(c.movedAt, 10)}
	for i, word := range settingWords {
		out.WriteString(word + values[i] + "\n")
	}
	if c.origin != (ledger.Origin{}) {
		out.WriteString(c.origin.CommitLine() + "\n")
	}
	for _, owner := range c.owners {
		out.WriteString(owner.Kind.String() + " " + owner.ID + " " + owner.Name + "\n")
	}
	return out.String()
}

var settingWords = [...]string{"forge ", "path ", "former forge ", "former path ", "moved "}

var errRow = errors.New("holds a line that does not belong in a record")

// parseContent reads what text wrote, and nothing else. The rows must belong
// into the chunk.
func parseContent(text string, h chunk.Header) (content, error) {
	lines := strings.SplitAfter(text, "\n")
	if len(lines) <= len(settingWords) {
		return content{}, errRow
	}
	var values [len(settingWords)]string
	for i, word := range settingWords {
		values[i] = strings.TrimSuffix(strings.TrimPrefix(lines[i], word), "\n")
	}
	c := content{setting: setting{source: Source{values[0], values[1]}, former: Source{values[2], values[3]}}}
	var err error
	if c.movedAt, err = strconv.ParseUint(values[4], 10, 64); err != nil || errors.Join(c.source.validate(), c.former.validate()) != nil {
		return content{}, errRow
	}
	rows := lines[len(settingWords) : len(lines)-1]
	if len(rows) > 0 && strings.HasPrefix(rows[0], "commit ") {
		if c.origin, err = ledger.ParseCommitLine(strings.TrimSuffix(rows[0], "\n")); err != nil {
			return content{}, errRow
		}
		rows = rows[1:]
	}
	for _, line := range rows {
		var owner secret.Owner
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		owner.ID, owner.Name, _ = strings.Cut(rest, " ")
		if owner.Kind.UnmarshalText([]byte(kind)) != nil || checkOwner(owner) != nil {
			return content{}, errRow
		}
		if n := len(c.owners); n > 0 && compareIDs(c.owners[n-1], owner) >= 0 || chunk.Class(rowName(owner), h.Count) != h.Number-1 {
			return content{}, errRow
		}
		c.owners = append(c.owners, owner)
	}
	if c.text() != text {
		return content{}, errRow
	}
	return c, nil
}

// packer compresses texts; how small they get may differ from one version of
// Go to another.
type packer struct {
	out    bytes.Buffer
	writer *flate.Writer
}

func newPacker() (*packer, error) {
	p := &packer{}
	var err error
	p.writer, err = flate.NewWriter(&p.out, flate.BestCompression)
	return p, err
}

func (p *packer) pack(text string) (string, error) {
	p.out.Reset()
	p.writer.Reset(&p.out)
	if _, err := io.WriteString(p.writer, text); err != nil {
		return "", err
	}
	err := p.writer.Close()
	return p.out.String(), err
}

// unpack is the inverse of pack, and stops at maxPlainBytes.
func unpack(packed []byte) (string, error) {
	in := bytes.NewReader(packed)
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(in), maxPlainBytes+1))
	switch {
	case err != nil:
		return "", errors.New("does not unpack")
	case len(text) > maxPlainBytes:
		return "", fmt.Errorf("unpacks to more than %d bytes", maxPlainBytes)
	case in.Len() > 0:
		return "", chunk.ErrForm
	}
	return string(text), nil
}

const nonceBytes, tagBytes = 12, 16

var encoding = base64.RawURLEncoding.Strict()

// bodyBytes is the size of the body of a packed text.
func bodyBytes(packed string) int {
	return encoding.EncodedLen(nonceBytes + len(packed) + tagBytes)
}

// encrypt returns the body of a chunk: nonce and AES-256-GCM of the packed text,
// with the header and whose chunk it is as additional data. The nonce is a MAC
// over all of that: the same writing has the same bytes, and two that differ in
// anything have different nonces, without random numbers.
func encrypt(id ledger.Identity, set chunk.Set, h chunk.Header, packed string) (string, error) {
	aead, err := set.AEAD(chunk.Project)
	if err != nil {
		return "", fmt.Errorf("encrypt the rows: %w", err)
	}
	bound := append(format.Context(id), format.Head(h))
	nonce := nonceOf(set, bound, packed)
	encrypted := aead.Seal(nonce, nonce, []byte(packed), []byte(chunk.LengthPrefixed(bound...)))
	return encoding.EncodeToString(encrypted), nil
}

func nonceOf(set chunk.Set, bound []string, packed string) []byte {
	return set.MAC(chunk.ProjectNonce, append(slices.Clone(bound), packed)...)[:nonceBytes]
}

// decrypt reads the body of a chunk whose MAC was verified. It was written by
// somebody who has the key, and is not trusted all the same.
func decrypt(id ledger.Identity, set chunk.Set, text chunk.Text) (content, error) {
	encrypted, err := encoding.DecodeString(text.Lines[0])
	if err != nil || len(encrypted) < nonceBytes || encoding.EncodeToString(encrypted) != text.Lines[0] {
		return content{}, chunk.ErrForm
	}
	aead, err := set.AEAD(chunk.Project)
	if err != nil {
		return content{}, fmt.Errorf("cannot be decrypted: %w", err)
	}
	bound := append(format.Context(id), format.Head(text.Header))
	nonce := encrypted[:nonceBytes]
	packed, err := aead.Open(nil, nonce, encrypted[nonceBytes:], []byte(chunk.LengthPrefixed(bound...)))
	if err != nil {
		return content{}, errors.New("cannot be decrypted")
	}
	if subtle.ConstantTimeCompare(nonce, nonceOf(set, bound, string(packed))) != 1 {
		return content{}, chunk.ErrForm
	}
	plain, err := unpack(packed)
	if err != nil {
		return content{}, err
	}
	return parseContent(plain, text.Header)
}
