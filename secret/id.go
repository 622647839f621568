package secret

import (
	"regexp"
	"strings"
)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// ParseID returns the id of a site or an organization in the one form that ids
// are compared, asked for and written in: a UUID in lower case. It reports false
// for what is no UUID.
func ParseID(text string) (id string, ok bool) {
	if !uuid.MatchString(text) {
		return "", false
	}
	return strings.ToLower(text), true
}
