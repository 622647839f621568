package keyring

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"io"

	"filippo.io/age/plugin"
	gpgagent "github.com/getsops/gopgagent"

	"github.com/cella-secrets/cella/internal/files"
)

// prompt is what became of asking somebody for an identity.
type prompt struct {
	asked  bool
	failed bool // nobody could be asked, or nobody answered
	wrong  bool // the answer was
}

// asker asks whoever runs the program, on the terminal, once for each thing in a
// run: a second file needs no second answer.
type asker struct {
	terminal *plugin.ClientUI
	answers  map[string]answer
	turn     int
	prompt   *prompt // of plugins, for the use that is going on
}

type answer struct {
	text string
	turn int // of the use that it was given in
}

func newAsker() *asker {
	silent := func(string, ...any) {}
	return &asker{terminal: plugin.NewTerminalUI(silent, silent), answers: map[string]answer{}, prompt: &prompt{}}
}

// begin is called before an identity is used. Whoever is asked the same twice in
// one use answers anew: the first answer was not taken.
func (a *asker) begin() {
	a.turn++
	*a.prompt = prompt{}
}

// client is what plugins ask.
func (a *asker) client() *plugin.ClientUI {
	return &plugin.ClientUI{
		DisplayMessage: a.terminal.DisplayMessage,
		WaitTimer:      a.terminal.WaitTimer,
		RequestValue: func(name, message string, secret bool) (string, error) {
			of := name + "\x00" + message
			if known, ok := a.answers[of]; ok && known.turn != a.turn {
				known.turn = a.turn
				a.answers[of] = known
				return known.text, nil
			}
			text, err := a.terminal.RequestValue(name, message, secret)
			a.prompt.asked = true
			if err != nil {
				a.prompt.failed = true
				return "", err
			}
			a.answers[of] = answer{text, a.turn}
			return text, nil
		},
		Confirm: func(name, message, yes, no string) (bool, error) {
			chose, err := a.terminal.Confirm(name, message, yes, no)
			a.prompt.asked, a.prompt.failed = true, a.prompt.failed || err != nil
			return chose, err
		},
	}
}

func (a *asker) terminalSecret(p *prompt, message string) (string, error) {
	p.asked = true
	text, err := a.terminal.RequestValue("", message, true)
	p.failed = err != nil || text == ""
	if text == "" && err == nil {
		err = errors.New("no passphrase")
	}
	return text, err
}

// passphrase asks GnuPG's agent, where one runs, else on the terminal; as SOPS
// does, and with its name in the agent's memory.
func (a *asker) passphrase(p *prompt, place string, contents []byte) (string, error) {
	message := "Enter passphrase for identity " + place + ":"
	agent, err := gpgagent.NewConn()
	if err != nil {
		return a.terminalSecret(p, message)
	}
	p.asked = true
	text, err := agent.GetPassphrase(&gpgagent.PassphraseRequest{CacheKey: agentKey(contents), Prompt: "Passphrase", Desc: message})
	p.failed = err != nil || text == ""
	if err = errors.Join(err, agent.Close()); err == nil && text == "" {
		err = errors.New("no passphrase")
	}
	return text, err
}

// agentKey is where SOPS lets the agent keep a passphrase.
func agentKey(contents []byte) string {
	sum := sha256.Sum256(contents)
	return "SopsAge" + base32.StdEncoding.EncodeToString(sum[:25])
}

// forgetPassphrase keeps the agent from giving a wrong one again. Where there is
// no agent, nothing has to be forgotten.
func forgetPassphrase(contents []byte) {
	if agent, err := gpgagent.NewConn(); err == nil {
		_ = agent.RemoveFromCache(agentKey(contents)) // it will be asked again, no worse
		_ = agent.Close()
	}
}

func readAll(from io.Reader) ([]byte, error) { return files.ReadFrom(from, maxKeyFile) }
