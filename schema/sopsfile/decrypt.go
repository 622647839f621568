package sopsfile

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"runtime"

	"github.com/getsops/sops/v3"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// SOPS encrypts values with AES-256.
const dataKeyBytes = 32

// remedyMAC is for a file that may have been edited by hand.
func remedyMAC(file string) string {
	return "if nobody edited the file by hand, do not trust it: restore it from git; if the edit is yours, run: " + problem.SealCommand(file) +
		", which shows what changed and fixes the checksum"
}

// decrypt opens the leaves and checks the MAC. It returns the values by
// node, and whether the MAC is right. Where it is not, or where it could not be
// checked, an error was reported.
func (d *Document) decrypt(meta sops.Metadata, opener opener, r *problem.Reporter) (map[*yaml.Node]secret.Value, bool) {
	at := d.SopsPlace()
	mac, ok := opener.Text(meta.MessageAuthenticationCode, "str", macAAD(meta), nil)
	if !ok {
		r.Fail(at, "mac-unreadable", remedyMAC(r.File), "the file's checksum (MAC) does not decrypt: mac, lastmodified or the data key was changed after encryption")
		return nil, false
	}
	clear := opener.All(d.Leaves)
	values := make(map[*yaml.Node]secret.Value, len(d.Leaves)/3)
	for i, leaf := range d.Leaves {
		switch {
		case leaf.Encrypted && clear[i].OK:
			values[leaf.Node] = secret.NewValue(clear[i].Text)
		case leaf.Encrypted:
			d.ReportUnopened(leaf, r)
		}
	}
	computed, complete := d.digest(meta, clear)
	if !complete {
		if !r.Failed() {
			r.Fail(at, "mac-unchecked", restoreSops, "the file's checksum (MAC) could not be checked")
		}
		return nil, false
	}
	if subtle.ConstantTimeCompare([]byte(mac), []byte(computed)) != 1 {
		r.Fail(at, "mac-mismatch", remedyMAC(r.File), "the file was changed outside cella and sops, so its checksum (MAC) is wrong")
		return nil, false
	}
	return values, true
}

// digest is the MAC in clear: SHA-512 over every value in document order, or
// with mac_only_encrypted over the encrypted ones. clear has an entry per
// leaf. It returns false where a value is not known.
func (d *Document) digest(meta sops.Metadata, clear []opened) (string, bool) {
	hash := sha512.New()
	if meta.MACOnlyEncrypted {
		hash.Write(sops.MACOnlyEncryptedInitialization)
	}
	complete := true
	var buffer []byte
	for i, leaf := range d.Leaves {
		ok := true
		switch {
		case leaf.Encrypted:
			buffer, ok = append(buffer[:0], clear[i].Text...), clear[i].OK
		case meta.MACOnlyEncrypted:
			continue
		default:
			buffer, ok = appendClear(buffer[:0], leaf.Node)
		}
		complete = complete && ok
		hash.Write(buffer)
	}
	return fmt.Sprintf("%X", hash.Sum(nil)), complete
}

// Covered lists what the MAC covers, ciphertext for what is encrypted.
func (d *Document) Covered(onlyEncrypted bool) []string {
	var all []string
	for _, leaf := range d.Leaves {
		switch {
		case leaf.Encrypted:
			all = append(all, leaf.Node.Value)
		case !onlyEncrypted:
			text, _ := appendClear(nil, leaf.Node) // what does not decode is equal to itself
			all = append(all, leaf.Node.Tag+" "+string(text))
		}
	}
	return all
}

// ReportUnopened reports a value that did not decrypt. Those that have not
// even the form of an encrypted value are reported where their meaning is
// known.
func (d *Document) ReportUnopened(leaf Leaf, r *problem.Reporter) {
	if e, ok := ParseEnvelope(leaf.Node.Value); ok && e.Kind == "str" {
		r.Fail(leaf.At.At(leaf.Node), "value-tampered",
			"restore the lines from git, or remove them where git has none; after a rename, run: "+problem.SealCommand(r.File),
			"the value does not decrypt: it was changed, moved here from another key, or a name above it was changed")
	}
}

// appendClear appends what the MAC covers of a clear scalar; nothing for null.
func appendClear(to []byte, node *yaml.Node) ([]byte, bool) {
	if node.Tag == "!!str" {
		return append(to, node.Value...), true
	}
	value, err := scalar(node)
	if err != nil || value == nil {
		return to, err == nil
	}
	text, err := sops.ToBytes(value)
	return append(to, text...), err == nil
}

// opener decrypts values. It is safe for use by several goroutines.
type opener struct{ aead cipher.AEAD }

func newOpener(key []byte) (opener, error) {
	if len(key) != dataKeyBytes {
		return opener{}, fmt.Errorf("make cipher: the data key has %d bytes", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return opener{}, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithNonceSize(block, envelopeNonce)
	if err != nil {
		return opener{}, fmt.Errorf("make cipher: %w", err)
	}
	return opener{aead}, nil
}

// Text opens one envelope of a type. It uses scratch, which may be nil.
func (o opener) Text(envelope, kind string, aad []byte, scratch *[]byte) (string, bool) {
	if scratch == nil {
		scratch = new([]byte)
	}
	e, ok := ParseEnvelope(envelope)
	if !ok || e.Kind != kind {
		return "", false
	}
	box, err := e.decode(*scratch)
	if err != nil {
		return "", false
	}
	*scratch = box.nonce[:0]
	opened, err := o.aead.Open(box.text[:0], box.nonce, box.text, aad)
	if err != nil {
		return "", false
	}
	return string(opened), true
}

// opened is the clear text of a leaf.
type opened struct {
	Text string
	OK   bool
}

// All decrypts the encrypted leaves on all cores. The result has an entry per leaf.
func (o opener) All(leaves []Leaf) []opened {
	results := make([]opened, len(leaves))
	workers := runtime.GOMAXPROCS(0)
	group := crash.NewGroup(workers)
	for w := range workers {
		from, to := len(leaves)*w/workers, len(leaves)*(w+1)/workers
		group.Go(func() error {
			var scratch, aad []byte
			for i := from; i < to; i++ {
				if leaf := leaves[i]; leaf.Encrypted {
					aad = leaf.At.AppendAAD(aad[:0])
					results[i].Text, results[i].OK = o.Text(leaf.Node.Value, "str", aad, &scratch)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		panic(err) // that of a worker, passed on
	}
	return results
}
