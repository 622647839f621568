package schema

import "github.com/cella-secrets/cella/schema/problem"

// interpret says what a file means, but for its values. What is wrong is
// reported.
func interpret(file *File, r *problem.Reporter) *decoder {
	d := &decoder{document: file.doc, Reporter: r, rule: file.rule, uncovered: map[string]bool{}, manifest: newManifest(file.name)}
	d.decode()
	checkIDs(d.Reporter, d.manifest.owners)
	return d
}

// reading is a file with its meaning, and all that is wrong with it.
type reading struct {
	*File
	manifest *Manifest
	defaults defaults
	problems problem.List
}

// understand decrypts a file whose data key is known, checks its MAC, and says
// what it means.
func understand(file *File) reading {
	r := &problem.Reporter{File: file.name}
	d := interpret(file, r)
	if file.unseal(r); file.verified {
		d.fill(file.values, nil)
	}
	r.Problems.Sort()
	return reading{File: file, manifest: d.manifest, defaults: d.defaults, problems: r.Problems}
}

// reread understands a text that is encrypted under the data key of the vault.
// There is no File where it, or its sops section, cannot be read.
func reread(v *vault, name string, text []byte) reading {
	r := &problem.Reporter{File: name}
	file := readSealed(name, text, EncryptionRules.rule, r)
	if r.Failed() {
		r.Problems.Sort()
		return reading{problems: r.Problems}
	}
	file.vault = v
	return understand(file)
}
