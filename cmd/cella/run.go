package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// streams is what a command talks to.
type streams struct {
	in  io.Reader
	out io.Writer // the result, and only that; inert in a CI system's log
	err io.Writer // progress, warnings, errors; inert too
	env func(string) string
}

// run dispatches one invocation and returns its exit code. It is the whole
// program but for os.Exit, so that tests can call it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	out := &terminal.Outlet{To: stdout}
	std := streams{in: stdin, out: cilog.NewWriter(out), err: terminal.OnScreen(stderr), env: env}
	err := crash.Guard(func() error { return dispatch(ctx, std, args) })
	return report(std.err, delivered(err, out.Lost()))
}

// delivered is what a command ends with whose result got lost on its way to
// stdout, or did not: lost is nil then. Whoever closed the pipe wanted no more,
// and needs no word of it.
func delivered(err, lost error) error {
	_, coded := errors.AsType[*exit](err)
	_, hinted := errors.AsType[*hint.Error](err)
	closed := terminal.IsClosed(lost)
	switch {
	case lost == nil, errors.Is(err, lost) && (coded || hinted):
		return err
	case err == nil || errors.Is(err, lost):
		if closed {
			return quietExit(exitClosed)
		}
		return lost
	case closed:
		return err
	}
	return bothErrors([]error{err, lost})
}

func dispatch(ctx context.Context, std streams, args []string) error {
	if len(args) == 0 {
		writeOverview(std.err)
		return hint.New(errors.New("no command given"), "try `cella plan`, or `cella help` for all commands")
	}
	word, rest := args[0], args[1:]
	switch word {
	case "-h", "--help":
		word = "help"
	case "--version":
		word = "version"
	}
	found, rest, err := lookUp(word, rest)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		writeGroup(std.out, word)
		return nil
	case err != nil:
		return err
	}
	flags := pflag.NewFlagSet(found.name, pflag.ContinueOnError)
	flags.Usage = func() {}
	flags.SortFlags = false
	action := found.bind(flags)
	switch parsing, given := parseFlags(flags, rest); {
	case errors.Is(parsing, pflag.ErrHelp):
		writeHelp(std.out, found)
		return nil
	case parsing != nil:
		return found.mistake(badFlag(found, flags, parsing, rest))
	case given != nil:
		return found.mistake(given)
	}
	if !found.begins {
		if err := findManifest(ctx, std, flags); err != nil {
			return err
		}
	}
	return action(ctx, std, flags.Args())
}

func (c command) mistake(err error) error {
	if c.mistaken == nil {
		return err
	}
	return c.mistaken(err)
}

// badFlag words what pflag found in args. Unknown flags get a suggestion.
func badFlag(c command, flags *pflag.FlagSet, err error, args []string) error {
	help := fmt.Sprintf("run `cella %s -h` for its flags", c.name)
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return hint.New(fmt.Errorf("--%s %s is not %s", invalid.GetFlag().Name,
			words.Quote(invalid.GetValue()), kindOf(invalid.GetFlag())), help)
	}
	var syntax *pflag.InvalidSyntaxError
	if errors.As(err, &syntax) {
		// It is not repeated: a private key begins like this.
		return hint.New(errors.New("a word begins with dashes and is not a flag"), "put -- before words that begin with a dash", help)
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return hint.New(err, help)
	}
	name := unknown.GetSpecifiedName()
	var known []string
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if instead, ok := otherFlag(c, name, known, args); ok {
		help = instead
	} else if near, ok := nearFlag(name, known); ok {
		help = fmt.Sprintf("did you mean --%s? %s", near, help)
	}
	dashes := "--"
	if long := unknown.GetSpecifiedShortnames(); long != "" {
		dashes = "-"
		if slices.Contains(known, long) {
			name, help = long, "did you mean --"+long+"?"
		}
	}
	return hint.New(fmt.Errorf("unknown flag %s", words.Quote(dashes+name)), help)
}

// misgiven are flags that say nothing, or two things.
type misgiven struct{ empty, twice []error }

