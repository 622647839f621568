// Package importing takes what is there already into a manifest: what sites and
// organizations have on Pantheon, or what a .env, JSON or YAML file holds, which SOPS may have
// encrypted.
//
//  1. Entries that the manifest has stay as they are, unless it is asked to replace
//     those that differ.
//  2. Of a secret whose value Pantheon hides, the entry says external: true: the
//     next plan changes nothing.
//  3. A report names secrets, and never has a value.
//  4. Of a file all variables are taken that are secrets of a site and not asked to be
//     left out, or none.
//
// It leaves out the files: what is written is for the caller (package edit).
package importing
