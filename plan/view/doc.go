// Package view shows a plan: as text for the reviewer of a change, as Markdown
// for a comment on a pull request, as the JSON document that programs read, and
// as the few numbers that pipelines pass on.
//
// The text is grouped by owner, a row for each secret with something to do; the
// comment has the same rows in one table. Dangerous rows come first: refused,
// deleted, replaced, without an override from now on, updated, new, only
// recorded, left alone. Owners and secrets without anything to do are counted, so
// that what is left can be read in full. Every row begins with a symbol, and
// colour only repeats what symbol and word say:
//
//	symbol  word     means
//	-       delete
//	-/+     replace  delete, then create
//	~       update
//	+       new
//	o       record   nothing is written but what cella keeps for itself
//	>       release  no longer this project's, stays as it is
//	x       forget   cella drops it from what it keeps
//	=                left until the list is complete
//	-? >? x?         the same, if the ledger verifies, of a plan that was made
//	                 without the values
//	?                not in the manifest, left alone
//	!       refused  or not read
//
// It decides nothing and leaves out whether and where to print: it gets a
// writer, and whether to colour.
//
// Invariants: the same plan gives the same bytes; whatever names or messages
// a plan holds, they cannot start a line, reach the terminal as control
// characters, or be more than words and code in Markdown; "No changes" is said
// of complete plans only.
package view
