package pantheon

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// What callers tell failures apart by, with errors.Is. A failure that is none
// of these was refused, or was not understood, for the reason that its text
// gives.
const (
	// ErrCredentials: there is no token, or signing in was refused.
	ErrCredentials = kind("the credentials are missing or were refused")
	// ErrForbidden: signed in, but not allowed to do this.
	ErrForbidden = kind("access is not allowed")
	// ErrNotFound: there is no such site, owner or secret.
	ErrNotFound = kind("it does not exist")
	// ErrExists: what CreateNew was to make is there, made by somebody else.
	ErrExists = kind("it is there already, and is not what was to be created")
	// ErrUnavailable: repeated until the time for one request was used up.
	ErrUnavailable = kind("the service is unavailable")
)

// kind is one kind of failure, as an error.
type kind string

func (k kind) Error() string { return string(k) }

// Hint is that of an Error of this kind.
func (k kind) Hint() *hint.Error { return (&Error{Err: k}).Hint() }

// Operation is what was asked of Pantheon, in the words of error messages.
type Operation string

// The operations.
const (
	OpSignIn         Operation = "sign in"
	OpFindSite       Operation = "find"
	OpReadSite       Operation = "read"
	OpOrganizations  Operation = "list organizations"
	OpSites          Operation = "list sites"
	OpList           Operation = "list secrets"
	OpCreate         Operation = "create"
	OpSet            Operation = "set"
	OpRemoveOverride Operation = "remove override"
	OpDelete         Operation = "delete"
)

// Error is a failed operation. It holds what was asked and why it failed in
// this package's own words, and nothing that came from a reply but the
// status.
type Error struct {
	Op     Operation
	Owner  secret.Owner // zero where no owner is concerned
	Secret secret.Name  // empty where no secret is concerned
	Env    secret.Env   // empty for a default value
	// Status is that of the last reply; 0 where none came.
	Status int
	// Attempts counts the requests that were sent.
	Attempts int
	// Cause is a known reason; empty where Err says it all.
	Cause string
	// Reason is the same for programs; empty where people can do nothing.
	Reason Reason
	// Err is one of the errors above, ctx.Err(), or nil.
	Err error
	// MaybeApplied: this was a write, an attempt may have taken effect, and
	// no later answer settled it. See Ambiguous.
	MaybeApplied bool
}

// Error names the operation, the secret and the owner, then the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(describe(e.Op, e.Owner, e.Secret, e.Env))
	b.WriteString(": ")
	if errors.Is(e.Err, ErrUnavailable) && e.Attempts > 0 {
		fmt.Fprintf(&b, "no usable answer in %d attempts; the last: ", e.Attempts)
	}
	switch {
	case e.Cause != "":
		b.WriteString(e.Cause)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString("the request was refused")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	if e.MaybeApplied {
		b.WriteString("; whether it took effect is not known")
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// ConflictError says that a secret exists already with another type or other
// scopes, which can never be changed. Nothing was written.
type ConflictError struct {
	Owner      secret.Owner
	Secret     secret.Name
	HaveType   secret.Type
	HaveScopes secret.Scopes
}

// Hint says how to see both.
func (e *ConflictError) Hint() *hint.Error {
	return &hint.Error{Err: e, Next: []string{"run `cella plan` again: it shows what is on Pantheon now, and what `replace: true` would do"}}
}

// Error names the secret and what it has.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: it exists already with type %s and scopes %s, and neither can be changed",
		describe(OpCreate, e.Owner, e.Secret, ""), words.Quote(string(e.HaveType)), e.HaveScopes)
}

// Ambiguous reports whether err leaves open if a write took effect. False
// means that it certainly did not: Pantheon refused it, or no request was
// sent. An error that is not this package's own proves nothing, so it counts
// as ambiguous; nil does not.
func Ambiguous(err error) bool {
	if err == nil {
		return false
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.MaybeApplied
	}
	if _, ok := errors.AsType[*ConflictError](err); ok {
		return false
	}
	return true
}

// describe returns what was asked, with every foreign name quoted.
func describe(op Operation, owner secret.Owner, name secret.Name, env secret.Env) string {
	text := string(op)
	if name != "" {
		text += " " + words.Quote(string(name))
	}
	if env != "" {
		text += " for " + words.Quote(string(env))
	}
	switch {
	case owner == (secret.Owner{}):
		return text
	case op == OpFindSite || op == OpReadSite:
		return text + " " + owner.String()
	}
	return text + " on " + owner.String()
}
