// Package keyring finds the data key of a file that SOPS encrypted, and makes new
// ones: it decides which key sources may be asked, asks each of them once in a
// run, and says why none of them helped.
//
// Sources are the kinds that are allowed. A Keyring serves a whole run. An Error
// says what was missing, and what to do next.
//
// It leaves out what is encrypted under a data key.
//
// Invariants:
//
//  1. The file alone never decides which key source is contacted.
//  2. SOPS's own code, and that of the clients of key services, sees nothing that
//     is known to crash it; when it crashes all the same, that is an error.
//  3. No error quotes a key, or a text that a key service or a library wrote.
package keyring
