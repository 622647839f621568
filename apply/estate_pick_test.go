package apply_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

var (
	estateOwners = []secret.Owner{org("o"), site("a"), site("b")}
	estateEnvs   = []secret.Env{"dev", "live", "test"}
	estateNames  = []secret.Name{"S0", "S1", "S2", "N0", "N1", "N2"}
)

// shared reports whether the organization has the name too. Behind a hidden
// secret of the organization nothing of a site's own can be seen, not even
// that it is in the way, so there a site's secret keeps its type and scopes,
// and stays the project's.
func shared(owner secret.Owner, name secret.Name) bool {
	return owner.Kind == secret.Site && strings.HasPrefix(string(name), "S")
}

// possible reports whether the owner may have a secret of that name.
func possible(owner secret.Owner, name secret.Name) bool {
	return owner.Kind == secret.Site || strings.HasPrefix(string(name), "S")
}

func pickKind(random *rand.Rand) (secret.Type, secret.Scopes) {
	types := []secret.Type{secret.RuntimeType, secret.EnvType}
	scopes := []secret.Scopes{secret.NewScopes(secret.WebScope), secret.NewScopes(secret.UserScope, secret.WebScope)}
	return types[random.IntN(2)], scopes[random.IntN(2)]
}

// pickManifest makes one edition of a manifest.
func pickManifest(random *rand.Rand) []secret.Desired {
	var manifest []secret.Desired
	for _, owner := range estateOwners {
		d := secret.Desired{Owner: owner, MaxDeletePercent: 100}
		for _, name := range slices.Sorted(slices.Values(estateNames)) {
			if !possible(owner, name) || random.IntN(4) == 0 {
				continue
			}
			s := secret.DesiredSecret{Name: name, Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope), Replace: true}
			if !shared(owner, name) {
				s.Type, s.Scopes = pickKind(random)
			}
			edition := fmt.Sprint(random.IntN(2))
			s.Value = secret.NewValue(valueOf(owner, name, "").Reveal() + edition)
			for _, env := range estateEnvs {
				switch random.IntN(4) {
				case 0, 1:
					s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: env, Value: secret.NewValue(valueOf(owner, name, env).Reveal() + edition)})
				case 2:
					s.DropOverrides = append(s.DropOverrides, env)
				}
			}
			switch random.IntN(12) {
			case 0:
				s.Retire = secret.RetireDelete
			case 1:
				if !shared(owner, name) {
					s.Retire = secret.RetireRelease
				}
			case 2:
				if !shared(owner, name) {
					s.External, s.Value, s.Overrides, s.DropOverrides, s.Replace = true, secret.Value{}, nil, nil, false
				}
			}
			d.Secrets = append(d.Secrets, s)
		}
		manifest = append(manifest, d)
	}
	return manifest
}

// pickEstate makes a world with secrets that nobody manages.
func pickEstate(t *testing.T, random *rand.Rand) estate {
	e := estate{w: newWorld(), keys: keysOf(t, "k"), org: org("o"), project: project}
	for _, owner := range estateOwners {
		for _, name := range estateNames {
			if random.IntN(3) > 0 || shared(owner, name) || !possible(owner, name) {
				continue
			}
			typ, scopes := pickKind(random)
			live := newStored(typ, scopes, secret.NewValue(valueOf(owner, name, "").Reveal()+"0"))
			for _, env := range estateEnvs {
				if random.IntN(3) == 0 {
					live.overrides[env] = secret.NewValue(canary + "-theirs")
				}
			}
			e.w.secrets[storedKey(owner, name)] = live
		}
	}
	return e
}
