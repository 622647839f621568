package sentence

import (
	"fmt"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
)

// Error says why nothing is known of an owner, and how much was not looked at
// for that.
func Error(e plan.OwnerError) string {
	message, known := failures[e.Code]
	switch {
	case e.Code == plan.CodeRequestFailed, e.Code == plan.CodeForbidden, e.Code == plan.CodeGone:
		message = Plain(e.Detail)
	case e.Code == plan.CodeUnknownTarget && e.Secret != "":
		message += ", and no ledger records it"
	case !known:
		message = unknown(e.Code)
	}
	switch e.Facts.Count {
	case 0:
		return message
	case 1:
		return message + "; its 1 declared secret was not looked at"
	}
	return fmt.Sprintf("%s; its %d declared secrets were not looked at", message, e.Facts.Count)
}

var failures = map[plan.Code]string{
	plan.CodeRequestFailed:     "Pantheon could not be asked",
	plan.CodeForbidden:         "the account of this token may not read it",
	plan.CodeGone:              "there is none of this name or id",
	plan.CodeNotRead:           "it was not read",
	plan.CodeDeclaredTwice:     "it is declared twice",
	plan.CodeReadTwice:         "it was read twice",
	plan.CodeLedgerReadTwice:   "its ledger was read twice",
	plan.CodeOtherID:           "the manifest and what was read give it different ids",
	plan.CodeLedgerNotVerified: "its ledger was not verified",
	plan.CodeUnknownTarget:     "the manifest does not declare this target",
}

// Drift says what was changed outside, and what apply does about it.
func Drift(d plan.Drift) string {
	what := unknown(d.Code)
	switch d.Code {
	case plan.DriftMissing:
		what = "it was applied, and is no longer live"
		if d.Env != "" {
			what = "the override was applied, and is no longer live"
		}
	case plan.DriftAttributes:
		what = fmt.Sprintf("applied with %s, and live with %s", attributes(d.Facts.Applied), attributes(d.Facts.OnPantheon))
	case plan.DriftValue:
		what = "the live value is not the one that was applied"
	}
	if d.Facts.IfVerified {
		what = "if the ledger verifies: " + what
	}
	return what + "; " + consequence(d.Facts)
}

func consequence(f plan.Facts) string {
	if f.Refused {
		return "what would be done about it is refused"
	}
	if said, known := consequences[f.Action]; known {
		return said
	}
	return "apply does " + words.Quote(string(f.Action))
}

var consequences = map[plan.Action]string{
	plan.Create:  "apply creates it again",
	plan.Update:  "apply writes the manifest's value",
	plan.Replace: "apply replaces it",
	plan.Delete:  "apply deletes it",
	plan.Adopt:   "the ledger takes note of it",
	plan.Release: "apply releases it as it is",
	plan.Forget:  "the ledger forgets it",
	plan.None:    "nothing is done about it",
}
