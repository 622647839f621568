package words

import "strings"

// Join joins words of any kind.
func Join[T ~string](list []T, by string) string {
	texts := make([]string, len(list))
	for i, word := range list {
		texts[i] = string(word)
	}
	return strings.Join(texts, by)
}
