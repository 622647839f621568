package schema

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/envfile"
)

// TestLimitsAreDocumented holds the table in docs/manifest.md against the limits
// that are kept.
func TestLimitsAreDocumented(t *testing.T) {
	size := func(bytes int64) string { return files.Size(bytes) }
	want := map[string]string{
		"a manifest, or another version of it in git":                                         size(sopsfile.MaxFileBytes),
		"secrets of a manifest":                                                               thousands(maxSecrets),
		"keys, values and list items of a manifest, with and without secrets":                 thousands(sopsfile.MaxParts),
		"levels of a manifest":                                                                thousands(sopsfile.MaxDepth),
		"bytes of a key":                                                                      thousands(sopsfile.MaxKey),
		"projects under `formerly`, and under `policy.projects`":                              thousands(maxProjects),
		"lines that begin with `%`":                                                           thousands(sopsfile.MaxDirectives),
		"errors, and warnings, shown for one file":                                            thousands(problem.MaxProblems),
		"recipients of a file, all key groups together":                                       thousands(sopsfile.MaxRecipients),
		"keys, values and list items of a `sops` section":                                     thousands(sopsfile.MaxSectionNodes),
		"bytes of a text in a `sops` section, such as a data key encrypted for one recipient": size(sopsfile.MaxSectionText),
		"bytes that a PGP message may hold, which is one data key":                            size(keyring.MaxDataKey),
		"bytes of `encrypted_regex`":                                                          size(sopsfile.MaxRegex),
		"steps of `encrypted_regex`: `x{1000}` has 1,000":                                     thousands(sopsfile.MaxRegexSteps),
		"a `.sops.yaml`":                                                                      size(sopsconfig.MaxSize),
		"keys, values and list items of a `.sops.yaml`, aliases written out":                  thousands(sopsconfig.MaxNodes),
		"keys of one mapping of a `.sops.yaml`":                                               thousands(sopsconfig.MaxKeys),
		"levels of a `.sops.yaml`":                                                            thousands(sopsconfig.MaxDepth),
		"steps of all regular expressions of a `.sops.yaml`":                                  thousands(sopsconfig.MaxRegexSteps),
		"a value file, encrypted":                                                             size(maxValueFile),
		"a value":                                                                             size(secret.MaxValueBytes),
		"a file to import":                                                                    size(envfile.MaxBytes),
		"variables of a file to import":                                                       thousands(envfile.MaxVariables),
		"lines of a `.env` file that may hold a variable":                                     thousands(envfile.MaxStatements),
		"a plan saved with `--out`":                                                           "128 MiB", // held where plans are saved
	}
	page, err := os.ReadFile("../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Limits\n")
	section, _, _ = strings.Cut(section, "\n## ")
	got := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| (.+) \| ([0-9].*) \|$`).FindAllStringSubmatch(section, -1) {
		got[row[1]] = row[2]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("limits in docs/manifest.md (-kept +shown):\n%s", diff)
	}
}

// thousands writes a number as the docs do: 1,200,000.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
