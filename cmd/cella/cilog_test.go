package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/cilog/obeyed"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/secret"
)

// orders are commands to CI systems: as names, as parts of names, and behind a
// line end or white space, where a name can have any.
var orders = []string{
	"::error::a", "::set-output%20name=a::b", "##[add-mask]a", "a##[group]b", "##vso[task.setvariable%20variable=a]b", "x##vso[task.complete]",
	"##teamcity[setParameter]", "x##teamcity[a]", "travis_fold:start:a", "section_start:1:a", "###[x]", "--- a",
	"a\n::error::b", "a\r##[x]", "a ::error::b", " ::error::c", "\u00a0::error::d", "a\t##vso[b.c]", "a\x1b[0Ksection_start:1:b\r\x1b[0K",
}

// inLog fails the test where a CI system would obey something in what a
// command said. With github, lines for GitHub's runner are meant, and are left
// out as far as they are cella's own.
func inLog(t *testing.T, what string, r result, github bool) {
	t.Helper()
	for _, command := range obeyed.Commands(r.stdout + "\n" + r.stderr) {
		own := strings.HasPrefix(command, "::error file=") || strings.HasPrefix(command, "::notice file=") || strings.HasPrefix(command, "::warning file=")
		if !github || !own {
			t.Errorf("%s: the log has the command %q", what, command)
		}
	}
}

// TestNamesAreNoCommandsInAManifest: what somebody writes into a manifest, valid
// or not, is shown and does nothing, whoever reads the log.
func TestNamesAreNoCommandsInAManifest(t *testing.T) {
	b := newBench(t, oneShop())
	for _, order := range orders {
		quoted, err := json.Marshal(order)
		if err != nil {
			t.Fatal(err)
		}
		name := string(quoted)
		manifests := map[string]string{
			"a secret":       "sites:\n  shop:\n    secrets:\n      %s: {value: x}\n",
			"a type":         "sites:\n  shop:\n    secrets:\n      A: {type: %s, value: x}\n",
			"an environment": "sites:\n  shop:\n    secrets:\n      A: {value: x, overrides: {%s: y}}\n",
			"a site":         "sites:\n  %s:\n    secrets:\n      A: {value: x}\n",
			"an unknown key": "sites:\n  shop:\n    %s: x\n",
			"an id":          "sites:\n  shop:\n    id: %s\n    secrets: {A: {value: x}}\n",
		}
		for where, text := range manifests {
			plain := "version: 1\nproject: shop\ndefaults: {type: runtime, scopes: [web]}\n" + fmt.Sprintf(text, name)
			b.file("secrets.yaml", []byte(plain))
			what := fmt.Sprintf("%q as %s", order, where)
			for _, format := range []string{"text", "json", "markdown", "outputs", "github", "gitlab"} {
				r := b.offline("validate", "--allow-plaintext", "--file", filepath.Join(b.dir, "secrets.yaml"), "--format", format)
				inLog(t, what+", validate "+format, r, format == "github")
			}
			inLog(t, what+", plan", b.cella("plan", "--allow-plaintext"), false)
			inLog(t, what+", plan --no-decrypt", b.cella("plan", "--no-decrypt", "--allow-plaintext", "--format", "json"), false)
			inLog(t, what+", explain", b.cella("explain", "shop.live", "--allow-plaintext"), false)
		}
	}
}

// TestNamesAreNoCommandsOnPantheon is the same for what stands on Pantheon, for
// names that people type, for files, and for what a server answers.
func TestNamesAreNoCommandsOnPantheon(t *testing.T) {
	state := oneShop()
	entries := map[string]any{}
	for _, order := range orders {
		entries[order] = map[string]any{"Type": order, "Scopes": []string{"web", order}, "EnvValues": map[string]any{order: "y", "live": "z"}}
		if secret.Name(order).Validate(secret.RuntimeType) == nil {
			state.Sites[0].Secrets[order] = emulator.Secret{Type: "runtime", Scopes: []string{"web"}, Value: "x", Overrides: map[string]string{"live": "y"}}
		}
	}
	list, err := json.Marshal(map[string]any{"Secrets": entries})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, state)
	b.manifest("version: 1\nproject: shop\npolicy: {unmanaged: forbid}\ndefaults: {type: runtime, scopes: [web]}\n" +
		"sites:\n  shop:\n    secrets:\n      A: {value: x}\n")
	for _, format := range []string{"text", "json", "markdown", "outputs"} {
		inLog(t, "plan "+format, b.cella("plan", "--format", format), false)
		b.server.Script(emulatortest.Fault{Path: "/showall", Status: http.StatusOK, ContentType: "application/json", Body: string(list), Times: -1})
		inLog(t, "plan of odd names "+format, b.cella("plan", "--format", format), false)
		b.server.Script()
	}
	shown := b.cella("plan")
	says(t, shown.stdout, `##vso\x5btask.complete]`)
	inLog(t, "explain", b.cella("explain", "site:shop.live"), false)
	inLog(t, "explain json", b.cella("explain", "site:shop.live", "--format", "json"), false)
	inLog(t, "import", b.offline("import", "site", "nowhere:shop", "--api", b.url, "--file", filepath.Join(b.dir, "other.yaml")), false)
	for i, order := range orders {
		inLog(t, order, b.offline(order), false)
		inLog(t, order, b.offline("plan", "--"+order), false)
		inLog(t, order, b.offline("plan", "--format", order), false)
		inLog(t, order, b.offline("plan", "--file", order), false)
		inLog(t, order, b.offline("plan", "--file", filepath.Join(b.dir, order, "secrets.yaml")), false)
		inLog(t, order, b.cella("plan", "--target", order), false)
		inLog(t, order, b.cella("plan", "--api", "https://"+order+".invalid"), false)
		inLog(t, order, b.cella("plan", "--key-sources", order), false)
		inLog(t, order, b.cella("set", "site:shop/"+order), false)
		inLog(t, order, b.cella("unset", order), false)
		inLog(t, order, b.cella("apply", order), false)
		folder := filepath.Join(b.dir, fmt.Sprint(i), strings.ReplaceAll(order, "/", ""))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		inLog(t, order, b.offline("plan", "--file", folder), false)
		inLog(t, order, b.cella("plan", "--out", folder), false)
		b.server.Script(emulatortest.Fault{Status: http.StatusBadRequest, Body: order, Times: -1})
		inLog(t, order, b.cella("plan"), false)
		b.server.Script()
	}
}

func oneShop() emulator.State {
	return emulator.State{Sites: []emulator.Site{{Name: "shop", Secrets: map[string]emulator.Secret{}}}}
}
