package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/pgp"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/internal/testkit"
)

// exitMeanings says what each exit code means, in the order of exitOrder.
var exitMeanings = map[int]string{
	exitOK:          "fine: no changes, or applied",
	exitError:       "an error",
	exitChanges:     "changes are pending, or two versions differ (`--detailed-exitcode` of `plan` and `diff`)",
	exitRefused:     "something is refused, or has expired (`--fail-on-expired`)",
	exitPartial:     "applied in part",
	exitStale:       "the saved plan is stale",
	exitCredentials: "credentials are missing or rejected, or there is no key to decrypt with",
	exitInterrupted: "interrupted",
	exitClosed:      "whoever read the output closed it, as in `cella plan \\| head -1`; never of `apply`, which says 1 then",
}

// variable is an environment variable that cella, or a library it uses, reads.
type variable struct{ name, meaning string }

// ownVariables are those that cella reads itself.
var ownVariables = []variable{
	{"GOGC", "how much unused memory cella lets lie about before it collects, in percent of what is in use: 40 where it is not set"},
	{"PANTHEON_MACHINE_TOKEN", "the token to sign in with: a personal access token, which expires after 90 days, or a machine token of before"},
	{"PANTHEON_TOKEN", "the same, where `PANTHEON_MACHINE_TOKEN` is not set or empty"},
	{"TERMINUS_TOKEN", "the same, where neither of them is; without any of the three, the token that Terminus saved"},
	{"TERMINUS_TOKENS_DIR", "the folder of the tokens that Terminus saved; else `tokens` in `TERMINUS_CACHE_DIR`"},
	{"TERMINUS_CACHE_DIR", "Terminus's cache; else `cache` in `TERMINUS_BASE_DIR`"},
	{"TERMINUS_BASE_DIR", "Terminus's folder; else `.terminus` in `TERMINUS_USER_HOME`"},
	{"TERMINUS_USER_HOME", "the home folder as Terminus sees it; else that of the user"},
	{"HOME", "on Windows, the same, where it is set"},
	{"CELLA_API", "the service, where `--api` is not given"},
	{"CELLA_VALUE_", "followed by a name: a value that `value_from` or `override_from` takes from there"},
	{"NO_COLOR", "if set, no colour, unless `--color always`, and no bar of what is left but a line every ten seconds"},
	{
		"CI",
		"if set, no colour, no bar of what is left but a line every ten seconds, and no question is asked: " +
			"apply needs `--auto-approve` or a plan file; where git lacks the history, a commit that was made before the one that " +
			"was applied is refused; `local --out -` is refused, also by `TF_BUILD`, `JENKINS_URL`, `TEAMCITY_VERSION` or " +
			"`CODEBUILD_BUILD_ID`, where systems set those and not `CI`",
	},
	{"TERM", "with `dumb`, no colour and no bar"},
	{"GITHUB_WORKSPACE", "the top of the repository, to which the paths of annotations are relative"},
	{"CI_PROJECT_DIR", "the same for GitLab's code quality report"},
	{
		"GITHUB_EVENT_PATH",
		"a file in which GitHub says which commit and pull request a run is for; elsewhere `GITHUB_SHA` says the commit, " +
			"and on GitLab `CI_COMMIT_SHA` or `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA`, `CI_MERGE_REQUEST_IID` and `CI_JOB_URL`; Bitbucket, " +
			"CircleCI, Buildkite and Azure Pipelines have variables of their own for it",
	},
	{"GITHUB_REPOSITORY", "the repository that `cella comment github` and the link to a run are for, at the address in `GITHUB_API_URL`"},
	{"GITHUB_SHA", "see `GITHUB_EVENT_PATH`"},
	{"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "see `GITHUB_EVENT_PATH`"},
	{"CELLA_NOTE_TOKEN", "the token of `cella comment gitlab`; that of `cella comment github` is in `GH_TOKEN` or `GITHUB_TOKEN`"},
	{"GITHUB_ACTIONS", "with `true`, this is GitHub Actions, or a service that says it is"},
	{"GITHUB_SERVER_URL", "there: the forge that the manifest's repository is on"},
	{"GITHUB_REPOSITORY_ID", "there: the repository's number, by which a copy of the manifest is told from the manifest"},
	{"GITHUB_ACTOR", "there: the login of whoever started the run, which ledgers note beside the commit"},
	{"GITHUB_RUN_ID", "there: the run's number"},
	{"GITLAB_CI", "with `true`, this is GitLab CI"},
	{"CI_SERVER_HOST", "there: the forge that the manifest's repository is on"},
	{"CI_SERVER_URL", "there: the same, with its port"},
	{"CI_PROJECT_ID", "there: the repository's number, by which a copy of the manifest is told from the manifest"},
	{"GITLAB_USER_LOGIN", "there: the login of whoever started the pipeline, which ledgers note beside the commit"},
	{"CI_PIPELINE_ID", "there: the pipeline's number"},
	{"GNUPGHOME", "GnuPG's folder, for gpg and for private keys in its old file `secring.gpg`; else `~/.gnupg`"},
	{"XDG_CONFIG_HOME", "the folder that SOPS looks for age keys below, where `init` puts a new one"},
}

// libraryVariables are the ones that matter most of those that SOPS and Go
// read.
var libraryVariables = []variable{
	{age.SopsAgeKeyEnv, "age private keys"},
	{age.SopsAgeKeyFileEnv, "a file with age private keys"},
	{
		age.SopsAgeKeyCmdEnv,
		"a command that prints age private keys; it is run once, and once for each recipient only where it, or a file that it names, reads `SOPS_AGE_RECIPIENT`",
	},
	{age.SopsAgeSshPrivateKeyFileEnv, "an SSH private key to use as an age key"},
	{age.SopsAgeSshPrivateKeyCmdEnv, "a command that prints such a key"},
	{"SOPS_CONFIG", "the configuration to use in place of the nearest `.sops.yaml`"},
	{
		"SOPS_AGE_RECIPIENTS",
		"and `SOPS_PGP_FP`, `SOPS_KMS_ARN`, `SOPS_GCP_KMS_IDS`, `SOPS_AZURE_KEYVAULT_URLS`, `SOPS_VAULT_URIS`: who can decrypt what `init` and `seal` encrypt " +
			"for the first time, in place of the keys of a rule",
	},
	{pgp.SopsGpgExecEnv, "the gpg program to run"},
	{"SOPS_DECRYPTION_ORDER", "the order in which kinds of keys are tried, such as `age,pgp,kms`, among those that `--key-sources` allows"},
	{"VAULT_TOKEN", "the token for Vault, only with `--key-sources` that names `vault`"},
	{"GNUPGHOME", "the folder of gpg's keys"},
	{"AWS_PROFILE", "and the other variables of AWS, such as `AWS_ACCESS_KEY_ID` and `AWS_WEB_IDENTITY_TOKEN_FILE`: whose keys of AWS are used"},
	{
		"GOOGLE_APPLICATION_CREDENTIALS",
		"a file with the credentials for keys of Google Cloud; `GOOGLE_CREDENTIALS` holds them, or names the file, and `GOOGLE_OAUTH_ACCESS_TOKEN` a token",
	},
	{"AZURE_CLIENT_ID", "and the other variables of Azure, such as `AZURE_TENANT_ID`: whose keys of Azure are used"},
	{"HTTPS_PROXY", "the proxy for requests to Pantheon, as in `http://USER:PASSWORD@HOST:PORT`; `https_proxy` is the same"},
	{"HTTP_PROXY", "the proxy for plain http, which only key sources use: cella's own plain http stays on this machine, without a proxy"},
	{"NO_PROXY", "the hosts to reach without a proxy, joined by commas"},
	{"SSL_CERT_FILE", "on Linux, a PEM file with the certificates to trust, in place of the system's file: such as a company's, whose proxy inspects TLS"},
	{"SSL_CERT_DIR", "on Linux, folders with such files, joined by colons, in place of the system's; macOS and Windows have a list of their own"},
}

// TestCommandReference holds docs/commands.md and the man page against the commands
// and their flags. Run it with -update to write them.
func TestCommandReference(t *testing.T) {
	testkit.Golden(t, "../../docs/commands.md", commandReference())
	testkit.Golden(t, "../../docs/cella.1", manPage())
}

func commandReference() string {
	var page strings.Builder
	page.WriteString("# Commands\n\n<!-- Written by `go test ./cmd/cella -run TestCommandReference -update` from the commands and flags themselves. -->\n\n" +
		"Flags come after the command, and in any order. The result goes to stdout, everything else to stderr.\n" +
		"`cella help COMMAND` prints what stands here.\n\n| command | what it does |\n| --- | --- |\n")
	for _, c := range commands() {
		fmt.Fprintf(&page, "| [%s](#cella-%s) | %s |\n", c.name, strings.ReplaceAll(c.name, " ", "-"), cell(c.summary))
	}
	for _, c := range commands() {
		writeReference(&page, c)
	}
	page.WriteString("\n## Exit codes\n\n| exit code | meaning |\n| --- | --- |\n")
	for _, code := range slices.Sorted(slices.Values(exitOrder)) {
		fmt.Fprintf(&page, "%s\n", exitRow(code))
	}
	fmt.Fprintf(&page, "\n%s\n\n## Environment variables\n\n", exitSentence())
	page.WriteString("| variable | meaning |\n| --- | --- |\n")
	for _, v := range ownVariables {
		fmt.Fprintf(&page, "| `%s` | %s |\n", v.name, v.meaning)
	}
	page.WriteString("\nThese tell `cella apply` that a run is for a pull request, where it writes nothing:\n\n| variable | set by | to |\n| --- | --- | --- |\n")
	for _, event := range forge.PullRequestEvents() {
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", event.Variable, event.Service, eventValues(event))
	}
	page.WriteString("\nSOPS and Go read more. Of these matter most:\n\n| variable | meaning |\n| --- | --- |\n")
	for _, v := range libraryVariables {
		fmt.Fprintf(&page, "| `%s` | %s |\n", v.name, v.meaning)
	}
	page.WriteString("\nKeys of AWS, Google Cloud and Azure are used as whoever the variables and files of their own tools sign in.\n" +
		"`git` is started without the tokens, `SOPS_AGE_KEY` and what begins with `CELLA_VALUE_`.\n")
	return page.String()
}

// eventValues says which texts of a variable mean a pull request.
func eventValues(event forge.Event) string {
	if len(event.Values) == 0 {
		return "anything but `false`"
	}
	return "`" + strings.Join(event.Values, "`, `") + "`, or what begins so"
}

func writeReference(page *strings.Builder, c command) {
	flags := flagsOf(c)
	usage := "cella " + c.name
	if flags.HasFlags() {
		usage += " [flags]"
	}
	if c.argument != "" {
		usage += " " + c.argument
	}
	fmt.Fprintf(page, "\n## cella %s\n\n`%s`: %s.\n\n%s\n\n```console\n", c.name, usage, c.summary, c.about)
	for _, example := range c.examples {
		fmt.Fprintf(page, "$ %s\n", example)
	}
	page.WriteString("```\n")
	if !flags.HasFlags() {
		return
	}
	page.WriteString("\n| flag | meaning | default |\n| --- | --- | --- |\n")
	flags.VisitAll(func(f *pflag.Flag) {
		argument, meaning := pflag.UnquoteUsage(f)
		word := "--" + f.Name
		if f.Shorthand != "" {
			word = "-" + f.Shorthand + ", " + word
		}
		if argument != "" {
			word += " " + argument
		}
		standard := ""
		if !slices.Contains([]string{"", "false", "0", "[]"}, f.DefValue) {
			standard = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(page, "| `%s` | %s | %s |\n", cell(word), cell(meaning), standard)
	})
}

func flagsOf(c command) *pflag.FlagSet {
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SortFlags = false
	c.bind(flags)
	return flags
}

// cell makes text fit for one cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func exitRow(code int) string { return fmt.Sprintf("| %d | %s |", code, exitMeanings[code]) }

func exitSentence() string {
	var order []string
	for _, code := range exitOrder {
		if code != exitOK {
			order = append(order, strconv.Itoa(code))
		}
	}
	return "Where several hold, the first of " + strings.Join(order, ", ") + " is returned.\n" +
		"`merge-driver` exits as git asks: 0 merged, 1 conflicts are left, " + strconv.Itoa(exitAbandon) + " given up."
}

// TestExitCodesAreExplained holds the reference's table against the constants.
func TestExitCodesAreExplained(t *testing.T) {
	constants := 0
	eachSourceFile(t, func(path string, file *ast.File) {
		if path != "cmd/cella/errors.go" {
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "exit") && len(spec.Values) == 1 {
				if _, number := spec.Values[0].(*ast.BasicLit); number {
					constants++
				}
			}
			return true
		})
	})
	if constants != len(exitMeanings) || constants != len(exitOrder) {
		t.Errorf("there are %d exit codes, %d are explained and %d ordered", constants, len(exitMeanings), len(exitOrder))
	}
}

