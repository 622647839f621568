package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/internal/planfile"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

type applyFlags struct {
	session     sessionFlags
	comment     commentFlags
	autoApprove bool
	report      string
	formats     []string
	saved       string // the plan file that was approved
	// allowPullRequest lets it run for a change that is not merged.
	allowPullRequest bool
}

func applyCommand() command {
	return command{
		name:     "apply",
		argument: "[PLANFILE]",
		takes:    []completion.Place{{Kind: completion.File}},
		summary:  "make Pantheon match the manifest, as the plan shows",
		about: "Prints the plan, asks for the word yes, and carries the plan out. Without a terminal it needs --auto-approve,\n" +
			"or a plan that `cella plan --out PLANFILE` saved: it goes on only if exactly that is still to be done.\n" +
			"Ctrl-C, SIGTERM or a closed terminal: it finishes the secret under way and reports; a second Ctrl-C or SIGTERM stops at once.\n" +
			"When output can no longer be written, it goes on, and the exit code is 1. Running apply again resumes.\n" +
			"Where the manifest or a value file differs from the commit that is checked out, it says so, and asks on a terminal: the next\n" +
			"apply from git would undo what this one writes.\n" +
			"In CI run it on the branch that changes are merged into: in a run for a pull request or a merge queue it writes nothing and\n" +
			"exits with 3, before any request, unless you add --allow-pull-request.",
		examples: []string{
			"cella apply",
			"cella apply --auto-approve --report report.json",
			"cella plan --out plan.json && cella apply plan.json",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f applyFlags
			f.session.bind(flags)
			flags.BoolVar(&f.session.rewrite, "rewrite", false, "write all hidden values again, also those that are as last applied")
			flags.BoolVar(&f.autoApprove, "auto-approve", false, "do not ask")
			flags.StringVar(&f.report, "report", "", "write what was done to `FILE` as JSON")
			flags.StringArrayVar(&f.formats, "format", nil, "write what was done in a `FORMAT=FILE` too; may be repeated: text, markdown (for the summary of a run, or a comment), outputs (KEY=VALUE lines for a pipeline) or github (annotations)")
			flags.BoolVar(&f.allowPullRequest, "allow-pull-request", false, "apply although the run is for a pull request, which is not merged")
			f.comment.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				if len(args) > 0 {
					f.saved, args = args[0], args[1:]
				}
				if err := noArguments(args, asManifest, f.session.asTarget(ctx)); err != nil {
					return err
				}
				return runApply(ctx, std, &f)
			}
		},
	}
}

// runApply applies, and writes what became of it in the formats that were asked
// for, whatever it is.
func runApply(ctx context.Context, std streams, flags *applyFlags) error {
	manifest, err := flags.session.manifest.file()
	if err != nil {
		return err
	}
	wanted, err := parseReportOutputs(flags.formats)
	if err != nil {
		return err
	}
	err = cmp.Or(outputs.Keep(manifest, "the manifest", "--report", flags.report, "report.json"),
		outputs.Keep(flags.saved, "the plan to apply", "--report", flags.report, "report.json"), outputs.Apart("--report", flags.report, wanted))
	if err != nil {
		return err
	}
	destinations, err := outputs.Open(std.out, wanted, manifest)
	if err != nil {
		return err
	}
	run := flags.comment.wanted(ctx, std, wanted, manifest, flags.session.targets, "apply")
	approved, report, err := readyToApply(ctx, std, flags)
	if err != nil {
		return applied(destinations, manifest, run, nil, report.closing(err))
	}
	ctx, stop, release := interrupts(ctx, flags.session.output.news(std))
	defer release() // signals are caught until the last word is written
	result, err := carryOut(ctx, stop, std, approved, &flags.session.output)
	if err != nil {
		return applied(destinations, manifest, run, nil, report.closing(err))
	}
	return applied(destinations, manifest, run, &result, bothErrors([]error{outcome(result), tell(std, result), report.write(result)}))
}

// readyToApply returns what is approved, and the file of --report. Where it
// fails, nothing was begun.
func readyToApply(ctx context.Context, std streams, flags *applyFlags) (*session, *reportFile, error) {
	if !flags.allowPullRequest {
		if err := forge.RefusePullRequest(std.env); err != nil {
			return nil, nil, err
		}
	}
	if flags.saved != "" && flags.session.rewrite {
		return nil, nil, hint.New(errors.New("--rewrite cannot be used with a plan file: what it writes again is not in the plan that was approved"),
			"run `cella apply --rewrite` without a plan file; it shows its plan and asks")
	}
	if !flags.autoApprove && flags.saved == "" && !interactive(std) {
		if err := flags.session.manifest.there(); err != nil {
			return nil, nil, err
		}
		return nil, nil, hint.New(errors.New("there is no terminal to ask for approval on"),
			"read the output of `cella plan`, then add --auto-approve; or save the plan with `cella plan --out FILE`, and apply the file: cella apply FILE")
	}
	report, err := openReport(flags.report)
	if err != nil {
		return nil, nil, err
	}
	s, err := approvedSession(ctx, std, flags)
	return s, report, err
}

