package edit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/keyservice"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/schematest"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

const newText = `# a comment

version: 1
project: storefront # stays

fingerprint_key: new
sites: {}  # none yet
`

func createOptions() CreateOptions {
	return CreateOptions{File: "secrets.yaml", Keys: keyring.New(keyring.LocalSources()), Now: time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)}
}

// TestCreate: the text keeps every byte but the key's, SOPS reads the result,
// and so does Load, with a key that is new each time.
func TestCreate(t *testing.T) {
	me := sealtest.NewIdentity(t)
	creation, err := sopsfile.CreateForAge([]string{me.Public, " " + me.Public + "\n"}, schema.EncryptionRules)
	if err != nil {
		t.Fatal(err)
	}
	if got := creation.Recipients(); len(got) != 1 || got[0] != me.Public {
		t.Errorf("Recipients = %q, want the one", got)
	}
	seen := map[string]bool{}
	for range 2 {
		data, err := Create(t.Context(), creation, []byte(newText), createOptions())
		if err != nil {
			t.Fatal(err)
		}
		before, after, _ := strings.Cut(newText, "new\n")
		if text := string(data); !strings.HasPrefix(text, before+"ENC[AES256_GCM,") || !strings.Contains(text, "]\n"+after+"sops:\n") {
			t.Errorf("the text changed:\n%s", text)
		}
		if !strings.Contains(string(data), "\n  mac_only_encrypted: true\n") {
			t.Errorf("the section lacks mac_only_encrypted, or is indented otherwise:\n%s", data)
		}
		values, err := sealtest.Oracle(data)
		if err != nil {
			t.Fatalf("SOPS does not read it: %v", err)
		}
		m, problems, err := schematest.LoadData(t, data, schematest.Options())
		if err != nil || len(problems) > 0 {
			t.Fatal(err, sealtest.Lines(problems))
		}
		if key := m.FingerprintKey.Reveal(); key != values["/fingerprint_key"] || len(key) != 44 || seen[key] {
			t.Error("the key is not a new one of 32 bytes")
		}
		seen[m.FingerprintKey.Reveal()] = true
	}
}

func TestCreateRefuses(t *testing.T) {
	me := sealtest.NewIdentity(t)
	creation, err := sopsfile.CreateForAge([]string{me.Public}, schema.EncryptionRules)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ text, want string }{
		"another value": {strings.Replace(newText, "sites: {}", "sites: {a: {secrets: {B: {type: env, scopes: [ic], value: canary}}}}", 1), "line 7 holds a value"},
		"no key":        {strings.Replace(newText, "fingerprint_key: new\n", "", 1), "the text has no fingerprint_key"},
		"key in a list": {strings.Replace(newText, "key: new", "key: {a: new}", 1), "line 6 holds a value"},
		"not YAML":      {"canary: [", "not valid YAML"},
		"not a manifest": {strings.Replace(newText, "version: 1", "version: canary", 1),
			"read back"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data, err := Create(t.Context(), creation, []byte(test.text), createOptions())
			if data != nil && err == nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Create = %v, want an error with %q", err, test.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the text: %v", err)
			}
		})
	}
}

func TestCreateForAgeRefuses(t *testing.T) {
	me := sealtest.NewIdentity(t)
	for name, test := range map[string]struct{ recipient, want string }{
		"a private key": {me.Private, "this is a private key"},
		"a word":        {"age1xyz", "age1xyz is not one"},
		"two at once":   {me.Public + "," + me.Public, "is not one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sopsfile.CreateForAge([]string{test.recipient}, schema.EncryptionRules)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("CreateForAge = %v, want an error with %q", err, test.want)
			}
			if strings.Contains(err.Error(), me.Private) {
				t.Error("the error shows the private key")
			}
		})
	}
}

