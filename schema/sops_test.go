package schema

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// identity is a throw-away age key that SOPS finds in the environment.
type identity struct{ public, private string }

// newIdentity makes the environment hold one new private key and no other
// way to one.
func newIdentity(t testing.TB) identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	isolate(t)
	t.Setenv(sopsage.SopsAgeKeyEnv, key.String())
	return identity{public: key.Recipient().String(), private: key.String()}
}

// isolate keeps the keys of whoever runs the tests out of them.
func isolate(t testing.TB) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "GNUPGHOME"} {
		t.Setenv(name, home)
	}
	for _, name := range []string{
		sopsage.SopsAgeKeyEnv, sopsage.SopsAgeKeyFileEnv, sopsage.SopsAgeKeyCmdEnv,
		sopsage.SopsAgeSshPrivateKeyCmdEnv, sopsage.SopsAgeSshPrivateKeyFileEnv,
	} {
		t.Setenv(name, "") // so that the old value comes back
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
}

// seal is how a test wants a file encrypted.
type seal struct {
	regex   string // standardRegex where empty
	macOnly bool
	groups  []sops.KeyGroup
	edit    func(*sops.Metadata)
}

func (s seal) metadata() sops.Metadata {
	meta := sops.Metadata{
		EncryptedRegex:   s.regex,
		MACOnlyEncrypted: s.macOnly,
		KeyGroups:        s.groups,
		LastModified:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Version:          "3.13.3",
	}
	if s.regex == "" {
		meta.EncryptedRegex = standardRegex
	}
	if s.edit != nil {
		s.edit(&meta)
	}
	return meta
}

func ageGroup(t testing.TB, recipients ...string) sops.KeyGroup {
	t.Helper()
	var group sops.KeyGroup
	for _, recipient := range recipients {
		key, err := sopsage.MasterKeyFromRecipient(recipient)
		if err != nil {
			t.Fatal(err)
		}
		group = append(group, key)
	}
	return group
}

func store() *sopsyaml.Store { return sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: 2}) }

// encrypt encrypts plain with SOPS's own code, for the first group's keys.
func encrypt(t testing.TB, plain []byte, how seal) []byte {
	t.Helper()
	branches, err := store().LoadPlainFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	return encryptTree(t, branches, how)
}

func encryptTree(t testing.TB, branches sops.TreeBranches, how seal) []byte {
	t.Helper()
	tree := sops.Tree{Branches: branches, Metadata: how.metadata()}
	key, errs := tree.GenerateDataKey()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(key, cipher)
	if err != nil {
		t.Fatal(err)
	}
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, string(macAAD(tree.Metadata)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := store().EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// oracle decrypts with SOPS's own tree path and compares the MAC by hand. The
// result maps paths, joined by slashes, to texts.
func oracle(data []byte) (values map[string]string, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("crashed: %v", caught)
		}
	}()
	tree, err := store().LoadEncryptedFile(data)
	if err != nil {
		return nil, err
	}
	key, err := tree.Metadata.GetDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()}, sops.DefaultDecryptionOrder)
	if err != nil {
		return nil, err
	}
	cipher := aes.NewCipher()
	computed, err := tree.Decrypt(key, cipher)
	if err != nil {
		return nil, err
	}
	stored, err := cipher.Decrypt(tree.Metadata.MessageAuthenticationCode, key, string(macAAD(tree.Metadata)))
	if err != nil {
		return nil, err
	}
	if stored != computed {
		return nil, errors.New("MAC mismatch")
	}
	values = map[string]string{}
	for _, branch := range tree.Branches {
		flatten(branch, "", values)
	}
	return values, nil
}

func flatten(branch sops.TreeBranch, prefix string, into map[string]string) {
	for _, item := range branch {
		path := fmt.Sprint(prefix, "/", item.Key)
		switch value := item.Value.(type) {
		case sops.TreeBranch:
			flatten(value, path, into)
		case string:
			into[path] = value
		}
	}
}

// flatValues are the values of desired under the oracle's paths.
func flatValues(desired []secret.Desired) map[string]string {
	values := map[string]string{}
	for _, owner := range desired {
		for _, s := range owner.Secrets {
			path := fmt.Sprintf("/%ss/%s/secrets/%s/", owner.Owner.Kind, owner.Owner.Name, s.Name)
			if s.Value.Known() {
				values[path+"value"] = s.Value.Reveal()
			}
			for _, override := range s.Overrides {
				values[path+"overrides/"+string(override.Env)] = override.Value.Reveal()
			}
		}
	}
	return values
}

// write writes a manifest to a folder of its own, with a .sops.yaml that keeps
// others further up from being found.
func write(t testing.TB, data []byte) string {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, ".sops.yaml"), []byte("stores: {}\n"))
	file := filepath.Join(folder, "secrets.yaml")
	writeFile(t, file, data)
	return file
}

func writeFile(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func defaultOptions() Options { return Options{Keys: NewKeyring(LocalKeySources())} }

// loadData loads data as if it were a file.
func loadData(t testing.TB, data []byte, opts Options) (*Manifest, problem.List, error) {
	t.Helper()
	m, problems, err := Load(t.Context(), write(t, data), opts)
	if (m == nil) != (err != nil || len(problems.Errors(false)) > 0) {
		t.Fatalf("Load: manifest %v with error %v and problems %v", m, err, problems)
	}
	return m, problems, err
}

// compile compiles m with made-up ids.
func compile(t testing.TB, m *Manifest) []secret.Desired {
	t.Helper()
	ids := map[secret.Owner]string{}
	for i, owner := range m.Unresolved() {
		ids[owner] = fmt.Sprintf("00000000-0000-0000-0000-%012d", i)
	}
	desired, problems := m.Compile(ids)
	if len(problems) > 0 {
		t.Fatalf("Compile: %v", problems)
	}
	return desired
}

// lines renders problems without the folder of the file.
func lines(problems problem.List) string {
	var out bytes.Buffer
	for _, problem := range problems {
		problem.Pos.File = filepath.Base(problem.Pos.File)
		text := strings.ReplaceAll(problem.String(), filepath.Dir(problem.Pos.File)+"/", "")
		fmt.Fprintf(&out, "%s [%s]\n", text, problem.Code)
	}
	return out.String()
}

func keyGroups(t testing.TB, recipients ...string) []sops.KeyGroup {
	t.Helper()
	return []sops.KeyGroup{ageGroup(t, recipients...)}
}

func asKeyError(err error, target **KeyError) bool { return errors.As(err, target) }

// slowUnderRace leaves a long test away with -short, as .ci/run runs the race
// detector: it calls again and again what others call once, one after the other.
func slowUnderRace(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: without -short it runs")
	}
}
