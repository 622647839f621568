package schema

import (
	"slices"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

// Interpret says what a file means: with its values where their MAC was checked.
// Nothing that lies beside the file is looked at. What is wrong is reported.
func Interpret(file *sopsfile.File, r *problem.Reporter) *Manifest {
	d := decode(file, r)
	if file.Verified {
		d.fill(file.Values, nil)
	}
	return d.manifest
}

// decode says what a file means, but for its values.
func decode(file *sopsfile.File, r *problem.Reporter) *decoder {
	d := &decoder{Document: file.Doc, Reporter: r, rule: file.Rule, uncovered: map[string]bool{}, manifest: newManifest(file.Name)}
	d.decode()
	checkIDs(d.Reporter, d.manifest.owners)
	d.manifest.defaults = d.defaults
	return d
}

// Reading is a file with its meaning, and all that is wrong with it, sorted.
type Reading struct {
	*sopsfile.File
	Manifest *Manifest
	Problems problem.List
}

// Understand decrypts a file whose data key is known, checks its MAC, and says
// what it means.
func Understand(file *sopsfile.File) Reading {
	r := &problem.Reporter{File: file.Name}
	d := decode(file, r) // first, so that what it finds is not told again of the MAC
	file.Decrypt(r)
	if file.Verified {
		d.fill(file.Values, nil)
	}
	said := Reading{File: file, Manifest: d.manifest}
	r.Problems.Sort()
	said.Problems = r.Problems
	return said
}

// Reread understands a text that is encrypted under a data key. There is no File
// where the text, or its sops section, cannot be read.
func Reread(key *sopsfile.DataKey, name string, text []byte) Reading {
	r := &problem.Reporter{File: name}
	file := sopsfile.ReadEncrypted(name, text, EncryptionRules.Rule, r)
	if r.Failed() {
		r.Problems.Sort()
		return Reading{Problems: r.Problems}
	}
	file.DataKey = key
	return Understand(file)
}

// Defaults returns the type and scopes of secrets that have none of their own;
// either may be empty.
func (m *Manifest) Defaults() (secret.Type, secret.Scopes) { return m.defaults.kind, m.defaults.scopes }

// Names returns the secrets of an owner, in the order of the file.
func (m *Manifest) Names(of secret.Owner) []secret.Name {
	var names []secret.Name
	if o := m.owner(of); o != nil {
		for _, e := range o.secrets {
			names = append(names, e.Name)
		}
	}
	return names
}

// Entry returns a secret, defaults filled in. Its values are known where it has
// them, and they were decrypted.
func (m *Manifest) Entry(of secret.Owner, name secret.Name) (secret.DesiredSecret, bool) {
	o := m.owner(of)
	if o == nil {
		return secret.DesiredSecret{}, false
	}
	i := slices.IndexFunc(o.secrets, func(e *entry) bool { return e.Name == name })
	if i < 0 {
		return secret.DesiredSecret{}, false
	}
	return o.secrets[i].DesiredSecret, true
}

// Retirement is how the project leaves the owner; empty where it stays.
func (m *Manifest) Retirement(of secret.Owner) secret.Retirement {
	if o := m.owner(of); o != nil {
		return o.retire
	}
	return ""
}

func (m *Manifest) owner(of secret.Owner) *owner {
	i := slices.IndexFunc(m.owners, func(o *owner) bool { return o.Same(of) })
	if i < 0 {
		return nil
	}
	return m.owners[i]
}
