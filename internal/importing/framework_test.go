package importing_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// written is the entry of a secret as the manifest will have it, without its value.
func written(t *testing.T, draft *edit.File, owner secret.Owner, name secret.Name) string {
	t.Helper()
	text, _, err := draft.Text()
	if err != nil {
		t.Fatal(err)
	}
	again, problems, err := edit.Open(t.Context(), draft.Name, text, edit.Options{Keys: edittest.Keys()})
	if err != nil || again == nil {
		t.Fatal(err, problems)
	}
	entry, found := again.Entry(owner, name)
	if !found {
		return ""
	}
	return fmt.Sprintf("%s/%s", entry.Type, strings.ReplaceAll(entry.Scopes.String(), ", ", "+"))
}

// TestFromFileByFramework: new secrets are such that the site's application reads
// them, whatever the defaults are; what people ask for counts more; and what was
// decided is said.
func TestFromFileByFramework(t *testing.T) {
	const (
		web      = "defaults: {type: runtime, scopes: [web]}\n"
		builds   = "defaults: {type: composer, scopes: [ic]}\n"
		both     = "defaults: {type: runtime, scopes: [user, web]}\n"
		nexts    = "defaults: {type: env, scopes: [web]}\n"
		everyone = "defaults: {type: env, scopes: [ic, web]}\n"
	)
	asking := func(kind secret.Type, scopes ...secret.Scope) func(*importing.Variables) {
		return func(v *importing.Variables) { v.Type, v.Scopes = kind, secret.NewScopes(scopes...) }
	}
	org := func(v *importing.Variables) { v.Owner = secret.Owner{Kind: secret.Organization, Name: "agency"} }
	tests := map[string]struct {
		defaults string
		on       reader.Framework
		change   func(*importing.Variables)
		want     string
		said     string // "" for nothing of it
		warned   string
		reason   string
	}{
		"Next.js":            {web, "nodejs", nil, "env/web", "New secrets have type env, scopes web, because site:shop is a Next.js site", "", ""},
		"without defaults":   {"", "nodejs", nil, "env/web", "because site:shop is a Next.js site", "", ""},
		"defaults of builds": {builds, "nodejs", nil, "env/web", "because site:shop is a Next.js site", "", ""},
		"people too":         {both, "nodejs", nil, "env/user+web", "because site:shop is a Next.js site", "", "they may still read it"},
		"defaults that fit":  {nexts, "nodejs", nil, "env/web", "", "", "nothing was decided"},
		"a type is given": {
			web, "nodejs", asking("runtime"), "runtime/web", "", "reads 1 secret: NEW; on a Next.js site", "people decide, and are warned",
		},
		"both are given": {web, "nodejs", asking("env", "web", "ic"), "env/ic+web", "", "", ""},
		"scopes are given": {
			web, "nodejs", asking("", "ic"), "env/ic", "New secrets have type env, scopes ic, because", "reads 1 secret: NEW", "no build of Next.js reads it",
		},
		"WordPress":             {web, "wordpress", nil, "runtime/web", "", "", "the defaults fit"},
		"WordPress, for builds": {builds, "wordpress", nil, "composer/ic", "", "", "the defaults fit"},
		"Drupal": {
			nexts, "drupal8", nil, "runtime/web", "New secrets have type runtime, scopes web, because site:shop is a WordPress or Drupal site", "", "",
		},
		"Drupal, builds too":      {everyone, "drupal8", nil, "env/ic+web", "", "", "builds read it"},
		"Drupal, a type is given": {web, "drupal8", asking("env"), "env/web", "", "reads 1 secret: NEW; on a WordPress or Drupal site", ""},
		"not known": {
			web, "", nil, "runtime/web",
			"cella doesn't know what runs site:shop: on a Next.js site no application reads them; if it is one, import with --framework nodejs", "", "",
		},
		"not known, with a cause": {
			web, "", func(v *importing.Variables) { v.Unknown = "no token" }, "runtime/web", "what runs site:shop (no token): on a Next.js", "", "",
		},
		"not known, for Next.js": {
			nexts, "", nil, "env/web", "on a WordPress or Drupal site no application reads them; if it is one, import with --framework wordpress or drupal8", "", "",
		},
		"not known, for all":    {"defaults: {type: env, scopes: [ic, user]}\n", "", nil, "env/ic+user", "on a Next.js site", "", ""},
		"not known, for people": {"defaults: {type: runtime, scopes: [user]}\n", "", nil, "runtime/user", "", "", "no framework changes that"},
		"not known, and given":  {web, "", asking("runtime", "web"), "runtime/web", "", "", "people decided"},
		"another framework":     {web, "cobol", nil, "runtime/web", "", "", "nobody knows anything of it"},
		"an organization":       {web, "", org, "runtime/web", "", "", "its sites are of any kind"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			draft := edittest.Open(t, bare+test.defaults)
			v := importing.Variables{File: ".env", List: variables(t, "NEW=c4nary\n"), Owner: theShop, Framework: test.on}
			if test.change != nil {
				test.change(&v)
			}
			report, err := importing.FromFile(v, draft)
			if err != nil {
				t.Fatal(err)
			}
			if got := written(t, draft, v.Owner, "NEW"); got != test.want {
				t.Errorf("it is %s, want %s: %s", got, test.want, test.reason)
			}
			said := told(t, report, false)
			if holds(t, "the report", said, test.said); test.said == "" && strings.Contains(said, "New secrets") {
				t.Errorf("it says what nobody has to know:\n%s", said)
			}
			warned := strings.Join(report.Warnings, "\n")
			if holds(t, "the warnings", warned, test.warned); test.warned == "" && warned != "" {
				t.Errorf("it warns: %s", warned)
			}
		})
	}
}

