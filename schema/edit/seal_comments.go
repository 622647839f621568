package edit

import (
	"fmt"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// exposes reports whether a comment stands in clear where SOPS would encrypt it.
func exposes(file *sopsfile.File) bool {
	for _, c := range file.Comments() {
		if !c.Encrypted() {
			return true
		}
	}
	return false
}

// sealComments encrypts such comments, and those that the base has in another
// place: values that move take theirs along.
func (s *sealing) sealComments(made *sopsfile.File) (*sopsfile.File, error) {
	var changes []yamltext.Change
	for _, c := range made.Comments() {
		text := c.Text
		if c.Encrypted() {
			if _, opens := c.Open(s.DataKey, c.Frame); opens {
				continue
			}
			var known bool
			if text, known = s.commentOfBase(c.Text); !known {
				s.result.LostComments = append(s.result.LostComments, c.Frame.String())
				continue
			}
		} else {
			s.result.Encrypted = append(s.result.Encrypted, fmt.Sprintf("a comment in %s", c.Frame))
		}
		envelope, err := c.Seal(s.DataKey, text)
		if err != nil {
			return nil, err
		}
		changes = append(changes, yamltext.Change{Span: c.Span, Text: envelope})
	}
	return made.WithComments(changes)
}

func (s *sealing) commentOfBase(envelope string) (string, bool) {
	if s.base == nil {
		return "", false
	}
	text, known := s.base.comments[envelope]
	return text, known
}

// commentsOf are the encrypted comments of a file that open, by ciphertext.
func commentsOf(file *sopsfile.File) map[string]string {
	opened := map[string]string{}
	for _, c := range file.Comments() {
		if text, ok := c.Open(file.DataKey, c.Frame); ok && c.Encrypted() {
			opened[c.Text] = text
		}
	}
	return opened
}
