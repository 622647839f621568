// Package pantheon speaks the API of the Pantheon secrets service: it signs
// in, finds sites and organizations, lists secrets, and creates, changes and
// removes them.
//
// It repeats what is safe to repeat (see retry.go), keeps every request to
// the secrets service under one shared pace, and says of each failed write
// whether it may have taken effect (Ambiguous). It decides nothing: what to
// write, and in which order, is for its callers. It stores nothing: sessions
// live in memory, and redirects are never followed.
//
// Facts about the protocol carry a mark: [doc] is in Pantheon's public
// documentation, [client] is what Pantheon's own open-source clients do,
// [inferred] is the best reading of both, and the code fails safe where it is
// wrong.
//
// Invariants: no error and no event holds a value, a token, a session, or any
// byte of a reply's body or headers; a listing is whole or an error; a value
// leaves in the body of its own write and nowhere else.
package pantheon
