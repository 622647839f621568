// Package source says where a manifest comes from: which repository of which
// forge, which path in it, which commit, and who ran what with it.
//
// It leaves out asking: it does no I/O, and takes the environment as a function.
// Package checkout asks git.
//
// Invariants:
//
//  1. What cannot be told for certain is empty, never a guess: a number that is
//     none, a login that may be an e-mail address, a CI service that another one
//     only resembles.
//  2. Everything that it returns is one line of printable text, of bounded
//     length, and ParseSource reads what String wrote.
package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxPathBytes is the longest path that a source can have.
const MaxPathBytes = 4096

// Source is a file of a repository. Two checkouts of one commit have the same
// Source, and a copy of the file has another one.
type Source struct {
	// Forge is HOST/NUMBER, such as github.com/12345: the forge's own number of
	// the repository, which stays when it is renamed or moved. Empty where it is
	// not known, as outside of CI.
	Forge string
	// Path is the file's path from the top of the repository, with forward
	// slashes. Empty where it is not known: outside of git, or not tracked.
	Path string
}

// IsZero reports whether nothing is known.
func (s Source) IsZero() bool { return s == Source{} }

// String is FORGE:PATH, PATH, or "" where nothing is known. Of a forge without
// a path it is FORGE with a colon behind it. ParseSource reads it.
func (s Source) String() string {
	switch {
	case s.Forge != "":
		return s.Forge + ":" + s.Path
	case forged.MatchString(s.Path):
		return "./" + s.Path // a path that looks like one behind a forge
	}
	return s.Path
}

// forge is a host, with a port where that is not the usual one, and a number.
const forge = `[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?/[1-9][0-9]{0,18}`

var forged = regexp.MustCompile(`^(` + forge + `):`)

// ParseSource reads what String wrote, and what people write: PATH, or
// HOST/NUMBER:PATH. Errors say what is wrong without repeating the text.
func ParseSource(text string) (Source, error) {
	s := Source{Path: text}
	if found := forged.FindStringSubmatch(text); found != nil {
		s = Source{Forge: found[1], Path: text[len(found[0]):]}
	} else {
		s.Path = strings.TrimPrefix(text, "./")
	}
	if s.Forge != "" && s.Path == "" || text == "" {
		return s, nil
	}
	if err := CheckPath(s.Path); err != nil {
		return Source{}, err
	}
	return s, nil
}

// CheckPath says why a path cannot be that of a file in a repository, or
// returns nil.
func CheckPath(path string) error {
	unfit := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	switch {
	case path == "":
		return errors.New("the path is empty")
	case len(path) > MaxPathBytes:
		return fmt.Errorf("the path has %d bytes; at most %d are allowed", len(path), MaxPathBytes)
	case strings.ContainsFunc(path, unfit):
		return errors.New("the path has unprintable characters or line ends")
	case strings.HasPrefix(path, "/"):
		return errors.New("the path begins at the root of a file system")
	}
	for step := range strings.SplitSeq(path, "/") {
		switch step {
		case "":
			return errors.New("the path has an empty step, or ends with a slash")
		case ".", "..":
			return fmt.Errorf("the path has a step %s", step)
		}
	}
	return nil
}
