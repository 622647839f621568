package decision

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

var (
	mySite = secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-555555555555"}
	torn   = secret.Owner{Kind: secret.Site, Name: "torn-site", ID: "99999999-2222-3333-4444-555555555555"}
	agency = secret.Owner{Kind: secret.Organization, Name: "my-agency", ID: "aaaaaaaa-2222-3333-4444-555555555555"}
)

// eachValue reads values of one word each: "=x" is environment "",
// "live=x" an override, "?" in place of the value a hidden one.
func eachValue(values []string, do func(env secret.Env, value string)) {
	for _, word := range values {
		env, value, _ := strings.Cut(word, "=")
		do(secret.Env(env), value)
	}
}

// want is a declared secret of type runtime and scope web.
func want(name string, values ...string) secret.DesiredSecret {
	s := secret.DesiredSecret{Name: secret.Name(name), Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)}
	eachValue(values, func(env secret.Env, value string) {
		if env == "" {
			s.Value = secret.NewValue(value)
			return
		}
		s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: env, Value: secret.NewValue(value)})
	})
	return s
}

func wantWith(s secret.DesiredSecret, change func(*secret.DesiredSecret)) secret.DesiredSecret {
	change(&s)
	return s
}

// have is a live secret of type runtime and scope web.
func have(name string, values ...string) secret.LiveSecret {
	s := secret.LiveSecret{Name: secret.Name(name), Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)}
	eachValue(values, func(env secret.Env, value string) {
		reading := secret.Read(secret.NewValue(value))
		if value == "?" {
			reading = secret.Hidden()
		}
		if env == "" {
			s.Value = reading
			return
		}
		s.Overrides = append(s.Overrides, secret.LiveOverride{Env: env, Value: reading})
	})
	return s
}

func haveWith(s secret.LiveSecret, change func(*secret.LiveSecret)) secret.LiveSecret {
	change(&s)
	return s
}

// composer gives a live secret the type and scopes of a composer secret.
func composer(s *secret.LiveSecret) {
	s.Type, s.Scopes = secret.ComposerType, secret.NewScopes(secret.ICScope)
}

func inherited(s *secret.LiveSecret) { s.Presence = secret.MayBeInherited }

func desire(owner secret.Owner, secrets ...secret.DesiredSecret) secret.Desired {
	return secret.Desired{Owner: owner, Secrets: secrets, MaxDeletePercent: 30}
}

func living(owner secret.Owner, secrets ...secret.LiveSecret) secret.Live {
	return secret.Live{Owner: owner, Secrets: secrets}
}

// one is the input of a plan for my-site alone.
func one(desired []secret.DesiredSecret, live []secret.LiveSecret) Input {
	return Input{
		Project: "storefront",
		Desired: []secret.Desired{desire(mySite, desired...)},
		Live:    []secret.Live{living(mySite, live...)},
	}
}

// shorthand writes everything that a plan decides, a line per decision.
func shorthand(p plan.Plan) []string {
	var lines []string
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, c := range p.Changes {
		words := []string{string(c.Action), string(c.Secret)}
		if c.Default != "" {
			words = append(words, fmt.Sprintf("default:%s/%s", c.Default, c.Value))
		}
		for _, o := range c.Overrides {
			words = append(words, strings.TrimSuffix(fmt.Sprintf("%s:%s/%s", o.Env, o.Action, o.Value), "/"))
		}
		line("%s steps:%d", strings.Join(words, " "), c.Steps())
	}
	for _, u := range p.Unmanaged {
		line("unmanaged %s", strings.TrimSuffix(fmt.Sprintf("%s.%s", u.Secret, u.Env), "."))
	}
	for _, l := range p.Ledgers {
		line("ledger %s %s", l.Action, l.Ledger)
	}
	for _, d := range p.Drift {
		line("drift %s: %s", strings.TrimSuffix(fmt.Sprintf("%s.%s", d.Secret, d.Env), "."), sentence.Drift(d))
	}
	for _, e := range p.Errors {
		line("error %s: %s", strings.TrimSuffix(fmt.Sprintf("%s/%s", e.Owner, e.Secret), "/"), sentence.Error(e))
	}
	for _, w := range p.Warnings {
		if w.Code == plan.CodeNoFingerprintKey || w.Code == plan.CodeNoDecrypt && w.Owner == (secret.Owner{}) {
			continue // of most tests, which are not about it
		}
		line("warning %s %s", w.Code, w.Secret)
	}
	for _, r := range p.Refusals {
		line("refusal %s %s", r.Code, r.Secret)
	}
	return lines
}

// codesOf are the reasons by their codes; none of those tested here has facts.
func codesOf(reasons []plan.Reason) []plan.Code {
	var codes []plan.Code
	if reasons != nil {
		codes = []plan.Code{}
	}
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}
	return codes
}
