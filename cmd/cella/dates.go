package main

import (
	"fmt"
	"time"

	"cloud.google.com/go/civil"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
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

// expiredIn is that error for a plan, which has told the dates.
func (f *dateFlags) expiredIn(p plan.Plan) error {
	if !f.fail {
		return nil
	}
	var codes []string
	for _, warning := range p.Warnings {
		codes = append(codes, string(warning.Code))
	}
	return checkup.Expired(codes)
}
