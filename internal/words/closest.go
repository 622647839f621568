package words

import (
	"strings"

	"github.com/agext/levenshtein"
)

// maxTypo is the longest word that suggestions are made for, in bytes: the
// work grows with the square of it, and words come from hostile files too.
const maxTypo = 64

// shortWord is how many letters a word has of which two that differ make another
// one, such as cat of set.
const shortWord = 4

// Closest returns the word of known that a typing error may have turned into
// word: at most a third of its letters differ, and two at least may, or one in a
// short word; letters that changed places count as one, and so do two that lack at
// its end. Upper and lower case are the same. Of equally close ones it takes the
// first. The second result is false where none is close, and where word itself is
// known.
func Closest(word string, known []string) (string, bool) {
	if len(word) > maxTypo {
		return "", false
	}
	best, found := "", false
	distance := max(2, len(word)/3) + 1
	if len(word) <= shortWord {
		distance = 2
	}
	for _, candidate := range known {
		if word == candidate {
			return "", false
		}
		lower, other := strings.ToLower(word), strings.ToLower(candidate)
		d := levenshtein.Distance(lower, other, nil)
		if transposed(lower, other) || d <= 2 && strings.HasPrefix(other, lower) {
			d = 1
		}
		if d < distance && d < len(candidate) {
			best, found, distance = candidate, true, d
		}
	}
	return best, found
}

// Suggestion is a sentence part with the closest word, or fallback.
func Suggestion(word string, known []string, fallback string) string {
	if match, ok := Closest(word, known); ok {
		return "did you mean " + match + "?"
	}
	return fallback
}
