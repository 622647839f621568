package schema_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema"
)

func TestProjectOf(t *testing.T) {
	cases := map[string]struct{ text, want, reason string }{
		"as SOPS writes it":  {"version: 1\nproject: store-front\nsites: {}\n", "store-front", "the usual form"},
		"quoted, commented":  {"project: \"shop\" # ours\r\n", "shop", "what people write by hand"},
		"a broken file":      {"project: shop\nsites: [}\n\x00", "shop", "the comment on a broken manifest is its project's"},
		"not a project name": {"project: Shop\n", "", "the decoder refuses it, and so it marks nothing"},
		"a double hyphen":    {"project: a--b\n", "", "it could end a comment"},
		"too long":           {"project: a23456789012345678901234567890123\n", "", "the decoder refuses it"},
		"below another key":  {"sites:\n  project: shop\n", "", "that is a site"},
		"none":               {"", "", "there is none"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "secrets.yaml")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := schema.ProjectOf(file); got != tc.want {
				t.Errorf("ProjectOf = %q, want %q: %s", got, tc.want, tc.reason)
			}
		})
	}
	if got := schema.ProjectOf(t.TempDir()); got != "" {
		t.Errorf("ProjectOf a folder = %q", got)
	}
}

func TestIsManifestOf(t *testing.T) {
	cases := map[string]struct {
		text   string
		want   bool
		reason string
	}{
		"as SOPS writes it": {"version: 1\nproject: shop\nsites:\n    a: {}\n", true, "the usual form"},
		"as init writes it": {"# x\nversion: 1\nproject: shop\nfingerprint_key: ENC[x]\n", true, "it has no site yet"},
		"quoted":            {"\"version\": 1 # one\n'project': \"shop\"\r\norganizations :\n", true, "what people write by hand"},
		"a byte order mark": {"\ufeffproject: shop\nversion: 1\nsites: {}\n", true, "editors of Windows add one"},
		"another project":   {"version: 1\nproject: shop-two\nsites: {}\n", false, "names are compared whole"},
		"named in a value":  {"version: 1\nproject: blog\nformerly: [shop]\nsites: {}\n", false, "the project has one line"},
		"further in":        {"version: 1\nx:\n  project: shop\nsites: {}\n", false, "that is another tool's"},
		"another tool":      {"version: 1\nproject: shop\nservices: {}\n", false, "it has neither sites nor a key"},
		"another version":   {"version: '3.8'\nproject: shop\nsites: {}\n", false, "no manifest of today"},
		"an included file":  {"sites: {a: {secrets: {}}}\n", false, "it names no project"},
		"nothing":           {"", false, "an empty file"},
	}
	for name, tc := range cases {
		if got := schema.IsManifestOf("shop", []byte(tc.text)); got != tc.want {
			t.Errorf("%s: IsManifestOf = %v: %s", name, got, tc.reason)
		}
	}
}

func TestAddCopies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets.yaml")
	if err := os.WriteFile(file, []byte("version: 1\n\nproject: shop\nsites: {a: {secrets: {}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, problems, err := schema.Load(t.Context(), file, schema.Options{AllowPlaintext: true})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	const rest = " of project shop too, so each apply would delete what another one of them has set; " +
		"give each manifest a project of its own, or remove the copy: git rm "
	var many []string
	for i := range 8 {
		many = append(many, fmt.Sprintf("copy%d.yaml", i))
	}
	for want, paths := range map[string][]string{
		"": nil,
		"3:10: project: old/secrets.yaml is a manifest" + rest + ":/old/secrets.yaml":                                                {"old/secrets.yaml"},
		"3:10: project: \"a\\nb.yaml\", c.yaml are manifests" + rest + "$':/a\\nb.yaml'":                                             {"a\nb.yaml", "c.yaml"},
		"3:10: project: copy0.yaml, copy1.yaml, copy2.yaml, copy3.yaml, copy4.yaml and 3 more are manifests" + rest + ":/copy0.yaml": many,
	} {
		got := m.AddCopies(nil, paths)
		text := ""
		if len(got) == 1 {
			text = strings.TrimPrefix(got[0].String(), file+":")
		}
		if text != want || len(got) > 1 || want != "" && (got[0].Code != schema.CodeSecondManifest || !got[0].Fails(false)) {
			t.Errorf("AddCopies(%q)\n got: %s\nwant: %s", paths, text, want)
		}
	}
}
