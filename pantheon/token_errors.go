package pantheon

import (
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// MissingTokenError says that no token was found. It is an
// ErrCredentials.
type MissingTokenError struct {
	// Dir is the folder where Terminus would have saved one; "" without a home
	// folder.
	Dir string
	// Account is the one whose token was asked for; may be empty.
	Account string
}

// Hint says how to come by a token.
func (e *MissingTokenError) Hint() *hint.Error {
	return &hint.Error{Err: e, Class: hint.Credentials, Next: []string{
		newToken,
		"or sign in with `terminus auth:login" + e.email() + "`, whose saved token cella uses",
	}}
}

// Error names the places that were looked at.
func (e *MissingTokenError) Error() string {
	variables := TokenVariables()
	last := len(variables) - 1
	text := "find token: none of " + strings.Join(variables[:last], ", ") + " and " + variables[last] + " is set, and "
	if e.Dir == "" {
		return text + "there is no home folder where Terminus could have saved one"
	}
	if e.Account != "" {
		return text + "Terminus saved none for " + words.Quote(e.Account) + " in " + words.Quote(e.Dir)
	}
	return text + "Terminus saved none in " + words.Quote(e.Dir)
}

// email are the words of Terminus for the account.
func (e *MissingTokenError) email() string {
	if e.Account == "" {
		return ""
	}
	return " --email " + words.Argument(e.Account)
}

// Unwrap returns ErrCredentials.
func (e *MissingTokenError) Unwrap() error { return ErrCredentials }

// AccountError says that the account does not decide which saved token to
// use: none was named and there are several, or there is none of that name.
// It is an ErrCredentials.
type AccountError struct {
	Account  string   // what was asked for; may be empty
	Accounts []string // what there is, sorted
}

// Hint names one of the accounts that Terminus saved tokens for.
func (e *AccountError) Hint() *hint.Error {
	next := "sign in with `terminus auth:login --email EMAIL`, or set PANTHEON_MACHINE_TOKEN"
	if len(e.Accounts) > 0 {
		next = "say whose token to use, as in --account " + words.Argument(e.Accounts[0])
	}
	return &hint.Error{Err: e, Class: hint.Credentials, Next: []string{next}}
}

// Error lists the saved accounts, and how to name one.
func (e *AccountError) Error() string {
	quoted := make([]string, len(e.Accounts))
	for i, account := range e.Accounts {
		quoted[i] = words.Quote(account)
	}
	problem := "Terminus saved tokens for several accounts"
	if e.Account != "" {
		problem = "Terminus saved no token for " + words.Quote(e.Account)
	}
	return "find token: " + problem + "; name one with --account EMAIL: " + strings.Join(quoted, ", ")
}

// Unwrap returns ErrCredentials.
func (e *AccountError) Unwrap() error { return ErrCredentials }
