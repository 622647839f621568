package schema

import (
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// Dated is a declared secret, and where its dates stand in the file.
type Dated struct {
	secret.DesiredSecret
	places map[string]problem.Place
}

// Place is where a key that holds a date stands, such as expires.
func (d Dated) Place(key string) problem.Place { return d.places[key] }

// Dated returns the secrets of owners that stay, in the order of the file.
func (m *Manifest) Dated() []Dated {
	var all []Dated
	for _, o := range m.owners {
		if o.retire != "" {
			continue
		}
		for _, e := range o.secrets {
			all = append(all, Dated{e.DesiredSecret, e.dated})
		}
	}
	return all
}

// TokenPlace is where policy.token_expires stands.
func (m *Manifest) TokenPlace() problem.Place { return m.tokenExpires }
