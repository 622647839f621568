package keyring

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/kms"

	"github.com/cella-secrets/cella/internal/hint"
)

const arn = "arn:aws:kms:eu-west-1:123456789012:key/abc"

// awsWorld is a machine with profiles, and the two services of AWS that are needed. What
// they encrypt is what they are given.
type awsWorld struct {
	world
	requests []string
}

func newAWS(t *testing.T, profiles string) *awsWorld {
	t.Helper()
	a := &awsWorld{world: newWorld(t)}
	server := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": a.file("config", profiles), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(a.folder, "none"),
		"AWS_ENDPOINT_URL": server.URL, "AWS_EC2_METADATA_DISABLED": "true", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_REGION": "",
	} {
		t.Setenv(name, value)
	}
	return a
}

func (a *awsWorld) serve(w http.ResponseWriter, r *http.Request) {
	_, signer, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	signer, _, _ = strings.Cut(signer, "/")
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if action == "" {
		action = "AssumeRole"
	}
	a.requests = append(a.requests, action+" as "+signer)
	if action == "AssumeRole" {
		fmt.Fprint(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
		return
	}
	var body struct{ CiphertextBlob, Plaintext string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, `{"Plaintext":%q,"CiphertextBlob":%q}`, body.CiphertextBlob, body.Plaintext)
}

// sealedByAWS is the sops section of a new file for one key, twice.
func sealedByAWS(t testing.TB, profile, role string) sops.Metadata {
	t.Helper()
	var group sops.KeyGroup
	enc := base64.StdEncoding.EncodeToString(newDataKey(t))
	for _, key := range []string{"abc", "def"} {
		group = append(group, &kms.MasterKey{Arn: strings.Replace(arn, "abc", key, 1), AwsProfile: profile, Role: role, EncryptedKey: enc})
	}
	return sops.Metadata{KeyGroups: []sops.KeyGroup{group}}
}

// counting is the AWS configuration of a profile whose credentials a program prints
// that counts.
func counting(folder, profile string) string {
	return fmt.Sprintf("[%s]\ncredential_process = sh -c 'echo one >>%s/%s; cat %s/answer'\n", profile, folder, strings.TrimPrefix(profile, "profile "), folder)
}

const awsAnswerText = `{"Version":1,"AccessKeyId":"PROCESS","SecretAccessKey":"s"}`

func TestCredentialProcessRunsOnce(t *testing.T) {
	a := newAWS(t, "")
	a.file("config", counting(a.folder, "default"))
	a.file("answer", awsAnswerText)
	keys := New(DefaultSources())
	for range 4 {
		if _, err := keys.DataKey(t.Context(), "secrets.yaml", sealedByAWS(t, "", "")); err != nil {
			t.Fatal(err)
		}
	}
	if got := counted(t, filepath.Join(a.folder, "default")); got != 1 || len(a.requests) != 4 || a.requests[3] != "Decrypt as PROCESS" {
		t.Errorf("it ran %d times; requests %q", got, a.requests)
	}
	a.file("answer", "canary")
	keys = New(DefaultSources())
	for range 2 {
		_, err := keys.DataKey(t.Context(), "secrets.yaml", sealedByAWS(t, "", ""))
		if err == nil || !strings.Contains(err.Error(), "aws (2 recipients): the credential_process of the AWS profile failed") {
			t.Fatalf("got %v", err)
		}
	}
	if got := counted(t, filepath.Join(a.folder, "default")); got != 2 {
		t.Errorf("after a failure it ran %d times more", got-1)
	}
}

// TestFileChoosesNoCredentials: neither to decrypt nor to encrypt is a profile or a
// role taken that stands in the file, unless that is allowed.
func TestFileChoosesNoCredentials(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/r"
	steps := func(fields, instead, allow string) string {
		return "remove " + fields + " of that key (from .sops.yaml, and from the sops section of the file) and " + instead +
			"; if you trust whoever may write the file with that choice: --key-sources " + allow
	}
	tests := map[string]struct {
		sources, profile, role string
		want                   string // what the error has, or nothing
		decrypted              string // one of the requests
		next                   string // the first step
	}{
		"a profile": {"age,aws", "chosen", "", "chooses the AWS profile chosen, which is not allowed", "",
			steps("aws_profile", "set AWS_PROFILE yourself", "age,aws,aws+profile")},
		"a role": {"aws", "", role, "chooses the AWS role " + role + ", which is not allowed", "",
			steps("role", "take on the role yourself, by a profile that AWS_PROFILE names", "aws,aws+role")},
		"both": {"aws", "chosen", role, "chooses the AWS profile chosen and the AWS role " + role + ", which is not allowed", "",
			steps("aws_profile and role", "set AWS_PROFILE yourself, to a profile that takes on the role", "aws,aws+profile,aws+role")},
		"both, one allowed":                 {"aws+role", "chosen", role, "chooses the AWS profile chosen, which is not allowed", "", ""},
		"a profile, allowed":                {"aws+profile", "chosen", "", "", "Decrypt as PROCESS", ""},
		"a role, allowed":                   {"aws+role", "", role, "", "Decrypt as ROLE", ""},
		"both, allowed":                     {"aws+profile,aws+role", "chosen", role, "", "Decrypt as ROLE", ""},
		"a profile where AWS is not at all": {"age", "chosen", "", "not allowed", "", "allow aws keys: --key-sources age,aws"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAWS(t, "")
			a.file("config", counting(a.folder, "default")+counting(a.folder, "profile chosen"))
			a.file("answer", awsAnswerText)
			sources, err := ParseSources(test.sources)
			if err != nil {
				t.Fatal(err)
			}
			meta := sealedByAWS(t, test.profile, test.role)
			_, err = New(sources).DataKey(t.Context(), "secrets.yaml", meta)
			_, encrypting := New(sources).NewDataKey(t.Context(), &sops.Tree{Metadata: meta})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) || (encrypting == nil) != (err == nil) {
				t.Errorf("decrypting: %v; encrypting: %v; want %q", err, encrypting, test.want)
			}
			for _, err := range []error{err, encrypting} {
				if known, ok := hint.Of(err); test.next != "" && (!ok || known.Next[0] != test.next) {
					t.Errorf("next: %q", known.Next)
				}
			}
			if ran := counted(t, filepath.Join(a.folder, "chosen")); err != nil && (ran > 0 || len(a.requests) > 0) {
				t.Errorf("the program of the profile ran %d times; requests %q", ran, a.requests)
			}
			if err == nil && !slices.Contains(a.requests, test.decrypted) {
				t.Errorf("requests %q, want %q", a.requests, test.decrypted)
			}
			if sources&awsKeys == 0 {
				return
			}
			a.Setenv("AWS_PROFILE", test.profile)
			if _, err := New(sources).DataKey(t.Context(), "secrets.yaml", sealedByAWS(t, "", "")); err != nil {
				t.Errorf("after the first step: %v", err)
			}
		})
	}
}

