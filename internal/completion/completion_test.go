package completion_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/secret"
)

func place(kind completion.Kind, words ...string) *completion.Place {
	return &completion.Place{Kind: kind, Words: words}
}

// program takes each kind of word somewhere.
func program() completion.Command {
	return completion.Command{
		Flags: []completion.Flag{{Name: "version", Usage: "print it"}},
		Commands: []completion.Command{
			{
				Name: "set", Summary: "write\none\tvalue", Arguments: []completion.Place{{Kind: completion.OwnerMaybeEnv}, {Kind: completion.Secret}},
				Flags: []completion.Flag{
					{Name: "file", Shorthand: "f", Value: place(completion.File)},
					{Name: "quiet", Shorthand: "q"},
					{Name: "color", Shorthand: "c", Value: place(completion.Word, "auto", "always", "never")},
					{Name: "keys", Value: place(completion.WordList, "age", "aws", "pgp")},
					{Name: "format", Value: place(completion.WordOrFile, "text", "json")},
					{Name: "report", Value: place(completion.WordAndFile, "text", "json")},
					{Name: "target", Repeats: true, Value: place(completion.Target)},
					{Name: "org", Value: place(completion.Organization, "none")},
					{Name: "site", Value: place(completion.Site)},
					{Name: "env", Value: place(completion.Env)},
					{Name: "skip", Value: place(completion.AnySecret)},
					{Name: "rate", Value: place(completion.Free)},
				},
			},
			{Name: "explain", Arguments: []completion.Place{{Kind: completion.SiteMaybeEnv}}},
			{Name: "local", Arguments: []completion.Place{{Kind: completion.SiteEnv}}},
			{Name: "help", Arguments: []completion.Place{{Kind: completion.CommandName}}},
			{Name: "import", Commands: []completion.Command{
				{Name: "site", Summary: "a site", Arguments: []completion.Place{{Kind: completion.Site}}, Repeats: true},
				{Name: "file", Arguments: []completion.Place{{Kind: completion.File}}},
			}},
		},
	}
}

func desired(kind secret.OwnerKind, name string, secrets ...secret.DesiredSecret) secret.Desired {
	return secret.Desired{Owner: secret.Owner{Kind: kind, Name: name}, Secrets: secrets}
}

func declared(name string, environments ...secret.Env) secret.DesiredSecret {
	s := secret.DesiredSecret{Name: secret.Name(name)}
	for _, env := range environments {
		s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: env})
	}
	return s
}

// manifest is what the files of that name declare.
var manifest = map[string][]secret.Desired{
	"": {
		desired(secret.Organization, "agency", declared("MAIL", "live")),
		desired(secret.Organization, "twin"),
		desired(secret.Site, "blue-news", declared("TOKEN", "pr-7")),
		desired(secret.Site, "blue-shop", declared("MAIL", "live", "pr-12"), declared("api.github.com", "pr-1")),
		desired(secret.Site, "twin"),
	},
	"other.yaml": {desired(secret.Site, "red")},
	"dots.yaml":  {desired(secret.Organization, "a", declared("IN_A")), desired(secret.Organization, "a.live", declared("IN_A_LIVE"))},
}

