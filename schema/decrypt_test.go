package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const small = `version: 1
project: storefront
sites:
  my-site:
    secrets:
      A: {type: runtime, scopes: [web], value: alpha, overrides: {live: beta}}
      B:
        type: env
        scopes: [ic, web]
        description: two words
        external: true
`

func TestLoadEqualsSOPS(t *testing.T) {
	me := newIdentity(t)
	for name, how := range map[string]seal{"full MAC": {}, "MAC of encrypted only": {macOnly: true}} {
		t.Run(name, func(t *testing.T) {
			how.groups = append(how.groups, ageGroup(t, me.public))
			data := encrypt(t, []byte(small), how)
			want, err := oracle(data)
			if err != nil {
				t.Fatal(err)
			}
			m, problems, err := loadData(t, data, defaultOptions())
			if err != nil || len(problems) > 0 {
				t.Fatalf("Load: %v\n%s", err, lines(problems))
			}
			got := flatValues(compile(t, m))
			for path := range want {
				if _, sealed := got[path]; !sealed {
					delete(want, path)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || len(got) != 2 {
				t.Errorf("values differ from SOPS's (-want +got):\n%s", diff)
			}
		})
	}
}