// TestFindCreation: the rule of the nearest .sops.yaml decides for whom and
// how, whatever SOPS supports.
func TestFindCreation(t *testing.T) {
	me, other := sealtest.NewIdentity(t), sealtest.NewIdentity(t)
	regex := "encrypted_regex: " + schema.EncryptionRules.Standard
	tests := map[string]struct {
		config     string
		recipients int
		text       string // part of the section
		err        string
	}{
		"standard": {
			"creation_rules: [{path_regex: 'secrets.yaml$', " + inBraces(regex) + ", mac_only_encrypted: true, age: " + me.Public + "}]",
			1, "mac_only_encrypted: true", "",
		},
		"whole MAC":  {"creation_rules: [{" + inBraces(regex) + ", age: '" + me.Public + "," + other.Public + "'}]", 2, "    lastmodified", ""},
		"own indent": {"stores: {yaml: {indent: 3}}\ncreation_rules: [{" + inBraces(regex) + ", age: " + me.Public + "}]", 1, "\n   lastmodified", ""},
		"other regex": {
			"creation_rules: [{encrypted_regex: '^(value|overrides|.*fingerprint_key)$', age: " + me.Public + "}]", 1,
			"encrypted_regex: ^(value|overrides|.*fingerprint_key)$", "",
		},
		"Shamir": {
			"creation_rules: [{" + inBraces(regex) + ", shamir_threshold: 2, key_groups: [{age: [" + me.Public + "]}, {age: [" + other.Public + "]}]}]",
			2, "shamir_threshold: 2", "",
		},
		"KMS":          {"creation_rules: [{" + inBraces(regex) + ", kms: 'arn:aws:kms:eu-west-1:1:key/a'}]", 1, "", ""},
		"no rules":     {"stores: {}", 0, "", "it has no creation_rules"},
		"other path":   {"creation_rules: [{path_regex: 'other$', age: " + me.Public + "}]", 0, "", "it has no rule for this file"},
		"no keys":      {"creation_rules: [{" + inBraces(regex) + "}]", 0, "", "has no keys"},
		"no regex":     {"creation_rules: [{age: " + me.Public + "}]", 0, "", "no rule at all"},
		"small regex":  {"creation_rules: [{encrypted_regex: '^value$', age: " + me.Public + "}]", 0, "", "does not match overrides"},
		"large regex":  {"creation_rules: [{encrypted_regex: '^(value|overrides|type|.*fingerprint_key)$', age: " + me.Public + "}]", 0, "", "also encrypts type"},
		"no YAML":      {"creation_rules: [", 0, "", "it cannot be read as YAML"},
		"Azure, other": {"creation_rules: [{" + inBraces(regex) + ", azure_keyvault: 'https://evil.example/keys/a'}]", 0, "", "it names Azure keys"},
		"Azure, alias": {"x: &a [https://evil.example/keys/a]\ncreation_rules: [{" + inBraces(regex) + ", azure_keyvault: *a}]", 0, "", "it names Azure keys"},
		"Azure":        {"creation_rules: [{" + inBraces(regex) + ", azure_keyvault: 'https://a.vault.azure.net/keys/a/1'}]", 1, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			sealtest.WriteFile(t, filepath.Join(folder, ".sops.yaml"), []byte(test.config))
			if err := os.Mkdir(filepath.Join(folder, "below"), 0o700); err != nil {
				t.Fatal(err)
			}
			creation, err := sopsconfig.Find(
				filepath.Join(folder, "below", "secrets.yaml"), schema.EncryptionRules,
				keyring.New(keyring.DefaultSources()),
			)
			if test.err != "" {
				if wrong, ok := hint.Of(err); !ok || !strings.Contains(err.Error(), test.err) || wrong.Next[0] == "" {
					t.Fatalf("Find = %v, want an error with %q and a remedy", err, test.err)
				}
				return
			}
			if err != nil || len(creation.Recipients()) != test.recipients {
				t.Fatalf("FindCreation = %v, %v, want %d recipients", creation, err, test.recipients)
			}
			if test.text == "" {
				return // a key service would be asked
			}
			opts := createOptions()
			opts.File = filepath.Join(folder, "below", "secrets.yaml")
			data, err := Create(t.Context(), creation, []byte(newText), opts)
			if err != nil || !strings.Contains(string(data), test.text) {
				t.Fatalf("Create = %v, want a section with %q:\n%s", err, test.text, data)
			}
			sealtest.WriteFile(t, opts.File, data)
			_, problems, err := schema.Load(
				t.Context(), opts.File,
				schema.Options{Decryption: schema.DecryptIfPossible, Keys: keyring.New(keyring.LocalSources())},
			)
			if err != nil || len(problems) > 0 {
				t.Errorf("Load = %v, %s: it does not even fit its own .sops.yaml", err, sealtest.Lines(problems))
			}
		})
	}
}