func TestComplete(t *testing.T) {
	tests := map[string]struct {
		line   string // its words stand apart by one space
		want   string // as in Answer, lines joined by spaces
		reason string
	}{
		"nothing typed":          {"", "set\twrite one value explain local help import :end", "commands first, each on one line"},
		"a command":              {"ex", "explain :end", ""},
		"a flag of the program":  {"--v", "--version\tprint it :end", ""},
		"no such command":        {"frob --", ":end", "nothing is known of it"},
		"flags":                  {"set --f", "--file --format :end", ""},
		"flags by the letter":    {"set -c", "-c :end", ""},
		"given":                  {"set --file a --f", "--format :end", "once is enough"},
		"given by the letter":    {"set -fa -", "-q --quiet -c --color --keys --format --report --target --org --site --env --skip --rate :end", ""},
		"given, a list":          {"set --target site:a --ta", "--target :end", "it may be repeated"},
		"words":                  {"set --color a", "auto always :end", ""},
		"attached":               {"set --color=a", "--color=auto --color=always :end", "the whole word is replaced"},
		"attached to a letter":   {"set -ca", "-cauto -calways :end", ""},
		"with an equals sign":    {"set -c=n", "-c=never :end", ""},
		"behind other letters":   {"set -qcn", "-qcnever :end", ""},
		"behind a letter":        {"set -qc n", "never :end", "the value is the next word"},
		"a letter alone":         {"set -q ", "org:agency org:twin site:blue-news site:blue-shop site:twin :end", "it takes no value"},
		"unknown flag":           {"set --frob=a --color n", "never :end", ""},
		"unknown letter":         {"set -x=a --color n", "never :end", ""},
		"no value":               {"set --quiet=", ":end", "it takes none"},
		"free":                   {"set --rate ", ":end", "only the user knows"},
		"list":                   {"set --keys ", "age aws pgp :more", "a comma may follow"},
		"list, begun":            {"set --keys age,", "age,aws age,pgp :more", "each once"},
		"list, attached":         {"set --keys=age,p", "--keys=age,pgp :more", ""},
		"file":                   {"set --file x", ":files 0", ""},
		"file, attached":         {"set --file=x", ":files 7", ""},
		"file, by the letter":    {"set -fx", ":files 2", ""},
		"word or file":           {"set --format j", "json :end", "the file may be left out"},
		"word or file, the file": {"set --format json=x", ":files 5", ""},
		"attached, the file":     {"set --format=json=x", ":files 14", ""},
		"a file for no word":     {"set --format yaml=x", ":end", ""},
		"word and file":          {"set --report j", "json= :more", "the file may not"},
		"behind two dashes":      {"set -- -", ":end", "no flags are there"},
		"no flag behind them":    {"set -- --file ", ":end", "it is an owner then"},
		"argument behind dashes": {"set -- site:blue-n", "site:blue-news :end", ""},
		"too many arguments":     {"set a b ", ":end", ""},
		"command name":           {"help lo", "local :end", ""},
		"a command's command":    {"import ", "site\ta site file :end", ""},
		"its argument":           {"import file ", ":files 0", ""},
		"its argument, repeated": {"import site blue-news blue-s", "blue-shop :end", ""},
		"its argument, unknown":  {"import frob ", ":end", ""},

		"owners":               {"set site:bl", "site:blue-news site:blue-shop :end", ""},
		"owners, bare":         {"set blue", "blue-news blue-shop :end", "where no address begins so"},
		"a bare name twice":    {"set tw", ":end", "it means neither"},
		"its environments":     {"set site:blue-news.", "site:blue-news.dev site:blue-news.test site:blue-news.live site:blue-news.pr-7 :end", "multidevs behind"},
		"environments, begun":  {"set site:blue-shop.pr-", "site:blue-shop.pr-1 site:blue-shop.pr-12 :end", ""},
		"environments, bare":   {"set blue-news.p", "blue-news.pr-7 :end", ""},
		"secrets":              {"set site:blue-shop ", "MAIL api.github.com :end", ""},
		"secrets, begun":       {"set site:blue-shop a", "api.github.com :end", ""},
		"secrets, bare":        {"set blue-news ", "TOKEN :end", ""},
		"secrets, environment": {"set site:blue-news.live ", "TOKEN :end", "ENV is what follows the last dot"},
		"secrets, a new owner": {"set site:new ", ":end", ""},
		"behind flags":         {"set -q --color never site:blue-news ", "TOKEN :end", ""},
		"target":               {"set --target site:blue-s", "site:blue-shop :more", "a slash may follow"},
		"target, bare":         {"set --target ag", "agency :more", ""},
		"target, secret":       {"set --target=site:blue-shop/", "--target=site:blue-shop/MAIL --target=site:blue-shop/api.github.com :end", ""},
		"target, bare, secret": {"set --target agency/M", "agency/MAIL :end", ""},
		"organization":         {"set --org ", "none agency twin :end", ""},
		"sites":                {"set --site ", "blue-news blue-shop twin :end", ""},
		"environment":          {"set --env p", "pr-1 pr-12 pr-7 :end", ""},
		"any secret":           {"set --skip ", "MAIL TOKEN api.github.com :end", "each once"},
		"site":                 {"explain b", "blue-news blue-shop :end", "organizations are none"},
		"site, address":        {"explain site:t", "site:twin :end", ""},
		"site, environment":    {"explain blue-news.", "blue-news.dev blue-news.test blue-news.live blue-news.pr-7 :end", ""},
		"needs an environment": {"local blue-s", "blue-shop. :more", ""},
		"and has it":           {"local blue-shop.li", "blue-shop.live :end", ""},

		"another manifest":            {"set --file other.yaml site:", "site:red :end", ""},
		"another manifest, attached":  {"set -fother.yaml site:", "site:red :end", ""},
		"no manifest":                 {"set --file none.yaml site:", ":end", ""},
		"names with dots":             {"set -f dots.yaml org:a.", "org:a.dev org:a.test org:a.live org:a.live :end", "of one it is the environment"},
		"secrets, a name with dots":   {"set -f dots.yaml a.live ", "IN_A_LIVE :end", "the whole name comes first"},
		"secrets, a name without one": {"set -f dots.yaml a.dev ", "IN_A :end", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := completion.Complete(program(), strings.Split(test.line, " "), func(file string) []secret.Desired { return manifest[file] })
			text := strings.ReplaceAll(strings.TrimSuffix(got.String(), "\n"), "\n", " ")
			if diff := cmp.Diff(test.want, text); diff != "" {
				t.Errorf("%q (-want +got): %s\n%s", test.line, test.reason, diff)
			}
		})
	}
	if got := completion.Complete(program(), nil, nil).String(); got != ":end\n" {
		t.Errorf("no words: %q", got)
	}
}