// carryOut applies the plan that was approved, and tells how it goes. An error
// means that nothing was begun.
func carryOut(ctx context.Context, stop <-chan struct{}, std streams, s *session, flags *outputFlags) (result apply.Report, err error) {
	input := apply.Input{Plan: s.Plan, Desired: s.Desired, Ledgers: s.Ledgers, Keys: s.Keys, Run: newRunID(), Record: s.Record, Origin: s.Origin(ctx), Frameworks: s.Frameworks()}
	options := apply.Options{
		Now:       s.client.Now,
		Fatal:     func(err error) bool { return errors.Is(err, pantheon.ErrCredentials) },
		Ambiguous: pantheon.Ambiguous,
		NotFound:  func(err error) bool { return errors.Is(err, pantheon.ErrNotFound) },
		Stop:      stop,
		Uncoverer: s.client,
	}
	if !s.Plan.HasChanges() {
		return apply.Run(ctx, s.client, input, options)
	}
	progress := flags.progress(std)
	defer func() { result.Crashed(progress.Stop()) }()
	progress.Begin("applying", s.Plan.Requests.Secrets-s.Plan.Requests.Lists, s.client.Interval())
	options.Progress = progress.Reach
	return apply.Run(ctx, s.client, input, options)
}

// newRunID tells this run from others in the headers of ledgers. It has the
// size that plans count with, whatever becomes of that of rand.Text.
func newRunID() string { return rand.Text()[:ledger.RunIDBytes] }

// outcome turns a report, which has been printed, into the exit code.
func outcome(result apply.Report) error {
	if len(result.InternalErrors) > 0 {
		result, told := result, errors.New(strings.Join(result.InternalErrors, "\n"))
		result.InternalErrors = nil
		return bothErrors([]error{told, outcome(result)})
	}
	switch {
	case result.Fatal != "":
		return fmt.Errorf("stopped before everything was applied: %w", pantheon.ErrCredentials)
	case result.Interrupted:
		return quietExit(exitInterrupted)
	case !result.Complete():
		return quietExit(exitPartial)
	}
	return nil
}

// noPlan adds to the error of a file that is no plan what else its name may have
// been meant for.
func (f *applyFlags) noPlan(ctx context.Context, err error) error {
	word := []string{f.saved}
	meant := asManifest(word)
	_, owner := secret.ParseOwner(f.saved)
	if errors.Is(err, fs.ErrNotExist) && (owner || !strings.ContainsAny(f.saved, "./")) {
		meant = f.session.asTarget(ctx)(word)
	}
	if meant == "" {
		return err
	}
	return hint.New(err, append([]string{fmt.Sprintf("did you mean %s?", meant)}, hint.Next(err)...)...)
}

// approvedSession reads, prints the plan and asks. A plan without changes
// needs no approval.
func approvedSession(ctx context.Context, std streams, flags *applyFlags) (*session, error) {
	ctx, release := interruptible(ctx)
	defer release()
	var saved plan.Plan
	if flags.saved != "" {
		var err error
		if saved, err = planfile.Load(flags.saved); err != nil {
			return nil, flags.noPlan(ctx, err)
		}
	}
	s, err := openSession(ctx, std, &flags.session)
	if err != nil {
		return nil, err
	}
	options := view.TextOptions{Color: flags.session.output.colored(std), Now: s.Now, Pace: s.client.Interval()}
	if err := view.Text(std.out, s.Plan, options); err != nil {
		return nil, hint.New(fmt.Errorf("the plan cannot be shown, so nothing was applied: %w", err), hint.Next(err)...)
	}
	switch {
	case s.Plan.Blocked():
		return nil, &obstructed{s.Blocked("nothing was applied"), view.Obstacles(s.Plan)}
	case flags.saved != "":
		if err := planfile.Provable(s.Plan, "a saved plan"); err != nil {
			return nil, err
		}
		var differs strings.Builder
		if err := planfile.StillApproved(io.MultiWriter(std.err, &differs), saved, s.Plan); err != nil {
			return nil, &obstructed{err, linesOf(differs.String())}
		}
	}
	if !s.Plan.HasChanges() {
		return s, nil
	}
	question, asks := "Apply this plan?", flags.saved == ""
	if s.warnUncommitted(ctx, flags.session.output.diagnostics(std)) {
		question, asks = "Apply this plan, which is not what git has?", asks || interactive(std)
	}
	if flags.autoApprove || !asks {
		return s, nil
	}
	return s, terminal.Confirm(ctx, std.in, std.err, question, "nothing was applied",
		"run `cella apply` again and answer yes; or save the plan for review with `cella plan --out plan.json`")
}
