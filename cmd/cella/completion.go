package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

func completionCommand() command {
	shells := completion.Shells()
	return command{
		name:     "completion",
		argument: strings.Join(shells, "|"),
		takes:    []completion.Place{{Kind: completion.Word, Words: shells}},
		summary:  "print a script that completes commands, flags and names in a shell",
		about: "The script asks cella what may follow: commands, flags, the words that flags take, files, and the names of sites,\n" +
			"organizations, secrets and environments in the manifest. It needs no key and no network, and never shows values.\n" +
			// bash 3.2, as macOS has it, reads nothing from source <(...).
			"Load it whenever a shell starts, by a line in its start-up file:\n\n" +
			"    ~/.bashrc                   eval \"$(cella completion bash)\"\n" +
			"    ~/.zshrc, below compinit    source <(cella completion zsh)\n" +
			"    ~/.config/fish/config.fish  cella completion fish | source",
		examples: []string{
			"cella completion bash > ~/.local/share/bash-completion/completions/cella",
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
		return "", hint.New(errors.New("the name of the shell is missing"), next)
	}
	if err := noArguments(args[1:]); err != nil {
		return "", err
	}
	if script := completion.Script(args[0]); script != "" {
		return script, nil
	}
	return "", hint.New(fmt.Errorf("there is no completion for %s", words.Quote(args[0])), next)
}
