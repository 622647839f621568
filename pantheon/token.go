package pantheon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// TokenVariables are the environment variables that FindToken reads, in order.
func TokenVariables() []string {
	return []string{"PANTHEON_MACHINE_TOKEN", "PANTHEON_TOKEN", "TERMINUS_TOKEN"}
}

// Token is what signs in, and where it was found.
type Token struct {
	Value secret.Value
	// Variable is the environment variable that held it, or empty.
	Variable string
	// From says the same in messages, as in "in TERMINUS_TOKEN".
	From string
}

// FindToken returns the token to sign in with, a personal access token or a
// machine token of before: that of the first of TokenVariables that is set, then
// the one that Terminus saved, for the given account or, without one, the only
// one there is.
//
// env looks a variable up and returns "" where it is not set; home is the
// user's home folder, "" where there is none. The error is a *MissingTokenError,
// an *AccountError, or says which file cannot be used; each of them is an
// ErrCredentials, and none holds a token.
func FindToken(env func(string) string, home, account string) (Token, error) {
	for _, name := range TokenVariables() {
		if token := strings.TrimSpace(env(name)); token != "" {
			return Token{secret.NewValue(token), name, "in " + name}, nil
		}
	}
	dir := tokenDir(env, home)
	if dir == "" {
		return Token{}, &MissingTokenError{Account: account}
	}
	accounts, err := savedAccounts(dir)
	if err != nil {
		return Token{}, err
	}
	if len(accounts) == 0 {
		return Token{}, &MissingTokenError{Dir: dir, Account: account}
	}
	if account == "" {
		if len(accounts) > 1 {
			return Token{}, &AccountError{Accounts: accounts}
		}
		return readToken(dir, accounts[0])
	}
	file := tokenFile(account)
	for _, saved := range accounts {
		if saved == file {
			return readToken(dir, file)
		}
	}
	return Token{}, &AccountError{Account: account, Accounts: accounts}
}

// tokenDir returns the folder that Terminus saves tokens in, "" where it has
// no home: below the working folder, anybody's token could lie. Each of these
// variables replaces one level of its default [client].
func tokenDir(env func(string) string, home string) string {
	if dir := env("TERMINUS_TOKENS_DIR"); dir != "" {
		return dir
	}
	if dir := env("TERMINUS_CACHE_DIR"); dir != "" {
		return filepath.Join(dir, "tokens")
	}
	if dir := env("TERMINUS_BASE_DIR"); dir != "" {
		return filepath.Join(dir, "cache", "tokens")
	}
	if dir := env("TERMINUS_USER_HOME"); dir != "" {
		home = dir
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".terminus", "cache", "tokens")
}

// savedAccounts lists the files of dir, sorted. A folder that does not exist
// has none.
func savedAccounts(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, credentialsError("read the folder of saved tokens", dir, err)
	}
	var accounts []string
	for _, entry := range entries {
		if !entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			accounts = append(accounts, entry.Name())
		}
	}
	return accounts, nil
}

// tokenFile returns the file that Terminus saves an account's token in: the
// account, with everything but letters, digits and "-_@." as a hyphen
// [client]. So no account leads out of the folder; what it returns is only
// ever compared with names that are in it.
func tokenFile(account string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("-_@.", r):
			return r
		}
		return '-'
	}, account)
}

// maxTokenFile bounds what is read of a file with a saved token, in bytes.
const maxTokenFile = 1 << 20

func readToken(dir, file string) (Token, error) {
	path := filepath.Join(dir, file)
	text, err := files.Read(path, maxTokenFile)
	if err != nil {
		return Token{}, credentialsError("read saved token", path, err)
	}
	var saved struct {
		Token string `json:"token"`
	}
	// The decoder's error could quote the file, so it is dropped.
	if json.Unmarshal(text, &saved) != nil || strings.TrimSpace(saved.Token) == "" {
		return Token{}, credentialsError("read saved token", path, errors.New("it holds no token; sign in again with terminus auth:login"))
	}
	return Token{Value: secret.NewValue(strings.TrimSpace(saved.Token)), From: "that Terminus saved for " + words.Quote(file)}, nil
}

// credentialsError keeps of a file error what went wrong and drops the path,
// which is quoted here.
func credentialsError(verb, path string, err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return fmt.Errorf("%s %s: %w: %w", verb, words.Quote(path), ErrCredentials, err)
}
