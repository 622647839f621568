package schema

import (
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// interpret says what a file means, but for its values. What is wrong is
// reported.
func interpret(file *sopsfile.File, r *problem.Reporter) *decoder {
	d := &decoder{Document: file.Doc, Reporter: r, rule: file.Rule, uncovered: map[string]bool{}, manifest: newManifest(file.Name)}
	d.decode()
	checkIDs(d.Reporter, d.manifest.owners)
	return d
}

// reading is a file with its meaning, and all that is wrong with it.
type reading struct {
	*sopsfile.File
	manifest *Manifest
	defaults defaults
	problems problem.List
}

// understand decrypts a file whose data key is known, checks its MAC, and says
// what it means.
func understand(file *sopsfile.File) reading {
	r := &problem.Reporter{File: file.Name}
	d := interpret(file, r)
	if file.Unseal(r); file.Verified {
		d.fill(file.Values, nil)
	}
	r.Problems.Sort()
	return reading{File: file, manifest: d.manifest, defaults: d.defaults, problems: r.Problems}
}

// reread understands a text that is encrypted under the data key of the vault.
// There is no File where it, or its sops section, cannot be read.
func reread(v *sopsfile.DataKey, name string, text []byte) reading {
	r := &problem.Reporter{File: name}
	file := sopsfile.ReadSealed(name, text, EncryptionRules.Rule, r)
	if r.Failed() {
		r.Problems.Sort()
		return reading{problems: r.Problems}
	}
	file.DataKey = v
	return understand(file)
}
