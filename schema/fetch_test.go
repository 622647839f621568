package schema

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keyservice"
	sopsjson "github.com/getsops/sops/v3/stores/json"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// encryptWhole encrypts a file in SOPS's binary form, with SOPS's own code.
func encryptWhole(t testing.TB, text string, groups ...sops.KeyGroup) []byte {
	t.Helper()
	return encryptWholeBut(t, text, func(*sops.Metadata) {}, groups...)
}

// encryptWholeBut has the metadata edited before they are written.
func encryptWholeBut(t testing.TB, text string, edit func(*sops.Metadata), groups ...sops.KeyGroup) []byte {
	t.Helper()
	binary := sopsjson.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: -1})
	branches, err := binary.LoadPlainFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	meta := sealtest.Seal{Groups: groups}.Metadata()
	meta.EncryptedRegex, meta.UnencryptedSuffix = "", sops.DefaultUnencryptedSuffix
	tree := sops.Tree{Branches: branches, Metadata: meta}
	key, errs := tree.GenerateDataKey()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(key, cipher)
	if err != nil {
		t.Fatal(err)
	}
	if tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, sealtest.MACAAD(tree.Metadata)); err != nil {
		t.Fatal(err)
	}
	edit(&tree.Metadata)
	data, err := binary.EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// besides writes a manifest with a secret that takes its values from elsewhere,
// encrypted for the groups, and returns its name.
func besides(t *testing.T, folder, path string, groups ...sops.KeyGroup) string {
	t.Helper()
	file := filepath.Join(folder, "secrets.yaml")
	sealtest.WriteFile(t, filepath.Join(folder, ".sops.yaml"), []byte("stores: {}\n"))
	sealtest.WriteFile(
		t, file,
		sealtest.Encrypt(
			t, []byte(strings.Replace(small, "value: alpha, overrides: {live: beta}", "value_from: {file: "+path+"}", 1)),
			sealtest.Seal{MACOnly: true, Groups: groups},
		),
	)
	return file
}

// certOf is the secret that takes its values from elsewhere.
func certOf(t *testing.T, m *Manifest) secret.DesiredSecret {
	t.Helper()
	for _, owner := range compile(t, m) {
		for _, s := range owner.Secrets {
			if s.Source != "" {
				return s
			}
		}
	}
	t.Fatal("no secret has a source")
	return secret.DesiredSecret{}
}

// TestValueFilesArriveWhole: what SOPS encrypts as a whole comes back byte for
// byte.
func TestValueFilesArriveWhole(t *testing.T) {
	me := sealtest.NewIdentity(t)
	folder := t.TempDir()
	file := besides(t, folder, "cert.pem", sealtest.KeyGroups(t, me.Public)...)
	texts := []string{
		"x", "\tindented\nlines\n", "-----BEGIN X-----\r\nMII\r\n", "\x00\x01", "{\"a\": 1}", "ENC[x]",
		"null", "é\U0001F512\u2028", strings.Repeat("k", secret.MaxValueBytes),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		var text strings.Builder
		for range 1 + random.IntN(50) {
			text.WriteRune(rune(1 + random.IntN(0xD000)))
		}
		texts = append(texts, text.String())
	}
	for _, text := range texts {
		sealtest.WriteFile(t, filepath.Join(folder, "cert.pem"), encryptWhole(t, text, sealtest.KeyGroups(t, me.Public)...))
		m, problems, err := Load(t.Context(), file, defaultOptions())
		if err != nil || m == nil {
			t.Fatalf("%q: %v %s", text, err, sealtest.Lines(problems))
		}
		if got := certOf(t, m); got.Value.Reveal() != text || got.Source != "file:cert.pem" {
			t.Errorf("from %q: %q, want %q", got.Source, got.Value.Reveal(), text)
		}
	}
}

// TestValueFileEncryptedTwice: undoing one encryption, as the remedy says, gives a
// value file.
func TestValueFileEncryptedTwice(t *testing.T) {
	me := sealtest.NewIdentity(t)
	groups := sealtest.KeyGroups(t, me.Public)
	folder := t.TempDir()
	file := besides(t, folder, "cert.pem", groups...)
	once := encryptWhole(t, "x", groups...)
	sealtest.WriteFile(t, filepath.Join(folder, "cert.pem"), encryptWhole(t, string(once), groups...))
	_, problems, err := Load(t.Context(), file, defaultOptions())
	got := sealtest.Lines(problems)
	if err != nil || !strings.Contains(got, "the value is a file that SOPS encrypted") ||
		!strings.Contains(got, "undo one of them with: sops decrypt --in-place ") {
		t.Errorf("%v\n%s", err, got)
	}
	pasted := "ENC[AES256_GCM,data:tA==,iv:m4lk4oS/SvWB6NBZc8mZvCWT8dRBgCD2FbuCy8x+X4g=,tag:0tppfNczrYeLPRWNMPqRvA==,type:str]"
	sealtest.WriteFile(t, filepath.Join(folder, "cert.pem"), encryptWhole(t, pasted, groups...))
	_, problems, err = Load(t.Context(), file, defaultOptions())
	if got := sealtest.Lines(problems); err != nil || !strings.Contains(got, "write what was encrypted there: sops edit ") {
		t.Errorf("pasted: %v\n%s", err, got)
	}
}

