package importing

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// fitting are type and scopes that the application of a site reads: those of the
// manifest's defaults where it does. Where PHP runs the site only what Next.js alone
// reads is changed: the rest may be for builds or for people.
func fitting(kind secret.Type, scopes secret.Scopes, on reader.Framework) (secret.Type, secret.Scopes) {
	switch {
	case on.NextJS():
		kind = secret.EnvType
		if !scopes.Has(secret.WebScope) {
			scopes = secret.NewScopes(secret.WebScope)
		}
	case reader.Idle(kind, scopes, on):
		kind = secret.RuntimeType
	}
	return kind, scopes
}

// fit lets what runs the site decide over the manifest's defaults.
func (f *fileImport) fit() {
	kind, scopes := f.draft.Defaults()
	f.kind, f.scopes = kind, scopes
	if f.Owner.Kind == secret.Site {
		f.kind, f.scopes = fitting(kind, scopes, f.Framework)
	}
	f.fitted = f.kind != kind || !f.scopes.Equal(scopes)
}

// tellAttributes says what type and scopes new secrets have, where that is not what
// people may expect: the defaults were not taken, or nobody knows whether they fit.
func (f *fileImport) tellAttributes() {
	if f.Owner.Kind != secret.Site || f.unsaid == 0 {
		return
	}
	have := fmt.Sprintf("New secrets have type %s, scopes %s", f.kind, f.scopes)
	onNext, onPHP := reader.Idle(f.kind, f.scopes, "nodejs"), reader.Idle(f.kind, f.scopes, "wordpress")
	switch {
	case f.fitted:
		f.report.attributes = fmt.Sprintf("%s, because %s is a %s site; the manifest's defaults are for others", have, f.Owner, family(f.Framework))
	case f.Framework != "" || onNext == onPHP:
	default:
		doubt := fmt.Sprintf("cella doesn't know what runs %s", f.Owner)
		if f.Unknown != "" {
			doubt += " (" + f.Unknown + ")"
		}
		wrong, word := "a Next.js", "nodejs"
		if onPHP {
			wrong, word = "a WordPress or Drupal", "wordpress or drupal8"
		}
		f.report.attributes = fmt.Sprintf("%s, from the manifest's defaults. %s: on %s site no application reads them; if it is one, import with --framework %s",
			have, doubt, wrong, word)
	}
}

func family(on reader.Framework) string {
	if on.NextJS() {
		return "Next.js"
	}
	return "WordPress or Drupal"
}

// retyped is an entry with the type and scopes that were asked for, where --replace
// may give it those: what is set elsewhere, or retires, stays for people to change.
func (f *fileImport) retyped(entry secret.DesiredSecret) secret.DesiredSecret {
	if !f.Replace || f.Env != "" || entry.Retire != "" || !entry.Value.Known() {
		return entry
	}
	if f.Type != "" {
		entry.Type = f.kind
	}
	if len(f.Scopes) > 0 {
		entry.Scopes = f.scopes
	}
	return entry
}

// retype changes type and scopes of an entry, and returns what to say of it.
func (f *fileImport) retype(entry secret.DesiredSecret) (notes []string, err error) {
	now := f.retyped(entry)
	if now.Type == entry.Type && now.Scopes.Equal(entry.Scopes) {
		return nil, nil
	}
	f.report.retyped = true
	f.entries.put(now)
	if now.Type != entry.Type {
		notes = append(notes, fmt.Sprintf("type %s instead of %s", now.Type, entry.Type))
	}
	if !now.Scopes.Equal(entry.Scopes) {
		notes = append(notes, fmt.Sprintf("scopes %s instead of %s", now.Scopes, entry.Scopes))
	}
	return notes, f.draft.Retype(f.Owner, trimmed(f.draft.Draft, now))
}

// entries are the secrets that the manifest has for an owner once all is taken.
type entries map[secret.Name]secret.DesiredSecret

func entriesOf(draft *edit.File, owner secret.Owner) entries {
	all := entries{}
	for _, name := range draft.Names(owner) {
		if entry, found := draft.Entry(owner, secret.Name(name)); found {
			all.put(entry)
		}
	}
	return all
}

func (e entries) put(s secret.DesiredSecret) { e[s.Name] = s }

// unread warns of what no application and no build reads, as the next plan does.
func (e entries) unread(site secret.Owner, on reader.Framework) string {
	if site.Kind != secret.Site {
		return ""
	}
	w, found := plan.UnreadWarning(site, slices.Collect(maps.Values(e)), on)
	if !found {
		return ""
	}
	return site.String() + ": " + sentence.Warning(w)
}

// tellUnread warns of all that the manifest has for the site, and says how the file
// could be imported instead.
func (f *fileImport) tellUnread() {
	warning := f.entries.unread(f.Owner, f.Framework)
	if warning == "" {
		return
	}
	for _, v := range f.List {
		s, found := f.entries[secret.Name(v.Name)]
		if found && !s.External && s.Retire == "" && reader.Idle(s.Type, s.Scopes, f.Framework) {
			kind, scopes := fitting(s.Type, s.Scopes, f.Framework)
			warning += fmt.Sprintf("; --replace --type %s", kind)
			for _, scope := range scopes {
				warning += fmt.Sprintf(" --scope %s", scope)
			}
			warning += " changes those that are in this file"
			break
		}
	}
	f.report.Warnings = append(f.report.Warnings, warning)
}
