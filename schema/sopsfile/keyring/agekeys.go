package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"
	sopsage "github.com/getsops/sops/v3/age"
	"golang.org/x/crypto/ssh"

	"github.com/cella-secrets/cella/internal/words"
)

// identity is a private key, or a way to one.
type identity struct {
	age.Identity
	from   string // the place that it was found in, for people
	public string // empty where it is not known
	plugin string // the name of the plugin that has the key, or empty
	asks   bool   // to use it, somebody may be asked for something
	prompt *prompt
	broken *trouble // it failed, and is not asked again
	opened bool     // it did decrypt something
}

// keysIn takes the private keys out of what was read in a place, and says what else
// may be one. As in SOPS, one bad line spoils all of it.
func (p *agePlace) keysIn(text string, ui *asker) ([]*identity, *trouble) {
	switch {
	case p.ssh:
		return p.sshKey(text, ui)
	case strings.TrimSpace(text) == "" && p.path == "":
		return nil, emptyVariable(p.name)
	case strings.TrimSpace(text) == "":
		return nil, because(p.shown+" is empty", "put your private key there: "+ageKeyForm)
	case strings.HasPrefix(text, "-----BEGIN AGE") || strings.HasPrefix(text, "age-encryption"):
		return p.lockedKeys(text, ui)
	}
	var found []*identity
	hidden := 0
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" {
			continue
		}
		if strings.HasPrefix(line, "#") {
			if hidden == 0 && (strings.Contains(line, "AGE-SECRET-KEY-1") || looksPrivate(strings.TrimLeft(line, "# \t"))) {
				hidden = n
			}
			continue
		}
		keys := []string{line}
		if p.words {
			keys = strings.Fields(line)
		}
		for _, key := range keys {
			id, err := parseAgeKey(key, ui)
			if err != nil {
				return nil, p.badLine(n, key)
			}
			id.from = p.name
			found = append(found, id)
		}
	}
	switch {
	case hidden > 0:
		return found, because(p.line(hidden)+" has its private key behind a #", "put the private key on a line of its own, without the #")
	case len(found) > 0:
		return found, nil
	}
	return nil, because(p.shown+" holds comments only, and no private key", "put your private key there: "+ageKeyForm)
}

const ageKeyForm = "one begins with AGE-SECRET-KEY-, and a public key (age1) does not decrypt"

func looksPrivate(text string) bool {
	return strings.HasPrefix(text, "AGE-SECRET-KEY-") || strings.HasPrefix(text, "AGE-PLUGIN-")
}

func parseAgeKey(key string, ui *asker) (*identity, error) {
	if strings.HasPrefix(key, "AGE-PLUGIN-") {
		of, err := plugin.NewIdentity(key, ui.client())
		if err != nil {
			return nil, errors.New("no identity of a plugin")
		}
		return &identity{Identity: of, plugin: of.Name(), asks: true, prompt: ui.prompt}, nil
	}
	var parsed sopsage.ParsedIdentities
	if err := parsed.Import(key); err != nil || len(parsed) != 1 {
		return nil, errors.New("no private key") // SOPS's own error may quote it
	}
	id := &identity{Identity: parsed[0]}
	switch key := parsed[0].(type) {
	case *age.X25519Identity:
		id.public = key.Recipient().String()
	case *age.HybridIdentity:
		id.public = key.Recipient().String()
	}
	return id, nil
}

// line is a line of the place, for people.
func (p *agePlace) line(n int) string {
	switch {
	case p.path == "":
		return fmt.Sprintf("line %d of %s", n, p.shown)
	case p.name == words.Quote(p.path):
		return fmt.Sprintf("line %d of %s", n, p.name)
	}
	return fmt.Sprintf("line %d of %s (%s)", n, words.Quote(p.path), p.name)
}

