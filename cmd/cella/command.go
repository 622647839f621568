package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
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
		return command{}, nil, unknownCommand(word, commandNames())
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
			names = append(names, one.name)
		}
		return command{}, nil, unknownCommand(word+" "+rest[0], names)
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

// elsewhere is what does here what a word of other tools does there.
func elsewhere(word string) (instead string, found bool) {
	switch word {
	case "add", "create", "update":
		return "`cella set OWNER NAME` writes a value into the manifest", true
	case "check", "lint", "status", "verify":
		return "`cella validate` checks the manifest, and `cella plan` compares it with what is on Pantheon", true
	case "delete", "remove", "rm":
		return "`cella unset OWNER NAME` removes a secret from the manifest; the next `cella apply` removes it on Pantheon", true
	case "get", "show", "list", "ls", "decrypt":
		return "cella prints no values: `cella explain SITE` lists the secrets of a site, `cella local SITE.ENV` writes them to a file", true
	case "edit", "encrypt":
		return "edit the manifest, or set values with `cella set OWNER NAME`; `cella seal` then encrypts what is not", true
	case "rotate", "renew":
		return "`cella set OWNER NAME` gives a secret a new value, and `cella fingerprint-key rotate` makes a new fingerprint key", true
	case "rollback", "revert", "undo", "restore":
		return "take the older manifest from git (`git revert COMMIT`, or `git restore --source COMMIT FILE`), see `cella plan`, and apply that", true
	case "history", "log", "versions":
		return "git has the versions: `git log` lists them, and `cella diff COMMIT:PATH PATH` tells by name what changed since one", true
	case "sync", "push", "deploy":
		return "`cella plan` shows what differs, and `cella apply` writes it to Pantheon", true
	case "pull", "download", "export":
		return "`cella import site NAME` adds what a site has on Pantheon to the manifest, and `cella local SITE.ENV` writes a file for your machine", true
	case "merge", "resolve":
		return "`cella seal` merges a manifest that git left with conflicts", true
	}
	return "", false
}

func unknownCommand(word string, known []string) error {
	next := "run `cella help` for all commands"
	if instead, ok := elsewhere(word); ok {
		next = instead
	} else if near, ok := words.Closest(word, known); ok {
		next = fmt.Sprintf("did you mean `cella %s`?", near)
	} else if len(known) <= maxOffered {
		next = "there is `cella " + strings.Join(known, "`, `cella ") + "`"
	}
	return hint.New(fmt.Errorf("unknown command %s", words.Quote(word)), next)
}

// maxOffered is how many commands a hint names at most.
const maxOffered = 4

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
