package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	sopsage "github.com/getsops/sops/v3/age"
	"github.com/google/shlex"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/words"
)

// maxKeyFile bounds what is read of a place where private keys are.
const maxKeyFile = 1 << 20

// agePlace is one place where SOPS looks for private keys of age: a variable that
// holds some, a file, or a command that prints some.
type agePlace struct {
	name string // of the variable, or the path of a usual file; quoted for display
	ssh  bool   // it has one key of SSH
	read func(ctx context.Context, recipient string) (string, *trouble)
	// path is that of a file, also where it is a variable that names it.
	path string
	// shown is what the text is, for people: a subject to "is empty".
	shown string
	// perRecipient: the command looks at SOPS_AGE_RECIPIENT, and may print another key
	// for another one.
	perRecipient bool
	asks         bool // reading it may ask somebody
	words        bool // several keys may stand on one line
}

// agePlaces are those that there are, in an order in which nobody is asked
// before it has to be.
func agePlaces() []*agePlace {
	var places []*agePlace
	add := func(p *agePlace) { places = append(places, p) }
	if path, set := os.LookupEnv(sopsage.SopsAgeSshPrivateKeyFileEnv); set {
		add(variableFile(sopsage.SopsAgeSshPrivateKeyFileEnv, path, true))
	}
	if home, err := os.UserHomeDir(); err == nil && home != "" {
		for _, name := range []string{"id_ed25519", "id_rsa"} {
			path := filepath.Join(home, ".ssh", name)
			if _, err := os.Stat(path); err == nil {
				add(usualFile(path, true))
			}
		}
	}
	if text, set := os.LookupEnv(sopsage.SopsAgeKeyEnv); set {
		add(&agePlace{
			name: sopsage.SopsAgeKeyEnv, shown: sopsage.SopsAgeKeyEnv, words: true,
			read: func(context.Context, string) (string, *trouble) { return text, nil },
		})
	}
	if path, set := os.LookupEnv(sopsage.SopsAgeKeyFileEnv); set {
		add(variableFile(sopsage.SopsAgeKeyFileEnv, path, false))
	}
	if path, err := usualAgeKeyFile(); err == nil {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			add(usualFile(path, false))
		}
	}
	if command, set := os.LookupEnv(sopsage.SopsAgeSshPrivateKeyCmdEnv); set {
		add(commandPlace(sopsage.SopsAgeSshPrivateKeyCmdEnv, command, true))
	}
	if command, set := os.LookupEnv(sopsage.SopsAgeKeyCmdEnv); set {
		add(commandPlace(sopsage.SopsAgeKeyCmdEnv, command, false))
	}
	return places
}

func variableFile(name, path string, ssh bool) *agePlace {
	p := &agePlace{name: name, ssh: ssh, path: path, shown: name + " names " + words.Quote(path) + ", which"}
	p.read = func(context.Context, string) (string, *trouble) {
		if strings.TrimSpace(path) == "" {
			return "", emptyVariable(name)
		}
		return readKeyFile(p, "set "+name+" to the file with your private key, or unset it")
	}
	return p
}

func usualFile(path string, ssh bool) *agePlace {
	p := &agePlace{name: words.Quote(path), ssh: ssh, path: path, shown: words.Quote(path)}
	p.read = func(context.Context, string) (string, *trouble) {
		return readKeyFile(p, "make "+words.Quote(path)+" a readable file with your private key, or move it away")
	}
	return p
}

// readKeyFile takes pipes too, and waits for whoever writes to one, as SOPS does: a
// shell's <(command) is one, which can be read once.
func readKeyFile(p *agePlace, next string) (string, *trouble) {
	var text []byte
	file, err := os.Open(p.path)
	if err == nil {
		text, err = files.ReadFrom(file, maxKeyFile)
		_ = file.Close() // opened for reading only, nothing to lose
	}
	what := ""
	switch {
	case err == nil:
		return string(text), nil
	case looksLikeKey(p.path):
		return "", because(p.name+" holds what looks like a key, not the name of a file", keyItself(p.ssh))
	case errors.Is(err, fs.ErrNotExist):
		what = "does not exist"
	case errors.Is(err, fs.ErrPermission):
		variable := sopsage.SopsAgeKeyFileEnv
		if p.ssh {
			variable = sopsage.SopsAgeSshPrivateKeyFileEnv
		}
		what = "may not be read"
		next = "where another user owns it or its folder, name a file of your own in " + variable
		if files.HaveModes {
			next = "let yourself read it: chmod u+r " + words.Argument(p.path) + "; " + next
		}
	case errors.Is(err, files.ErrTooLarge):
		what = "is too large to be one of private keys"
	case isFolder(p.path):
		what = "is a folder"
	default:
		what = "cannot be read"
	}
	return "", because(p.shown+" "+what, next)
}

