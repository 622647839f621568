package schema

import (
	"testing"

	"github.com/cella-secrets/cella/schema/problem"
)

// TestCommandsToTypeRunNothing: names come from pull requests and from
// Pantheon, and people copy the command with them into a shell.
func TestCommandsToTypeRunNothing(t *testing.T) {
	at := problem.PathOf("sites").Child("$(id)").Child("secrets").Child("`id`").Child("value")
	tests := map[string]struct{ got, want string }{
		"set":          {problem.SetCommand(at, "secrets.yaml"), "cella set 'site:$(id)' '`id`'"},
		"set file":     {problem.SetCommand(at, "a;id.yaml"), "cella set 'site:$(id)' '`id`' --file 'a;id.yaml'"},
		"seal":         {problem.SealCommand("$(id).yaml"), "cella seal --file '$(id).yaml'"},
		"encrypt file": {encryptFile("$(id).pem"), "sops encrypt --in-place '$(id).pem'"},
		"edit file":    {editFile("a b"), "sops edit $'a b'"},
	}
	for name, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", name, test.got, test.want)
		}
	}
}
