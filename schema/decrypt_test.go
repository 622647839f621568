package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

const small = sealtest.Small

func TestLoadEqualsSOPS(t *testing.T) {
	me := sealtest.NewIdentity(t)
	for name, how := range map[string]sealtest.Seal{"full MAC": {}, "MAC of encrypted only": {MACOnly: true}} {
		t.Run(name, func(t *testing.T) {
			how.Groups = append(how.Groups, sealtest.AgeGroup(t, me.Public))
			data := sealtest.Encrypt(t, []byte(small), how)
			want, err := sealtest.Oracle(data)
			if err != nil {
				t.Fatal(err)
			}
			m, problems, err := loadData(t, data, defaultOptions())
			if err != nil || len(problems) > 0 {
				t.Fatalf("Load: %v\n%s", err, sealtest.Lines(problems))
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
