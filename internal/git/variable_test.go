package git

import "testing"

// TestVariables: a token in $env:pantheon_machine_token is one on Windows, and is
// withheld like every other.
func TestVariables(t *testing.T) {
	tests := map[string]struct{ entry, system, want string }{
		"as it is":         {"Pantheon_Token=a=b", "linux", "Pantheon_Token"},
		"in any case":      {"Pantheon_Token=a=b", "windows", "PANTHEON_TOKEN"},
		"a disk's folder":  {`=C:=C:\work`, "windows", ""},
		"without a value":  {"NAME=", "windows", "NAME"},
		"without anything": {"", "windows", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := variableOf(test.entry, test.system); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