// encoded is a long text of base64.
var encoded = regexp.MustCompile(`^[A-Za-z0-9+/=\s]{60,}$`)

// looksLikeKey reports whether a text that should name a file, or a program, and names
// none that is there, may be a key itself. Nothing of it is shown then.
func looksLikeKey(text string) bool {
	upper := strings.ToUpper(text)
	if strings.Contains(upper, "AGE-SECRET-KEY-") || strings.Contains(upper, "AGE-PLUGIN-") || strings.Contains(upper, "PRIVATE KEY") {
		return true
	}
	folder := filepath.Dir(text)
	return encoded.MatchString(text) && (folder == "." || !isFolder(folder))
}

// keyItself is where a key belongs that stands where something else does.
func keyItself(ssh bool) string {
	if ssh {
		return "write the key to a file that only you can read, and name that in " + sopsage.SopsAgeSshPrivateKeyFileEnv
	}
	return "give the key itself in " + sopsage.SopsAgeKeyEnv
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func emptyVariable(name string) *trouble {
	return because(name+" is set but empty", "give "+name+" a value, or unset it")
}

func commandPlace(name, command string, ssh bool) *agePlace {
	args, err := shlex.Split(command)
	return &agePlace{
		name: name, ssh: ssh, asks: true, shown: "what the command of " + name + " printed", perRecipient: readsRecipient(args),
		read: func(ctx context.Context, recipient string) (string, *trouble) {
			switch {
			case strings.TrimSpace(command) == "" || len(args) == 0 && err == nil:
				return "", emptyVariable(name)
			case err != nil:
				return "", because("the command of "+name+" has a quote without its end", "write "+name+" as one command with its arguments")
			}
			text, wrong := runKeyCommand(ctx, name, args, recipient)
			if wrong != nil && looksLikeKey(args[0]) {
				wrong = because(name+" holds what looks like a key, not a command", keyItself(ssh))
			}
			return text, wrong
		},
	}
}

// runKeyCommand runs the command as SOPS does. What it says on stderr may be
// anything, and stays with it.
func runKeyCommand(ctx context.Context, name string, args []string, recipient string) (string, *trouble) {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Env = append(os.Environ(), sopsage.SopsAgeRecipientEnv+"="+recipient)
	out := &files.Buffer{Limit: maxKeyFile}
	command.Stdout = out
	err := command.Run()
	next := []string{"run the command of " + name + " by hand: it has to print the private key, and nothing else"}
	var ended *exec.ExitError
	switch {
	case out.Err() != nil:
		return "", because("the command of "+name+" printed too much to be a private key", next...)
	case errors.As(err, &ended):
		return "", because(fmt.Sprintf("the command of %s failed (%s)", name, ended.ProcessState), next...)
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return "", because(fmt.Sprintf("the command of %s is not found: %s", name, words.Quote(args[0])),
			"install "+words.Quote(args[0])+", or set "+name+" to a command that prints the private key")
	case err != nil:
		return "", because("the command of "+name+" cannot be run", next...)
	case strings.TrimSpace(string(out.Bytes())) == "":
		return "", because("the command of "+name+" printed nothing", next...)
	}
	return string(out.Bytes()), nil
}

// readsRecipient reports whether a command, or a file that it names, looks at the
// variable that says which key is wanted. Any other one prints the same at every
// call, and is run once.
func readsRecipient(args []string) bool {
	for i, arg := range args {
		if strings.Contains(arg, sopsage.SopsAgeRecipientEnv) {
			return true
		}
		if i == 0 {
			if program, err := exec.LookPath(arg); err == nil {
				arg = program
			}
		}
		if text, err := files.Read(arg, maxKeyFile); err == nil && strings.Contains(string(text), sopsage.SopsAgeRecipientEnv) {
			return true
		}
	}
	return false
}
