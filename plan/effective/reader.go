package effective

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

// family is what kind of site reads the secrets.
type family uint8

const (
	anyFamily family = iota // not known
	phpFamily
	nodeFamily
)

// Frameworks lists the words of an Input's Framework, as Pantheon's own clients
// write them.
func Frameworks() []string {
	return []string{"backdrop", "drupal", "drupal8", "nodejs", "wordpress", "wordpress_network"}
}

// familyOf reads a framework as Pantheon writes it. New words that begin as
// the old ones do are taken for the same.
func familyOf(framework string) family {
	switch {
	case framework == "nodejs":
		return nodeFamily
	case slices.ContainsFunc([]string{"wordpress", "drupal", "backdrop"}, func(p string) bool { return strings.HasPrefix(framework, p) }):
		return phpFamily
	}
	return anyFamily
}

// builds reports whether Integrated Composer runs as env: it runs as dev or as
// a multidev (public documentation).
func builds(env secret.Env) bool { return env != "test" && env != "live" }

// readers lists who reads a secret in env, sorted:
//  1. PHP reads type runtime with scope web. On its servers secrets of type
//     env are not set (public documentation).
//  2. Next.js reads type env with scope web. Nothing documents that it gets
//     other types.
//  3. Integrated Composer reads what has scope ic, for sites in PHP, and not
//     as test or live.
//  4. People read what has scope user.
func readers(typ secret.Type, scopes secret.Scopes, env secret.Env, of family) []Reader {
	found := []Reader{}
	add := func(holds bool, reader Reader) {
		if holds {
			found = append(found, reader)
		}
	}
	add(scopes.Has(secret.ICScope) && builds(env) && of != nodeFamily, IntegratedComposer)
	add(scopes.Has(secret.WebScope) && typ == secret.EnvType && of != phpFamily, NextJS)
	add(scopes.Has(secret.UserScope), People)
	add(scopes.Has(secret.WebScope) && typ == secret.RuntimeType && of != nodeFamily, PHP)
	return found
}

// misread says why somebody who might expect to read the secret does not;
// empty where nobody would.
func misread(layer Layer, env secret.Env, of family) Note {
	web, ic := layer.Scopes.Has(secret.WebScope), layer.Scopes.Has(secret.ICScope)
	switch {
	case web && layer.Type == secret.EnvType && of == phpFamily:
		return Note{"env-on-php", "type env is not set on WordPress and Drupal servers, only in builds by Integrated Composer; PHP reads type runtime"}
	case web && layer.Type == secret.RuntimeType && of == nodeFamily:
		return Note{"runtime-on-nextjs", "Next.js gets secrets of type env; nothing documents that it gets type runtime"}
	case ic && of == nodeFamily:
		return Note{"ic-on-nextjs", "Integrated Composer does not build Next.js sites"}
	case ic && !builds(env) && layer.Env != "":
		return Note{"ic-override", "Integrated Composer runs as dev or a multidev, so it never reads an override for " + string(env)}
	}
	return Note{}
}
