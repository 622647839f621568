// Package sopsconfig reads a .sops.yaml, which says who is to decrypt the files of a
// repository: it finds the rule for a file as SOPS does, says where a file differs
// from it, and changes it by its text.
//
// It leaves out what is in the files.
//
// Invariants:
//
//  1. SOPS's own reader sees no configuration that is beyond the limits, and none
//     for which it would ask somebody in the network, unless that is allowed.
//  2. No error and no problem quotes more of a configuration than names of public
//     keys and settings.
//  3. An edit changes one rule, or adds one: what it made was read again, every other
//     rule says what it said, and every other line is what it was.
package sopsconfig
