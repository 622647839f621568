// Package diff tells two versions of a manifest apart by name: sites, organizations,
// secrets and their fields. What is a value is compared as one, and never shown.
//
// It leaves out how a difference is written for people.
//
// Invariant: a Difference holds no value and no ciphertext.
package diff