// parseFlags parses args. The second result is about flags that pflag accepts:
//
//   - one that was given nothing, as by a variable that is not set: it would count
//     as not given, and apply would look beyond its --target;
//   - one that was given twice and is no list: nobody can tell which was meant.
func parseFlags(flags *pflag.FlagSet, args []string) (parsing, given error) {
	var bad misgiven
	times := map[string]int{}
	parsing = flags.ParseAll(args, func(f *pflag.Flag, value string) error {
		_, isList := f.Value.(pflag.SliceValue)
		times[f.Name]++
		if value == "" && (isList || f.Value.Type() == "string") {
			bad.empty = append(bad.empty, fmt.Errorf("--%s is empty", f.Name))
		}
		if times[f.Name] == 2 && !isList {
			bad.twice = append(bad.twice, fmt.Errorf("--%s is given twice", f.Name))
		}
		return flags.Set(f.Name, value)
	})
	return parsing, bad.err()
}

func (m misgiven) err() error {
	var errs []error
	if len(m.empty) > 0 {
		errs = append(errs, hint.New(errors.Join(m.empty...), "give it a value, or omit the flag; a variable of the shell may not be set"))
	}
	if len(m.twice) > 0 {
		errs = append(errs, hint.New(errors.Join(m.twice...), "give it once: it is not clear which of the two is meant"))
	}
	return bothErrors(errs)
}

// otherFlag says what does here what a flag of other tools does there, as args have
// it.
func otherFlag(c command, name string, known, args []string) (instead string, found bool) {
	var flags []string
	targets := slices.Contains(known, "target")
	switch name {
	case "env", "environment":
		if targets {
			return "a plan is of all environments; --target SITE narrows it down to one site", true
		}
		return "the environment is what follows the dot, as in my-site.live", strings.Contains(c.argument, "ENV")
	case "site", "org", "owner", "organization":
		return ownerFlag(c, name, known, args), true
	case "file", "f":
		return fmt.Sprintf("a file comes without a flag: cella %s %s", c.name, c.argument), c.argument != "" && len(c.takes) > 0 && c.takes[0].Kind == completion.File
	case "output":
		flags = []string{"out"}
	case "yes", "force", "y", "no-prompt", "non-interactive":
		flags = []string{"auto-approve", "yes"}
	case "name":
		flags = []string{"project"}
	case "json", "markdown":
		if slices.Contains(known, "format") {
			return "did you mean --format " + name + "?", true
		}
	case "dry-run", "n", "plan", "check":
		return "`cella plan` shows what `cella apply` would do, and changes nothing", targets
	}
	for _, flag := range flags {
		if slices.Contains(known, flag) {
			return fmt.Sprintf("did you mean --%s?", flag), true
		}
	}
	return "", false
}

// ownerFlag says how a command is told the site or organization that other tools
// have a flag for.
func ownerFlag(c command, name string, known, args []string) string {
	for _, flag := range []string{"target", "to"} {
		if slices.Contains(known, flag) {
			return fmt.Sprintf("did you mean --%s%s?", flag, ownerGiven(name, args))
		}
	}
	if c.takes != nil && (strings.HasPrefix(c.argument, "SITE") || strings.HasPrefix(c.argument, "OWNER") || strings.HasPrefix(c.name, "import ")) {
		return fmt.Sprintf("the site or organization comes without a flag, as in `%s`", c.examples[0])
	}
	return fmt.Sprintf("this is about all of the manifest; run `cella %s -h` for its flags", c.name)
}

// ownerGiven is what a flag named so was given, as the address of a site or
// organization after a space; empty where it is none.
func ownerGiven(name string, args []string) string {
	owner := secret.Owner{Kind: secret.Site}
	if strings.HasPrefix(name, "org") {
		owner.Kind = secret.Organization
	}
	for i, word := range args {
		value, joined := strings.CutPrefix(word, "--"+name+"=")
		switch {
		case joined:
			owner.Name = value
		case word == "--"+name && i+1 < len(args):
			owner.Name = args[i+1]
		}
	}
	if name == "owner" || owner.Validate() != nil {
		return ""
	}
	return " " + words.Argument(owner.Address())
}

// nearFlag is the flag that name begins, if there is just one, or that a typing
// error may have turned into name.
func nearFlag(name string, known []string) (string, bool) {
	longer := slices.DeleteFunc(slices.Clone(known), func(flag string) bool { return len(name) < 2 || !strings.HasPrefix(flag, name) })
	if len(longer) == 1 {
		return longer[0], true
	}
	return words.Closest(name, known)
}

// kindOf words what a flag takes.
func kindOf(flag *pflag.Flag) string {
	switch flag.Value.Type() {
	case "bool":
		return "true or false"
	case "float64", "int":
		return "a number"
	}
	return "a valid value"
}
