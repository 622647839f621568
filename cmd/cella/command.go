package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// action runs a command whose flags have been parsed.
type action func(ctx context.Context, std streams, args []string) error

// command is one verb. bind declares its flags on a set of its own and
// returns what to run with them.
type command struct {
	name     string
	argument string             // what may follow the flags, for the usage line
	takes    []completion.Place // what each word of it is, for shells
	summary  string
	about    string
	examples []string
	bind     func(*pflag.FlagSet) action
	// begins: --file is a manifest that is yet to be written.
	begins bool
	// mistaken is what an error about the flags becomes; nil leaves it.
	mistaken func(error) error
}

// commands lists the verbs in the order of the help text.
func commands() []command {
	return []command{
		planCommand(),
		applyCommand(),
		validateCommand(),
		setCommand(),
		unsetCommand(),
		sealCommand(),
		initCommand(),
		addFingerprintKeyCommand(),
		rotateFingerprintKeyCommand(),
		listKeysCommand(),
		addKeysCommand(),
		removeKeysCommand(),
		syncKeysCommand(),
		rotateKeysCommand(),
		importSiteCommand(),
		importOrganizationCommand(),
		importFileCommand(),
		diffCommand(),
		explainCommand(),
		localCommand(),
		commentGitHubCommand(),
		commentGitLabCommand(),
		mergeDriverCommand(),
		emulatorCommand(),
		schemaCommand(),
		completionCommand(),
		versionCommand(),
		helpCommand(),
	}
}

// lookUp finds the command that a word means, or a word and the next one: import
// site. It returns the words behind it. pflag.ErrHelp asks for the help of all
// commands that begin with the word.
func lookUp(word string, rest []string) (command, []string, error) {
	all := append(commands(), completeCommand())
	named := func(name string) int { return slices.IndexFunc(all, func(c command) bool { return c.name == name }) }
	if at := named(word); at >= 0 {
		return all[at], rest, nil
	}
	of := group(word)
	switch {
	case strings.HasPrefix(word, "-"):
		return command{}, nil, hint.New(fmt.Errorf("flag %s is before the command", words.Quote(word)),
			"flags come after the command, as in `cella plan --file secrets.yaml`")
	case len(of) == 0:
		return command{}, nil, unknownCommand("", word, commandNames())
	case len(rest) == 0:
		var usages []string
		for _, one := range of {
			usages = append(usages, "`"+strings.TrimSpace("cella "+one.name+" "+one.argument)+"`")
		}
		return command{}, nil, hint.New(fmt.Errorf("cella %s: a word is missing after it", word), "one of "+strings.Join(usages, ", "))
	case rest[0] == "-h" || rest[0] == "--help":
		return command{}, nil, pflag.ErrHelp
	}
	at := named(word + " " + rest[0])
	if at < 0 {
		var names []string
		for _, one := range of {
			names = append(names, strings.TrimPrefix(one.name, word+" "))
		}
		err := unknownCommand(word+" ", rest[0], names)
		if _, missing := os.Stat(rest[0]); missing == nil && word == "import" {
			err = hint.With(err, "import a file: cella import file "+words.Argument(rest[0])+" --to site:NAME")
		}
		return command{}, nil, err
	}
	return all[at], rest[1:], nil
}

// group are the commands of two words that begin with word.
func group(word string) []command {
	return slices.DeleteFunc(commands(), func(c command) bool { return !strings.HasPrefix(c.name, word+" ") })
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		first, _, _ := strings.Cut(c.name, " ")
		names = append(names, first)
	}
	return slices.Compact(names)
}

// seeOne is how one value is seen.
const seeOne = `one value: sops decrypt --extract '["sites"]["SITE"]["secrets"]["NAME"]["value"]' secrets.yaml`

