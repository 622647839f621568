package apply_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestPreparingGrowsWithThePlan: neither the secrets of an owner nor owners are
// compared with each other. So many of them would take many minutes. Nothing is
// carried out: it was stopped before.
func TestPreparingGrowsWithThePlan(t *testing.T) {
	const many = 100_000
	stopped := make(chan struct{})
	close(stopped)
	var secrets, owners []job
	overrides := map[secret.Env]plan.Action{}
	for i := range many {
		secrets = append(secrets, newJob(site("a"), secret.Name(fmt.Sprintf("S%06d", i)), plan.Update, nil))
		owners = append(owners, newJob(site(fmt.Sprintf("s%06d", i)), "S", plan.Update, nil))
		overrides[secret.Env(fmt.Sprintf("e%06d", i))] = plan.Update
	}
	tests := map[string]struct {
		in      apply.Input
		results int
	}{
		"secrets of an owner":     {input(secrets...), many},
		"owners":                  {ofOwners(owners), many},
		"overrides of one secret": {input(newJob(site("a"), "S", plan.Update, overrides)), 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				report, err := apply.Run(t.Context(), newWorld(), test.in, apply.Options{Stop: stopped})
				if err != nil || len(report.Results) != test.results || report.NotTried != test.results {
					t.Errorf("%d results, %d not tried, %v", len(report.Results), report.NotTried, err)
				}
			}()
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatal("it does not end")
			}
		})
	}
}

// ofOwners is input for jobs of different owners, without looking for equal ones.
func ofOwners(jobs []job) apply.Input {
	in := input()
	for _, j := range jobs {
		in.Plan.Changes = append(in.Plan.Changes, j.change)
		in.Desired = append(in.Desired, secret.Desired{Owner: j.owner, Secrets: []secret.DesiredSecret{j.want}})
	}
	return in
}
