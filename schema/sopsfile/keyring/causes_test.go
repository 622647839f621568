package keyring

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// cause is one row: what is wrong, what is said of it, and that what is said next
// helps.
type cause struct {
	set        func(world, causeKeys)
	recipients func(causeKeys) []string
	first      string                 // of the error, behind "no key to decrypt with: "
	next       string                 // of the first step
	follow     func(world, causeKeys) // takes that step
}

// causeKeys are new for each row. What is said must hold none of the private ones.
type causeKeys struct{ public, private, ssh, sshPrivate, plugin, identity string }

func native(k causeKeys) []string { return []string{k.public} }
func ofSSH(k causeKeys) []string  { return []string{k.ssh} }

// keyFile makes text the key file that is named in the environment.
func keyFile(text string) func(world, causeKeys) {
	return func(w world, k causeKeys) {
		w.Setenv("SOPS_AGE_KEY_FILE", w.file("keys.txt", strings.ReplaceAll(text, "@", k.private)))
	}
}

// rightFile is what most steps end in.
var rightFile = keyFile("# created by hand\n@\n")

func variable(name, value string) func(world, causeKeys) {
	return func(w world, k causeKeys) { w.Setenv(name, strings.ReplaceAll(value, "@", k.private)) }
}

// Next steps of several causes.
const (
	ownLine  = "put the private key on a line of its own: one begins with AGE-SECRET-KEY-, and a public key (age1) does not decrypt"
	putThere = "put your private key there: one begins with AGE-SECRET-KEY-, and a public key (age1) does not decrypt"
	byHand   = "run the command of SOPS_AGE_KEY_CMD by hand: it has to print the private key, and nothing else"
	itself   = "give the key itself in SOPS_AGE_KEY"
	nameFile = "set SOPS_AGE_KEY_FILE to the file with your private key, or unset it"
)

