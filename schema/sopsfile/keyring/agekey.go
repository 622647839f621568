package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	fage "filippo.io/age"
	"github.com/getsops/sops/v3/age"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// AgeKeyFile is the file of age keys that SOPS reads on this machine: that of
// SOPS_AGE_KEY_FILE, else keys.txt in the user's configuration folder.
func AgeKeyFile() (string, error) {
	if file := os.Getenv(age.SopsAgeKeyFileEnv); file != "" {
		if _, err := os.Stat(file); err != nil && looksLikeKey(file) {
			return "", errors.New(age.SopsAgeKeyFileEnv + " holds what looks like a key, not the name of a file")
		}
		return filepath.Abs(file)
	}
	file, err := usualAgeKeyFile()
	if err != nil {
		return "", fmt.Errorf("find age keys: %w", err)
	}
	return file, nil
}

// usualAgeKeyFile is in XDG_CONFIG_HOME on macOS too where that is set, as in SOPS.
func usualAgeKeyFile() (string, error) {
	folder, err := os.UserConfigDir()
	if xdg := os.Getenv("XDG_CONFIG_HOME"); xdg != "" && runtime.GOOS == "darwin" {
		folder, err = xdg, nil
	}
	return filepath.Join(folder, filepath.FromSlash(age.SopsAgeKeyUserConfigPath)), err
}

// KeyFileError says that a file cannot take a new age key.
type KeyFileError struct {
	file, what, Remedy string
}

// Hint returns the remedy.
func (e *KeyFileError) Hint() *hint.Error { return &hint.Error{Err: e, Next: []string{e.Remedy}} }

// Error names the file and quotes nothing of it.
func (e *KeyFileError) Error() string {
	return fmt.Sprintf("no private key was added to %s: %s", words.Quote(e.file), e.what)
}

// AgeKeyStore is a file to which age keys are added, outside of every git work
// tree and readable by its owner only.
type AgeKeyStore struct {
	file    string
	newline bool // the file does not end with a line end
}

// OpenAgeKeyStore checks that a key may be added to file: neither it nor what
// a link leads to lies in a git work tree or below project, which may become
// one; what it holds are age keys in clear, if it is there; and nobody else may
// read it. It changes nothing. The error is a *KeyFileError, or that of reading.
func OpenAgeKeyStore(file, project string) (*AgeKeyStore, error) {
	real, err := resolve(file)
	if err != nil {
		return nil, fmt.Errorf("add age key to %s: %w", words.Quote(file), files.WithoutPath(err))
	}
	below, err := resolve(project)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", words.Quote(project), files.WithoutPath(err))
	}
	const elsewhere = "set SOPS_AGE_KEY_FILE to a file outside of it, or give a public key with --age"
	if tree, ok := git.WorkTree(filepath.Dir(real)); ok {
		return nil, &KeyFileError{file, "it is in the git work tree " + words.Quote(tree) + ", and a private key must not get into git", elsewhere}
	}
	if rest, err := filepath.Rel(below, real); err == nil && filepath.IsLocal(rest) {
		return nil, &KeyFileError{file, "it is in the folder of the manifest, and a private key must not get into git", elsewhere}
	}
	info, err := os.Stat(real)
	if errors.Is(err, fs.ErrNotExist) {
		return &AgeKeyStore{file: real}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("add age key to %s: %w", words.Quote(file), files.WithoutPath(err))
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, &KeyFileError{file, "it is not a file", elsewhere}
	case files.HaveModes && info.Mode().Perm()&0o077 != 0:
		return nil, &KeyFileError{file, "others may read it", "run: chmod 600 " + words.Argument(file)}
	}
	text, err := files.Read(real, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("add age key to %s: %w", words.Quote(file), files.WithoutPath(err))
	}
	if !holdsAgeKeys(string(text)) {
		return nil, &KeyFileError{file, "it holds something other than plaintext age keys, which one more line would break", "give a public key with --age"}
	}
	return &AgeKeyStore{file: real, newline: len(text) > 0 && text[len(text)-1] != '\n'}, nil
}

// Add makes a new key, adds it to the file with a comment that says what it is
// for, and returns the public key. Text already there stays as it is.
func (s *AgeKeyStore) Add(comment string, now time.Time) (string, error) {
	key, err := fage.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("make age key: %w", err)
	}
	public := key.Recipient().String()
	text := fmt.Sprintf("# created: %s, %s\n# public key: %s\n%s\n", now.UTC().Format(time.RFC3339), comment, public, key)
	if s.newline {
		text = "\n" + text
	}
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return "", fmt.Errorf("make folder for age keys: %w", err)
	}
	file, err := os.OpenFile(s.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("add age key: %w", err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", fmt.Errorf("add age key: %w", err)
	}
	return public, nil
}

// holdsAgeKeys reports whether text is a list of keys as age-keygen and its
// plugins write them.
func holdsAgeKeys(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "AGE-") {
			return false
		}
	}
	return true
}

// resolve is the absolute path without links; what does not exist yet is
// taken as it is.
func resolve(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(absolute)
	if !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	if _, err := os.Lstat(absolute); err == nil {
		return "", errors.New("it is a link that leads nowhere")
	}
	parent := filepath.Dir(absolute)
	if parent == absolute {
		return absolute, nil
	}
	folder, err := resolve(parent)
	return filepath.Join(folder, filepath.Base(absolute)), err
}
