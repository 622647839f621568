package secret

import "regexp"

// MaxProjectBytes is the longest name of a project.
const MaxProjectBytes = 31

// projectName allows no hyphen at either end and no two in a row: the
// upper-case form, with underscores, has no double underscore but the one that
// ends it in the name of a ledger.
var projectName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// IsProject reports whether a project can have that name.
func IsProject(name string) bool {
	return len(name) <= MaxProjectBytes && projectName.MatchString(name)
}
