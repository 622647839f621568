package schema

// interpret says what a file means, but for its values. What is wrong is
// reported.
func interpret(file *File, r *reporter) *decoder {
	d := &decoder{document: file.doc, reporter: r, rule: file.rule, uncovered: map[string]bool{}, manifest: newManifest(file.name)}
	d.decode()
	d.checkIDs(d.manifest.owners)
	return d
}

// reading is a file with its meaning, and all that is wrong with it.
type reading struct {
	*File
	manifest *Manifest
	defaults defaults
	problems Problems
}

// understand decrypts a file whose data key is known, checks its MAC, and says
// what it means.
func understand(file *File) reading {
	r := &reporter{file: file.name}
	d := interpret(file, r)
	if file.unseal(r); file.verified {
		d.fill(file.values, nil)
	}
	r.problems.sort()
	return reading{File: file, manifest: d.manifest, defaults: d.defaults, problems: r.problems}
}

// reread understands a text that is encrypted under the data key of the vault.
// There is no File where it, or its sops section, cannot be read.
func (v *vault) reread(name string, text []byte) reading {
	r := &reporter{file: name}
	file := readSealed(name, text, r)
	if r.failed() {
		r.problems.sort()
		return reading{problems: r.problems}
	}
	file.vault = v
	return understand(file)
}
