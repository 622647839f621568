package main

import (
	"fmt"
	"time"

	"cloud.google.com/go/civil"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// dateFlags say which day it is, and what is made of dates that have come.
type dateFlags struct {
	asOf string
	fail bool
}

func (f *dateFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.asOf, "as-of", "", "compare expires and rotate_every with `DATE`, such as 2027-03-01, in place of today in UTC")
	flags.BoolVar(&f.fail, "fail-on-expired", false, "exit with 3 where a secret has expired")
}

// today is the day that dates are compared with.
func (f *dateFlags) today() (civil.Date, error) {
	if f.asOf == "" {
		return civil.DateOf(time.Now().UTC()), nil
	}
	day, ok := schema.ParseDate(f.asOf)
	if !ok {
		return civil.Date{}, failure(exitError, fmt.Errorf("--as-of %s is not a date", secret.Quote(f.asOf)),
			"write year, month and day, such as --as-of 2027-03-01")
	}
	return day, nil
}

// expired is the error of --fail-on-expired for a number of secrets.
func expired(secrets int) error {
	return failure(exitRefused, fmt.Errorf("expired: %s", secret.Count(secrets, "secret")),
		"renew what is named above, then change value and expires in the manifest; without --fail-on-expired this is only a warning")
}

// expiredIn is that error for a plan, which has told the dates.
func (f *dateFlags) expiredIn(p plan.Plan) error {
	n := 0
	for _, warning := range p.Warnings {
		if warning.Code == plan.CodeExpired {
			n++
		}
	}
	if !f.fail || n == 0 {
		return nil
	}
	return expired(n)
}