// TestNamesAreReadWhereNeeded: a manifest is not opened to complete a flag.
func TestNamesAreReadWhereNeeded(t *testing.T) {
	for line, want := range map[string]int{"s": 0, "set --": 0, "set --color ": 0, "set --file ": 0, "help ": 0, "set ": 1, "set a ": 1, "set --target a/": 1} {
		read := 0
		completion.Complete(program(), strings.Split(line, " "), func(string) []secret.Desired { read++; return manifest[""] })
		if read != want {
			t.Errorf("%q reads the manifest %d times, want %d", line, read, want)
		}
	}
}

// TestNamesAreInert: of what a manifest can hold, what means something to a shell
// is not offered.
func TestNamesAreInert(t *testing.T) {
	hostile := []string{
		"", "$(id)", "`id`", "a;id", "a|id", "a&id", "a>b", "<(id)", "a b", "a\tb", "a\nb", "a\r", "it's", `a"b`, `a\b`, "$HOME", "${IFS}", "~", "~root",
		"*", "a?", "[a]", "{a,b}", "!!", "^a^b", "#a", "=id", "-n", "--force", ":end", ":files 0", ",a", "(a)", "a\x1b[31m", "a\x00", "a\u202eb", "é", "a\xff",
		strings.Repeat("a", 129),
	}
	plain := []string{"A_1", "github-oauth.github.com", "a/b", "a:b", "a@b", "@a", "100%", "a+b", "a=b", "a,b", strings.Repeat("a", 128)}
	var secrets []secret.DesiredSecret
	var owners []secret.Desired
	for _, name := range append(append([]string{}, hostile...), plain...) {
		secrets = append(secrets, declared(name, secret.Env(name)))
		owners = append(owners, desired(secret.Organization, name))
	}
	owners = append(owners, desired(secret.Site, "shop", secrets...))
	heads := map[string]string{
		"set site:shop ": "", "set --skip ": "", "set --env ": "", "set --org ": "", "set org:": "org:", "set --target org:": "org:",
	}
	for line, head := range heads {
		offered := map[string]bool{}
		answer := completion.Complete(program(), strings.Split(line, " "), func(string) []secret.Desired { return owners })
		for _, c := range answer.Candidates {
			offered[strings.TrimPrefix(c.Word, head)] = true
		}
		for _, name := range hostile {
			if offered[name] {
				t.Errorf("%q offers %q", line, name)
			}
		}
		for _, name := range plain {
			if !offered[name] {
				t.Errorf("%q does not offer %q", line, name)
			}
		}
	}
}

func TestScript(t *testing.T) {
	for _, shell := range completion.Shells() {
		if script := completion.Script(shell); !strings.Contains(script, "cella __complete") || strings.Contains(script, "eval") {
			t.Errorf("%s: it asks nobody, or evaluates an answer:\n%s", shell, script)
		}
	}
	if script := completion.Script("tcsh"); script != "" {
		t.Errorf("tcsh: %s", script)
	}
}

// TestScriptOfOldBash: bash 3.2, as macOS has it, does not parse what is no POSIX
// where it is in that mode.
func TestScriptOfOldBash(t *testing.T) {
	for _, newer := range []string{"<(", ">(", "mapfile", "readarray", "declare -A", "local -A", "&>", "|&", "${current@"} {
		if strings.Contains(completion.Script("bash"), newer) {
			t.Errorf("the script for bash has %s", newer)
		}
	}
}
