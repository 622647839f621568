package schema

import (
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// TestTimeGrowsWithTheFile: of none of these lists is each entry compared with
// every other one. 200,000 of them would take many minutes.
func TestTimeGrowsWithTheFile(t *testing.T) {
	sealtest.SlowUnderRace(t)
	const (
		head = "version: 1\nproject: storefront\ndefaults: {type: runtime, scopes: [web]}\n"
		many = 200_000
	)
	one := func(fields string) string { return head + "sites: {s: {secrets: {A: {" + fields + "}}}}\n" }
	tests := map[string]struct{ text, code string }{
		"drop_overrides":   {one("value: x, drop_overrides: [" + testkit.Numbered(2*many, "e%d, ") + "]"), ""},
		"the same dropped": {one("value: x, drop_overrides: [" + strings.Repeat("e, ", many) + "]"), "duplicate"},
		"overrides":        {one("value: x, overrides: {" + testkit.Numbered(many, "e%d: y, ") + "}"), ""},
		"overrides and dropped": {
			one("value: x, overrides: {" + testkit.Numbered(many, "e%d: y, ") + "}, drop_overrides: [" + testkit.Numbered(many, "f%d, ") + "]"),
			"",
		},
		"overrides twice": {one("value: x, overrides: {" + testkit.Numbered(many, "e%d: y, ") + "}, override_from: {" +
			testkit.Numbered(many/2, "f%d: {env: CELLA_VALUE_A}, ") + "}"), problem.CodeValueUnset},
		"formerly":            {head + "formerly: [" + testkit.Numbered(many, "p%d, ") + "]\nsites: {s: {secrets: {}}}\n", "too-many-projects"},
		"unknown keys":        {head + testkit.Numbered(many, "polici%056d: x\n"), "unknown-key"},
		"unknown fields":      {one("value: x, " + testkit.Numbered(many, "overridse%055d: x, ")), "unknown-key"},
		"unknown defaults":    {"version: 1\nproject: storefront\ndefaults:\n" + testkit.Numbered(many, "  typ%d: x\n"), "unknown-key"},
		"duplicate keys":      {head + "sites:\n" + strings.Repeat("  s: {}\n", many), "duplicate-key"},
		"sites":               {head + "sites:\n" + testkit.Numbered(many/2, "  s%d: {secrets: {}}\n"), ""},
		"equal ids":           {head + "sites:\n" + testkit.Numbered(many/2, "  s%d: {id: 11111111-2222-3333-4444-555555555555, secrets: {}}\n"), "same-id"},
		"secrets":             {head + "sites: {s: {secrets: {" + testkit.Numbered(maxSecrets, "A%d: {value: x}, ") + "}}}\n", ""},
		"one secret too many": {head + "sites: {s: {secrets: {" + testkit.Numbered(maxSecrets+1, "A%d: {value: x}, ") + "}}}\n", "too-many-secrets"},
		"a million secrets":   {head + "sites:\n  s:\n    secrets:\n" + testkit.Numbered(1_000_000, "      A%d: {value: x}\n"), "too-large"},
		"a million items":     {head + "formerly: [" + strings.Repeat("a,", 5_000_000) + "]\n", "too-large"},
		"as many entries":     {head + "sites: {" + testkit.Numbered(sopsfile.MaxParts-20, "s%d,") + "}\n", "empty"},
		"a million entries":   {head + "sites: {" + strings.Repeat("a,", 5_000_000) + "}\n", "too-large"},
		"directives":          {testkit.Numbered(many, "%%TAG !a%d! b\n") + "---\n" + head, "directives"},
		"one long line":       {one("value: x, description: '" + strings.Repeat("long ", 1<<20) + "'"), ""},
		"ciphertext cut":      {one("value: x, description: 'x" + strings.Repeat(sopsfile.EnvelopeHead, many) + "'"), ""},
		"comments":            {head + "sites:\n  s:\n    secrets:\n      A:\n" + strings.Repeat("        # long\n", many) + "        value: x\n", ""},
		"syntax at the end":   {head + "sites:\n" + testkit.Numbered(many/2, "  s%d: {secrets: {}}\n") + "  ]\n", "syntax"},
		"blank lines":         {head + strings.Repeat("\n", 1<<23) + "sites: {s: {secrets: {}}}\n", ""},
		"comments beside":     {head + "sites:\n  s:\n    secrets:\n" + testkit.Numbered(maxSecrets, "      A%d: {value: x} # long\n"), ""},
		"variables":           {head + "sites: {s: {secrets: {" + testkit.Numbered(maxSecrets, "A%d: {value_from: {env: CELLA_VALUE_SET%[1]d}}, ") + "}}}\n", ""},
		"missing value files": {head + "sites: {s: {secrets: {" + testkit.Numbered(20_000, "A%d: {value_from: {file: a/%[1]d}}, ") + "}}}\n", "value-file"},
		"an alias for each":   {head + "defaults: &a {}\nsites: {" + testkit.Numbered(many, "s%d: *a, ") + "}\n", "alias"},
		"hidden directions":   {head + "# " + strings.Repeat("\u202e", many) + "\nsites: {s: {secrets: {}}}\n", ""},
		"conflict markers":    {head + strings.Repeat("<<<<<<< a\n", many), "conflict-marker"},
		"byte order marks":    {head + "sites: {s: {secrets: {A: {value: '" + strings.Repeat("\uFEFF", 5000) + "'}}}}\n", ""},
		"ends of Windows":     {strings.ReplaceAll(head, "\n", "\r\n") + strings.Repeat("\r\n", many) + "sites: {s: {secrets: {}}}\r\n", ""},
		"a long problem":      {head + "sites: {s: {secrets: {" + strings.Repeat("A", sopsfile.MaxKey+1) + ": {value: x}}}}\n", "key-too-long"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			testkit.Ends(t, func() {
				var m *Manifest
				var problems problem.List
				var err error
				took := testkit.Allocated(func() {
					m, problems, err = loadData(t, []byte(test.text), Options{AllowPlaintext: true, Environment: setOnly})
				})
				if took > 1<<30 {
					t.Errorf("%d MB were allocated", took>>20)
				}
				failed := problems.Errors(false)
				if err != nil || (test.code == "") != (m != nil) || len(failed) > problem.MaxProblems+1 {
					t.Fatalf("loaded: %v, %d problems, %v; first: %.200v", m != nil, len(failed), err, failed[:min(1, len(failed))])
				}
				if test.code != "" && !slices.ContainsFunc(failed, func(p problem.Problem) bool { return p.Code == test.code }) {
					t.Errorf("no %s among %d problems, the first of which is %.200s", test.code, len(failed), failed[0])
				}
			})
		})
	}
}