// inBraces quotes what a mapping in braces would misread.
func inBraces(pair string) string {
	key, value, _ := strings.Cut(pair, ": ")
	return fmt.Sprintf("%s: '%s'", key, value)
}

// TestFindCreationWithout: where no .sops.yaml is found, nothing says for whom a
// file is encrypted. SOPS looks into a hundred folders, so none that somebody has
// above the folder for temporary files is in reach.
func TestFindCreationWithout(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("d"+string(filepath.Separator), 101))
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	creation, err := sopsconfig.Find(filepath.Join(deep, "secrets.yaml"), schema.EncryptionRules, keyring.New(keyring.DefaultSources()))
	if creation != nil || err != nil {
		t.Errorf("FindCreation = %v, %v", creation, err)
	}
}

// TestCreateAsksAllowedKeysOnly: what may be contacted is the caller's to say
// for encrypting too.
func TestCreateAsksAllowedKeysOnly(t *testing.T) {
	sealtest.NewIdentity(t)
	const arn = "arn:aws:kms:eu-west-1:123456789012:key/a"
	for name, test := range map[string]struct {
		key     string
		sources keyring.Sources
		server  encryptServer
		asked   int
		want    string
	}{
		"not allowed": {"kms: '" + arn + "'", schematest.KeySources(t, "age"), encryptServer{}, 0, "encrypt for " + arn + ": this kind of key is not allowed"},
		"refused":     {"kms: '" + arn + "'", schematest.KeySources(t, "aws"), encryptServer{err: errors.New("canary")}, 1, "the key cannot be used"},
		"crashed":     {"kms: '" + arn + "'", schematest.KeySources(t, "aws"), encryptServer{crash: true}, 1, "the library that reads it crashed"},
		"nothing":     {"kms: '" + arn + "'", schematest.KeySources(t, "aws"), encryptServer{}, 1, "the library that reads it crashed"},
		"vault":       {"hc_vault_transit_uri: 'https://vault.example/v1/transit/keys/a'", keyring.DefaultSources(), encryptServer{}, 0, "not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			sealtest.WriteFile(
				t, filepath.Join(folder, ".sops.yaml"),
				[]byte("creation_rules: [{"+inBraces("encrypted_regex: "+schema.EncryptionRules.Standard)+", "+test.key+"}]"),
			)
			creation, err := sopsconfig.Find(filepath.Join(folder, "secrets.yaml"), schema.EncryptionRules, keyring.New(keyring.DefaultSources()))
			if err != nil {
				t.Fatal(err)
			}
			opts := createOptions()
			opts.Keys = keyring.NewOf(test.sources, &test.server)
			data, err := Create(t.Context(), creation, []byte(newText), opts)
			var failed *keyring.RecipientError
			if data != nil || !errors.As(err, &failed) || !strings.Contains(err.Error(), test.want) || len(failed.Hint().Next) == 0 {
				t.Fatalf("create = %v, want a RecipientError with %q and hints", err, test.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes a key service: %v", err)
			}
			if test.server.asked != test.asked {
				t.Errorf("the key service was asked %d times, want %d", test.server.asked, test.asked)
			}
		})
	}
}

// encryptServer answers nothing good.
type encryptServer struct {
	keyservice.UnimplementedKeyServiceServer
	err   error
	crash bool
	asked int
}

func (s *encryptServer) Encrypt(context.Context, *keyservice.EncryptRequest) (*keyservice.EncryptResponse, error) {
	s.asked++
	if s.crash {
		panic("canary")
	}
	return &keyservice.EncryptResponse{}, s.err
}

func TestCheckProject(t *testing.T) {
	for name, want := range map[string]bool{"storefront": true, "a-1": true, "": false, "A": false, "a--b": false, "1a": false, strings.Repeat("a", 32): false} {
		if got := schema.CheckProject(name) == nil; got != want {
			t.Errorf("CheckProject(%q) == nil is %v, want %v", name, got, want)
		}
	}
}
