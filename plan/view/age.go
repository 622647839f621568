package view

import (
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
)

const day = 24 * time.Hour

// Age says how long ago at was, seen from now: in whole days. Where now is not
// known, or earlier, it is the date instead: no age is made of clocks that
// disagree. It is empty where at is not known.
func Age(at, now time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case now.IsZero() || at.After(now):
		return "on " + at.UTC().Format(time.DateOnly)
	case now.Sub(at) < day:
		return "less than a day ago"
	}
	return words.Count(int(now.Sub(at)/day), "day") + " ago"
}

// states of values in words: see State.
var states = map[plan.ValueState]string{
	plan.Equal:        "matches",
	plan.AsApplied:    "as last applied",
	plan.Changed:      "differs",
	plan.Unverifiable: "hidden",
	plan.Absent:       "new",
}

var changed = map[plan.ChangedBy]string{
	plan.ByManifest: "changed in the manifest", plan.ByPantheon: "changed on Pantheon", plan.ByBoth: "changed in the manifest and on Pantheon",
}

// State is the state of a value in words, with who changed it, and when it was
// last applied where that is known; "" for no state.
func State(of plan.ValueState, by plan.ChangedBy, at, now time.Time) string {
	word := states[of]
	if by != "" {
		word = changed[by]
	}
	switch age := Age(at, now); {
	case age == "":
		return word
	case of == plan.AsApplied:
		return word + " " + age
	default:
		return word + ", last applied " + age
	}
}

// span is the times between which values were applied.
type span struct{ oldest, newest time.Time }

func (s *span) enter(at time.Time) {
	if at.IsZero() {
		return
	}
	if s.oldest.IsZero() || at.Before(s.oldest) {
		s.oldest = at
	}
	if at.After(s.newest) {
		s.newest = at
	}
}

// words follow "what cella last applied": one age, or the longest of several.
func (s span) words(now time.Time) string {
	oldest, newest := Age(s.oldest, now), Age(s.newest, now)
	switch oldest {
	case "":
		return ""
	case newest:
		return " (" + oldest + ")"
	}
	return " (the oldest " + oldest + ")"
}
