package effective

import (
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// misread says why somebody who might expect to read the secret does not;
// empty where nobody would.
func misread(layer Layer, env secret.Env, on reader.Framework) Note {
	web, ic := layer.Scopes.Has(secret.WebScope), layer.Scopes.Has(secret.ICScope)
	switch {
	case web && layer.Type == secret.EnvType && on.PHP():
		return Note{"env-on-php", "type env is not set on WordPress and Drupal servers, only in builds by Integrated Composer; PHP reads type runtime"}
	case web && layer.Type == secret.RuntimeType && on.NextJS():
		return Note{"runtime-on-nextjs", "Next.js gets secrets of type env; nothing documents that it gets type runtime"}
	case ic && on.NextJS():
		return Note{"ic-on-nextjs", "Integrated Composer does not build Next.js sites"}
	case ic && !reader.Builds(env) && layer.Env != "":
		return Note{"ic-override", "Integrated Composer runs as dev or a multidev, so it never reads an override for " + string(env)}
	}
	return Note{}
}