// TestVariablesAreExplained finds what the code reads from the environment.
func TestVariablesAreExplained(t *testing.T) {
	shape := regexp.MustCompile(`^(CELLA|PANTHEON|TERMINUS)(_[A-Z]+)+_?$`)
	found := map[string]bool{}
	eachSourceFile(t, func(path string, file *ast.File) {
		if strings.HasPrefix(path, "pantheon/emulator/") || slices.Contains(forTests, filepath.ToSlash(filepath.Dir(path))) {
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.BasicLit:
				if name := literal(node); shape.MatchString(name) {
					found[name] = true
				}
			case *ast.CallExpr:
				if len(node.Args) == 1 && slices.Contains([]string{"env", "Getenv", "LookupEnv"}, called(node)) {
					found[literal(node.Args[0])] = true
				}
			}
			return true
		})
	})
	delete(found, "") // not a literal
	for _, v := range ownVariables {
		if !found[v.name] {
			t.Errorf("%s is explained, but nothing reads it", v.name)
		}
		delete(found, v.name)
	}
	for _, v := range libraryVariables {
		delete(found, v.name)
	}
	if len(found) > 0 {
		t.Errorf("read, but not explained: %v", found)
	}
}

// called is the name of the function or method of a call.
func called(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// literal is the text of a string literal, else "".
func literal(node ast.Node) string {
	lit, ok := node.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}

// TestConsoleBlocks reads the blocks that nothing runs: what they call cella
// with has to be a command with flags that it knows.
func TestConsoleBlocks(t *testing.T) {
	separators := regexp.MustCompile(`&&|\||;`)
	read := 0
	for _, path := range pages(t) {
		for i, part := range strings.Split(readPage(t, path), "\n```") {
			body, ok := strings.CutPrefix(part, "console\n")
			if i%2 == 0 || !ok {
				continue
			}
			for line := range strings.Lines(body) {
				for _, one := range separators.Split(strings.TrimPrefix(line, "$ "), -1) {
					words := strings.Fields(one)
					for len(words) > 0 && strings.Contains(words[0], "=") {
						words = words[1:]
					}
					if len(words) < 2 || words[0] != "cella" {
						continue
					}
					read++
					c, rest, err := lookUp(words[1], words[2:])
					if err == nil {
						err = flagsOf(c).Parse(rest)
					}
					if err != nil {
						t.Errorf("%s: %s: %v", path, strings.TrimSpace(one), err)
					}
				}
			}
		}
	}
	if read == 0 {
		t.Error("no block calls cella")
	}
}
