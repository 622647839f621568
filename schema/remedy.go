package schema

import (
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// UsualFile is the manifest that cella works on where none is named.
const UsualFile = "secrets.yaml"

// sealCommand is what to type after an edit by hand.
func sealCommand(file string) string { return "cella seal" + FileFlag(file) }

// setCommand is what to type to give the value at a place another one; for
// places that have none, it is sealCommand.
func setCommand(at *frame, file string) string {
	var path []string
	for f := at; f != nil; f = f.parent {
		path = append([]string{f.name}, path...)
	}
	if len(path) < 4 {
		return sealCommand(file)
	}
	owner := "site:" + path[1]
	if path[0] == ownersKey(secret.Organization) {
		owner = "org:" + path[1]
	}
	if len(path) == 6 {
		owner += "." + path[5]
	}
	return "cella set " + words.Argument(owner) + " " + words.Argument(path[3]) + FileFlag(file)
}

// FileFlag is the flag that names a manifest in a command to type, after a
// space; nothing where it has its usual name.
func FileFlag(file string) string {
	if file == UsualFile {
		return ""
	}
	return " --file " + words.Argument(file)
}

// remedyPlain is for a file without a sops section.
func remedyPlain(file string) string {
	return "run: " + sealCommand(file) + ", which encrypts it for the recipients in .sops.yaml; if it was encrypted before, restore it from git"
}