// badLine says what a line is that is no private key, and shows nothing of it.
func (p *agePlace) badLine(n int, line string) *trouble {
	trimmed := strings.TrimSpace(line)
	first, _, _ := strings.Cut(trimmed, " ")
	what, next := "is not an age private key", "put the private key on a line of its own: "+ageKeyForm
	switch {
	case strings.HasPrefix(line, "\xff\xfe") || strings.HasPrefix(line, "\xfe\xff"):
		what, next = "is UTF-16 text", "save it as UTF-8"
	case strings.HasPrefix(line, "\ufeff"):
		what, next = "begins with a byte order mark (BOM), which SOPS does not read", "save it as UTF-8 without BOM"
	case strings.HasPrefix(first, "age1") || strings.HasPrefix(first, "ssh-"):
		what = "is a public key"
	case strings.HasPrefix(trimmed, "-----BEGIN") && strings.Contains(trimmed, "PRIVATE KEY"):
		what, next = "begins an SSH key", "name that file in SOPS_AGE_SSH_PRIVATE_KEY_FILE"
	case strings.HasPrefix(trimmed, "-----BEGIN PGP"):
		what, next = "begins a PGP key", "import it into gpg (gpg --import FILE)"
	case looksPrivate(trimmed) && trimmed != line:
		what, next = "has spaces around its private key", "remove them"
	case !looksPrivate(trimmed) && strings.Contains(trimmed, "AGE-SECRET-KEY-1"):
		what, next = "has something before its private key, such as a quote", "remove it: the key begins with AGE-SECRET-KEY-"
	case p.words && namesFile(trimmed):
		what, next = "names a file", "name it in "+sopsage.SopsAgeKeyFileEnv
	case strings.HasPrefix(trimmed, "AGE-PLUGIN-"), strings.HasPrefix(trimmed, "AGE-SECRET-KEY-"):
		what, next = "is a private key that was cut or mistyped", "copy the whole line again"
	}
	return because(p.line(n)+" "+what, next)
}

func namesFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// lockedKeys are those of a text that age encrypted for a passphrase.
func (p *agePlace) lockedKeys(text string, ui *asker) ([]*identity, *trouble) {
	contents := []byte(text)
	if strings.HasPrefix(text, "-----BEGIN AGE") {
		unarmored, err := readAll(armor.NewReader(strings.NewReader(text)))
		if err != nil {
			return nil, because(p.shown+" is damaged", "copy the whole file again, from -----BEGIN AGE to -----END AGE")
		}
		contents = unarmored
	}
	asked := &prompt{}
	id := &identity{from: p.name, asks: true, prompt: asked}
	id.Identity = &sopsage.EncryptedIdentity{
		Contents:            contents,
		Passphrase:          func() (string, error) { return ui.passphrase(asked, p.name, contents) },
		NoMatchWarning:      func() {},
		IncorrectPassphrase: func() { asked.wrong = true; forgetPassphrase(contents) },
	}
	return []*identity{id}, nil
}

// sshKey is the one key that an SSH key file has.
func (p *agePlace) sshKey(text string, ui *asker) ([]*identity, *trouble) {
	next := []string{"name an ssh-ed25519 or ssh-rsa private key, the file without .pub"}
	id, err := agessh.ParseIdentity([]byte(text))
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return []*identity{{Identity: id, from: p.name, public: sshPublic(text)}}, nil
	case errors.As(err, &locked) && p.path == "":
		return nil, because(p.shown+" is a key with a passphrase, which SOPS does not take", "let the command print a key without one")
	case errors.As(err, &locked):
		return p.lockedSSHKey(text, locked.PublicKey, ui)
	case strings.TrimSpace(text) == "":
		return nil, because(p.shown+" is empty", next...)
	case strings.HasPrefix(strings.TrimSpace(text), "ssh-"):
		return nil, because(p.shown+" is a public key", next...)
	}
	return nil, because(p.shown+" is not an SSH private key that age can use", next...)
}

func (p *agePlace) lockedSSHKey(text string, public ssh.PublicKey, ui *asker) ([]*identity, *trouble) {
	if public == nil {
		beside, err := os.ReadFile(p.path + ".pub")
		if err == nil {
			public, _, _, _, err = ssh.ParseAuthorizedKey(beside)
		}
		if err != nil {
			return nil, because(p.shown+" is a key with a passphrase, whose public key is not beside it",
				"write it there: ssh-keygen -y -f "+words.Argument(p.path)+" > "+words.Argument(p.path+".pub"))
		}
	}
	asked := &prompt{}
	id := &identity{from: p.name, asks: true, prompt: asked, public: publicText(public)}
	var err error
	id.Identity, err = agessh.NewEncryptedSSHIdentity(public, []byte(text), func() ([]byte, error) {
		asked.wrong = true // unless nothing follows
		typed, err := ui.terminalSecret(asked, "Enter passphrase for "+words.Quote(p.path)+":")
		return []byte(typed), err
	})
	if err != nil {
		return nil, because(p.shown+" is not an SSH private key that age can use", "name an ssh-ed25519 or ssh-rsa private key")
	}
	return []*identity{id}, nil
}

func sshPublic(private string) string {
	signer, err := ssh.ParsePrivateKey([]byte(private))
	if err != nil {
		return ""
	}
	return publicText(signer.PublicKey())
}

func publicText(key ssh.PublicKey) string {
	return string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key)))
}
