// Package sentence has the words for what a plan says: one sentence for each
// code, made of the facts that come with it.
//
// It leaves out where and how a sentence is shown; package plan/view does that.
//
// Invariant: a sentence is one line of printable ASCII. Every name in it is
// quoted by one function, and what a server or a library said stands in it
// quoted as a whole where it is not plain.
package sentence
