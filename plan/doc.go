// Package plan is what a plan says: which secrets change, how and why, what
// there is to know and what is refused, in codes and facts (package
// plan/sentence has the words). A Plan is inert data: package plan/decision
// makes it, package plan/view shows it, package apply carries it out.
//
// Plan and Change are in plan.go, codes in codes.go and reasons.go, the facts
// they come with in statement.go. What of it a reviewer approves is Approved,
// and Digest is the one answer to whether two plans are the same to apply.
//
// It leaves out everything else: it does no I/O, reads no clock, knows
// neither YAML nor HTTP nor colour. A test over imports keeps it so.
//
// Invariant: a Plan holds no secret value, so it is safe to publish.
package plan
