package view

import (
	"fmt"
	"slices"
	"strings"

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
	told     map[string]int // where in findings what is said stands
	advice   string         // a sentence that ends the section; empty where there is none
}

// finding is something to know about places, quoted for one line.
type finding struct {
	places  []string // none: it is about the whole plan
	message string
	code    string // empty: it has none
	remedy  string // empty: there is none
}

// sections are ordered by what they stop, the gravest last. Those without
// findings are left out.
func sections(p plan.Plan) []section {
	const warnings, drift, failures, refusals = 0, 1, 2, 3
	all := []section{{heading: "Warnings"}, {heading: "Changed on Pantheon since the last apply"}, {heading: "Errors", symbol: "!"}, {heading: "Refused", symbol: "!"}}
	add := func(to int, place string, f finding) { all[to].enter(place, f) }
	for _, w := range p.Warnings {
		if !foldedAway(w) {
			add(warnings, placeOf(w), finding{nil, sentence.Warning(w), words.Quote(string(w.Code)), ""})
		}
	}
	for _, d := range p.Drift {
		if vanished(d) {
			continue // its row says so
		}
		add(drift, place(d.Owner, d.Secret, d.Env), finding{nil, sentence.Drift(d), "", ""})
		if sentence.Undone(d) {
			all[drift].advice = sentence.KeepDrift
		}
	}
	for _, e := range p.Errors {
		add(failures, place(e.Owner, e.Secret, ""), finding{nil, sentence.Error(e), "", ""})
	}
	for _, r := range p.Refusals {
		message, remedy := sentence.Refusal(r)
		add(refusals, place(r.Owner, r.Secret, ""), finding{nil, refusing + message, words.Quote(string(r.Code)), remedy})
	}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.findings) == 0 })
}

// Obstacles are what stands against applying the plan, a line each: what is refused,
// why, and how to allow it; and what could not be read.
func Obstacles(p plan.Plan) []string {
	var lines []string
	for _, s := range sections(p) {
		for _, f := range s.findings {
			if s.symbol == "" {
				continue
			}
			line := colon(strings.Join(some(f.places), ", "), f.message)
			if f.remedy != "" {
				line += "; " + allowing + f.remedy
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// vanished reports whether a secret was deleted on Pantheon, as a whole, and apply
// creates it again.
func vanished(d plan.Drift) bool {
	return d.Code == plan.DriftMissing && d.Env == "" && d.Facts.Action == plan.Create && !d.Facts.Refused && !d.Facts.IfVerified
}

// enter adds a finding at a place. Places of which the same is said stand
// together.
func (s *section) enter(place string, f finding) {
	said := f.code + " " + f.message + " " + f.remedy
	at, told := s.told[said]
	if !told {
		if s.told == nil {
			s.told = map[string]int{}
		}
		at, s.findings = len(s.findings), append(s.findings, f)
		s.told[said] = at
	}
	if one := &s.findings[at]; place != "" && !slices.Contains(one.places, place) {
		one.places = append(one.places, place)
	}
}

// placeOf is what a warning is about. That of a target names its place itself.
func placeOf(w plan.Warning) string {
	switch w.Code {
	case plan.CodeTokenExpired, plan.CodeTokenExpiresSoon:
		return "policy.token_expires"
	case plan.CodeTarget:
		return ""
	}
	return place(w.Owner, w.Secret, "")
}

// What introduces a refusal, and how to allow it.
const (
	refusing = "refused: "
	allowing = "to allow it: "
)

func (t *text) sections() {
	for _, s := range sections(t.plan) {
		t.line("%s", t.paint.heading(s.heading+":"))
		for _, f := range s.findings {
			t.finding(s.symbol, f)
		}
		if s.advice != "" {
			t.hang("  ", 2, 4, s.advice)
		}
		t.line("")
	}
}

// finding writes one: a refusal under its place, others behind it.
func (t *text) finding(symbol string, f finding) {
	const indent = 4
	code := ""
	if f.code != "" {
		code = "[" + f.code + "]"
	}
	begun, columns := "  ", 2
	if symbol != "" {
		begun, columns = begun+t.paint.symbol(symbol)+" ", columns+len(symbol)+1
	}
	if symbol == "" || f.code == "" {
		t.hang(begun, columns, indent, joined(colon(strings.Join(some(f.places), ", "), f.message), code))
		return
	}
	subject := "the plan"
	if len(f.places) > 0 {
		subject = strings.Join(some(f.places), ", ")
	}
	t.hang(begun, columns, indent, subject+" "+code)
	t.hang("    ", indent, indent+2, f.message)
	if f.remedy != "" {
		t.hang("    ", indent, indent+2, allowing+f.remedy)
	}
}

// maxNamed is how many places or owners a line names.
const maxNamed = 10

// some are the first few names, and how many more there are.
func some(names []string) []string { return firstOf(names, maxNamed) }

func firstOf(names []string, most int) []string {
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
}

// maxNoted is how many a note names, which stands in every plan.
const maxNoted = 5

// few joins the first few names for a note.
func few(names []string) string { return strings.Join(firstOf(names, maxNoted), ", ") }

// joined joins with a space what is not empty.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
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