// setOnly is an environment where some variables are set.
func setOnly(name string) string {
	if strings.HasPrefix(name, VariablePrefix+"SET") {
		return "x"
	}
	return ""
}

// TestPartsOfSecrets: so many secrets as are allowed are also so many parts,
// or nearly.
func TestPartsOfSecrets(t *testing.T) {
	me := sealtest.NewIdentity(t)
	data := sealtest.Encrypt(t, large(1000), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	parts := sort.Search(sopsfile.MaxParts, func(n int) bool { return sopsfile.PartsEnd(data, n) < 0 })
	if most := parts * maxSecrets / 1000; most > sopsfile.MaxParts*3/2 {
		t.Errorf("1,000 secrets are %d parts, so %d would be %d, and %d are read", parts, maxSecrets, most, sopsfile.MaxParts)
	}
}

// TestSopsSectionLimits: SOPS's own code sees no section that is beyond them.
func TestSopsSectionLimits(t *testing.T) {
	sealtest.SlowUnderRace(t)
	me := sealtest.NewIdentity(t)
	sealed := string(sealtest.Encrypt(t, []byte(small), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	entry := func(n int) string { return testkit.Numbered(n, "    - recipient: r%d\n      enc: x\n") }
	tests := map[string]struct{ old, new, want string }{
		"recipients":     {"  age:\n", "  age:\n" + entry(sopsfile.MaxRecipients), "the file is encrypted for 1001 recipients; at most 1000 are allowed"},
		"200,000":        {"  age:\n", "  age:\n" + entry(200_000), "keys, values and list items; at most 50000 are read"},
		"groups":         {"  age:\n", "  key_groups: [" + strings.Repeat("{}, ", 200_000) + "]\n  age:\n", "keys, values and list items; at most 50000 are read"},
		"a long text":    {"  age:\n", "  age:\n    - enc: " + strings.Repeat("x", sopsfile.MaxSectionText+1) + "\n", "has 16385 bytes; at most 16384 are read"},
		"regular":        {"encrypted_regex: ", "encrypted_regex: (a{1000}){1} # ", "encrypted_regex has more than 1000 steps"},
		"regular, again": {"encrypted_regex: ", "encrypted_regex: " + strings.Repeat("x{9}", 250) + " # ", "encrypted_regex has more than 1000 steps"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(sealed, test.old) {
				t.Fatalf("%q is not there", test.old)
			}
			testkit.Ends(t, func() {
				text := strings.Replace(sealed, test.old, test.new, 1)
				_, problems, err := loadData(t, []byte(text), defaultOptions())
				if err != nil || !slices.ContainsFunc(problems.Errors(false), func(p problem.Problem) bool { return strings.Contains(p.Message, test.want) }) {
					t.Errorf("no %q: %v, %.500v", test.want, err, problems)
				}
			})
		})
	}
}
