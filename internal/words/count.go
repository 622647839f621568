package words

import "fmt"

// Count writes a number with its noun, whose plural takes an s: "1 owner",
// "2 owners".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
