package view

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// ofValue are the reasons that a change has for its default value.
var ofValue = map[plan.Code]bool{
	plan.ReasonAbsent: true, plan.ReasonChanged: true, plan.ReasonHidden: true, plan.ReasonNotAsApplied: true, plan.ReasonRewrite: true,
}

// unsaid are the reasons that say what the row shows anyway, or the notes say
// once for all rows.
var unsaid = map[plan.Code]bool{
	plan.ReasonCreate: true, plan.ReasonReplaceNeeded: true, plan.ReasonOnlyOverrides: true, plan.ReasonOverridesDiffer: true,
	plan.ReasonOverridesLater: true, plan.ReasonReplace: true, plan.ReasonExternal: true,
}

// statements say of a change what is written and why: type and scopes where they
// are new or change, then the values that are written, then the other reasons. Of
// values that stay they say nothing.
func (t *teller) statements(c plan.Change) []string {
	var said []string
	because := func(code plan.Code) bool {
		return slices.ContainsFunc(c.Reasons, func(r plan.Reason) bool { return r.Code == code })
	}
	what := attributes(c)
	if c.Action == plan.Create {
		what = what + created(c)
	}
	if because(plan.ReasonReplace) {
		what = colon(what, sentence.Brief(plan.Reason{Code: plan.ReasonReplace}, ""))
	}
	if what != "" {
		said = append(said, what)
	}
	said = append(said, t.values(c)...)
	for _, reason := range c.Reasons {
		if !unsaid[reason.Code] && !ofValue[reason.Code] {
			said = append(said, sentence.Brief(reason, ""))
		}
	}
	return said
}

// attributes writes type and scopes where they are new, or what changes of them.
func attributes(c plan.Change) string {
	before, after := words.Quote(string(c.Type.Before)), words.Quote(string(c.Type.After))
	from, to := scopes(c.Scopes.Before), scopes(c.Scopes.After)
	switch {
	case c.Type.After == "", c.Action != plan.Create && c.Type.Before == "":
		return ""
	case c.Action == plan.Create:
		return "type " + after + ", scopes " + to
	}
	var changed []string
	if before != after {
		changed = append(changed, "type "+before+" -> "+after)
	}
	if from != to {
		changed = append(changed, "scopes "+from+" -> "+to)
	}
	return strings.Join(changed, ", ")
}

func scopes(s secret.Scopes) string {
	if len(s) == 0 {
		return "none"
	}
	return s.String()
}

// created follows the type and scopes of what is created: where its value comes
// from, and its overrides.
func created(c plan.Change) string {
	said := ""
	if c.Source != "" {
		said = ", value" + from(c.Source)
	}
	var envs []string
	for _, o := range c.Overrides {
		if o.Action == plan.Create {
			envs = append(envs, words.Quote(string(o.Env))+from(o.Source))
		}
	}
	switch len(envs) {
	case 0:
		return said
	case 1:
		return said + ", override for " + envs[0]
	}
	return said + ", overrides for " + strings.Join(envs, ", ")
}

// from names the source of a value that does not stand in the manifest.
func from(source secret.Source) string {
	if source == "" {
		return ""
	}
	return " from " + words.Quote(string(source))
}

// phrase is what is said of some values of a secret: of its default value, which
// has no environment, and of overrides.
type phrase struct {
	danger danger
	envs   []secret.Env
	why    plan.Reason // of overrides that are removed; of others text says it
	text   string
}

// values says what is written of a secret that stays, and which overrides go;
// values of which the same is said stand together.
func (t *teller) values(c plan.Change) []string {
	var phrases []phrase
	enter := func(action plan.Action, env secret.Env, p phrase) {
		if action == plan.None || action == "" || written(c) && action != plan.Delete {
			return
		}
		p.danger = dangers[action]
		at := slices.IndexFunc(phrases, func(o phrase) bool { return o.text == p.text && o.danger == p.danger && o.why.Code == p.why.Code })
		if at < 0 {
			at, phrases = len(phrases), append(phrases, p)
		}
		phrases[at].envs = append(phrases[at].envs, env)
	}
	enter(c.Default, "", phrase{text: t.ofDefault(c)})
	for _, o := range c.Overrides {
		if o.Action == plan.Delete {
			enter(o.Action, o.Env, phrase{why: removal(o)})
		} else {
			enter(o.Action, o.Env, phrase{text: t.because(o.Reasons, o)})
		}
	}
	slices.SortStableFunc(phrases, func(a, b phrase) int { return int(a.danger) - int(b.danger) })
	said := make([]string, len(phrases))
	for i, p := range phrases {
		switch {
		case p.text == "":
			said[i] = sentence.Removal(p.envs, p.why)
		case len(c.Overrides) > 0:
			said[i] = sentence.Values(p.envs) + ": " + p.text
		default:
			said[i] = p.text
		}
	}
	return said
}

// written reports whether all values of the secret are written, whatever is on
// Pantheon.
func written(c plan.Change) bool { return c.Action == plan.Create || c.Action == plan.Replace }

// removal is why an override is removed, where that is said.
func removal(o plan.OverrideChange) plan.Reason {
	if len(o.Reasons) == 0 {
		return plan.Reason{}
	}
	return o.Reasons[0]
}

func (t *teller) ofDefault(c plan.Change) string {
	var reasons []plan.Reason
	for _, reason := range c.Reasons {
		if ofValue[reason.Code] {
			reasons = append(reasons, reason)
		}
	}
	return t.because(reasons, plan.OverrideChange{Value: c.Value, ChangedBy: c.ChangedBy, AppliedAt: c.AppliedAt, Source: c.Source})
}

// because says why a value is written; a value without a reason by its state.
func (t *teller) because(reasons []plan.Reason, value plan.OverrideChange) string {
	if len(reasons) == 0 {
		reasons = []plan.Reason{ofState(value.Value, value.ChangedBy)}
	}
	texts := make([]string, len(reasons))
	for i, reason := range reasons {
		texts[i] = sentence.Brief(reason, Age(value.AppliedAt, t.now))
	}
	return strings.Join(texts, "; ") + strings.TrimSuffix(" ("+strings.TrimPrefix(from(value.Source), " ")+")", " ()")
}

func ofState(state plan.ValueState, by plan.ChangedBy) plan.Reason {
	code := map[plan.ValueState]plan.Code{
		plan.Absent: plan.ReasonAbsent, plan.Unverifiable: plan.ReasonHidden, plan.AsApplied: plan.ReasonRewrite,
	}[state]
	if code == "" {
		code = plan.ReasonChanged
	}
	return plan.Reason{Code: code, Facts: plan.ReasonFacts{ChangedBy: by}}
}

// untouched says of a new default value which environments do not get it: those with
// an override that the manifest does not have.
func (t *teller) untouched(c plan.Change) []string {
	if c.Action != plan.Update || c.Default == plan.None {
		return nil
	}
	var envs []secret.Env
	for _, u := range t.plan.Unmanaged {
		if u.Env != "" && u.Owner == c.Owner && u.Secret == c.Secret {
			envs = append(envs, u.Env)
		}
	}
	if len(envs) == 0 {
		return nil
	}
	return []string{sentence.Untouched(c.Owner, c.Secret, envs)}
}
