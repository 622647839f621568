package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/go-cmp/cmp"
	"github.com/google/renameio/v2"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// privateMode keeps plans and reports to their owner: they hold no values,
// but they tell what a project's secrets are called.
const privateMode = 0o600

// maxSavedPlan bounds what is read of a plan file, in bytes.
const maxSavedPlan = 256 << 20

// savePlan writes the plan for apply FILE. The file appears whole or not at
// all.
func savePlan(file string, p plan.Plan) error {
	var encoded bytes.Buffer
	if err := view.JSON(&encoded, p); err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	if err := renameio.WriteFile(file, encoded.Bytes(), privateMode, renameio.IgnoreUmask()); err != nil {
		return failure(exitError, fmt.Errorf("save plan: %w", err), "name a file that can be written with --out")
	}
	return nil
}

// loadPlan reads what savePlan wrote. Whatever else is in the file can only
// lead to an error: apply does what it computes itself, never what it reads
// here.
func loadPlan(path string) (plan.Plan, error) {
	file, err := os.Open(path)
	if err != nil {
		return plan.Plan{}, failure(exitError, fmt.Errorf("open plan: %w", err), "save one with `cella plan --out FILE`")
	}
	defer file.Close()
	decoder := json.NewDecoder(io.LimitReader(file, maxSavedPlan))
	decoder.DisallowUnknownFields()
	var saved plan.Plan
	if err := decoder.Decode(&saved); err != nil {
		return plan.Plan{}, notAPlan(path)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return plan.Plan{}, notAPlan(path)
	}
	if saved.StructureOnly {
		return plan.Plan{}, failure(exitError, fmt.Errorf("%s was made with --no-decrypt, without the values: there is nothing in it to apply", secret.Quote(path)),
			"save a plan with `cella plan --out FILE`, where the key is")
	}
	return saved, nil
}

// notAPlan leaves the decoder's error out, which may quote the file.
func notAPlan(path string) error {
	return failure(exitError, fmt.Errorf("%s is not a saved plan, or was cut or edited", secret.Quote(path)),
		"save it again with `cella plan --out FILE`")
}

// stillApproved compares the plan that was approved with what there is to do
// now, and writes the differences.
func stillApproved(out io.Writer, saved, now plan.Plan) error {
	diff := cmp.Diff(saved.Approved(), now.Approved())
	if diff == "" {
		return nil
	}
	writeLine(out, "%s", diff)
	return failure(exitStale, errors.New("the saved plan is stale: above, - was approved and + is to be done now; nothing was applied"),
		"plan again with --out, and have the new plan approved")
}
