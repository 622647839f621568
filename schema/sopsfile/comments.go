package sopsfile

import (
	"errors"
	"regexp"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
)

// encryptedComment is a comment that SOPS encrypted.
var encryptedComment = regexp.MustCompile(`#(ENC\[AES256_GCM,[^\]]*,type:comment\])`)

// maxTries bounds how often comments are decrypted for a place: no text says where
// one stands. Where they stand in order, each takes a few.
const maxTries = 4_000_000

// recryptedComments encrypts the comments of the file under another data key. SOPS
// authenticates with a comment the path of the mapping that it stands in. One that
// does not decrypt stays as unreadable as it is.
func (f *File) recryptedComments(key *DataKey) ([]yamltext.Change, error) {
	var frames []*problem.Path
	var changes []yamltext.Change
	last, tried := 0, 0
	for i, line := range f.Lines {
		for _, at := range encryptedComment.FindAllStringSubmatchIndex(line, -1) {
			if frames == nil {
				frames = f.Doc.frames()
			}
			for n := range frames {
				if tried++; tried > maxTries {
					return nil, errors.New("re-encrypt comments: there are too many, and too many places for them")
				}
				n = (last + n) % len(frames)
				aad := frames[n].AppendAAD(nil)
				text, ok := f.DataKey.Text(line[at[2]:at[3]], "comment", aad, nil)
				if !ok {
					continue
				}
				last = n
				envelope, err := key.Encrypt(sops.Comment{Value: text}, aad)
				if err != nil {
					return nil, err
				}
				changes = append(changes, yamltext.Change{Span: yamltext.Span{Line: i, From: at[2], To: at[3]}, Text: envelope})
				break
			}
		}
	}
	return changes, nil
}

// frames lists the paths of all mappings and leaves, each once.
func (d *Document) frames() []*problem.Path {
	var frames []*problem.Path
	seen := map[*problem.Path]bool{}
	for _, leaf := range d.Leaves {
		for at := leaf.At; at != nil && !seen[at]; at = at.Parent {
			seen[at] = true
			frames = append(frames, at)
		}
	}
	return append(frames, nil)
}
