// Package emulatortest is the emulator for tests: it scripts faults, keeps a
// log of the requests, and looks into what is live, hidden values included.
//
// Nothing but tests imports it, so that the program that people install holds
// the platform's rules and no way to break them. It reaches the emulator by
// what that exports: every request passes by Options.Intercept.
//
// Invariant: no value, session or machine token enters the log.
package emulatortest
