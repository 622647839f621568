package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

func planCommand() command {
	return command{
		name:    "plan",
		summary: "show the difference between the manifest and the live state",
		about: "Reads the live state and prints what `cella apply` would do. It changes nothing, and its output holds no values.\n" +
			"Exit code: 0, or 3 where something is refused; with --detailed-exitcode 2 where changes are pending.",
		examples: []string{
			"cella plan",
			"cella plan --target site:my-site",
			"cella plan --format json | jq .summary",
			"cella plan --format markdown > comment.md",
			"cella plan --out plan.json",
			"cella plan --api emulator:live.json",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f planFlags
			f.session.bind(flags)
			flags.StringVar(&f.format, "format", "text", "`FORMAT` of the plan: text, markdown (for a comment on a pull request) or json")
			flags.StringVar(&f.out, "out", "", "save the plan to `FILE`, for `cella apply FILE`")
			flags.BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 where changes are pending")
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return runPlan(ctx, std, &f)
			}
		},
	}
}

type planFlags struct {
	session  sessionFlags
	format   string
	out      string
	detailed bool
}

func runPlan(ctx context.Context, std streams, flags *planFlags) error {
	render, err := renderer(flags.format, flags.session.output.colored(std))
	if err != nil {
		return err
	}
	if err := flags.checkDigests(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := openSession(ctx, std, &flags.session)
	if err != nil {
		return err
	}
	if err := render(std.out, s.plan); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if flags.out != "" {
		if err := savePlan(flags.out, s.plan); err != nil {
			return err
		}
	}
	if s.plan.Blocked() {
		return s.blocked("apply will write nothing")
	}
	if flags.detailed && s.plan.HasChanges() {
		return quietExit(exitChanges)
	}
	return nil
}

// checkDigests keeps digests of a file in clear out of what is made to be
// passed on.
func (f *planFlags) checkDigests() error {
	if !f.session.manifest.allowPlaintext {
		return nil
	}
	flag := ""
	switch {
	case f.out != "":
		flag = "--out"
	case f.format == "markdown":
		flag = "--format markdown"
	default:
		return nil
	}
	return failure(exitError, fmt.Errorf("%s cannot be used with --allow-plaintext: the digest of a file in clear could be tested for guesses", flag),
		"encrypt the manifest, or leave "+flag+" away")
}

func renderer(format string, color bool) (func(io.Writer, plan.Plan) error, error) {
	switch format {
	case "json":
		return view.JSON, nil
	case "markdown":
		return func(w io.Writer, p plan.Plan) error {
			return view.Markdown(w, p, view.MarkdownOptions{})
		}, nil
	case "text":
		return func(w io.Writer, p plan.Plan) error {
			return view.Text(w, p, view.TextOptions{Color: color})
		}, nil
	}
	return nil, failure(exitError, fmt.Errorf("--format %s is not known", secret.Quote(format)), "use text, markdown or json")
}

// blocked is the error of a plan that must not be applied, after the plan
// has been printed.
func (s *session) blocked(consequence string) error {
	var codes []int
	var errs []error
	var hints []string
	for _, unread := range s.unread {
		codes = append(codes, exitError)
		errs = append(errs, unread.err)
		hints = append(hints, unread.hints...)
	}
	for _, failed := range s.plan.Errors {
		if slices.ContainsFunc(s.unread, func(u unreadOwner) bool {
			return u.owner.Kind == failed.Owner.Kind && u.owner.Name == failed.Owner.Name
		}) {
			continue // told already, with hints
		}
		codes = append(codes, exitError)
		errs = append(errs, fmt.Errorf("%s: %s: %s", failed.Owner, failed.Message, consequence))
	}
	if refused := len(s.plan.Refusals); refused > 0 {
		codes = append(codes, exitRefused)
		errs = append(errs, fmt.Errorf("%s: %s", count(refused, "refusal"), consequence))
		hints = append(hints, "each refusal in the plan names its ways out; --target leaves an owner or secret out")
	}
	if len(s.unread) > 0 {
		hints = append(hints, consequence+" while an owner cannot be read; --target leaves the others out")
	}
	slices.Sort(hints)
	return failure(worstExit(codes...), errors.Join(errs...), slices.Compact(hints)...)
}
