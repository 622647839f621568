package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema/problem"
)

// commentService is what `cella comment` has to know of one service.
type commentService struct {
	name, called string
	// request is what it calls a pull request; tokens, api and repository are the
	// variables that say so.
	request    string
	tokens     []string
	api        string
	repository []string // the first one that is set counts
	open       func(forge.Place) forge.Comments
}

var commentServices = []commentService{
	{"github", "GitHub", "pull request", []string{"GH_TOKEN", "GITHUB_TOKEN"}, "GITHUB_API_URL", []string{"GITHUB_REPOSITORY"}, forge.GitHub},
	{"gitlab", "GitLab", "merge request", []string{"CELLA_NOTE_TOKEN"}, "CI_API_V4_URL", []string{"CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID"}, forge.GitLab},
}

func commentGitHubCommand() command { return commentServices[0].command() }

func commentGitLabCommand() command { return commentServices[1].command() }

type commentPost struct {
	comment  commentFlags
	file     string
	number   string
	outdated string
	manifest string
	merged   bool
}

func (service commentService) command() command {
	return command{
		name:     "comment " + service.name,
		argument: "[FILE]",
		takes:    []completion.Place{{Kind: completion.File}},
		summary:  fmt.Sprintf("post a plan on a %s of %s", service.request, service.called),
		about: fmt.Sprintf("Posts FILE, which --format markdown of plan, validate or apply wrote, or updates the comment that an earlier run posted for the\n"+
			"same manifest and targets. Comments of others are never touched, whatever they hold. The %s and the addresses\n"+
			"are those of the CI job; the token is taken from %s.\n"+
			"With --outdated there is no FILE: the comment of an earlier run, where there is one, then says that it no longer holds, and why.",
			service.request, strings.Join(service.tokens, " or ")),
		examples: []string{
			"cella plan --format text --format markdown=comment.md && cella comment " + service.name + " comment.md",
			"cella comment " + service.name + " --outdated 'The manifest could not be checked.'",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f commentPost
			flags.StringVar(&f.comment.label, "label", "", "with --outdated: "+labelFlag)
			flags.StringVar(&f.manifest, "file", problem.UsualFile, "with --outdated: the manifest's `FILE`")
			flags.StringVar(&f.number, "number", "", fmt.Sprintf("the `NUMBER` of the %s (default that of the CI job)", service.request))
			flags.BoolVar(&f.merged, "merged", false, fmt.Sprintf("post it on the %s that the commit of this run merged, if it merged one", service.request))
			flags.StringVar(&f.outdated, "outdated", "", "a `TEXT` that says why there is no new comment")
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				if len(args) > 0 {
					f.file, args = args[0], args[1:]
				}
				if err := noArguments(args); err != nil {
					return err
				}
				return f.run(ctx, std, service)
			}
		},
	}
}

func (f *commentPost) run(ctx context.Context, std streams, service commentService) error {
	if (f.file == "") == (f.outdated == "") {
		return hint.New(errors.New("there has to be one of a FILE to post, and --outdated"),
			fmt.Sprintf("write the file with `cella plan --format markdown=comment.md`, and post it: cella comment %s comment.md", service.name))
	}
	text, err := f.text()
	if err != nil {
		return err
	}
	place, err := service.place(std.env, f)
	if err != nil {
		return err
	}
	comments := service.open(place)
	if f.merged {
		if place.Number, err = comments.Merged(ctx, forge.RunOf(std.env, os.ReadFile).Commit); err != nil {
			return err
		}
		if place.Number == "" {
			writeLine(std.out, "the commit of this run merged no %s", service.request)
			return nil
		}
	}
	if f.outdated != "" {
		return f.outdate(ctx, std, comments)
	}
	updated, err := forge.Put(ctx, comments, text)
	if err != nil {
		return err
	}
	did := "posted"
	if updated {
		did = "updated"
	}
	writeLine(std.out, "%s the comment on %s %s of %s", did, service.request, place.Number, service.called)
	return nil
}

// outdate marks the comment of an earlier run.
func (f *commentPost) outdate(ctx context.Context, std streams, comments forge.Comments) error {
	run := f.comment.run(ctx, std, f.manifest, nil, "")
	own, err := comments.Own(ctx, view.Marker(run.Label))
	switch {
	case err != nil:
		return err
	case own == nil:
		writeLine(std.out, "there is no comment of an earlier run")
		return nil
	}
	if err := comments.Update(ctx, own, view.Outdated(own.Body, f.outdated, run)); err != nil {
		return err
	}
	writeLine(std.out, "the comment of an earlier run says now that it is outdated")
	return nil
}

// beginsMarked is how a text begins by which its comment is found again.
var beginsMarked = regexp.MustCompile(`^<!-- cella:[0-9a-f]{64} -->\n`)

// text is what the file holds. Any other text than cella's could be somebody else's,
// and would not be found again.
func (f *commentPost) text() (string, error) {
	if f.file == "" {
		return "", nil
	}
	text, err := checkout.ReadFile(f.file, maxComment)
	if err != nil {
		return "", err
	}
	if !beginsMarked.Match(text) {
		return "", hint.New(fmt.Errorf("%s is not a comment that cella wrote", words.Quote(f.file)),
			"write it with --format markdown=FILE of `cella plan`, `cella validate` or `cella apply`")
	}
	return string(text), nil
}

// maxComment is more than any service takes.
const maxComment = 4 << 20

// place is where to comment, and with what.
func (service commentService) place(env func(string) string, f *commentPost) (forge.Place, error) {
	place := forge.Place{API: env(service.api), Number: f.number}
	if place.Number == "" && !f.merged {
		place.Number = forge.RunOf(env, os.ReadFile).Number
	}
	if !f.merged && !wholeNumber.MatchString(place.Number) {
		return forge.Place{}, hint.New(fmt.Errorf("this is not a run for a %s", service.request),
			fmt.Sprintf("run it in a job for a %s of %s, or say which one: --number NUMBER, or --merged", service.request, service.called))
	}
	for _, name := range service.repository {
		place.Repository = cmp.Or(place.Repository, env(name))
	}
	if missing := cmp.Or(unset(service.api, place.API), unset(service.repository[0], place.Repository)); missing != "" {
		return forge.Place{}, hint.New(fmt.Errorf("there is no %s in the environment, which a job of %s has", missing, service.called),
			"run it in a job of "+service.called)
	}
	for _, name := range service.tokens {
		if place.Token = env(name); place.Token != "" {
			return place, nil
		}
	}
	return forge.Place{}, hint.Credentials.New(fmt.Errorf("there is no token to comment with: %s is not set", strings.Join(service.tokens, " or ")),
		fmt.Sprintf("give the job a token that may comment, in the variable %s", service.tokens[0]))
}

var wholeNumber = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// unset is the name of a variable without a value.
func unset(name, value string) string {
	if value != "" {
		return ""
	}
	return name
}
