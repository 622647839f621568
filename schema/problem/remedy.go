package problem

import "github.com/cella-secrets/cella/internal/words"

// UsualFile is the manifest that cella works on where none is named.
const UsualFile = "secrets.yaml"

// SealCommand is what to type after an edit by hand.
func SealCommand(file string) string { return "cella seal" + FileFlag(file) }

// SetCommand is what to type to give the value at a place another one; for
// places that have none, it is SealCommand.
func SetCommand(at *Path, file string) string {
	var path []string
	for f := at; f != nil; f = f.Parent {
		path = append([]string{f.Name}, path...)
	}
	if len(path) < 4 {
		return SealCommand(file)
	}
	owner := "site:" + path[1]
	if path[0] == "organizations" {
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

// RemedyPlain is for a file without a sops section.
func RemedyPlain(file string) string {
	return "run: " + SealCommand(file) + ", which encrypts it for the recipients in .sops.yaml; if it was encrypted before, restore it from git"
}
