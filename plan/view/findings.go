package view

import (
	"strings"

	"github.com/cella-secrets/cella/secret"
)

func (t *text) warnings() {
	if len(t.plan.Warnings) == 0 {
		return
	}
	t.line("%s", t.paint.heading("Warnings:"))
	for _, w := range t.plan.Warnings {
		t.line("  %s%s [%s]", about(w.Owner, w.Secret, ""), plain(w.Message), secret.Quote(w.Code))
	}
	t.line("")
}

func (t *text) drift() {
	if len(t.plan.Drift) == 0 {
		return
	}
	t.line("%s", t.paint.heading("Changed outside this project:"))
	for _, d := range t.plan.Drift {
		t.line("  %s%s", about(d.Owner, d.Secret, d.Env), plain(d.What))
	}
	t.line("")
}

func (t *text) errors() {
	if len(t.plan.Errors) == 0 {
		return
	}
	t.line("%s", t.paint.heading("Errors:"))
	for _, e := range t.plan.Errors {
		t.line("  %s %s%s", t.paint.symbol("!"), about(e.Owner, "", ""), plain(e.Message))
	}
	t.line("")
}

func (t *text) refusals() {
	if len(t.plan.Refusals) == 0 {
		return
	}
	t.line("%s", t.paint.heading("Refused:"))
	for _, r := range t.plan.Refusals {
		t.line("  %s %s%s [%s]", t.paint.symbol("!"), about(r.Owner, r.Secret, ""), plain(r.Message), secret.Quote(r.Code))
		if r.Remedy != "" {
			t.line("      way out: %s", plain(r.Remedy))
		}
	}
	t.line("")
}

// about begins a line: the place, where there is one, and a colon.
func about(owner secret.Owner, name secret.Name, env secret.Env) string {
	if owner == (secret.Owner{}) {
		return ""
	}
	return place(owner, name, env) + ": "
}

// place reads site:NAME, site:NAME/SECRET or site:NAME/SECRET.ENV, as on the
// command line.
func place(owner secret.Owner, name secret.Name, env secret.Env) string {
	where := owner.String()
	if name != "" {
		where += "/" + secret.Quote(string(name))
	}
	if env != "" {
		where += "." + secret.Quote(string(env))
	}
	return where
}

// plain returns a message as it is, where it is one line of printable ASCII;
// the names in it were quoted, and cut with "…", when it was made. Anything
// else is quoted as a whole.
func plain(message string) string {
	odd := strings.ContainsFunc(message, func(r rune) bool { return (r < ' ' || r > '~') && r != '…' })
	if odd || message == "" {
		return secret.Quote(message)
	}
	return message
}