// elsewhere is what does here what a word of other tools does there.
func elsewhere(word string) []string {
	switch word {
	case "add", "create", "update":
		return []string{"`cella set OWNER NAME` writes a value into the manifest"}
	case "check", "lint", "status", "verify", "test", "drift", "doctor", "audit", "refresh":
		return []string{"`cella validate` checks the manifest, and `cella plan` compares it with what is on Pantheon"}
	case "delete", "remove", "rm", "del", "destroy":
		return []string{"`cella unset OWNER NAME` removes a secret from the manifest; the next `cella apply` removes it on Pantheon"}
	case "get", "show", "list", "ls", "decrypt", "cat", "view", "print", "reveal", "read":
		return []string{"cella prints no values: `cella explain SITE` lists the secrets of a site, `cella local SITE.ENV` writes them to a file", seeOne}
	case "edit", "encrypt", "fmt", "format":
		return []string{"edit the manifest, or set values with `cella set OWNER NAME`; `cella seal` then encrypts what is not"}
	case "rename", "move", "mv", "copy", "cp":
		return []string{"names are plaintext: edit them in the manifest, then `cella seal` encrypts what moved for its new place"}
	case "rotate", "renew":
		return []string{"`cella set OWNER NAME` gives a secret a new value, and `cella fingerprint-key rotate` makes a new fingerprint key",
			"`cella keys rotate` encrypts the manifest under a new data key"}
	case "rollback", "revert", "undo", "restore":
		return []string{"take the older manifest from git (`git revert COMMIT`, or `git restore --source COMMIT FILE`), see `cella plan`, and apply that"}
	case "history", "log", "versions":
		return []string{"git has the versions: `git log` lists them, and `cella diff COMMIT:PATH PATH` tells by name what changed since one"}
	case "sync", "push", "deploy":
		return []string{"`cella plan` shows what differs, and `cella apply` writes it to Pantheon"}
	case "pull", "download", "export", "env", "exec", "run":
		return []string{"`cella import site NAME` adds what a site has on Pantheon to the manifest, and `cella local SITE.ENV` writes a file for your machine"}
	case "new", "begin", "start", "setup":
		return []string{"`cella init --project NAME` begins a manifest"}
	case "merge", "resolve":
		return []string{"`cella seal` merges a manifest that git left with conflicts"}
	case "updatekeys", "recipients", "groups", "share", "key":
		return []string{"`cella keys list` shows who can decrypt; `cella keys add`, `remove` and `sync` change that"}
	case "login", "logout", "auth", "auth:login", "whoami":
		return []string{"cella signs in with the token that `terminus auth:login` saved, or with PANTHEON_MACHINE_TOKEN"}
	}
	if strings.HasPrefix(word, "secret:") {
		return []string{"docs/terminus.md says what takes the place of each `terminus secret:…` command"}
	}
	return nil
}

// unknownCommand is an error for a word that is none of those known, which may stand
// behind another one.
func unknownCommand(behind, word string, known []string) error {
	next := []string{"run `cella help` for all commands"}
	if instead := elsewhere(word); instead != nil && behind == "" {
		next = instead
	} else if near, ok := words.Closest(word, known); ok {
		next = []string{fmt.Sprintf("did you mean `cella %s%s`?", behind, near)}
	} else if len(known) <= maxOffered {
		next = []string{"there is `cella " + behind + strings.Join(known, "`, `cella "+behind) + "`"}
	}
	return hint.New(fmt.Errorf("unknown command %s", words.Quote(behind+word)), next...)
}

// maxOffered is how many commands a hint names at most.
const maxOffered = 5

func helpCommand() command {
	return command{
		name:     "help",
		argument: "[COMMAND]",
		takes:    []completion.Place{{Kind: completion.CommandName}},
		summary:  "explain a command",
		about:    "Without COMMAND it lists all of them.",
		examples: []string{"cella help plan"},
		bind: func(*pflag.FlagSet) action {
			return func(_ context.Context, std streams, args []string) error {
				if len(args) == 0 {
					writeOverview(std.out)
					return nil
				}
				if len(args) == 1 && len(group(args[0])) > 0 {
					writeGroup(std.out, args[0])
					return nil
				}
				found, rest, err := lookUp(args[0], args[1:])
				if err = cmp.Or(err, noArguments(rest)); err != nil {
					return err
				}
				writeHelp(std.out, found)
				return nil
			}
		},
	}
}

func writeOverview(w io.Writer) {
	fmt.Fprint(w, "cella keeps Pantheon secrets in git: it compares a manifest with what is on Pantheon and applies the difference.\n\n"+
		"Usage: cella COMMAND [flags]\n\nCommands:\n")
	writeSummaries(w, commands())
	fmt.Fprint(w, "\nRun `cella help COMMAND` for the flags and an example.\n")
}

// writeGroup writes the help of commands that begin with one word.
func writeGroup(w io.Writer, word string) {
	fmt.Fprintf(w, "Usage: cella %s COMMAND [flags]\n\nCommands:\n", word)
	writeSummaries(w, group(word))
	fmt.Fprintf(w, "\nRun `cella help %s COMMAND` for the flags and an example.\n", word)
}

func writeSummaries(w io.Writer, list []command) {
	width := 0
	for _, c := range list {
		width = max(width, len(c.name))
	}
	for _, c := range list {
		fmt.Fprintf(w, "  %-*s  %s\n", width, c.name, c.summary)
	}
}

func writeHelp(w io.Writer, c command) {
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SortFlags = false
	c.bind(flags)
	usage := []string{"cella", c.name}
	if flags.HasFlags() {
		usage = append(usage, "[flags]")
	}
	if c.argument != "" {
		usage = append(usage, c.argument)
	}
	fmt.Fprintf(w, "cella %s: %s\n\n%s\n\nUsage: %s\n\nExample:\n", c.name, c.summary, c.about, strings.Join(usage, " "))
	for _, example := range c.examples {
		fmt.Fprintf(w, "  %s\n", example)
	}
	if flags.HasFlags() {
		fmt.Fprintf(w, "\nFlags:\n%s", flags.FlagUsagesWrapped(100))
	}
}
