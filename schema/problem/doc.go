// Package problem says what is wrong with a file that people write: where it
// stands (file, line, column and the path of keys), what it is, and what to do
// about it.
//
// It knows commands to type, and nothing of what a manifest or SOPS means.
//
// Invariants:
//
//  1. Neither message nor remedy quotes a value.
//  2. Of one file no more than MaxProblems errors and as many warnings are told.
package problem
