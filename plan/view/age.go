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

// State is the state of a value in words, as every text names it, with when it
// was applied where that is known; "" for no state. Who changed it is said beside
// it, as the reason of the change.
func State(of plan.ValueState, by plan.ChangedBy, at, now time.Time) string {
	word := states[of]
	if by != "" {
		word = "changed"
	}
	return aged(word, of, at, now)
}

var changed = map[plan.ChangedBy]string{
	plan.ByManifest: "changed in the manifest", plan.ByPantheon: "changed on Pantheon", plan.ByBoth: "changed in the manifest and on Pantheon",
}

// StateByWhom is State where no reason stands beside it: it says who changed the
// value.
func StateByWhom(of plan.ValueState, by plan.ChangedBy, at, now time.Time) string {
	word := states[of]
	if by != "" {
		word = changed[by]
	}
	return aged(word, of, at, now)
}

func aged(word string, of plan.ValueState, at, now time.Time) string {
	switch age := Age(at, now); {
	case age == "":
		return word
	case of == plan.AsApplied:
		return word + " " + age
	default:
		return word + ", applied " + age
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

// words follow "applied": one age, or the longest of several.
func (s span) words(now time.Time) string {
	oldest, newest := Age(s.oldest, now), Age(s.newest, now)
	switch oldest {
	case "":
		return ""
	case newest:
		return "; applied " + oldest
	}
	return "; the oldest applied " + oldest
}