// TestFromFileOfUnread: entries that the manifest has stay, and are warned of, with
// the way to change them.
func TestFromFileOfUnread(t *testing.T) {
	const manifest = bare + defaults + "sites: {shop: {secrets: {A: {value: c4nary}, B: {value: c4nary}, GONE: {retire: release}, EXT: {external: true}}}}\n"
	draft := edittest.Open(t, manifest)
	v := importing.Variables{File: ".env", List: variables(t, "A=c4nary\nNEW=c4nary\n"), Owner: theShop, Framework: "nodejs"}
	report, err := importing.FromFile(v, draft)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the warnings", strings.Join(report.Warnings, "\n"), "site:shop: no application and no build reads 3 secrets: A, B, EXT; on a Next.js site",
		"; --replace --type env --scope web changes those that are in this file")
	if got := written(t, draft, theShop, "A"); got != "runtime/web" {
		t.Errorf("A is %s", got)
	}

	draft = edittest.Open(t, manifest)
	v.Replace, v.Type, v.Scopes = true, secret.EnvType, secret.NewScopes(secret.WebScope)
	if report, err = importing.FromFile(v, draft); err != nil {
		t.Fatal(err)
	}
	holds(t, "the report", told(t, report, false), "  replaced  A: type env instead of runtime\n",
		"Pantheon can't change a type or scopes: of what is there already")
	holds(t, "the warnings", strings.Join(report.Warnings, "\n"), "reads 2 secrets: B, EXT;")
	if strings.Contains(report.Warnings[0], "--replace") {
		t.Errorf("nothing of it is in this file: %s", report.Warnings[0])
	}
	if got := written(t, draft, theShop, "A"); got != "env/web" {
		t.Errorf("A is %s", got)
	}
}

// TestFromPantheonByFramework: types and scopes are as they are on Pantheon, and who
// reads none of them is told, whatever else a look-up ends in.
func TestFromPantheonByFramework(t *testing.T) {
	state := world()
	state.Sites[0].Framework = "nodejs"
	for name, status := range map[string]int{"looked up": 0, "forbidden": http.StatusForbidden, "refused": http.StatusBadRequest} {
		t.Run(name, func(t *testing.T) {
			server, client := emulatortest.Serve(t, state)
			if status != 0 {
				server.Script(fails(emulator.ReadSite, "", status))
			}
			draft := edittest.Open(t, empty)
			report, err := importing.FromPantheon(t.Context(), client, importing.Source{Sites: []string{"shop", "blog", "wiki"}}, draft, false)
			if err != nil {
				t.Fatal(err)
			}
			warned := strings.Join(report.Warnings, "\n")
			if status == 0 {
				holds(t, "the warnings", warned, "site:shop: no application and no build reads 3 secrets: HIDDEN, OTHER, SHOWN; on a Next.js site", "`external: true`")
			}
			if want := 1 - min(status, 1); len(report.Warnings) != want {
				t.Errorf("%d warnings, want %d: %s", len(report.Warnings), want, warned)
			}
			if got := written(t, draft, secret.Owner{Kind: secret.Site, Name: "shop"}, "HIDDEN"); got != "runtime/web" {
				t.Errorf("HIDDEN is %s, and runtime/web on Pantheon", got)
			}
		})
	}
}
