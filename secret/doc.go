// Package secret is the vocabulary that every other package of cella shares:
// who owns a secret, what it is called, its type, scopes and environments,
// the value itself, what the manifest wants (Desired) and what Pantheon
// answered (Live).
//
// It leaves out everything that reads, compares or writes: it does no I/O and
// knows neither YAML nor HTTP.
//
// Invariant: nothing in this package can print, marshal or compare (with ==)
// the content of a Value. Reveal is the only way to it, and a test keeps the
// list of the places that call Reveal.
package secret
