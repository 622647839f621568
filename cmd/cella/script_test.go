package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	sopsjson "github.com/getsops/sops/v3/stores/json"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cella-secrets/cella/internal/testkit"
)

func TestMain(m *testing.M) {
	writtenVersion = "devel" // expected output is the same in every version
	testscript.Main(testkit.Suite(m), map[string]func(){"cella": main, "stub-gh": stubGH, "stub-curl": stubCurl})
}

const (
	quickstart  = "../../examples/quickstart"
	demoKeyFile = quickstart + "/demo.agekey"
	valueRegex  = `^(value|overrides|fingerprint_key|previous_fingerprint_key)$`
)

// TestScripts runs testdata/script: each file is a workflow that a newcomer
// could read. They find a copy of examples/quickstart in $WORK/quickstart,
// with an emulator that has no rate limit, and the demo key in its place.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *testkit.Update,
		Condition:           scriptCondition,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("GORACE", os.Getenv("GORACE")) // see .ci/run
			env.Setenv("SOPS_AGE_KEY_FILE", filepath.Join(env.WorkDir, "quickstart", "demo.agekey"))
			return copyQuickstart(filepath.Join(env.WorkDir, "quickstart"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"encrypt":       encryptCommand,
			"encrypt-whole": encryptWholeCommand,
			"serve":         serveCommand,
			"serve-tls":     serveTLSCommand,
			"mode":          modeCommand,
			"values":        valuesCommand,
		},
	})
}

// scriptCondition is [need:PROGRAM]: whether the machine has it. Where it has not,
// the end of the run says that a script was skipped.
func scriptCondition(condition string) (bool, error) {
	name, found := strings.CutPrefix(condition, "need:")
	if !found {
		return false, fmt.Errorf("unknown condition %s", condition)
	}
	lacks, err := testkit.Lacks("TestScripts", name)
	return !lacks, err
}

// copyQuickstart copies the example, and lifts the emulator's rate limit so
// that scripts need not wait for it.
func copyQuickstart(to string) error {
	if err := os.CopyFS(to, os.DirFS(quickstart)); err != nil {
		return err
	}
	seed := filepath.Join(to, "live.seed.json")
	data, err := os.ReadFile(seed)
	if err != nil {
		return err
	}
	return os.WriteFile(seed, unlimited(data), 0o600)
}

func unlimited(seed []byte) []byte {
	return bytes.Replace(seed, []byte("{"), []byte(`{"requests_per_second": -1,`), 1)
}

// encryptCommand encrypts manifests in place for the demo key, as the sops
// command would.
func encryptCommand(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) == 0 {
		ts.Fatalf("usage: encrypt FILE...")
	}
	for _, file := range files {
		encrypted, err := encryptManifest([]byte(ts.ReadFile(file)))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(file), encrypted, 0o600))
	}
}

// encryptWholeCommand encrypts files in place for the demo key, in SOPS's binary
// form.
func encryptWholeCommand(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) == 0 {
		ts.Fatalf("usage: encrypt-whole FILE...")
	}
	for _, file := range files {
		encrypted, err := encryptWhole([]byte(ts.ReadFile(file)))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(file), encrypted, 0o600))
	}
}

// encryptManifest encrypts a manifest for the demo key.
func encryptManifest(plain []byte) ([]byte, error) {
	return encryptWith(sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: 2}), plain,
		sops.Metadata{EncryptedRegex: valueRegex, MACOnlyEncrypted: true})
}

// encryptWhole encrypts a file for the demo key, in SOPS's binary form.
func encryptWhole(plain []byte) ([]byte, error) {
	return encryptWith(sopsjson.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: -1}), plain, sops.Metadata{})
}

func encryptWith(store sops.Store, plain []byte, meta sops.Metadata) ([]byte, error) {
	key, err := os.ReadFile(absDemoKey)
	if err != nil {
		return nil, err
	}
	_, after, _ := strings.Cut(string(key), "public key: ")
	recipient, _, _ := strings.Cut(after, "\n")
	master, err := age.MasterKeyFromRecipient(recipient)
	if err != nil {
		return nil, err
	}
	branches, err := store.LoadPlainFile(plain)
	if err != nil {
		return nil, err
	}
	meta.KeyGroups, meta.Version = []sops.KeyGroup{{master}}, "3.13.3"
	tree := sops.Tree{Branches: branches, Metadata: meta}
	dataKey, errs := tree.GenerateDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()})
	if len(errs) > 0 {
		return nil, errs[0]
	}
	if err := common.EncryptTree(common.EncryptTreeOpts{Tree: &tree, Cipher: aes.NewCipher(), DataKey: dataKey}); err != nil {
		return nil, err
	}
	return store.EmitEncryptedFile(tree)
}

// absDemoKey stays right where a script changes the folder.
var absDemoKey = func() string {
	abs, err := filepath.Abs(demoKeyFile)
	if err != nil {
		panic(err)
	}
	return abs
}()

// serveCommand starts `cella emulator` on a free port and sets a variable to
// its URL: serve VARIABLE STATEFILE. The first line of its output says that
// it listens.
func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve VARIABLE STATEFILE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Bound)
	server := exec.CommandContext(ctx, filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "cella"),
		"emulator", "--listen", "127.0.0.1:0", "--state", ts.MkAbs(args[1]))
	out, err := server.StdoutPipe()
	ts.Check(err)
	ts.Check(server.Start())
	ts.Defer(func() {
		defer cancel()
		ts.Check(server.Process.Signal(os.Interrupt))
		ts.Check(server.Wait())
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	ts.Setenv(args[0], strings.TrimSpace(url))
}

// modeCommand checks a file's permission bits: mode 0600 FILE.
func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("mode of %s is %s, want %s", args[1], got, args[0])
	}
}
