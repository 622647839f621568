package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema"
)

// TestDeclared: names come without a key, and with faults in the file that Load
// refuses; values never come.
func TestDeclared(t *testing.T) {
	const owners = "sites:\n  shop: {secrets: {B: {value: b, overrides: {live: l, pr-1: p}}, A: {value: a}}}\norganizations: {agency: {secrets: {}}}\n"
	all := []string{"org:agency", "site:shop A", "site:shop B live pr-1"}
	tests := map[string]struct {
		text   string
		want   []string
		reason string
	}{
		"plain":          {owners, all, "neither version nor project is needed"},
		"faults":         {"version: 9\nfrob: 1\nsops: x\n" + owners, all, "they are for whoever loads it"},
		"a bad owner":    {strings.Replace(owners, "agency", "a b", 1), all[1:], "it can't be addressed"},
		"no secrets yet": {"sites: {shop: }", []string{"site:shop"}, "somebody is typing"},
		"one id twice":   {"sites: {a: {id: 11111111-1111-4111-8111-111111111111}, b: {id: 11111111-1111-4111-8111-111111111111}}", nil, "Compile has no answer"},
		"no YAML":        {"sites: [", nil, ""},
		"nothing":        {"", nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range schema.Declared("secrets.yaml", []byte(test.text)) {
				if len(d.Secrets) == 0 {
					got = append(got, d.Owner.Address())
				}
				for _, s := range d.Secrets {
					line := d.Owner.Address() + " " + string(s.Name)
					known := s.Value.Known()
					for _, override := range s.Overrides {
						line += " " + string(override.Env)
						known = known || override.Value.Known()
					}
					if known {
						t.Errorf("%s has a value", line)
					}
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}
