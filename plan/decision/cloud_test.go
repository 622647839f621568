package decision

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// stored is a secret as the platform has it.
type stored struct {
	typ       secret.Type
	scopes    secret.Scopes
	value     string
	overrides map[secret.Env]string
}

func (s stored) equal(other stored) bool {
	return s.typ == other.typ && s.scopes.Equal(other.scopes) && s.value == other.value && maps.Equal(s.overrides, other.overrides)
}

// cloud is a small model of the platform: what every owner has of its own.
// Sites inherit from agency, and only values with the scope user come back.
type cloud struct {
	owners map[secret.Owner]map[secret.Name]stored
	// left is the number of requests after which everything stops.
	left     int
	requests int
	// failed: a request was refused for good.
	failed bool
}

// stopped is thrown by the request that is not made any more.
type stopped struct{}

const unlimited = 1 << 30

func newCloud() *cloud {
	c := &cloud{owners: map[secret.Owner]map[secret.Name]stored{}, left: unlimited}
	for _, owner := range someOwners {
		c.owners[owner] = map[secret.Name]stored{}
	}
	return c
}

func (c *cloud) clone() *cloud {
	twin := newCloud()
	for owner, secrets := range c.owners {
		for name, s := range secrets {
			s.overrides = maps.Clone(s.overrides)
			twin.owners[owner][name] = s
		}
	}
	return twin
}

// list is the listing of one owner, as package pantheon would return it.
func (c *cloud) list(owner secret.Owner) secret.Live {
	live := secret.Live{Owner: owner}
	above := map[secret.Name]stored{}
	if owner.Kind == secret.Site {
		above = c.owners[agency]
	}
	for name, s := range c.owners[owner] {
		entry := secret.LiveSecret{Name: name, Type: s.typ, Scopes: s.scopes, Value: s.reading(s.value)}
		for env, value := range s.overrides {
			entry.Overrides = append(entry.Overrides, secret.LiveOverride{Env: env, Value: s.reading(value)})
		}
		slices.SortFunc(entry.Overrides, func(a, b secret.LiveOverride) int { return cmp.Compare(a.Env, b.Env) })
		if _, inherits := above[name]; inherits {
			entry.Shadows = entry.Value.Readable()
			if !entry.Shadows {
				entry.Presence = secret.MayBeInherited
			}
		}
		live.Secrets = append(live.Secrets, entry)
	}
	for name, s := range above {
		if _, own := c.owners[owner][name]; !own {
			live.Secrets = append(live.Secrets, secret.LiveSecret{Name: name, Type: s.typ, Scopes: s.scopes, Presence: secret.MayBeInherited})
		}
	}
	slices.SortFunc(live.Secrets, func(a, b secret.LiveSecret) int { return cmp.Compare(a.Name, b.Name) })
	return live
}

func (s stored) reading(value string) secret.Reading {
	if !s.scopes.Has(secret.UserScope) {
		return secret.Hidden()
	}
	return secret.Read(secret.NewValue(value))
}

func (c *cloud) request() {
	if c.left == 0 {
		panic(stopped{})
	}
	c.left--
	c.requests++
}

// create makes a secret. Where it may exist already, equal type and scopes
// let it be changed instead, and others are refused.
func (c *cloud) create(owner secret.Owner, name secret.Name, typ secret.Type, scopes secret.Scopes, value string, mayExist bool) {
	c.request()
	s, exists := c.owners[owner][name]
	if exists && !mayExist {
		panic(fmt.Sprintf("%s %s exists already", owner, name))
	}
	if exists && (s.typ != typ || !s.scopes.Equal(scopes)) {
		c.failed = true
		panic(stopped{})
	}
	s.typ, s.scopes, s.value = typ, scopes, value
	c.put(owner, name, s)
}

// seize gives a site what its organization has, where it has none of its own.
func (c *cloud) seize(owner secret.Owner, name secret.Name) {
	c.request()
	if _, exists := c.owners[owner][name]; exists {
		return
	}
	above, found := c.owners[agency][name]
	if !found {
		panic(fmt.Sprintf("%s has no %s", agency, name))
	}
	c.put(owner, name, stored{typ: above.typ, scopes: above.scopes, value: above.value})
}

// set changes one value. Where the secret may be missing, it is created.
func (c *cloud) set(owner secret.Owner, want secret.DesiredSecret, env secret.Env, value string, mayMiss bool) {
	c.request()
	s, exists := c.owners[owner][want.Name]
	switch {
	case !exists && !mayMiss:
		panic(fmt.Sprintf("%s %s is not there", owner, want.Name))
	case !exists:
		s = stored{typ: want.Type, scopes: want.Scopes, value: want.Value.Reveal()}
	}
	s.overrides = maps.Clone(s.overrides)
	if env == "" {
		s.value = value
	} else {
		if s.overrides == nil {
			s.overrides = map[secret.Env]string{}
		}
		s.overrides[env] = value
	}
	c.put(owner, want.Name, s)
}

func (c *cloud) remove(owner secret.Owner, name secret.Name, env secret.Env) {
	c.request()
	if env == "" {
		delete(c.owners[owner], name)
		return
	}
	s := c.owners[owner][name]
	s.overrides = maps.Clone(s.overrides)
	delete(s.overrides, env)
	c.put(owner, name, s)
}

func (c *cloud) put(owner secret.Owner, name secret.Name, s stored) { c.owners[owner][name] = s }

func (c *cloud) write(owner secret.Owner, writes []ledger.Write) {
	for _, w := range writes {
		switch w.Op {
		case ledger.Create:
			c.create(owner, w.Name, ledger.Type, ledger.Scopes(), w.Value.Reveal(), false)
		case ledger.Change:
			c.set(owner, secret.DesiredSecret{Name: w.Name}, "", w.Value.Reveal(), false)
		default:
			c.remove(owner, w.Name, "")
		}
	}
}
