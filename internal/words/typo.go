package words

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Slip returns the name of known that a slip of the hand may have turned into
// name: one letter more, less or another one, two that changed places, or in a long
// name two letters. It asks for more than Closest, because nothing is wrong yet with
// a name that is new: SMTP_HOST and SMTP_PORT, or KEY_1 and KEY_2, are of one family.
func Slip(name string, known []string) (string, bool) {
	if len(name) > maxTypo {
		return "", false
	}
	for _, candidate := range known {
		if len(candidate) <= maxTypo && slipped(strings.ToUpper(name), strings.ToUpper(candidate)) {
			return candidate, name != candidate
		}
	}
	return "", false
}

// longName is how many letters a name has of which two may be wrong.
const longName = 12

func slipped(name, other string) bool {
	distance := levenshtein.Distance(name, other, nil)
	switch {
	case distance == 0:
		return true
	case ofOneFamily(strings.Split(name, "_"), strings.Split(other, "_")):
		return false
	case distance == 1 || transposed(name, other):
		return true
	}
	return distance == 2 && min(len(name), len(other)) >= longName
}

// ofOneFamily reports whether names differ in one part that may tell them apart on
// purpose: it is short, has digits, or is another word of the same length.
func ofOneFamily(parts, others []string) bool {
	if len(parts) != len(others) {
		return false
	}
	apart := 0
	for i, part := range parts {
		other := others[i]
		switch {
		case part == other:
			continue
		case max(len(part), len(other)) > 2 && !strings.ContainsAny(part+other, "0123456789") &&
			(len(part) != len(other) || levenshtein.Distance(part, other, nil) == 1 || transposed(part, other)):
			return false
		}
		apart++
	}
	return apart == 1
}

// transposed reports whether two letters that stand side by side changed places.
func transposed(word, other string) bool {
	if len(word) != len(other) {
		return false
	}
	for i := range len(word) - 1 {
		if word[i] != other[i] {
			return word[i] == other[i+1] && word[i+1] == other[i] && word[i+2:] == other[i+2:]
		}
	}
	return false
}
