package view

import (
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// section is a list of findings under one heading.
type section struct {
	heading  string
	symbol   string // before each finding; empty where nothing is stopped
	findings []finding
}

// finding is something to know about a place, quoted for one line.
type finding struct {
	place   string // empty: it is about the whole plan
	message string
	code    string // empty: it has none
	remedy  string // empty: there is none
}

// sections are ordered by what they stop, the gravest last. Those without
// findings are left out.
func sections(p plan.Plan) []section {
	all := []section{{heading: "Warnings"}, {heading: "Changed outside this project"}, {heading: "Errors", symbol: "!"}, {heading: "Refused", symbol: "!"}}
	add := func(to int, f finding) { all[to].findings = append(all[to].findings, f) }
	for _, w := range p.Warnings {
		if !foldedAway(w) {
			at := place(w.Owner, w.Secret, "")
			if w.Code == plan.CodeTokenExpired || w.Code == plan.CodeTokenExpiresSoon {
				at = "policy.token_expires"
			}
			add(0, finding{at, sentence.Warning(w), words.Quote(string(w.Code)), ""})
		}
	}
	for _, d := range p.Drift {
		add(1, finding{place(d.Owner, d.Secret, d.Env), sentence.Drift(d), "", ""})
	}
	for _, e := range p.Errors {
		add(2, finding{place(e.Owner, e.Secret, ""), sentence.Error(e), "", ""})
	}
	for _, r := range p.Refusals {
		message, remedy := sentence.Refusal(r)
		add(3, finding{place(r.Owner, r.Secret, ""), message, words.Quote(string(r.Code)), remedy})
	}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.findings) == 0 })
}

// wayOut introduces a remedy.
const wayOut = "way out"

func (t *text) sections() {
	for _, s := range sections(t.plan) {
		t.line("%s", t.paint.heading(s.heading+":"))
		for _, f := range s.findings {
			t.finding(s.symbol, f)
		}
		t.line("")
	}
}

func (t *text) finding(symbol string, f finding) {
	line := f.message
	if f.place != "" {
		line = f.place + ": " + line
	}
	if symbol != "" {
		line = t.paint.symbol(symbol) + " " + line
	}
	if f.code != "" {
		line += " [" + f.code + "]"
	}
	t.line("  %s", line)
	if f.remedy != "" {
		t.line("      %s: %s", wayOut, f.remedy)
	}
}

// place reads site:NAME, site:NAME/SECRET or site:NAME/SECRET.ENV, as on the
// command line; without an owner it is empty.
func place(owner secret.Owner, name secret.Name, env secret.Env) string {
	if owner == (secret.Owner{}) {
		return ""
	}
	where := owner.String()
	if name != "" {
		where += "/" + words.Quote(string(name))
	}
	if env != "" {
		where += "." + words.Quote(string(env))
	}
	return where
}
