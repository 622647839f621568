// Package view shows a plan: as text for the reviewer of a change, as Markdown
// for a comment on a pull request, as the JSON document that programs read, and
// as the few numbers that pipelines pass on.
//
// The text is grouped by owner. Owners and secrets without anything to do are
// counted, so that what is left can be read in full. Every line begins with a
// symbol, and colour only repeats what the symbol says:
//
//	symbol  means
//	+       create
//	~       update
//	-/+     replace: delete, then create
//	-       delete; of an override: remove
//	o       adopt: only the ledger takes it up, or takes note of something
//	>       release: no longer this project's, stays live
//	x       forget: the ledger drops it
//	=       nothing to do
//	-? >? x?  deleted, released or forgotten if the ledger verifies, of a plan
//	        that was made without the values
//	?       unmanaged, left alone
//	!       refused, or not read
//
// It decides nothing and leaves out whether and where to print: it gets a
// writer, and whether to colour.
//
// Invariants: the same plan gives the same bytes; whatever names or messages
// a plan holds, they cannot start a line, reach the terminal as control
// characters, or be more than words and code in Markdown; "No changes" is said
// of complete plans only.
package view