// oneKey is a key service that gives one recipient a key, whatever it is asked to
// decrypt.
type oneKey struct {
	keyservice.UnimplementedKeyServiceServer
	recipient string
	key       []byte
	asked     []string
}

func (s *oneKey) Decrypt(_ context.Context, request *keyservice.DecryptRequest) (*keyservice.DecryptResponse, error) {
	who := request.GetKey().GetAgeKey().GetRecipient()
	s.asked = append(s.asked, who)
	if who != s.recipient {
		return nil, errors.New("another recipient")
	}
	return &keyservice.DecryptResponse{Plaintext: s.key}, nil
}

// TestValueFilesObeyKeySources: a value file cannot have a key source contacted
// that the manifest could not.
func TestValueFilesObeyKeySources(t *testing.T) {
	me := sealtest.NewIdentity(t)
	folder := t.TempDir()
	file := besides(t, folder, "cert.pem", sealtest.KeyGroups(t, me.Public)...)
	vault := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("Vault is asked: %s %s", r.Method, r.URL)
	}))
	t.Cleanup(vault.Close)
	inVault := &hcvault.MasterKey{VaultAddress: vault.URL, EnginePath: "sops", KeyName: "k", EncryptedKey: "x"}
	certificate := encryptWholeBut(t, "x", func(meta *sops.Metadata) {
		meta.KeyGroups[0] = append(sops.KeyGroup{inVault}, meta.KeyGroups[0]...)
	}, sealtest.AgeGroup(t, me.Public))
	sealtest.WriteFile(t, filepath.Join(folder, "cert.pem"), certificate)
	manifestKey := sameKeyOf(t, file)
	fake := &oneKey{recipient: me.Public, key: manifestKey}
	_, problems, err := Load(t.Context(), file, Options{Keys: keyring.NewOf(keyring.LocalSources(), fake)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{me.Public, me.Public}, fake.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if got := sealtest.Lines(problems); !strings.Contains(got, "[value-file-tampered]") {
		t.Errorf("another data key opened it: %s", got)
	}
}

// sameKeyOf is the data key of a manifest.
func sameKeyOf(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := sealtest.Store().LoadEncryptedFile(data)
	if err != nil {
		t.Fatal(err)
	}
	key, err := tree.Metadata.GetDataKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestUnseenValues: what each way of decrypting looks at.
func TestUnseenValues(t *testing.T) {
	other := sealtest.NewIdentity(t).Public
	me := sealtest.NewIdentity(t)
	folder := t.TempDir()
	file := besides(t, folder, "cert.pem}, override_from: {live: {env: CELLA_VALUE_LIVE}", sealtest.KeyGroups(t, me.Public)...)
	asked := ""
	options := defaultOptions()
	options.Environment = func(name string) string {
		asked += name
		return "from the environment"
	}
	write := func(recipient string) {
		sealtest.WriteFile(t, filepath.Join(folder, "cert.pem"), encryptWhole(t, "x", sealtest.KeyGroups(t, recipient)...))
	}
	write(me.Public)
	m, problems, err := Load(t.Context(), file, options)
	if err != nil || m == nil || asked != "CELLA_VALUE_LIVE" || m.UnseenVariables+m.UnseenFiles != 0 {
		t.Fatalf("required: %v, asked for %q\n%s", err, asked, sealtest.Lines(problems))
	}
	live, _ := certOf(t, m).Override("live")
	if live.Value.Reveal() != "from the environment" || live.Source != "env:CELLA_VALUE_LIVE" || len(m.Variables) != 1 {
		t.Errorf("live is from %q; variables: %d", live.Source, len(m.Variables))
	}

	asked, options.Decryption = "", DecryptIfPossible
	m, _, err = Load(t.Context(), file, options)
	if err != nil || m.UnseenVariables != 1 || m.UnseenFiles != 0 || asked != "" {
		t.Errorf("if possible: %v, %+v, asked for %q", err, m, asked)
	}
	write(other)
	m, _, err = Load(t.Context(), file, options)
	if err != nil || m.UnseenFiles != 1 || m.NoKey == nil || !m.Decrypted {
		t.Errorf("a file of others, if possible: %v, %+v", err, m)
	}
	options.Decryption = DecryptRequired
	_, _, err = Load(t.Context(), file, options)
	if missing := (*keyring.Error)(nil); !asKeyError(err, &missing) || !strings.Contains(missing.Error(), "cert.pem") {
		t.Errorf("a file of others, required: %v, want a missing key that names the file", err)
	}
	if err := os.Remove(filepath.Join(folder, "cert.pem")); err != nil {
		t.Fatal(err)
	}
	asked, options.Decryption = "", DecryptNever
	if m, problems, err = Load(t.Context(), file, options); err != nil || m == nil || asked != "" {
		t.Errorf("never: %v, asked for %q\n%s", err, asked, sealtest.Lines(problems))
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// A version from git has no files beside it.
	if _, m, problems, err := Read(t.Context(), "old.yaml", data, defaultOptions()); m == nil {
		t.Fatal(err, sealtest.Lines(problems))
	}
}

// TestEachSourceOnce: what several values share is read once, and told in order.
func TestEachSourceOnce(t *testing.T) {
	me := sealtest.NewIdentity(t)
	folder := t.TempDir()
	plain := `version: 1
project: storefront
defaults: {type: runtime, scopes: [web]}
sites:
  a:
    secrets:
      A: {value_from: {env: CELLA_VALUE_Z}, override_from: {test: {file: b.pem}, dev: {file: ./a.pem}}}
      B: {value_from: {file: a.pem}, override_from: {live: {env: CELLA_VALUE_A}, test: {env: CELLA_VALUE_Z}}}
      C: {retire: delete, value_from: {env: CELLA_VALUE_RETIRED}}
  b: {retire: release, secrets: {D: {value_from: {file: retired.pem}}}}
`
	file := filepath.Join(folder, "secrets.yaml")
	sealtest.WriteFile(t, file, sealtest.Encrypt(t, []byte(plain), sealtest.Seal{MACOnly: true, Groups: sealtest.KeyGroups(t, me.Public)}))
	for _, name := range []string{"a.pem", "b.pem"} {
		sealtest.WriteFile(t, filepath.Join(folder, name), encryptWhole(t, name, sealtest.KeyGroups(t, me.Public)...))
	}
	options := defaultOptions()
	options.Environment = strings.ToLower
	m, problems, err := Load(t.Context(), file, options)
	if err != nil || m == nil {
		t.Fatal(err, sealtest.Lines(problems))
	}
	var names []string
	for _, f := range m.Files {
		names = append(names, filepath.Base(f.Name))
	}
	for _, v := range m.Variables {
		names = append(names, v.Name+"="+v.Value.Reveal())
	}
	if diff := cmp.Diff([]string{"a.pem", "b.pem", "CELLA_VALUE_A=cella_value_a", "CELLA_VALUE_Z=cella_value_z"}, names); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	var values []string
	for _, s := range compile(t, m)[0].Secrets {
		values = append(values, string(s.Name)+"="+s.Value.Reveal())
		for _, o := range s.Overrides {
			values = append(values, string(o.Env)+"="+o.Value.Reveal())
		}
	}
	want := []string{"A=cella_value_z", "dev=a.pem", "test=b.pem", "B=a.pem", "live=cella_value_a", "test=cella_value_z", "C="}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestSourcesStayInClear: a rule that covers value_from too is good for files
// without it, and for no other.
func TestSourcesStayInClear(t *testing.T) {
	me := sealtest.NewIdentity(t)
	how := sealtest.Seal{Regex: "^value|^override", MACOnly: true, Groups: sealtest.KeyGroups(t, me.Public)}
	if m, problems, err := loadData(t, sealtest.Encrypt(t, []byte(small), how), defaultOptions()); err != nil || m == nil {
		t.Errorf("without sources: %v\n%s", err, sealtest.Lines(problems))
	}
	plain := strings.Replace(small, "value: alpha, overrides: {live: beta}", "value_from: {env: CELLA_VALUE_A}", 1)
	_, problems, err := loadData(t, sealtest.Encrypt(t, []byte(plain), how), defaultOptions())
	if got := sealtest.Lines(problems); err != nil || !strings.Contains(got, "value_from.env: this is encrypted, but must be readable") {
		t.Errorf("with one: %v\n%s", err, got)
	}
}
