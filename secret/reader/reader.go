// Package reader knows who reads the value of a secret: that depends on its type,
// its scopes, the environment, and what runs the site.
//
// It leaves out which value that is (package plan/effective).
package reader

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// Reader is somebody who can read a secret's value.
type Reader string

// The readers.
const (
	PHP                Reader = "php"                 // WordPress and Drupal at run time
	NextJS             Reader = "nextjs"              // builds, and the application
	IntegratedComposer Reader = "integrated_composer" // builds of WordPress and Drupal
	People             Reader = "people"              // whoever may list the secrets
)

// Framework is what runs a site, in Pantheon's word for it. The empty Framework
// is not known. Words that nobody knows rule nothing out.
type Framework string

// Frameworks lists the words that Pantheon's own clients write.
func Frameworks() []string {
	return []string{"backdrop", "drupal", "drupal8", "nodejs", "wordpress", "wordpress_network"}
}

// NextJS reports whether it is that of Next.js sites.
func (f Framework) NextJS() bool { return f == "nodejs" }

// PHP reports whether it is written in PHP. New words that begin as the known ones
// do are taken for the same.
func (f Framework) PHP() bool {
	return slices.ContainsFunc([]string{"wordpress", "drupal", "backdrop"}, f.beginsWith)
}

// Drupal reports whether it is a version of Drupal.
func (f Framework) Drupal() bool { return f.beginsWith("drupal") }

func (f Framework) beginsWith(prefix string) bool { return strings.HasPrefix(string(f), prefix) }

// Builds reports whether Integrated Composer runs as env: it runs as dev or as
// a multidev (public documentation).
func Builds(env secret.Env) bool { return env != "test" && env != "live" }

// Of lists who reads a secret in env, sorted:
//  1. PHP reads type runtime with scope web. On its servers secrets of type
//     env are not set (public documentation).
//  2. Next.js reads type env with scope web. Nothing documents that it gets
//     other types.
//  3. Integrated Composer reads what has scope ic, for sites in PHP, and not
//     as test or live.
//  4. People read what has scope user.
func Of(typ secret.Type, scopes secret.Scopes, env secret.Env, on Framework) []Reader {
	found := []Reader{}
	add := func(holds bool, reader Reader) {
		if holds {
			found = append(found, reader)
		}
	}
	add(scopes.Has(secret.ICScope) && Builds(env) && !on.NextJS(), IntegratedComposer)
	add(scopes.Has(secret.WebScope) && typ == secret.EnvType && !on.PHP(), NextJS)
	add(scopes.Has(secret.UserScope), People)
	add(scopes.Has(secret.WebScope) && typ == secret.RuntimeType && !on.NextJS(), PHP)
	return found
}

// Idle reports whether no application and no build on the framework reads the
// secret, while on others one would. That people can read it back is nothing to
// have it for.
func Idle(typ secret.Type, scopes secret.Scopes, on Framework) bool {
	return !serves(typ, scopes, on) && serves(typ, scopes, "")
}

// serves reports whether an application or a build reads the secret in some
// environment.
func serves(typ secret.Type, scopes secret.Scopes, on Framework) bool {
	return slices.ContainsFunc(Of(typ, scopes, "", on), func(r Reader) bool { return r != People })
}

// Folded is the name of the key that Drupal's module pantheon_secrets makes of a
// secret that PHP reads: in lower case, and other characters than letters and
// digits are underscores. Secrets of one such name are one key there.
func Folded(name secret.Name) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(string(name)))
}
