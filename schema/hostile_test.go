package schema

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/logging"
	"github.com/sirupsen/logrus"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// TestHostileFiles: none may crash or hang, each must be refused.
func TestHostileFiles(t *testing.T) {
	const head = "version: 1\nproject: storefront\n"
	bomb := "a: &a [x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 8) + "]\n"
	}
	tests := map[string]string{
		"alias bomb":                    head + bomb,
		"alias bomb in the second":      head + "---\n" + bomb,
		"alias to itself":               head + "sites: &a {b: *a}\n",
		"alias to itself in the second": head + "---\na: &a [*a]\n",
		"alias as the document":         "&a [*a]\n",
		"deep flow":                     head + "sites: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "\n",
		"deeper flow":                   head + "sites: " + strings.Repeat("{a: ", 20_000) + strings.Repeat("}", 20_000) + "\n",
		"unclosed flow":                 head + "sites: " + strings.Repeat("[", 100_000),
		"deep blocks":                   head + "sites:\n" + deepBlocks(200),
		"many keys":                     head + "sites:\n" + strings.Repeat("  a: {}\n", 50_000),
		"long key":                      head + strings.Repeat("k", 1<<20) + ": x\n",
		"long word":                     head + "defaults: {type: " + strings.Repeat("k", 1<<20) + "}\n",
		"many comments":                 strings.Repeat("# comment\n", 50_000) + head + "x: y\n",
		"many documents":                head + strings.Repeat("---\n", 50_000),
		"control characters":            head + "sites: {\"\x01\": {}}\n",
		"sops in sops":                  head + "sops: {sops: {sops: {}}}\n",
		"binary key":                    head + "!!binary c2l0ZXM=: {}\n",
		"complex keys":                  head + "? {a: b}\n: c\n? [d]\n: e\n",
		"set":                           head + "sites: !!set {a}\n",
		"ordered map":                   head + "sites: !!omap [a: b]\n",
		"merge of a list":               head + "<<: [{a: b}]\n",
		"directive":                     "%YAML 9.9\n---\n" + head + "x: y\n",
		"escape":                        head + `sites: {"\x1b[2J": {}}` + "\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			_, problems, err := loadData(t, []byte(text), Options{AllowPlaintext: true})
			if err != nil || len(problems.Errors(false)) == 0 {
				t.Fatalf("taken: %v", err)
			}
			for _, problem := range problems {
				if line := problem.String(); strings.ContainsAny(line, "\x1b\x01\n") || len(line) > 4096 {
					t.Fatalf("unfit for a terminal: %.200q", line)
				}
			}
		})
	}
}

func deepBlocks(depth int) string {
	var out strings.Builder
	for i := range depth {
		out.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return out.String()
}

func TestUnreadableFiles(t *testing.T) {
	folder := t.TempDir()
	huge := filepath.Join(folder, "huge.yaml")
	sealtest.WriteFile(t, huge, nil)
	if err := os.Truncate(huge, sopsfile.MaxFileBytes+1); err != nil {
		t.Fatal(err)
	}
	_, _, err := Load(t.Context(), filepath.Join(folder, "none.yaml"), Options{})
	if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "none.yaml") != 1 {
		t.Errorf("missing file: %v", err)
	}
	if _, _, err = Load(t.Context(), folder, Options{}); err == nil || !strings.Contains(err.Error(), "it is a folder, not a file") {
		t.Errorf("folder: %v", err)
	}
	if _, _, err = Load(t.Context(), huge, Options{}); err == nil || !strings.HasSuffix(err.Error(), "it is larger than 64 MiB") {
		t.Errorf("huge file: %v", err)
	}
	if _, _, err = Load(t.Context(), "a\x1b[31m", Options{}); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("name for a terminal: %q", err)
	}
}

// TestLibrariesAreSilent: what SOPS's libraries log goes to the terminal, and
// some of it quotes the file.
func TestLibrariesAreSilent(t *testing.T) {
	logging.SetLevel(logrus.DebugLevel)
	if _, _, err := loadData(t, []byte(small), Options{}); err != nil {
		t.Fatal(err)
	}
	if len(logging.Loggers) == 0 {
		t.Error("there is nothing to silence")
	}
	for name, logger := range logging.Loggers {
		if logger.IsLevelEnabled(logrus.ErrorLevel) {
			t.Errorf("%s still logs errors", name)
		}
	}
}

func TestLoadIsCancelled(t *testing.T) {
	me := sealtest.NewIdentity(t)
	file := sealtest.Write(t, sealtest.Encrypt(t, []byte(small), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, decryption := range []Decryption{DecryptRequired, DecryptIfPossible} {
		m, _, err := Load(ctx, file, Options{Decryption: decryption, Keys: keyring.New(keyring.LocalSources())})
		if m != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("decryption %d: %v, %v", decryption, m, err)
		}
	}
}

// checkWhole: a manifest without errors lacks nothing, whatever was not told
// because something beside it was.
func checkWhole(t *testing.T, m *Manifest) {
	t.Helper()
	if m.Project == "" {
		t.Fatal("there is no project")
	}
	for _, owner := range m.owners {
		for _, e := range owner.secrets {
			if e.Retire == "" && (!e.Type.Creatable() || len(e.Scopes) == 0) {
				t.Fatalf("%s has type %q and scopes %v", e.Name, e.Type, e.Scopes)
			}
			if e.Source == "" && e.Retire == "" && !e.External && m.Decrypted && e.Value.Validate() != nil {
				t.Fatalf("%s has no value", e.Name)
			}
		}
	}
}

// FuzzLoad: whatever the bytes, Load neither crashes nor repeats a value, and
// what it takes is whole, and SOPS takes it too.
func FuzzLoad(f *testing.F) {
	sealtest.Isolate(f)
	// The workers are processes of their own: the key has to be a fixed one.
	f.Setenv("SOPS_AGE_KEY_FILE", "testdata/sops/key.txt")
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	folder := f.TempDir()
	sealtest.WriteFile(f, filepath.Join(folder, ".sops.yaml"), []byte("stores: {}\n"))
	file := filepath.Join(folder, "secrets.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		sealtest.WriteFile(t, file, data)
		for _, allow := range []bool{false, true} {
			m, problems, err := Load(t.Context(), file, Options{AllowPlaintext: allow, Decryption: DecryptIfPossible, Keys: keysOf(t, "age")})
			if (m == nil) != (err != nil || len(problems.Errors(false)) > 0) {
				t.Fatalf("manifest %v, error %v, problems %v", m, err, problems)
			}
			for _, problem := range problems { // paths name keys, which are no values
				if strings.Contains(problem.Message+problem.Remedy, "canary") {
					t.Fatalf("a value is repeated: %s", problem)
				}
			}
			if m != nil {
				checkWhole(t, m)
			}
			if m != nil && m.Encrypted && m.Decrypted {
				if _, err := sealtest.Oracle(data); err != nil {
					t.Fatalf("taken, but SOPS rejects it: %v", err)
				}
			}
		}
	})
}
