package adopt

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Fate is what becomes of a live secret.
type Fate uint8

// The fates.
const (
	LeftOut  Fate = iota // it is not imported
	Managed              // declared with its values
	External             // declared as set elsewhere
)

// Proposal is what one live secret becomes.
type Proposal struct {
	Fate Fate
	// Desired is the entry for the manifest; of a secret that is left out, only
	// its name.
	Desired secret.DesiredSecret
	// Hidden are the overrides that are live and did not come back, sorted.
	Hidden []secret.Env
	// Notes say what a person should know: why it is left out, or what of it
	// is not taken over. They quote what is foreign.
	Notes []string
}

// Rules are what depends on the manifest.
type Rules struct {
	// Holds reports whether the manifest can hold a secret of that name.
	Holds func(name secret.Name) bool
	// Claimed returns the other project whose ledger names the secret, or "".
	Claimed func(name secret.Name) string
}

// Propose says what becomes of every secret in a listing, in its order.
func Propose(live secret.Live, rules Rules) []Proposal {
	var proposals []Proposal
	for _, s := range live.Secrets {
		if !s.Name.Reserved() {
			proposals = append(proposals, propose(s, rules))
		}
	}
	return proposals
}

func propose(s secret.LiveSecret, rules Rules) Proposal {
	p := Proposal{Desired: secret.DesiredSecret{Name: s.Name}}
	if why := obstacle(s, rules); why != "" {
		p.Notes = []string{why}
		return p
	}
	p.Desired.Type, p.Desired.Scopes = s.Type, s.Scopes
	value, readable := s.Value.Value(), s.Value.Readable()
	if !readable || value.Validate() != nil {
		p.Fate, p.Desired.External = External, true
		if readable {
			p.Notes = append(p.Notes, "Pantheon shows its value, but it cannot be written: "+value.Validate().Error())
		}
		for _, o := range s.Overrides {
			if o.Value.Readable() {
				p.Notes = append(p.Notes, fmt.Sprintf("Pantheon shows its override for %s, but the manifest takes no override without a default value", words.Quote(string(o.Env))))
			}
		}
		return p
	}
	p.Fate, p.Desired.Value = Managed, value
	for _, o := range s.Overrides {
		value, readable := o.Value.Value(), o.Value.Readable()
		fault := o.Env.Validate()
		if fault == nil && readable {
			fault = value.Validate()
		}
		switch {
		case fault != nil:
			p.Hidden = append(p.Hidden, o.Env)
			p.Notes = append(p.Notes, fmt.Sprintf("its override for %s cannot be declared: %v", words.Quote(string(o.Env)), fault))
		case !readable:
			p.Hidden = append(p.Hidden, o.Env)
			p.Notes = append(p.Notes, fmt.Sprintf("its override for %s is hidden and stays as it is", words.Quote(string(o.Env))))
		default:
			p.Desired.Overrides = append(p.Desired.Overrides, secret.DesiredOverride{Env: o.Env, Value: value})
		}
	}
	return p
}

// obstacle says why a secret cannot be taken over at all, or nothing.
func obstacle(s secret.LiveSecret, rules Rules) string {
	unknown := slices.IndexFunc(s.Scopes, func(scope secret.Scope) bool { return !slices.Contains(secret.CreatableScopes(), scope) })
	switch {
	case s.Presence == secret.MayBeInherited:
		return "inherited from the organization, or the site's own and hidden: Pantheon doesn't show which"
	case !s.Type.Creatable():
		return fmt.Sprintf("a manifest cannot declare its type %s", words.Quote(string(s.Type)))
	case len(s.Scopes) == 0:
		return "it has no scopes"
	case unknown >= 0:
		return fmt.Sprintf("a manifest cannot declare its scope %s", words.Quote(string(s.Scopes[unknown])))
	}
	if err := s.Name.Validate(s.Type); err != nil {
		return err.Error()
	}
	if !rules.Holds(s.Name) {
		return "a manifest cannot hold a secret of this name: SOPS uses it itself"
	}
	if project := rules.Claimed(s.Name); project != "" {
		return fmt.Sprintf("project %s manages it", words.Quote(project))
	}
	return ""
}
