package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

func completionCommand() command {
	return command{
		name:     "completion",
		argument: "bash|zsh|fish",
		summary:  "print a script that completes commands and flags in a shell",
		about: "The script knows the commands and flags of this cella, the words that flags take, and where files stand.\n" +
			"Load it whenever a shell starts, by a line in its start-up file:\n\n" +
			"    ~/.bashrc                   source <(cella completion bash)\n" +
			"    ~/.zshrc, below compinit    source <(cella completion zsh)\n" +
			"    ~/.config/fish/config.fish  cella completion fish | source",
		examples: []string{
			"source <(cella completion bash)",
			"cella completion zsh > ~/.zfunc/_cella",
			"cella completion fish > ~/.config/fish/completions/cella.fish",
		},
		bind: func(*pflag.FlagSet) action {
			return func(_ context.Context, std streams, args []string) error {
				script, err := completionScript(args)
				if err != nil {
					return err
				}
				_, err = io.WriteString(cilog.Exactly(std.out), script)
				return err
			}
		},
	}
}

// completionScript returns the script for the shell that args name.
func completionScript(args []string) (string, error) {
	const next = "write `cella completion bash`, `cella completion zsh` or `cella completion fish`"
	if len(args) == 0 {
		return "", hint.New(errors.New("nothing says for which shell"), next)
	}
	if err := noArguments(args[1:]); err != nil {
		return "", err
	}
	switch args[0] {
	case "bash":
		return bashCompletion(completable()), nil
	case "zsh":
		return zshCompletion(completable()), nil
	case "fish":
		return fishCompletion(completable()), nil
	}
	return "", hint.New(fmt.Errorf("there is no completion for %s", words.Quote(args[0])), next)
}

// offer is what may stand in one place: any of words, files, or neither where
// nothing is known. With list the words are joined by commas.
type offer struct {
	words []string
	list  bool
	files bool
}

// completedCommand is what shells need to know of a command.
type completedCommand struct {
	name, summary string
	flags         []completedFlag
	arguments     offer
}

// completedFlag is what they need to know of a flag. Where it takes no value,
// placeholder is empty.
type completedFlag struct {
	name, shorthand, usage string
	placeholder            string
	value                  offer
}

// completable reads the commands and their flags as the help text does: what a
// flag takes follows from its placeholder and its usage.
func completable() []completedCommand {
	var all []completedCommand
	for _, c := range commands() {
		completed := completedCommand{name: c.name, summary: c.summary, arguments: argumentOffer(c.argument)}
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		flags.SortFlags = false
		c.bind(flags)
		flags.VisitAll(func(f *pflag.Flag) {
			completed.flags = append(completed.flags, completedFlagOf(f))
		})
		completed.flags = append(completed.flags, completedFlag{name: "help", shorthand: "h", usage: "explain the command"})
		all = append(all, completed)
	}
	return all
}

func completedFlagOf(f *pflag.Flag) completedFlag {
	placeholder, usage := pflag.UnquoteUsage(f)
	completed := completedFlag{name: f.Name, shorthand: f.Shorthand, usage: usage}
	if f.NoOptDefVal != "" {
		return completed
	}
	completed.placeholder = placeholder
	words := enumerated(usage)
	completed.value = offer{
		words: words,
		list:  len(words) > 0 && placeholder == "LIST",
		files: len(words) == 0 && namesFile(placeholder),
	}
	return completed
}

// argumentOffer reads the argument of a usage line: words|in|small|letters are
// those words, COMMAND is a command, FILE and the like are files.
func argumentOffer(argument string) offer {
	bare := strings.NewReplacer("[", "", "]", "", "...", "", "…", "").Replace(argument)
	switch {
	case bare == "COMMAND":
		return offer{words: commandNames()}
	case strings.Contains(bare, "|") && bare == strings.ToLower(bare):
		return offer{words: strings.Split(bare, "|")}
	}
	return offer{files: slices.ContainsFunc(strings.Fields(bare), namesFile)}
}

// namesFile reports whether a placeholder stands for a file. OLD and NEW are
// files or versions of them.
func namesFile(placeholder string) bool {
	return slices.Contains([]string{"OLD", "NEW", "PATH", "DIR"}, placeholder) || strings.HasSuffix(placeholder, "FILE")
}

var (
	inBrackets  = regexp.MustCompile(` \([^)]*\)`)
	enumeration = regexp.MustCompile(`(?:: | of )([a-z0-9-]+(?:, [a-z0-9-]+)*(?:, | or )[a-z0-9-]+)$`)
)

// enumerated returns the words that a usage ends in, up to a semicolon, as in
// "the FORMAT: text, json or sdk".
func enumerated(usage string) []string {
	usage, _, _ = strings.Cut(usage, ";")
	found := enumeration.FindStringSubmatch(inBrackets.ReplaceAllString(usage, ""))
	if found == nil {
		return nil
	}
	return strings.Split(strings.ReplaceAll(found[1], " or ", ", "), ", ")
}
