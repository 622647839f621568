package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/reader"
)

// completeCommand is what the scripts of `cella completion` ask. It stands in no
// list of commands. It has nothing to say on stderr, where somebody is typing:
// what goes wrong offers nothing.
func completeCommand() command {
	return command{
		name:     "__complete",
		argument: "-- WORD…",
		summary:  "print what may complete the last WORD, for scripts of `cella completion`",
		bind: func(*pflag.FlagSet) action {
			return func(ctx context.Context, std streams, args []string) error {
				var answer completion.Answer
				_ = crash.Guard(func() error {
					declared := func(file string) []secret.Desired { return declaredIn(ctx, file) }
					answer = completion.Complete(completable(), args, declared)
					return nil
				})
				_, err := io.WriteString(cilog.Exactly(std.out), answer.String())
				return err
			}
		},
	}
}

// maxCompleted bounds the manifest whose names are completed, in bytes: the shell
// waits.
const maxCompleted = 4 << 20

// declaredIn is what a manifest declares, without values and without a key. It is
// nothing where there is no manifest, or none that can be read; what else is wrong
// with it is not asked.
func declaredIn(ctx context.Context, file string) []secret.Desired {
	if file == "" {
		file = cmp.Or(manifestAbove(ctx), problem.UsualFile)
	} else if below, ok := strings.CutPrefix(file, "~/"); ok {
		home, _ := os.UserHomeDir() // unknown, it is no folder, and there is no file
		file = filepath.Join(home, below)
	}
	text, err := files.Read(file, maxCompleted)
	if err != nil {
		return nil
	}
	return schema.Declared(file, text)
}

// completable is the program as its completion sees it.
func completable() completion.Command {
	help := completion.Flag{Name: "help", Shorthand: "h", Usage: "explain the command"}
	program := completion.Command{Name: "cella", Flags: []completion.Flag{help, {Name: "version", Usage: "print the version"}}}
	for _, c := range commands() {
		completed := completion.Command{Name: c.name, Summary: c.summary, Arguments: c.takes, Repeats: strings.HasSuffix(strings.TrimSuffix(c.argument, "]"), "…")}
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		flags.SortFlags = false
		c.bind(flags)
		flags.VisitAll(func(f *pflag.Flag) { completed.Flags = append(completed.Flags, completedFlag(c.name, f)) })
		completed.Flags = append(completed.Flags, help)
		program.Commands = withCommand(program.Commands, completed)
	}
	return program
}

// withCommand adds a command to a list: one of two words, such as import site, below
// the first of them.
func withCommand(list []completion.Command, c completion.Command) []completion.Command {
	first, second, two := strings.Cut(c.Name, " ")
	if !two {
		return append(list, c)
	}
	if len(list) == 0 || list[len(list)-1].Name != first {
		list = append(list, completion.Command{Name: first})
	}
	group := &list[len(list)-1]
	c.Name = second
	group.Commands = append(group.Commands, c)
	return list
}

func completedFlag(command string, f *pflag.Flag) completion.Flag {
	_, usage := pflag.UnquoteUsage(f)
	_, list := f.Value.(pflag.SliceValue)
	completed := completion.Flag{Name: f.Name, Shorthand: f.Shorthand, Usage: usage, Repeats: list}
	if f.NoOptDefVal == "" {
		place, _ := flagTakes(command, f)
		completed.Value = &place
	}
	return completed
}

// namedValues are the flags whose value is a name, which their usage does not tell.
func namedValues() map[string]completion.Place {
	organization := completion.Place{Kind: completion.Organization, Words: []string{address.NoOrganization}}
	return map[string]completion.Place{
		"explain --framework":     {Kind: completion.Word, Words: reader.Frameworks()},
		"explain --org":           organization,
		"import file --framework": {Kind: completion.Word, Words: reader.Frameworks()},
		"import file --skip":      {Kind: completion.Free},
		"init --project":          {Kind: completion.Free},
		"local --org":             organization,
		"local --skip":            {Kind: completion.AnySecret},
	}
}

// valueKinds are what stands in place of the word for a flag's value. Those of
// words take the words that the flag's usage ends in.
var valueKinds = map[string]completion.Kind{
	"FORMAT": completion.Word, "WHEN": completion.Word, "TYPE": completion.Word, "SCOPE": completion.Word, "OWNER": completion.Word,
	"LIST":          completion.WordList,
	"FORMAT[=FILE]": completion.WordOrFile, "FORMAT=FILE": completion.WordAndFile,
	"FILE": completion.File, "OWNER[/SECRET]": completion.Target, "OWNER[.ENV]": completion.OwnerMaybeEnv,
	"ADDR": completion.Free, "DATE": completion.Free, "EMAIL": completion.Free, "KEY": completion.Free, "NUMBER": completion.Free,
	"TEXT": completion.Free, "URL": completion.Free,
}

// flagTakes says what the value of a flag is; known is false where nothing here
// does.
func flagTakes(command string, f *pflag.Flag) (place completion.Place, known bool) {
	if named, ok := namedValues()[command+" --"+f.Name]; ok {
		return named, true
	}
	placeholder, usage := pflag.UnquoteUsage(f)
	kind, known := valueKinds[placeholder]
	place = completion.Place{Kind: kind}
	if takesWords(kind) {
		place.Words = enumerated(usage)
	}
	return place, known
}

func takesWords(kind completion.Kind) bool {
	return slices.Contains([]completion.Kind{completion.Word, completion.WordList, completion.WordOrFile, completion.WordAndFile}, kind)
}

var (
	inBrackets  = regexp.MustCompile(` \([^)]*\)`)
	enumeration = regexp.MustCompile(`(?:: | of )([a-z0-9-]+(?:, [a-z0-9-]+)*(?:, | or )[a-z0-9-]+)$`)
)

// enumerated returns the words that a usage ends in, or one of its parts up to a
// semicolon, as in "the FORMAT: text, json or sdk".
func enumerated(usage string) []string {
	for part := range strings.SplitSeq(inBrackets.ReplaceAllString(usage, ""), ";") {
		if found := enumeration.FindStringSubmatch(part); found != nil {
			return strings.Split(strings.ReplaceAll(found[1], " or ", ", "), ", ")
		}
	}
	return nil
}
