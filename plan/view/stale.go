package view

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
)

// Stale writes in what a plan that was approved differs from the one to be done
// now: a line for each difference, first of the plans as a whole, then of inputs,
// changes, ledgers and refusals. Where another action is to be done, that is all
// that is said of its place. Members are named as in the JSON plan. Of what only
// stands in another order it writes nothing. The error is the writer's.
func Stale(w io.Writer, approved, now plan.Approved) error {
	d := differences{out: bufio.NewWriter(w)}
	d.members("plan", whole(approved), whole(now))
	pairs(approved.Inputs, now.Inputs, inputPlace, d.input)
	pairs(approved.Changes, now.Changes, changePlace, d.change)
	pairs(approved.Ledgers, now.Ledgers, ledgerPlace, d.ledger)
	pairs(approved.Refusals, now.Refusals, refusalPlace, d.refusal)
	return d.out.Flush()
}

type differences struct{ out *bufio.Writer }

// whole is what is approved of a plan beside its lists.
func whole(a plan.Approved) plan.Approved {
	a.Inputs, a.Changes, a.Ledgers, a.Refusals = nil, nil, nil, nil
	return a
}

func inputPlace(in plan.InputDigest) string {
	if in.Env != "" {
		return "variable " + words.Quote(in.Env)
	}
	return words.Quote(in.File)
}

func changePlace(c plan.ApprovedChange) string { return place(c.Owner, c.Secret, "") }

func ledgerPlace(l plan.ApprovedLedger) string { return place(l.Owner, l.Ledger, "") }

func refusalPlace(r plan.ApprovedRefusal) string {
	return place(r.Owner, r.Secret, "") + " [" + words.Quote(string(r.Code)) + "]"
}

// input says no more than that: digests tell a reader nothing.
func (d differences) input(at string, approved, now plan.InputDigest) {
	switch none := (plan.InputDigest{}); {
	case approved == none:
		d.line(at, "was not read for what was approved")
	case now == none:
		d.line(at, "was read for what was approved, and is not read now")
	case approved != now:
		d.line(at, "holds something else than was approved")
	}
}

func (d differences) change(at string, approved, now plan.ApprovedChange) {
	if d.action(at, string(approved.Action), string(now.Action)) {
		return
	}
	pairs(approved.Overrides, now.Overrides,
		func(o plan.ApprovedOverride) string { return at + "." + words.Quote(string(o.Env)) },
		func(at string, approved, now plan.ApprovedOverride) {
			if !d.action(at, string(approved.Action), string(now.Action)) {
				d.members(at, approved, now)
			}
		})
	approved.Overrides, now.Overrides = nil, nil
	d.members(at, approved, now)
}

func (d differences) ledger(at string, approved, now plan.ApprovedLedger) {
	if !d.action(at, string(approved.Action), string(now.Action)) {
		d.members(at, approved, now)
	}
}

func (d differences) refusal(at string, approved, now plan.ApprovedRefusal) {
	if approved.Code != now.Code { // one of them is missing
		if now.Code == "" {
			d.line(at, "was refused, and is not any more")
		} else {
			d.line(at, "is refused now")
		}
		return
	}
	d.members(at, approved, now)
}

// action reports whether the actions differ, and then says how. An empty one is
// that of something the plan does not name.
func (d differences) action(at, approved, now string) bool {
	if approved == now {
		return false
	}
	word := func(action string) string {
		if action == "" {
			return "not in the plan"
		}
		return words.Quote(action)
	}
	d.line(at, fmt.Sprintf("approved: %s; now: %s", word(approved), word(now)))
	return true
}

// members writes those members of two JSON objects that differ, by name.
func (d differences) members(at string, approved, now any) {
	was, is := object(approved), object(now)
	names := map[string]string{}
	maps.Copy(names, was)
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was[name] != is[name] {
			d.line(at, fmt.Sprintf("%s approved: %s; now: %s", name, member(was, name), member(is, name)))
		}
	}
}

// object returns the members of what is a JSON object, as JSON. What cannot be
// written as one has none.
func object(of any) map[string]string {
	text, err := json.Marshal(of)
	if err != nil {
		return nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil
	}
	members := make(map[string]string, len(raw))
	for name, value := range raw {
		members[name] = string(value)
	}
	return members
}

func member(of map[string]string, name string) string {
	if value, ok := of[name]; ok {
		return sentence.Plain(value)
	}
	return "none"
}

func (d differences) line(at, what string) {
	fmt.Fprintf(d.out, "  %s: %s\n", at, what) // Flush returns the error
}

// pairs visits what stands at the same place in both lists, in the order of the
// first and then of what only the second has. What is missing in one is its
// zero value there. The second of the same place pairs with the second.
func pairs[T any](approved, now []T, place func(T) string, visit func(at string, approved, now T)) {
	type key struct {
		place string
		nth   int
	}
	keyed := func(list []T) (order []key, at map[key]T) {
		at, seen := map[key]T{}, map[string]int{}
		for _, one := range list {
			where := place(one)
			seen[where]++
			k := key{where, seen[where]}
			order, at[k] = append(order, k), one
		}
		return order, at
	}
	order, was := keyed(approved)
	added, is := keyed(now)
	for _, k := range added {
		if _, ok := was[k]; !ok {
			order = append(order, k)
		}
	}
	for _, k := range order {
		visit(k.place, was[k], is[k])
	}
}
