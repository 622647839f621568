package main

import (
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/civil"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// dateFlags say which day it is, and what is made of dates that have come.
type dateFlags struct {
	asOf string
	fail bool
}

func (f *dateFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.asOf, "as-of", "", "compare expires and rotate_every with `DATE`, such as 2027-03-01, in place of today in UTC")
	flags.BoolVar(&f.fail, "fail-on-expired", false, "exit with 3 where a secret, or the token that signs in, has expired")
}

// today is the day that dates are compared with.
func (f *dateFlags) today() (civil.Date, error) {
	if f.asOf == "" {
		return civil.DateOf(time.Now().UTC()), nil
	}
	day, ok := secret.ParseDay(f.asOf)
	if !ok {
		return civil.Date{}, hint.New(fmt.Errorf("--as-of %s is not a date", words.Quote(f.asOf)),
			"write year, month and day, such as --as-of 2027-03-01")
	}
	return day, nil
}

// dateWarnings are those of plan.TokenWarning and, for every secret, of
// plan.DateWarnings, where the dates stand in the file, sorted like other problems.
func dateWarnings(m *schema.Manifest, today civil.Date) problem.List {
	r := &problem.Reporter{File: m.File}
	warn := func(at problem.Place, w plan.DateWarning) {
		message, remedy := sentence.Date(w)
		r.Warn(at, string(w.Code), remedy, "%s", message)
	}
	if w, ok := plan.TokenWarning(m.Policy.TokenExpires, today); ok {
		warn(m.TokenPlace(), w)
	}
	for _, dated := range m.Dated() {
		for _, w := range plan.DateWarnings(dated.DesiredSecret, today) {
			warn(dated.Place(w.Field), w)
		}
	}
	for i := range r.Problems {
		r.Problems[i].Dated = true
	}
	r.Problems.Sort()
	return r.Problems
}

// expired is the error of --fail-on-expired for the codes of what was warned of,
// nil where nothing has expired.
func expired(codes []string) error {
	var what []string
	secrets, token := 0, false
	for _, code := range codes {
		switch plan.Code(code) {
		case plan.CodeExpired:
			secrets++
		case plan.CodeTokenExpired:
			token = true
		}
	}
	if secrets > 0 {
		what = append(what, words.Count(secrets, "secret"))
	}
	if token {
		what = append(what, "the token that signs in")
	}
	if len(what) == 0 {
		return nil
	}
	next := "renew what is named above, then change the value and the date in the manifest"
	if secrets == 0 {
		next = "make a new token, give it to whoever runs cella, then move `policy.token_expires` on"
	}
	return hint.Refused.New(fmt.Errorf("expired: %s", strings.Join(what, " and ")), next+"; without --fail-on-expired this is only a warning")
}

// isExpired reports whether a code is of what --fail-on-expired makes an error.
func isExpired(code string) bool {
	return plan.Code(code) == plan.CodeExpired || plan.Code(code) == plan.CodeTokenExpired
}

// expiredIn is that error for a plan, which has told the dates.
func (f *dateFlags) expiredIn(p plan.Plan) error {
	if !f.fail {
		return nil
	}
	var codes []string
	for _, warning := range p.Warnings {
		codes = append(codes, string(warning.Code))
	}
	return expired(codes)
}