// TestRoleIsTakenOnce, whatever number of keys and files there is.
func TestRoleIsTakenOnce(t *testing.T) {
	a := newAWS(t, "")
	a.file("config", counting(a.folder, "default"))
	a.file("answer", awsAnswerText)
	keys := New(awsKeys | awsRole)
	for range 3 {
		if _, err := keys.DataKey(t.Context(), "secrets.yaml", sealedByAWS(t, "", "arn:aws:iam::123456789012:role/r")); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"AssumeRole as PROCESS", "Decrypt as ROLE", "Decrypt as ROLE", "Decrypt as ROLE"}
	if !slices.Equal(a.requests, want) {
		t.Errorf("requests %q", a.requests)
	}
}

// TestDecryptionOrder: SOPS_DECRYPTION_ORDER is obeyed among what is allowed.
func TestDecryptionOrder(t *testing.T) {
	const age, pgp, aws, gcp = "age", "pgp", "aws", "gcp"
	tests := map[string]struct {
		order, sources string
		want           []string // the kinds that are asked, in order
	}{
		"none":               {"", "age,pgp,aws,gcp", []string{age, pgp, aws, gcp}},
		"PGP first":          {"pgp,age", "age,pgp,aws,gcp", []string{pgp, age, aws, gcp}},
		"a cloud first":      {"gcp_kms,kms", "age,pgp,aws,gcp", []string{gcp, aws, pgp, age}},
		"one not allowed":    {"hc_vault,gcp_kms,age", "age,pgp", []string{age, pgp}},
		"as long as it gets": {"hckms,azure_kv,hc_vault,gcp_kms,kms,pgp,age", "age,pgp,aws,gcp", []string{gcp, aws, pgp, age}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			newWorld(t).Setenv("SOPS_DECRYPTION_ORDER", test.order)
			sources, err := ParseSources(test.sources)
			if err != nil {
				t.Fatal(err)
			}
			fake := &fakeServer{answer: refuse}
			_, _ = NewOf(sources, fake).DataKey(t.Context(), "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{everyKind(t)}})
			var kinds []string
			for _, asked := range fake.asked {
				kind, _, _ := strings.Cut(asked, " ")
				kinds = append(kinds, kind)
			}
			if !slices.Equal(kinds, test.want) {
				t.Errorf("asked %q, want %q", kinds, test.want)
			}
		})
	}
}

func TestDecryptionOrderRefused(t *testing.T) {
	for order, want := range map[string]string{
		"age,vualt":    "SOPS_DECRYPTION_ORDER: vualt is not a kind of key; known are age,pgp,kms,gcp_kms,azure_kv,hc_vault,hckms",
		"age,pgb":      "SOPS_DECRYPTION_ORDER: pgb is not a kind of key; did you mean pgp?",
		"age, pgp":     `SOPS_DECRYPTION_ORDER: " pgp" is not a kind of key; did you mean pgp?`,
		"age,pgp,age":  "SOPS_DECRYPTION_ORDER: age is there twice",
		"age,\x1b[31m": `SOPS_DECRYPTION_ORDER: "\x1b[31m" is not a kind of key; known are age,pgp,kms,gcp_kms,azure_kv,hc_vault,hckms`,
	} {
		newWorld(t).Setenv("SOPS_DECRYPTION_ORDER", order)
		fake := &fakeServer{answer: refuse}
		_, err := NewOf(DefaultSources(), fake).DataKey(t.Context(), "secrets.yaml", sops.Metadata{KeyGroups: []sops.KeyGroup{everyKind(t)}})
		var missing *Error
		if !errors.As(err, &missing) || missing.Error() != want || len(missing.Next) != 1 || len(fake.asked) > 0 {
			t.Errorf("%q: %v; asked %q", order, err, fake.asked)
		}
	}
}
