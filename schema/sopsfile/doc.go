// Package sopsfile reads a file that SOPS encrypted, finds its data key, and
// decrypts and encrypts values of it: by the text, so that positions are those of
// the file in git, and everything that need not change stays.
//
// A File is the opened text. A Keyring finds data keys, asking no other key
// sources than those that are allowed. Rules say what the reader of a file needs
// to be encrypted, and what readable. A Creation says how a file that was never
// encrypted becomes one.
//
// It leaves out what a file means.
//
// Invariants:
//
//  1. The file alone never decides which key source is contacted.
//  2. SOPS's own code, and that of the clients of key services, sees nothing that
//     is beyond the limits or known to crash it; when it crashes all the same,
//     that is an error.
//  3. No error, and no problem, quotes a value, a key, or a text that a key
//     service or a library wrote.
//  4. Nothing gets a new MAC here unless each of its values decrypts.
package sopsfile
