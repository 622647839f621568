package secret_test

import (
	"errors"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

// TestSOPSOutput: the texts are of the forms that `sops encrypt` writes.
func TestSOPSOutput(t *testing.T) {
	const one = "ENC[AES256_GCM,data:tA==,iv:m4lk4oS/SvWB6NBZc8mZvCWT8dRBgCD2FbuCy8x+X4g=,tag:0tppfNczrYeLPRWNMPqRvA==,type:str]"
	tests := map[string]struct {
		text string
		want error
	}{
		"one value":          {one, secret.ErrSOPSOutput},
		"one, cut":           {"ENC[AES256_GCM,data:tA==,iv:m4", secret.ErrSOPSOutput},
		"one, in quotes":     {`"` + one + `"`, secret.ErrSOPSOutput},
		"one, with space":    {"\n " + one + "\n", secret.ErrSOPSOutput},
		"one, with a mark":   {"\uFEFF" + one, secret.ErrSOPSOutput},
		"a comment":          {"ENC[AES256_GCM,data:x,iv:x,tag:x,type:comment]", secret.ErrSOPSOutput},
		"YAML":               {"a: " + one + "\nsops:\n    mac: " + one + "\n", secret.ErrSOPSFile},
		"YAML, sops first":   {"sops:\n    mac: " + one + "\na: x\n", secret.ErrSOPSFile},
		"YAML, flow":         {"{sops: {mac: '" + one + "'}, a: x}", secret.ErrSOPSFile},
		"JSON":               {"{\n\t\"data\": \"" + one + "\",\n\t\"sops\": {\"mac\": \"" + one + "\"}\n}", secret.ErrSOPSFile},
		"JSON, one line":     {`{"data":"` + one + `","sops":{"mac":"` + one + `"}}`, secret.ErrSOPSFile},
		".env":               {"A=" + one + "\nsops_mac=" + one + "\n", secret.ErrSOPSFile},
		"INI":                {"[s]\na = " + one + "\n\n[sops]\nmac = " + one + "\n", secret.ErrSOPSFile},
		"a word about it":    {"ENC[AES256_GCM is what SOPS writes", nil},
		"a line of .env":     {"KEY=" + one, secret.ErrSOPSOutput},
		"a line for shells":  {"export KEY='" + one + "'", secret.ErrSOPSOutput},
		"a line of YAML":     {"    api-key: " + one + "\n", secret.ErrSOPSOutput},
		"a line of JSON":     {"\t\"KEY\": \"" + one + "\",", secret.ErrSOPSOutput},
		"an item":            {"- " + one, secret.ErrSOPSOutput},
		"a comment of .env":  {"#" + one, secret.ErrSOPSOutput},
		"not shown before":   {"\u200b\u00a0" + one, secret.ErrSOPSOutput},
		"in backquotes":      {"`" + one + "`", secret.ErrSOPSOutput},
		"two lines":          {"A=" + one + "\nB=" + one, secret.ErrSOPSOutput},
		"words before":       {"this is one: KEY=" + one, nil},
		"on a later line":    {"A=1\nB=" + one, nil},
		"a key named sops":   {`{"sops": "x"}`, nil},
		"another envelope":   {"ENC[PKCS7,MIIB]", nil},
		"somebody's own ENC": {"ENC(abc)", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := secret.NewValue(test.text).Validate(); !errors.Is(err, test.want) {
				t.Errorf("Validate: %v, want %v", err, test.want)
			}
		})
	}
}
