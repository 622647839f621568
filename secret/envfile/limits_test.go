package envfile

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTimeGrowsWithTheFile: a file of the largest size is read, or refused, with
// no line compared with every other one. That would take hours.
func TestTimeGrowsWithTheFile(t *testing.T) {
	numbered := func(n int, form string) string {
		var out strings.Builder
		for i := range n {
			fmt.Fprintf(&out, form, i)
		}
		return out.String()
	}
	tests := map[string]struct {
		text string
		want int // variables; 0 where it is refused
	}{
		"variables":           {numbered(MaxVariables, "A%d=x\n"), MaxVariables},
		"one too many":        {numbered(MaxVariables+1, "A%d=x\n"), 0},
		"400,000":             {numbered(400_000, "A%d=\n"), 0},
		"one name":            {strings.Repeat("A=x\n", 200_000), 1},
		"blank lines":         {strings.Repeat("\n", MaxBytes-4) + "A=x\n", 1},
		"comments":            {strings.Repeat("#\n", 2_000_000) + "A=x\n", 1},
		"variables, comments": {numbered(MaxVariables, "A%d=x\n") + strings.Repeat("#\n", 1_500_000), MaxVariables},
		"one line":            {"A=" + strings.Repeat("x", MaxBytes-3) + "\n", 1},
		"one in quotes":       {"A=\"" + strings.Repeat("x\n", MaxBytes/2-4) + "\"\n", 1},
		"escapes":             {"A=\"" + strings.Repeat(`\n`, MaxBytes/2-4) + "\"\n", 1},
		"dollars":             {"A=\"" + strings.Repeat("$", MaxBytes/5) + "\"\n", 1},
		"open quotes":         {strings.Repeat("A='\n", 1_000_000) + "A='\n", 0},
		"no values":           {strings.Repeat("A\n", 2_000_000), 0},
		"an open quote":       {"A=\"" + strings.Repeat("x", MaxBytes-4), 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				variables, err := Parse([]byte(test.text), Options{})
				if len(variables) != test.want || (err == nil) != (test.want > 0) {
					t.Errorf("%d variables, %v", len(variables), err)
				}
			}()
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatal("it does not end")
			}
		})
	}
}
