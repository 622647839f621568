package edit

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// Doubt is that a name which is new may be a slip of the hand.
type Doubt struct {
	// Question is for somebody who can be asked before anything is written: yes
	// means that the name is meant.
	Question string
	// Instead is what to do where it is not.
	Instead string
	// Warning is for anybody else, once it is written.
	Warning string
}

// Doubt doubts the name of a new secret, and an environment that no override named
// before. ok is false where there is nothing to doubt.
func (s *Setting) Doubt() (doubt Doubt, ok bool) {
	at, file := s.at, problem.FileFlag(s.file.Name)
	undo := fmt.Sprintf("cella unset %s%s", at.Words(), file)
	if near, ok := s.nearName(); ok {
		meant := at
		meant.Name = secret.Name(near)
		name, other := words.Quote(string(at.Name)), words.Quote(near)
		return Doubt{
			Question: fmt.Sprintf("There is %s: did you mean that? To add %s as a secret of its own, confirm it.", other, name),
			Instead:  fmt.Sprintf("to set %s: cella set %s%s", other, meant.Words(), file),
			Warning:  fmt.Sprintf("%s is new, and there is %s: did you mean that? To remove the new one: %s", at, other, undo),
		}, true
	}
	near, ok := s.nearEnv()
	if !ok {
		return Doubt{}, false
	}
	meant := at
	meant.Env = secret.Env(near)
	env := words.Quote(string(at.Env))
	return Doubt{
		Question: fmt.Sprintf("There is %s: did you mean that? To set a value for a multidev %s, confirm it.", near, env),
		Instead:  fmt.Sprintf("to set the value for %s: cella set %s%s", near, meant.Words(), file),
		Warning: fmt.Sprintf("nothing else in the manifest names the environment %s, so it is taken for a multidev; if you meant %s: %s",
			env, near, undo),
	}, true
}

// nearName is the owner's secret that may be meant by a new name, which no other
// owner has either.
func (s *Setting) nearName() (string, bool) {
	if s.there {
		return "", false
	}
	for _, owner := range s.file.Owners() {
		if slices.Contains(s.file.Names(owner), string(s.at.Name)) {
			return "", false
		}
	}
	return words.Slip(string(s.at.Name), s.file.Names(s.at.Owner))
}

// nearEnv is the environment that a typing error, or the habit of another host, may
// have turned into the one of the place, which no override named before.
func (s *Setting) nearEnv() (string, bool) {
	known := []string{"dev", "test", "live"}
	for _, owner := range s.file.Owners() {
		for _, name := range s.file.Names(owner) {
			entry, _ := s.file.Entry(owner, secret.Name(name))
			for _, override := range entry.Overrides {
				known = append(known, string(override.Env))
			}
		}
	}
	if usual, ok := secret.UsualEnv(string(s.at.Env)); ok && !slices.Contains(known, string(s.at.Env)) {
		return string(usual), true
	}
	return words.Closest(string(s.at.Env), known)
}
