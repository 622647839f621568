// Package terminal is between a program and where its output goes: a screen, a
// pipe, a file, any of which may stop taking what is written.
//
// It leaves out what is said; cmd/cella decides that.
//
// Invariant: an output that fails, or blocks, is known of and harms nobody: no
// write is lost without a word, and none that is only news holds anything up.
package terminal
