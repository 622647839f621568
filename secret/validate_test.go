package secret_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

func TestValueValidate(t *testing.T) {
	tests := map[string]struct {
		value  secret.Value
		want   string
		reason string
	}{
		"unknown":   {secret.Value{}, "the value is not known", "there is nothing to send"},
		"empty":     {secret.NewValue(""), "the value is empty", "a listing shows empty and hidden alike"},
		"one byte":  {secret.NewValue("x"), "", ""},
		"largest":   {secret.NewValue(strings.Repeat("x", secret.MaxValueBytes)), "", "the limit itself is allowed"},
		"too large": {secret.NewValue(strings.Repeat("x", secret.MaxValueBytes+1)), "the value has 16385 bytes; at most 16384 are allowed", ""},
		"in bytes": {
			secret.NewValue(strings.Repeat("é", secret.MaxValueBytes/2+1)),
			"the value has 16386 bytes; at most 16384 are allowed", "the limit counts bytes, not characters",
		},
		"not UTF-8": {secret.NewValue("canary\xff"), "the value is not UTF-8", "JSON would replace the byte without a word"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := test.value.Validate(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("Validate() = %q, want %q (%s)", got, test.want, test.reason)
			}
		})
	}
}
