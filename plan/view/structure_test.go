package view_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// undecrypted is the input of somebody who has neither the values nor the key.
// The values of the cases stay where they are: nothing may look at them.
func undecrypted(in decision.Input) decision.Input {
	in.Ledgers = nil
	for _, live := range in.Live {
		in.Ledgers = append(in.Ledgers, ledger.Presume(live, in.Project, nil))
	}
	in.Keys, in.StructureOnly = ledger.Keys{}, true
	return in
}

// structureCases are plans without the values.
func structureCases() map[string]plan.Plan {
	k := keysOf("k", "")
	steady := []secret.DesiredSecret{want("A", "1", "live=2"), want("B", "1")}
	live := applied("storefront", k, []secret.LiveSecret{have("A", hidden, "live="), have("B", hidden)}, steady...)
	alike := undecrypted(remember(input(steady, live), "storefront", nil, k))
	left := undecrypted(remember(input(steady[1:], applied("storefront", k,
		[]secret.LiveSecret{have("A", hidden, "live="), have("B", hidden)}, protected(steady[0]), steady[1])), "storefront", nil, k))
	return map[string]plan.Plan{
		"structure":           decision.Diff(undecrypted(remembered(k))),
		"structure alike":     decision.Diff(alike),
		"structure protected": decision.Diff(left),
		"structure keyless":   decision.Diff(decision.Input{CellaVersion: "1.2.3", Project: "storefront", Desired: alike.Desired, Live: alike.Live, StructureOnly: true}),
	}
}

// TestStructureApprovesNothing: no comment, no output and no report of a plan
// without values could pass for an approval, or for "no changes".
func TestStructureApprovesNothing(t *testing.T) {
	for name, p := range structureCases() {
		digest, err := plan.Digest(p)
		if err != nil {
			t.Fatal(err)
		}
		var comment, outputs, report bytes.Buffer
		if err := view.Markdown(&comment, p, view.MarkdownOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := view.Outputs(&outputs, p); err != nil {
			t.Fatal(err)
		}
		if err := view.Terraform(&report, p); err != nil {
			t.Fatal(err)
		}
		for _, shown := range []string{comment.String(), outputs.String(), string(text(t, p, false))} {
			for _, word := range []string{digest, "sha256:", "No changes", "has_changes=false", "nothing to do", "unchanged"} {
				if strings.Contains(shown, word) {
					t.Errorf("%s: %q is said in\n%s", name, word, shown)
				}
			}
		}
		if !strings.Contains(outputs.String(), "complete=false\n") || report.String() != "{}\n" {
			t.Errorf("%s: outputs %q, report %q", name, &outputs, &report)
		}
	}
}

// TestStructureIsNothingToApprove: where there is neither the values nor a key
// for them, the first is what a reviewer is told.
func TestStructureIsNothingToApprove(t *testing.T) {
	p := plan.Plan{FormatVersion: "1", Project: "shop", StructureOnly: true, Inputs: []plan.InputDigest{{Env: "CELLA_VALUE_A"}}}
	var out strings.Builder
	if err := view.Markdown(&out, p, view.MarkdownOptions{}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "without the values: nothing to approve") || strings.Contains(text, "No digest") || strings.Contains(text, "sha256:") {
		t.Error(text)
	}
}
