package schema

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getsops/sops/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// oddStrings are texts that YAML, SOPS or an editor has been known to change.
var oddStrings = []string{
	"0123", "yes", "no", "null", "~", "true", "1e3", "0x10", "2026-01-01", "2026-01-01T00:00:00Z", "1_000", ".inf", "NaN",
	" ", "  leading and trailing  ", "line\n", "two\nlines", "two\r\nlines\r\n", "\n", "\r", "\t", "\ttab\nand line end", "\tx",
	"nul\x00inside", "\x01\x02\x7f", "\u0085\u2028\u2029", "\uFEFFbom", "žluťoučký kůň", "日本語", "🔒🔑", "e\u0301",
	"#comment", "a # b", "key: value", "- item", "? x", "*alias", "&anchor", "!tag", "!!int 5", "%directive", "@at", "`tick`",
	"'single'", `"double"`, `back\slash`, `\n`, "{brace}", "[bracket]", "a,b", "|", ">", "|-", "---", "...", "--- x\n...\n",
	"ENC[AES256,data:x,iv:y,tag:z,type:str]", "ENC[", "<<", "=", "sops", "value",
	"-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n", `{"json": [1, "two"]}`, strings.Repeat("long ", 3000), "x",
}

// randomString makes text of up to 60 characters, of few kinds at a time so
// that each kind also stands alone.
func randomString(r *rand.Rand) string {
	alphabets := []string{
		"abcXYZ0123456789", "0123456789.eE+-_xo", " \t\n\r", "\x00\x01\x1f\x7f", "{}[],:#&*!|>'\"%@`\\-?=<~",
		"žščéäöü", "日本語漢字", "🔒🔑\u200b\u2028\ufeff", "truefalsyno~nul",
	}
	var text strings.Builder
	kinds := 1 + r.IntN(3)
	for range kinds {
		letters := []rune(alphabets[r.IntN(len(alphabets))])
		for range r.IntN(20) {
			text.WriteRune(letters[r.IntN(len(letters))])
		}
	}
	if text.Len() == 0 {
		return "x"
	}
	return text.String()
}

// treeOf is a manifest with the texts as values, and every fifth as an
// override and as the description too.
func treeOf(texts []string) sops.TreeBranches {
	// In clear text that has several lines SOPS does not escape these.
	breaks := strings.NewReplacer("\r", "", "\u0085", "", "\u2028", "", "\u2029", "")
	var secrets sops.TreeBranch
	for i, text := range texts {
		fields := sops.TreeBranch{{Key: "value", Value: text}}
		if i%5 == 0 {
			fields = append(fields, sops.TreeItem{Key: "overrides", Value: sops.TreeBranch{{Key: "live", Value: text}, {Key: "dev", Value: text + "x"}}},
				sops.TreeItem{Key: "description", Value: "d" + breaks.Replace(text)})
		}
		secrets = append(secrets, sops.TreeItem{Key: fmt.Sprintf("S%05d", i), Value: fields})
	}
	return sops.TreeBranches{{
		{Key: "version", Value: 1}, {Key: "project", Value: "storefront"},
		{Key: "defaults", Value: sops.TreeBranch{{Key: "type", Value: "runtime"}, {Key: "scopes", Value: []any{"web"}}}},
		{Key: "sites", Value: sops.TreeBranch{{Key: "my-site", Value: sops.TreeBranch{{Key: "secrets", Value: secrets}}}}},
	}}
}

// TestValuesEqualSOPS: on untampered files every value is SOPS's, byte for
// byte.
func TestValuesEqualSOPS(t *testing.T) {
	me := sealtest.NewIdentity(t)
	random := rand.New(rand.NewPCG(1, 2))
	count := 10_000
	if testing.Short() {
		count = 500 // for the race detector, which looks for other faults
	}
	generated := make([]string, count)
	for i := range generated {
		generated[i] = randomString(random)
	}
	for name, texts := range map[string][]string{"odd": oddStrings, "random": generated} {
		for mode, macOnly := range map[string]bool{"full MAC": false, "MAC of encrypted only": true} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				// A short expression: SOPS compiles it for every key of every path.
				data := sealtest.EncryptTree(t, treeOf(texts), sealtest.Seal{Regex: "^value|^over", MACOnly: macOnly, Groups: sealtest.KeyGroups(t, me.Public)})
				want, err := sealtest.Oracle(data)
				if err != nil {
					t.Fatalf("SOPS rejects its own file: %v", err)
				}
				m, problems, err := loadData(t, data, defaultOptions())
				if err != nil || m == nil {
					t.Fatalf("Load: %v\n%s", err, sealtest.Lines(problems.Errors(false)))
				}
				got := flatValues(compile(t, m))
				if len(got) < len(texts) {
					t.Fatalf("%d values of %d texts", len(got), len(texts))
				}
				for path, value := range got {
					if want[path] != value {
						t.Errorf("%s: %q, SOPS says %q", path, value, want[path])
					}
				}
				for i, text := range texts {
					path := fmt.Sprintf("/sites/my-site/secrets/S%05d/value", i)
					if got[path] != text {
						t.Errorf("%s: %q was encrypted as %q", path, got[path], text)
					}
				}
			})
		}
	}
}

// TestFilesOfTheCommand: files that the sops command made.
func TestFilesOfTheCommand(t *testing.T) {
	keys, err := os.ReadFile("testdata/sops/key.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"age.yaml", "age-mac-only.yaml", "shamir.yaml", "pgp.yaml", "pgp-mac-only.yaml"} {
		t.Run(name, func(t *testing.T) {
			sealtest.Isolate(t)
			file := filepath.Join("testdata/sops", name)
			switch {
			case name == "shamir.yaml":
				second, err := os.ReadFile("testdata/sops/key2.txt")
				if err != nil {
					t.Fatal(err)
				}
				t.Setenv("SOPS_AGE_KEY", sealtest.KeyWords(keys)+" "+sealtest.KeyWords(second))
			case strings.HasPrefix(name, "age"):
				t.Setenv("SOPS_AGE_KEY_FILE", "testdata/sops/key.txt")
			default:
				sealtest.ImportPGP(t, "testdata/sops/pgp-key.asc")
			}
			m, problems, err := Load(t.Context(), file, defaultOptions())
			if err != nil || m == nil || !m.Decrypted {
				t.Fatalf("Load: %v\n%s", err, sealtest.Lines(problems))
			}
			testkit.Golden(t, "testdata/sops/desired.golden", describe(compile(t, m)))
			testkit.Golden(t, "testdata/sops/"+strings.TrimSuffix(name, ".yaml")+".golden", sealtest.Lines(problems))
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := sealtest.Oracle(data)
			if err != nil {
				t.Fatal(err)
			}
			values := flatValues(compile(t, m))
			if len(values) == 0 {
				t.Error("it has no values")
			}
			for path, value := range values {
				if diff := cmp.Diff(want[path], value); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
		})
	}
}

func TestRandomStringsAreText(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		if text := randomString(random); !utf8.ValidString(text) || text == "" {
			t.Fatalf("%q is not usable", text)
		}
	}
}
