package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

const (
	defaultAPI = "https://terminus.pantheon.io"

	keySourcesUsage = "kinds of keys that may be contacted: a `LIST` of age, pgp, aws, gcp, azure, vault; aws+profile and aws+role let the file choose credentials"
)

// manifestFlags say which manifest is read, and how strictly.
type manifestFlags struct {
	files          []string
	keySources     string
	strict         bool
	allowPlaintext bool
}

func (f *manifestFlags) bind(flags *pflag.FlagSet, keySources string) {
	flags.StringArrayVarP(&f.files, "file", "f", []string{problem.UsualFile}, "the manifest `FILE`")
	flags.Lookup("file").DefValue = problem.UsualFile // without the brackets of a list, for the help text
	flags.StringVar(&f.keySources, "key-sources", keySources, keySourcesUsage)
	flags.BoolVar(&f.allowPlaintext, "allow-plaintext", false, "accept values that are not encrypted (for experiments)")
}

// bindStrict adds --strict, for commands that judge the manifest.
func (f *manifestFlags) bindStrict(flags *pflag.FlagSet) {
	flags.BoolVar(&f.strict, "strict", false, "treat warnings as errors")
}

// file returns the one manifest there may be.
func (f *manifestFlags) file() (string, error) {
	if len(f.files) > 1 {
		return "", hint.New(errors.New("--file was given more than once: a project has one manifest"),
			"run cella once per manifest")
	}
	return f.files[0], nil
}

// each returns the manifests of a command that takes several, each once.
func (f *manifestFlags) each() []string {
	var each, cleaned []string
	for _, file := range f.files {
		if clean := filepath.Clean(file); !slices.Contains(cleaned, clean) {
			each, cleaned = append(each, file), append(cleaned, clean)
		}
	}
	return each
}

// there refuses a manifest that is not there, before anything is asked for.
func (f *manifestFlags) there() error {
	file, err := f.file()
	if err != nil {
		return err
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return checkup.Missing(file, err)
	}
	return nil
}

// options says how to load the manifest. Values that it takes from the
// environment are asked of env, where decryption requires them.
func (f *manifestFlags) options(env func(string) string, decryption schema.Decryption) (schema.Options, error) {
	keys, err := openKeyring(f.keySources)
	if err != nil {
		return schema.Options{}, err
	}
	return schema.Options{AllowPlaintext: f.allowPlaintext, Decryption: decryption, Keys: keys, Environment: env}, nil
}

// offline reads the manifest and compiles it without asking Pantheon, and prints what
// is wrong or doubtful. Variables that are not set matter only to who uses their values.
func (f *manifestFlags) offline(ctx context.Context, std streams, decryption schema.Decryption, quiet bool) (*schema.Manifest, []secret.Desired, error) {
	file, err := f.file()
	if err != nil {
		return nil, nil, err
	}
	options, err := f.options(std.env, decryption)
	if err != nil {
		return nil, nil, err
	}
	options.UnsetVariables = true
	manifest, problems, err := schema.Load(ctx, file, options)
	if err != nil {
		return nil, nil, checkup.Missing(file, err)
	}
	if err := checkup.Tell(std.err, file, problems, f.strict, quiet); err != nil {
		return nil, nil, err
	}
	desired, problems := manifest.Compile(nil)
	return manifest, desired, checkup.Tell(std.err, file, problems, f.strict, quiet)
}

// apiFlags say which service is talked to, as whom and how fast.
type apiFlags struct {
	api     string
	account string
	rate    float64
}

func (f *apiFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.api, "api", "", "the service's `URL`, or emulator:PATH for an emulator whose state is in PATH (default "+defaultAPI+", or CELLA_API)")
	flags.StringVar(&f.account, "account", "", "the `EMAIL` whose token saved by Terminus is used")
	flags.Float64Var(&f.rate, "rate", 0, "`NUMBER` of requests per second to the secrets service (default a little below Pantheon's limit of 3)")
}

// base returns the service to talk to.
func (f *apiFlags) base(env func(string) string) string {
	if f.api != "" {
		return f.api
	}
	if fromEnv := env("CELLA_API"); fromEnv != "" {
		return fromEnv
	}
	return defaultAPI
}

// check refuses what no service can be reached with. It comes before the token
// and the keys, which the environment may lack: a typing error is told first.
func (f *apiFlags) check(env func(string) string) error {
	options := pantheon.Options{BaseURL: f.base(env), Rate: f.rate}
	if path, ok := strings.CutPrefix(options.BaseURL, emulatorPrefix); ok {
		if path == "" {
			return hint.New(errors.New("--api emulator: names no state file"), "write --api emulator:PATH, as in --api emulator:live.json (or CELLA_API)")
		}
		options.BaseURL = loopbackBase
	}
	if err := options.Check(); err != nil {
		return hint.New(err, "check --api (or CELLA_API) and --rate; without them cella talks to "+defaultAPI+" at its pace")
	}
	return nil
}

// outputFlags say how results and progress look.
type outputFlags struct {
	color string
	quiet bool
}

func (f *outputFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.color, "color", "auto", "`WHEN` to use colour: auto, always or never")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no warnings on stderr")
}

func (f *outputFlags) check() error {
	if slices.Contains([]string{"auto", "always", "never"}, f.color) {
		return nil
	}
	return hint.New(fmt.Errorf("--color %s is not known", words.Quote(f.color)), "use auto, always or never")
}

// colored reports whether out gets colour: where it was asked for, or on a
// terminal that nobody asked to keep plain.
func (f *outputFlags) colored(std streams) bool {
	switch f.color {
	case "always":
		return true
	case "never":
		return false
	}
	return std.env("NO_COLOR") == "" && std.env("CI") == "" && std.env("TERM") != "dumb" && terminal.Paints(std.out)
}

// diagnostics is where progress and warnings go: nowhere with --quiet.
func (f *outputFlags) diagnostics(std streams) io.Writer {
	if f.quiet {
		return io.Discard
	}
	return std.err
}

// progress begins to tell how a run goes.
func (f *outputFlags) progress(std streams) *terminal.Progress {
	return terminal.StartProgress(std.err, f.news(std), f.quiet, std.env)
}

// news is where goes what nothing may wait for, nor stop at: a request that is
// to follow another one would come too late.
func (f *outputFlags) news(std streams) io.Writer {
	return &terminal.Patient{To: f.diagnostics(std)}
}

// pipelineVariables are set by CI systems, not all of which set CI.
var pipelineVariables = []string{"CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID"}

// inPipeline reports whether what is printed is likely to be kept in a log.
func inPipeline(std streams) bool {
	return slices.ContainsFunc(pipelineVariables, func(name string) bool { return std.env(name) != "" })
}

// interactive reports whether a question can be asked and answered.
func interactive(std streams) bool {
	return std.env("CI") == "" && terminal.Is(std.in) && terminal.Is(std.err)
}

// writeLine writes one line to a stream whose failure has nowhere to go.
func writeLine(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}
