package schema

import (
	"cmp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

// The lints. They are warnings; their codes are stable.
//
//	code                  what                                                  needs values
//	override-never-read   override for test or live, scopes only ic             no
//	composer-without-ic   type composer without scope ic                        no
//	user-scope-only       no scope but user                                     no
//	comment-beside-value  a comment in clear right beside a value               no
//	recipients-differ     recipients are not those of the nearest .sops.yaml    no
//	settings-differ       nor are the settings that its rule names              no
//	sops-config           the nearest .sops.yaml cannot be read                 no
//	hidden-direction      a character in clear makes text look out of order      no
//	retire-ignores        values or secrets beside retire are ignored           no
//	record-without-key    record says where, and there is nothing to remember   no
//	more-warnings         there are more warnings than are listed               no
//
// Those of package slip are about values, and need them.
const (
	lintOverrideNeverRead  = "override-never-read"
	lintComposerWithoutIC  = "composer-without-ic"
	lintUserScopeOnly      = "user-scope-only"
	lintCommentBesideValue = "comment-beside-value"
	lintRetireIgnores      = "retire-ignores"
	lintRecordWithoutKey   = "record-without-key"
)

func (d *decoder) lintSecret(e *entry) {
	if e.field("retire") != nil {
		return
	}
	place := e.at.At(e.key)
	if e.Type == secret.ComposerType && len(e.Scopes) > 0 && !e.Scopes.Has(secret.ICScope) && !e.Scopes.Has("") {
		d.Warn(place, lintComposerWithoutIC, "add ic to scopes", "Composer credentials are read by Integrated Composer only, which needs scope ic")
	}
	if e.Scopes.Equal(secret.Scopes{secret.UserScope}) {
		d.Warn(place, lintUserScopeOnly, "add web or ic to scopes", "scope user alone: no application and no build can read it")
	}
	if !e.Scopes.Equal(secret.Scopes{secret.ICScope}) {
		return
	}
	for _, override := range e.overrides {
		d.lintOverride(override.env, override.field.at.At(override.field.node))
	}
	for _, override := range e.overridesFrom {
		d.lintOverride(override.env, override.origin.at)
	}
}

// lintOverride warns of an override that only Integrated Composer could read.
func (d *decoder) lintOverride(env secret.Env, at problem.Place) {
	if env == "test" || env == "live" {
		d.Warn(at, lintOverrideNeverRead, "remove the override, or add a scope that reads it",
			"Integrated Composer never runs as environment %s, so nothing reads this override", string(env))
	}
}

// lintComment warns of comments in clear that stand right beside a value.
func (d *decoder) lintComment(key, value *yaml.Node, at *problem.Path) {
	for _, comment := range []string{key.HeadComment, key.LineComment, key.FootComment, value.HeadComment, value.LineComment, value.FootComment} {
		for line := range strings.SplitSeq(comment, "\n") {
			if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#ENC[") {
				continue
			}
			d.Warn(at.At(key), lintCommentBesideValue, "make sure that it holds nothing secret, and move it into description",
				"a comment beside the value is not encrypted")
			return
		}
	}
}

// lintValue warns of what hardly anybody means in a value.
func lintValue(r *problem.Reporter, value secret.Value, at problem.Place, how func() remedies) {
	for _, found := range slip.Find(value) {
		remedy := "if that is not meant, " + how().edit
		if found.Code == slip.TrailingNewline {
			remedy = cmp.Or(how().newline, remedy)
		}
		r.Warn(at, found.Code, remedy, "%s", found.What)
	}
}
