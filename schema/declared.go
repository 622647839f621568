package schema

import (
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

// Declared returns what a manifest declares by name, as far as it can be read: its
// owners, their secrets and overrides, as Compile does, without values. No key is
// needed, nothing beside the text is looked at, and what is wrong with it is not
// judged. It is nil for what is no manifest at all.
func Declared(name string, text []byte) []secret.Desired {
	sopsfile.SilenceLibraries()
	ignored := &problem.Reporter{File: name}
	file := sopsfile.Read(name, text, EncryptionRules.Rule, ignored)
	if file == nil {
		return nil
	}
	meaning := decode(file, ignored)
	meaning.fill(nil, nil)
	desired, _ := meaning.manifest.Compile(nil)
	return desired
}
