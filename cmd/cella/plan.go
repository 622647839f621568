package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/internal/planfile"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func planCommand() command {
	return command{
		name:    "plan",
		summary: "show the difference between the manifest and what is on Pantheon",
		about: "Reads what is on Pantheon and prints what `cella apply` would do. It changes nothing, and its output holds no values.\n" +
			"With --no-decrypt it needs no key: names, types, scopes and environments of overrides are compared, values are not.\n" +
			"What depends on what cella last applied is listed as what would follow if that is intact; such a plan cannot be saved or approved.\n" +
			"Exit code: 0, or 3 where something is refused, or has expired under --fail-on-expired; with --detailed-exitcode 2 where changes are pending, or may be.",
		examples: []string{
			"cella plan",
			"cella plan --target site:my-site",
			"cella plan --format json | jq .summary",
			"cella plan --format text --format markdown=comment.md --format outputs=plan.env",
			"cella plan --out plan.json",
			"cella plan --no-decrypt --detailed-exitcode",
			"cella plan --api emulator:live.json",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f planFlags
			f.session.bind(flags)
			flags.StringArrayVar(&f.formats, "format", nil, "`FORMAT[=FILE]` of the plan, to stdout or a file; may be repeated: text, json, markdown (for a comment on a pull request), summary (the same, with room for more), outputs (KEY=VALUE lines for a pipeline) or gitlab (its merge request report)")
			flags.Lookup("format").DefValue = planFormats()[0] // without the brackets of a list, for the help text
			flags.StringVar(&f.out, "out", "", "save the plan to `FILE`, for `cella apply FILE`")
			flags.BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 where changes are pending; always with --no-decrypt, which cannot tell")
			flags.BoolVar(&f.session.structureOnly, "no-decrypt", false, "compare the structure alone, without any key")
			f.session.dates.bind(flags)
			f.comment.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args, asManifest, f.session.asTarget(ctx)); err != nil {
					return err
				}
				return runPlan(ctx, std, &f)
			}
		},
	}
}

type planFlags struct {
	session  sessionFlags
	comment  commentFlags
	formats  []string
	out      string
	detailed bool
}

func runPlan(ctx context.Context, std streams, flags *planFlags) error {
	wanted, err := outputs.Parse(flags.formats, planFormats()...)
	if err != nil {
		return err
	}
	if err := cmp.Or(flags.checkStructure(), flags.checkDigests(wanted)); err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	manifest, err := flags.session.manifest.file()
	if err != nil {
		return err
	}
	if err := cmp.Or(outputs.Keep(manifest, "the manifest", "--out", flags.out, "plan.json"), outputs.Apart("--out", flags.out, wanted)); err != nil {
		return err
	}
	file, err := planfile.Begin(flags.out)
	if err != nil {
		return err
	}
	defer file.Discard()
	destinations, err := outputs.Open(std.out, wanted, manifest)
	if err != nil {
		return err
	}
	run := flags.comment.wanted(ctx, std, wanted, manifest, flags.session.targets, "")
	s, err := openSession(ctx, std, &flags.session)
	if err != nil {
		return notPlanned(destinations, manifest, run, orStructure(err))
	}
	colored := flags.session.output.colored(std)
	failed := destinations.Write(func(w io.Writer, to outputs.Output) error { return renderPlan(w, to, s, run, colored) })
	errs := []error{failed, file.Save(s.Plan), flags.session.dates.expiredIn(s.Plan)}
	if s.Plan.Blocked() {
		errs = append([]error{s.Blocked("apply will write nothing")}, errs...)
	}
	if err := bothErrors(errs); err != nil {
		return err
	}
	if flags.detailed && (s.Plan.HasChanges() || s.Plan.StructureOnly) {
		return quietExit(exitChanges)
	}
	return nil
}

// orStructure adds to the error of a missing key what can be done without it.
func orStructure(err error) error {
	var key *keyring.Error
	if !errors.As(err, &key) {
		return err
	}
	return hint.Credentials.New(err, append(key.Next, "without the key, --no-decrypt compares names, types, scopes and overrides")...)
}

// checkStructure refuses what a plan without values cannot be.
func (f *planFlags) checkStructure() error {
	switch {
	case !f.session.structureOnly:
		return nil
	case f.out != "":
		return hint.New(errors.New("--out cannot be used with --no-decrypt: a plan without the values cannot be approved or applied"),
			"omit --out, or plan with the key and without --no-decrypt")
	case f.session.manifest.allowPlaintext:
		return hint.New(errors.New("--no-decrypt cannot be used with --allow-plaintext: a plaintext manifest has nothing to decrypt"),
			"omit one of them")
	}
	return nil
}

// checkDigests keeps digests of a file in clear out of what is made to be
// passed on.
func (f *planFlags) checkDigests(wanted []outputs.Output) error {
	if !f.session.manifest.allowPlaintext {
		return nil
	}
	flag := ""
	for _, o := range wanted {
		if o.Format == "markdown" || o.Format == "summary" || o.Format == "outputs" {
			flag = "--format " + o.Format
		}
	}
	if f.out != "" {
		flag = "--out"
	}
	if flag == "" {
		return nil
	}
	return hint.New(fmt.Errorf("%s cannot be used with --allow-plaintext: from the digest of a plaintext file, values could be guessed", flag),
		"encrypt the manifest, or omit "+flag)
}

// planFormats are the formats of a plan, the default first.
func planFormats() []string {
	return []string{"text", "json", "markdown", "summary", "outputs", "gitlab"}
}

// renderPlan writes the plan in the format of one output. Files get no colour.
func renderPlan(w io.Writer, to outputs.Output, s *session, run view.Run, colored bool) error {
	p := s.Plan
	switch to.Format {
	case "json":
		return view.JSON(w, p)
	case "markdown", "summary":
		limit := view.MarkdownLimit
		if to.Format == "summary" {
			limit = view.SummaryLimit
		}
		return view.Markdown(w, p, view.MarkdownOptions{Limit: limit, Now: s.Now, Pace: s.client.Interval(), Run: run})
	case "outputs":
		return view.Outputs(w, p)
	case "gitlab":
		return view.Terraform(w, p)
	}
	return view.Text(w, p, view.TextOptions{Color: colored && to.File == "", Now: s.Now, Pace: s.client.Interval()})
}
