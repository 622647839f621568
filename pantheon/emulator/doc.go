// Package emulator answers the requests that Pantheon's secrets service, and
// as much of its base API as a client of it needs, would answer: sign-in,
// look-ups, listings, changes, the rules for names, types, scopes and sizes,
// hidden values, inherited organization values, expiring sessions and the
// limit of requests per second. It is for demonstrations and for tests, which
// script faults and look into it by package emulatortest.
//
// It is a reading of the protocol of its own: it never imports the client, so
// that the two can only agree by both being right. What stands in public
// documentation is marked [doc] in comments, what Pantheon's open-source
// clients fix [client], and what is our best reading [inferred].
//
// It leaves out workflows, deployments and the serving of secrets to
// applications. Sessions end with the process.
//
// Invariant: a value that people may not read back (no scope "user") is kept
// as a salted digest from the moment it arrives, in memory and in the state
// file, and no value, session or machine token enters an Exchange or an error.
package emulator
