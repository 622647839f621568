package sopsfile

import (
	"encoding/base64"
	"strings"
)

// Sizes in SOPS's envelope, in bytes.
const (
	envelopeNonce = 32
	envelopeTag   = 16
)

const (
	EnvelopeHead = "ENC[AES256_GCM,data:"
	envelopeIV   = ",iv:"
	envelopeMark = ",tag:"
	envelopeType = ",type:"
)

// envelope is an encrypted value as SOPS writes it:
//
//	ENC[AES256_GCM,data:BASE64,iv:BASE64,tag:BASE64,type:str]
//
// The fields are slices of the text, still base64 except for kind.
type envelope struct{ data, iv, tag, Kind string }

// LooksEncrypted reports whether text is meant as an envelope, damaged or not.
func LooksEncrypted(text string) bool { return strings.HasPrefix(text, "ENC[AES256_GCM,") }

// ParseEnvelope takes text apart. It is stricter than SOPS, which also takes
// text after the bracket, line ends within base64 and other sizes of nonce:
// nothing that SOPS writes has them.
func ParseEnvelope(text string) (envelope, bool) {
	rest, headed := strings.CutPrefix(text, EnvelopeHead)
	rest, closed := strings.CutSuffix(rest, "]")
	data, rest, hasIV := strings.Cut(rest, envelopeIV)
	iv, rest, hasTag := strings.Cut(rest, envelopeMark)
	tag, kind, hasType := strings.Cut(rest, envelopeType)
	e := envelope{data: data, iv: iv, tag: tag, Kind: kind}
	ok := headed && closed && hasIV && hasTag && hasType && data != "" && isWord(kind) &&
		base64Size(data) > 0 && base64Size(iv) == envelopeNonce && base64Size(tag) == envelopeTag
	return e, ok
}

// ciphertext is the nonce, and the encrypted text with its tag.
type ciphertext struct{ nonce, text []byte }

// decode appends the decoded fields to buffer, whose array is used again.
func (e envelope) decode(buffer []byte) (ciphertext, error) {
	buffer = buffer[:0]
	for _, field := range [...]string{e.iv, e.data, e.tag} {
		var err error
		if buffer, err = base64.StdEncoding.Strict().AppendDecode(buffer, []byte(field)); err != nil {
			return ciphertext{}, err
		}
	}
	return ciphertext{nonce: buffer[:envelopeNonce], text: buffer[envelopeNonce:]}, nil
}

// base64Size returns how many bytes text decodes to, or -1 where it is not
// padded standard base64.
func base64Size(text string) int {
	if text == "" || len(text)%4 != 0 {
		return -1
	}
	body := strings.TrimRight(text, "=")
	padding := len(text) - len(body)
	if padding > 2 {
		return -1
	}
	for i := range len(body) {
		if !isBase64[body[i]] {
			return -1
		}
	}
	return len(text)/4*3 - padding
}

var isBase64 = func() (table [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		table[c] = true
	}
	return table
}()

func isWord(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == ""
}
