package keyring

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestMain also is the plugin of age that the tests install.
func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "age-plugin-"); ok {
		os.Exit(runPlugin(name))
	}
	os.Exit(testkit.Suite(m).Run())
}

const pinOfPlugin = "1234"

// runPlugin is a plugin whose key needs a PIN. It encrypts nothing.
func runPlugin(name string) int {
	p, err := plugin.New(name)
	if err != nil {
		return 2
	}
	p.HandleRecipient(func([]byte) (age.Recipient, error) { return pluginKey{p}, nil })
	p.HandleIdentity(func([]byte) (age.Identity, error) { return pluginKey{p}, nil })
	p.RegisterFlags(nil)
	flag.Parse()
	return p.Main()
}

type pluginKey struct{ *plugin.Plugin }

func (k pluginKey) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	return []*age.Stanza{{Type: k.Name(), Body: fileKey}}, nil
}

func (k pluginKey) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if err := count(os.Getenv("COUNT_PLUGIN")); err != nil {
		return nil, err
	}
	for _, stanza := range stanzas {
		if stanza.Type != k.Name() {
			continue
		}
		if pin, err := k.RequestValue("PIN of the token:", true); err != nil || pin != pinOfPlugin {
			return nil, errors.New("canary: a wrong PIN")
		}
		return stanza.Body, nil
	}
	return nil, age.ErrIncorrectIdentity
}

// count adds a line to a file.
func count(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString("one\n")
	return errors.Join(err, file.Close())
}

// counted is how many lines a file has.
func counted(t testing.TB, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}
