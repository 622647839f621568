// Package effective says which value of each secret an environment of a site
// gets, and who reads it there. Explain goes through every name that the site
// or its organization has in the manifest or live, and returns a Report,
// which is inert data.
//
// A secret reaches a site in up to four layers, weakest first: the default
// value of the organization that owns the site, the organization's override
// for the environment, the site's own default value, and the site's own
// override (public documentation). Secrets of supporting organizations never
// reach it, so they are no input. What happens where an organization's
// override meets a site's default in the same environment is documented in
// two ways; that is reported as contenders, never decided here.
//
// It leaves out finding out who owns the site, comparing values (plan/decision
// has done that) and the values themselves.
//
// Invariants: a Report holds no secret value; the same input gives the same
// Report; cella's own secrets are not in it; what nobody could look at is
// said to be unknown, never absent.
package effective
