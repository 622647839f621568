package schema_test

import (
	"os"
	"path/filepath"
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
