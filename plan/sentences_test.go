package plan_test

import (
	"os"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
)

func TestMain(m *testing.M) {
	plan.Said.Warning, plan.Said.Refusal = sentence.Warning, sentence.Refusal
	plan.Said.Error, plan.Said.Drift, plan.Said.Date = sentence.Error, sentence.Drift, sentence.Date
	os.Exit(m.Run())
}
