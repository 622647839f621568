package envfile

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

// assignment is the beginning of a line that may give a name a value. It may also
// stand within a value of several lines.
var assignment = regexp.MustCompile(`^\s*(?:export\s+)?([^\s=:#'"]+)\s*[=:]`)

// repeated returns the lines of each name that hidden, a text that the library
// reads, gives a value more than once. Which lines are assignments the library
// says: names that come twice are replaced by names of their own, and those that
// it finds stand in no value.
func repeated(hidden string) map[string][]int {
	lines := strings.SplitAfter(hidden, "\n")
	places := map[string][]int{} // indexes of lines
	for i, line := range lines {
		if found := assignment.FindStringSubmatch(line); found != nil {
			places[found[1]] = append(places[found[1]], i)
		}
	}
	stem := "LINE_"
	for strings.Contains(hidden, stem) {
		stem += "_"
	}
	several := false
	for _, indexes := range places {
		if len(indexes) == 1 {
			continue
		}
		several = true
		for _, i := range indexes {
			at := assignment.FindStringSubmatchIndex(lines[i])
			lines[i] = lines[i][:at[2]] + fmt.Sprint(stem, i) + lines[i][at[3]:]
		}
	}
	if !several {
		return nil
	}
	found, err := dotenv.ParseWithLookup(strings.NewReader(strings.Join(lines, "")), func(string) (string, bool) { return "", false })
	if err != nil {
		return nil // the same text was read before, but for names
	}
	repeated := map[string][]int{}
	for name, indexes := range places {
		var real []int
		for _, i := range indexes {
			if _, is := found[fmt.Sprint(stem, i)]; is {
				real = append(real, i+1)
			}
		}
		if len(real) > 1 {
			repeated[name] = real
		}
	}
	return repeated
}
