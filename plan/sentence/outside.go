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
		message += ", and no record says that cella applied it"
	case !known:
		message = unknown(e.Code)
	}
	switch e.Facts.Count {
	case 0:
		return message
	case 1:
		return message + "; its 1 secret in the manifest was not looked at"
	}
	return fmt.Sprintf("%s; its %d secrets in the manifest were not looked at", message, e.Facts.Count)
}

var failures = map[plan.Code]string{
	plan.CodeRequestFailed:     "cella could not ask Pantheon",
	plan.CodeForbidden:         "the account of this token may not read it",
	plan.CodeGone:              "there is none of this name or id",
	plan.CodeNotRead:           "it was not read",
	plan.CodeDeclaredTwice:     "the manifest has it twice",
	plan.CodeReadTwice:         "it was read twice",
	plan.CodeLedgerReadTwice:   "what cella last applied there was read twice",
	plan.CodeOtherID:           "the manifest and what was read give it different ids",
	plan.CodeLedgerNotVerified: "what cella last applied there was not checked",
	plan.CodeUnknownTarget:     "the manifest does not have this target",
}

// KeepDrift says what to do about changes that apply undoes.
const KeepDrift = "To keep a change, make it in the manifest too before you apply; else apply undoes it."

// Vanished says of a secret that is created why that is no new one.
const Vanished = "deleted on Pantheon since the last apply; apply creates it again; to keep it deleted, remove it from the manifest"

// Undone reports whether apply undoes the change.
func Undone(d plan.Drift) bool {
	switch d.Facts.Action {
	case plan.Create, plan.Update, plan.Replace:
		return !d.Facts.Refused
	}
	return false
}

// Drift says what was changed outside, and what apply does about it.
func Drift(d plan.Drift) string {
	what := unknown(d.Code)
	switch d.Code {
	case plan.DriftMissing:
		what = "it was deleted on Pantheon"
		if d.Env != "" {
			what = "this override was removed on Pantheon"
		}
	case plan.DriftAttributes:
		what = fmt.Sprintf("its type or scopes were changed on Pantheon, from %s to %s", attributes(d.Facts.Applied), attributes(d.Facts.OnPantheon))
	case plan.DriftValue:
		what = "its value was changed on Pantheon"
	}
	if d.Facts.IfVerified {
		what = "if the key confirms it: " + what
	}
	return what + "; " + consequence(d.Facts)
}

func consequence(f plan.Facts) string {
	if f.Refused {
		return "what apply would do about it is refused; the refusal says how to go on"
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
	plan.Adopt:   "the manifest agrees, so apply only records it",
	plan.Release: "apply leaves it as it is, and cella stops managing it",
	plan.Forget:  "apply only drops it from what cella remembers",
	plan.None:    "apply does nothing about it",
}
