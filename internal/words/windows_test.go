package words

import (
	"strings"
	"testing"
)

// TestPathsOfWindows: a path with backslashes is shown as it is, and can be copied
// into each of its shells.
func TestPathsOfWindows(t *testing.T) {
	tests := map[string]struct{ text, quoted, argument string }{
		"a path":             {`sites\secrets.yaml`, `sites\secrets.yaml`, `"sites\secrets.yaml"`},
		"of a disk":          {`C:\Users\ann\s.yaml`, `C:\Users\ann\s.yaml`, `"C:\Users\ann\s.yaml"`},
		"of a server":        {`\\srv\share\s.yaml`, `\\srv\share\s.yaml`, `"\\srv\share\s.yaml"`},
		"with a space":       {`C:\My Sites\s.yaml`, `"C:\\My Sites\\s.yaml"`, `"C:\My Sites\s.yaml"`},
		"a folder":           {`sites\`, `"sites\\"`, `$'sites\\'`},
		"with slashes":       {"sites/secrets.yaml", "sites/secrets.yaml", "sites/secrets.yaml"},
		"a variable of cmd":  {`%PATH%\x`, `"%PATH%\\x"`, `$'%PATH%\\x'`},
		"one of PowerShell":  {`$(id)\x`, `"$(id)\\x"`, `$'$(id)\\x'`},
		"markup":             {`a\|b`, `"a\\|b"`, `$'a\\|b'`},
		"a quote":            {`a"\x`, `"a\"\\x"`, `$'a"\\x'`},
		"a line":             {"a\\x\nb", `"a\\x\nb"`, `$'a\\x\nb'`},
		"a command":          {`::error::a\x`, `":\x3aerror:\x3aa\\x"`, `$':\x3aerror:\x3aa\\x'`},
		"a long path is cut": {strings.Repeat(`aa\`, 99), strings.Repeat(`aa\`, 66) + "aa…", "$'" + strings.Repeat(`aa\\`, 66) + "aa…'"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := quote(test.text, '/', maxQuoted); strings.Contains(got, `\`) && got[0] != '"' {
				t.Errorf("on other systems: %s", got)
			}
			if got := quote(test.text, '\\', maxQuoted); got != test.quoted {
				t.Errorf("quoted: %s, want %s", got, test.quoted)
			}
			if got := argument(test.text, '\\', maxQuoted); got != test.argument {
				t.Errorf("as an argument: %s, want %s", got, test.argument)
			}
		})
	}
}
