// Package sopsfile reads a file that SOPS encrypted, and decrypts and encrypts
// values of it: by the text, so that positions are those of the file in git, and
// everything that need not change stays.
//
// A File is the opened text. Rules say what the reader of a file needs to be
// encrypted, and what readable. A Creation says how a file that was never
// encrypted becomes one.
//
// It leaves out what a file means, and, for package keyring, who gives its data key.
//
// Invariants:
//
//  1. SOPS's own code sees nothing that is beyond the limits or known to crash it;
//     when it crashes all the same, that is an error.
//  2. No error, and no problem, quotes a value, a key, or a text that a library
//     wrote.
//  3. Nothing gets a new MAC here unless each of its values decrypts.
package sopsfile
