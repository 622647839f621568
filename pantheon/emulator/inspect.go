package emulator

import (
	"maps"
	"slices"
)

// The functions below are for tests that compare what is live with what should
// be, hidden values included. They count as no request. REF is site:NAME or
// org:NAME, where an id may stand for the name; one that names nobody has no
// secrets, and nobody is named while the state file cannot be read.

// Holds reports whether the value of the owner's secret, for env or (with "")
// by default, is exactly value. An override is not answered for by the
// default, nor a site's value by its organization's.
func (s *Server) Holds(ref, name, env, value string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.look(ref)
	return err == nil && s.world.holds(o, name, env, value)
}

// Names lists the owner's own secrets, sorted.
func (s *Server) Names(ref string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.look(ref)
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.secrets))
}

// Attributes returns the type, the scopes (sorted) and the environments with
// overrides (sorted) of the owner's own secret; false where there is none.
func (s *Server) Attributes(ref, name string) (secretType string, scopes, envs []string, exists bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.look(ref)
	if err != nil {
		return "", nil, nil, false
	}
	held, exists := o.secrets[name]
	return held.Type, slices.Sorted(slices.Values(held.Scopes)), held.environments(), exists
}

// ID returns the id of the owner, "" where there is none.
func (s *Server) ID(ref string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.look(ref)
	if err != nil {
		return ""
	}
	return o.id
}

// State returns a copy of everything, hidden values as digests: two of one
// Server are equal exactly if they hold the same. It is the zero State while
// the state file cannot be read.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return State{}
	}
	return s.world.state.clone()
}

func (s *Server) look(ref string) (owner, error) {
	if err := s.refresh(); err != nil {
		return owner{}, err
	}
	return s.world.find(ref)
}