var ageCauses = map[string]cause{
	"no key": {func(world, causeKeys) {}, native, "no private key found",
		"set SOPS_AGE_KEY_FILE to the file with a private key (SOPS_AGE_KEY to the key itself), one of: PUBLIC", rightFile},
	"no key of SSH": {func(world, causeKeys) {}, ofSSH, "no private key found",
		"set SOPS_AGE_SSH_PRIVATE_KEY_FILE to the file with an SSH private key (SOPS_AGE_SSH_PRIVATE_KEY_CMD to a command that prints it), one of: SSH",
		func(w world, k causeKeys) {
			w.Setenv("SOPS_AGE_SSH_PRIVATE_KEY_CMD", "cat "+w.file("id", k.sshPrivate))
		}},
	"no identity of a plugin": {func(world, causeKeys) {}, func(k causeKeys) []string { return []string{k.plugin} }, "no private key found",
		"set SOPS_AGE_KEY_FILE to the file with the identity of age-plugin-stub (a line that begins with AGE-PLUGIN-), one of: PLUGIN",
		func(w world, k causeKeys) { w.Setenv("SOPS_AGE_KEY_FILE", w.file("keys.txt", k.identity)) }},
	"another key": {func(w world, _ causeKeys) {
		w.Setenv("SOPS_AGE_KEY", "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX")
	}, native, "none of the private keys here is the right one",
		"the private keys here are for age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj " +
			"(SOPS_AGE_KEY), for which the file is not encrypted: " +
			"let somebody who can decrypt it run: cella keys add KEY", rightFile},
	"a file that is not there": {variable("SOPS_AGE_KEY_FILE", "none.txt"), native, "SOPS_AGE_KEY_FILE names none.txt, which does not exist",
		nameFile, rightFile},
	"a folder": {func(w world, _ causeKeys) { w.Setenv("SOPS_AGE_KEY_FILE", "../keyring") }, native,
		"SOPS_AGE_KEY_FILE names ../keyring, which is a folder", nameFile, rightFile},
	"an endless file": {variable("SOPS_AGE_KEY_FILE", "/dev/zero"), native,
		"SOPS_AGE_KEY_FILE names /dev/zero, which is too large to be one of private keys", nameFile, rightFile},
	"an empty variable": {variable("SOPS_AGE_KEY_FILE", ""), native, "SOPS_AGE_KEY_FILE is set but empty",
		"give SOPS_AGE_KEY_FILE a value, or unset it", rightFile},
	"an empty file": {keyFile(" \n"), native, "SOPS_AGE_KEY_FILE names DIR/keys.txt, which is empty",
		putThere, rightFile},
	"only comments": {keyFile("# mine\n"), native, "SOPS_AGE_KEY_FILE names DIR/keys.txt, which holds comments only, and no private key",
		putThere, rightFile},
	"behind a #": {keyFile("# mine\n# @\n"), native, "line 2 of THE FILE has its private key behind a #",
		"put the private key on a line of its own, without the #", keyFile("# mine\n@\n")},
	"on the line of a comment": {variable("SOPS_AGE_KEY", "# created: today # public key: age1 @"), native,
		"line 1 of SOPS_AGE_KEY has its private key behind a #", "put the private key on a line of its own, without the #",
		variable("SOPS_AGE_KEY", "# created: today\n@")},
	"in quotes": {variable("SOPS_AGE_KEY", `"@"`), native, "line 1 of SOPS_AGE_KEY has something before its private key, such as a quote",
		"remove it: the key begins with AGE-SECRET-KEY-", variable("SOPS_AGE_KEY", "@")},
	"a name in place of a key": {variable("SOPS_AGE_KEY", "main_test.go"), native, "line 1 of SOPS_AGE_KEY names a file",
		"name it in SOPS_AGE_KEY_FILE", func(w world, k causeKeys) {
			w.Setenv("SOPS_AGE_KEY", "")
			rightFile(w, k)
		}},
	"a key in place of a name": {variable("SOPS_AGE_KEY_FILE", "@"), native, "SOPS_AGE_KEY_FILE holds what looks like a key, not the name of a file", itself,
		variable("SOPS_AGE_KEY", "@")},
	"a whole key file in place of a name": {variable("SOPS_AGE_KEY_FILE", "# created: today\n@\n"), native,
		"SOPS_AGE_KEY_FILE holds what looks like a key, not the name of a file", itself, variable("SOPS_AGE_KEY", "@")},
	"a key in base64 in place of a name": {variable("SOPS_AGE_KEY_FILE", strings.Repeat("QUdFLVNFQ1JFVC1LRVk/", 5)), native,
		"SOPS_AGE_KEY_FILE holds what looks like a key, not the name of a file", itself, variable("SOPS_AGE_KEY", "@")},
	"a key of SSH in place of a name": {func(w world, k causeKeys) { w.Setenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE", k.sshPrivate) }, ofSSH,
		"SOPS_AGE_SSH_PRIVATE_KEY_FILE holds what looks like a key, not the name of a file",
		"write the key to a file that only you can read, and name that in SOPS_AGE_SSH_PRIVATE_KEY_FILE",
		func(w world, k causeKeys) { w.Setenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE", w.file("id", k.sshPrivate)) }},
	"a key in place of a command": {variable("SOPS_AGE_KEY_CMD", "@"), native, "SOPS_AGE_KEY_CMD holds what looks like a key, not a command", itself,
		variable("SOPS_AGE_KEY", "@")},
	"a BOM": {keyFile("\ufeff@\n"), native, "line 1 of THE FILE begins with a byte order mark (BOM), which SOPS does not read",
		"save it as UTF-8 without BOM", keyFile("@\r\n")},
	"UTF-16": {keyFile("\xff\xfeA\x00G\x00E\x00\n\x00"), native, "line 1 of THE FILE is UTF-16 text", "save it as UTF-8", rightFile},
	"a public key": {keyFile("\nage1canary\n"), native, "line 2 of THE FILE is a public key",
		ownLine, rightFile},
	"a cut key": {variable("SOPS_AGE_KEY", "AGE-SECRET-KEY-1CANARY"), native, "line 1 of SOPS_AGE_KEY is a private key that was cut or mistyped",
		"copy the whole line again", variable("SOPS_AGE_KEY", " @ ")},
	"a space": {keyFile("@\n  @\n"), native, "line 2 of THE FILE has spaces around its private key", "remove them", rightFile},
	"a key of SSH in the file": {keyFile("-----BEGIN OPENSSH PRIVATE KEY-----\n"), native, "line 1 of THE FILE begins an SSH key",
		"name that file in SOPS_AGE_SSH_PRIVATE_KEY_FILE", rightFile},
	"a public key of SSH": {func(w world, k causeKeys) { w.Setenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE", w.file("id.pub", k.ssh)) }, ofSSH,
		"SOPS_AGE_SSH_PRIVATE_KEY_FILE names DIR/id.pub, which is a public key", "name an ssh-ed25519 or ssh-rsa private key, the file without .pub",
		func(w world, k causeKeys) { w.Setenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE", w.file("id", k.sshPrivate)) }},
	"a command that fails": {variable("SOPS_AGE_KEY_CMD", "sh -c 'echo canary >&2; exit 3'"), native, "the command of SOPS_AGE_KEY_CMD failed (exit status 3)",
		byHand, variable("SOPS_AGE_KEY_CMD", "echo @")},
	"a command that is not there": {variable("SOPS_AGE_KEY_CMD", "no-such-pass show key"), native, "the command of SOPS_AGE_KEY_CMD is not found: no-such-pass",
		"install no-such-pass, or set SOPS_AGE_KEY_CMD to a command that prints the private key", variable("SOPS_AGE_KEY_CMD", "echo @")},
	"a command without an end": {variable("SOPS_AGE_KEY_CMD", "sh -c 'echo"), native, "the command of SOPS_AGE_KEY_CMD has a quote without its end",
		"write SOPS_AGE_KEY_CMD as one command with its arguments", variable("SOPS_AGE_KEY_CMD", "echo @")},
	"a command that prints nothing": {variable("SOPS_AGE_KEY_CMD", "true"), native, "the command of SOPS_AGE_KEY_CMD printed nothing",
		byHand, variable("SOPS_AGE_KEY_CMD", "echo @")},
	"a command that prints no key": {variable("SOPS_AGE_KEY_CMD", "echo canary"), native,
		"line 1 of what the command of SOPS_AGE_KEY_CMD printed is not an age private key",
		ownLine, variable("SOPS_AGE_KEY_CMD", "echo @")},
	"a plugin that is not there": {func(w world, k causeKeys) {
		w.Setenv("SOPS_AGE_KEY", k.identity)
		w.Setenv("PATH", "/usr/bin:/bin")
	}, func(k causeKeys) []string { return []string{k.plugin} }, "age-plugin-stub is not installed", "install age-plugin-stub, so that it is found in PATH",
		func(w world, _ causeKeys) { w.Setenv("PATH", w.folder+":/usr/bin:/bin") }},
	"a plugin without terminal": {func(w world, k causeKeys) { w.Setenv("SOPS_AGE_KEY", k.identity) }, func(k causeKeys) []string { return []string{k.plugin} },
		"age-plugin-stub asks for something, and nobody answers", "run cella on a terminal, where it can be asked for", nil},
	"a passphrase without terminal": {func(w world, k causeKeys) {
		w.Setenv("SOPS_AGE_KEY_FILE", w.file("keys.txt", lockedKeyFile(w, "p", k.private)))
	}, native,
		"the private key of SOPS_AGE_KEY_FILE has a passphrase, and nobody answers what it is",
		"run cella on a terminal, where it asks for the passphrase; elsewhere, as in CI, use a key without one (SOPS_AGE_KEY)", rightFile},
	"a damaged file with a passphrase": {keyFile("-----BEGIN AGE ENCRYPTED FILE-----\ncanary"), native, "SOPS_AGE_KEY_FILE names DIR/keys.txt, which is damaged",
		"copy the whole file again, from -----BEGIN AGE to -----END AGE", rightFile},
}

// TestCauses: each cause is told as what it is, and the next step really helps.
func TestCauses(t *testing.T) {
	for name, test := range ageCauses {
		t.Run(name, func(t *testing.T) {
			w, k := newWorld(t), causeKeys{}
			w.Setenv("COUNT_PLUGIN", filepath.Join(w.folder, "count"))
			k.public, k.private = ageKey(t)
			k.ssh, k.sshPrivate = sshKeyPair(t, "")
			k.plugin, k.identity = w.plugin("stub")
			meta := sealedFor(t, test.recipients(k)...)
			test.set(w, k)
			keys := without(LocalSources())
			_, err := keys.DataKey(t.Context(), "secrets.yaml", meta)
			told := tell(t, err, w.folder, k.private, k.sshPrivate, k.identity)
			replace := strings.NewReplacer("of THE FILE", "of DIR/keys.txt (SOPS_AGE_KEY_FILE)", "PUBLIC", k.public,
				"one of: SSH", `one of: "`+k.ssh+`"`, "one of: PLUGIN", "one of: "+k.plugin)
			first := "decrypt secrets.yaml: no key to decrypt with: age (1 recipient): " + replace.Replace(test.first)
			if told[0] != first || told[1] != replace.Replace(test.next) {
				t.Errorf("told:\n%s", strings.Join(told, "\n"))
			}
			if test.follow == nil {
				asked := 0
				openAll(t, answering(pinOfPlugin, &asked), test.recipients(k)...)
				return
			}
			for _, variable := range []string{"SOPS_AGE_KEY_CMD", "SOPS_AGE_KEY_FILE"} {
				if err := os.Unsetenv(variable); err != nil {
					t.Fatal(err)
				}
			}
			test.follow(w, k)
			asked := 0
			if _, err := answering(pinOfPlugin, &asked).DataKey(t.Context(), "secrets.yaml", meta); err != nil {
				t.Errorf("after the next step: %v", err)
			}
		})
	}
}

// tell is the first line of an error and its next steps. It fails where they hold
// one of the secrets, or what another program said.
func tell(t *testing.T, err error, folder string, secrets ...string) []string {
	t.Helper()
	var missing *Error
	if !errors.As(err, &missing) {
		t.Fatalf("want a missing key: %v", err)
	}
	told := append([]string{missing.Error()}, missing.Next...)
	for i, line := range told {
		told[i] = strings.ReplaceAll(line, folder, "DIR")
		for _, secret := range append(secrets, "canary", "CANARY") {
			if secret != "" && strings.Contains(line, secret) || strings.Contains(line, "\n") {
				t.Errorf("a secret, or a library's text, in: %s", line)
			}
		}
	}
	return told
}

// TestDamagedDataKey: what is encrypted for no key at all is restored.
func TestDamagedDataKey(t *testing.T) {
	w := newWorld(t)
	public, private := ageKey(t)
	w.Setenv("SOPS_AGE_KEY", private)
	for _, damage := range []func(string) string{
		func(text string) string { return text[:len(text)/2] },
		func(string) string { return "canary" },
		func(text string) string { return strings.Replace(text, "BEGIN", "BEGAN", 1) },
	} {
		meta := sealedFor(t, public)
		key := meta.KeyGroups[0][0]
		key.SetEncryptedDataKey([]byte(damage(string(key.EncryptedDataKey()))))
		_, err := New(LocalSources()).DataKey(t.Context(), "secrets.yaml", meta)
		told := tell(t, err, w.folder, private)
		if told[0] != "decrypt secrets.yaml: no key to decrypt with: age (1 recipient): its encrypted data key is damaged" ||
			told[1] != "restore the sops section from git" {
			t.Errorf("told:\n%s", strings.Join(told, "\n"))
		}
	}
}

// TestKeyOfOneGroup: of a key that opened its key group nobody says that the file is not
// encrypted for it.
func TestKeyOfOneGroup(t *testing.T) {
	w := newWorld(t)
	mine, private := ageKey(t)
	other, _ := ageKey(t)
	_, third := ageKey(t)
	meta := sops.Metadata{KeyGroups: append(sealtest.KeyGroups(t, mine), sealtest.KeyGroups(t, other)...), ShamirThreshold: 2}
	if errs := meta.UpdateMasterKeys(newDataKey(t)); len(errs) > 0 {
		t.Fatal(errs)
	}
	meta.DataKey = nil
	for _, test := range []struct {
		keys string
		want int // of the next steps that say so
	}{{private, 0}, {private + " " + third, 1}} {
		w.Setenv("SOPS_AGE_KEY", test.keys)
		_, err := New(LocalSources()).DataKey(t.Context(), "secrets.yaml", meta)
		told := strings.Join(tell(t, err, w.folder, private, third), "\n")
		if strings.Count(told, "for which the file is not encrypted") != test.want || strings.Contains(told, mine) {
			t.Errorf("told:\n%s", told)
		}
	}
}
