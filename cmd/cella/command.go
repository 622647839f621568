package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// action runs a command whose flags have been parsed.
type action func(ctx context.Context, std streams, args []string) error

// command is one verb. bind declares its flags on a set of its own and
// returns what to run with them.
type command struct {
	name     string
	argument string // what may follow the flags, for the usage line
	summary  string
	about    string
	examples []string
	bind     func(*pflag.FlagSet) action
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
		importCommand(),
		diffCommand(),
		explainCommand(),
		localCommand(),
		mergeDriverCommand(),
		emulatorCommand(),
		schemaCommand(),
		completionCommand(),
		versionCommand(),
		helpCommand(),
	}
}

func lookUp(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

func helpCommand() command {
	return command{
		name:     "help",
		argument: "[COMMAND]",
		summary:  "explain a command",
		about:    "Without COMMAND it lists all of them.",
		examples: []string{"cella help plan"},
		bind: func(*pflag.FlagSet) action {
			return func(_ context.Context, std streams, args []string) error {
				if len(args) == 0 {
					writeOverview(std.out)
					return nil
				}
				found, ok := lookUp(args[0])
				if !ok {
					return unknownCommand(args[0])
				}
				if err := noArguments(args[1:]); err != nil {
					return err
				}
				writeHelp(std.out, found)
				return nil
			}
		},
	}
}

func writeOverview(w io.Writer) {
	fmt.Fprint(w, "cella keeps Pantheon secrets in git: it compares a manifest with the live state and applies the difference.\n\n"+
		"Usage: cella COMMAND [flags]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-12s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nRun `cella help COMMAND` for the flags and an example.\n")
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
