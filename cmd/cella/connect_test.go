package main

import "testing"

// TestTerminusHome: a HOME that differs from the user's folder counts on Windows.
func TestTerminusHome(t *testing.T) {
	t.Setenv("HOME", "own")
	t.Setenv("USERPROFILE", "own")
	for name, test := range map[string]struct{ system, home, want string }{
		"Windows, Git Bash": {"windows", `C:\Users\ann`, `C:\Users\ann`},
		"Windows, cmd":      {"windows", "", "own"},
		"Linux":             {"linux", "/elsewhere", "own"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := terminusHome(func(string) string { return test.home }, test.system); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
