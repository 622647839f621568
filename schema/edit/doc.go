// Package edit makes, changes and seals manifests in their text: comments, order,
// line ends and all ciphertext that need not change stay as they are.
//
// Create makes the first version, a Draft changes one, and Seal brings one in order
// that was edited by hand.
//
// It leaves out the files: what is written stands in memory, and is for the caller
// to put in its place.
//
// Invariants:
//
//  1. Each result was read back as schema.Load reads it, and has no error that was
//     not there before.
//  2. Nothing is encrypted under a data key that came with an edit.
package edit
