package emulatortest

import (
	"maps"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// The functions below are for tests that compare what is live with what should
// be, hidden values included. They count as no request. REF is site:NAME or
// org:NAME, where an id may stand for the name; one that names nobody has no
// secrets, and nobody is named while the state file cannot be read.

// Holds reports whether the value of the owner's secret, for env or (with "")
// by default, is exactly value. An override is not answered for by the
// default, nor a site's value by its organization's.
func (s *Server) Holds(ref, name, env, value string) bool {
	state := s.State()
	id, secrets := find(state, ref)
	held, found := secrets[name]
	if !found {
		return false
	}
	clear, hidden := held.Value, held.ValueDigest
	if env != "" {
		clear, hidden = held.Overrides[env], held.OverrideDigests[env]
	}
	if hidden == "" {
		return clear != "" && clear == value
	}
	kind, _, _ := strings.Cut(ref, ":")
	digest, err := state.Digest(kind, id, name, env, value)
	return err == nil && digest == hidden
}

// Names lists the owner's own secrets, sorted.
func (s *Server) Names(ref string) []string {
	_, secrets := find(s.State(), ref)
	return slices.Sorted(maps.Keys(secrets))
}

// Attributes returns the type, the scopes (sorted) and the environments with
// overrides (sorted) of the owner's own secret; false where there is none.
func (s *Server) Attributes(ref, name string) (secretType string, scopes, envs []string, exists bool) {
	_, secrets := find(s.State(), ref)
	held, exists := secrets[name]
	for env := range held.Overrides {
		envs = append(envs, env)
	}
	for env := range held.OverrideDigests {
		envs = append(envs, env)
	}
	slices.Sort(envs)
	return held.Type, slices.Sorted(slices.Values(held.Scopes)), envs, exists
}

// ID returns the id of the owner, "" where there is none.
func (s *Server) ID(ref string) string {
	id, _ := find(s.State(), ref)
	return id
}

// find returns the id of the owner that ref names, and its secrets.
func find(state emulator.State, ref string) (id string, secrets map[string]emulator.Secret) {
	for _, o := range state.Organizations {
		if ref == "org:"+o.Name || ref == "org:"+o.ID {
			return o.ID, o.Secrets
		}
	}
	for _, o := range state.Sites {
		if ref == "site:"+o.Name || ref == "site:"+o.ID {
			return o.ID, o.Secrets
		}
	}
	return "", nil
}
