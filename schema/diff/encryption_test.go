package diff

import (
	"strings"
	"testing"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestWhoCanDecrypt: all of it is told with a key and without.
func TestWhoCanDecrypt(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one := sealtest.Stranger(t)
	single := sealtest.Encrypt(t, []byte(comparePlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	both := sealtest.Encrypt(t, []byte(comparePlain), sealtest.Seal{
		Groups: []sops.KeyGroup{sealtest.AgeGroup(t, me.Public), sealtest.AgeGroup(t, me.Public, one)},
		Edit:   func(meta *sops.Metadata) { meta.ShamirThreshold = 2 },
	})
	with := sealtest.Edited(t, single, comparePlain, sealtest.UpdateKeys(t, me.Public, one))
	tests := map[string]struct {
		old, new []byte
		want     []string
		json     string
	}{
		"one key is now enough": {both, single, []string{
			"- " + one + " can no longer decrypt new versions", "~ one key is now enough to decrypt; it took keys of 2 of 2 groups",
		}, "sops.shamir_threshold changed (keys of 2 of 2 groups -> one key)"},
		"it takes two": {single, both, []string{"~ it now takes keys of 2 of 2 groups to decrypt; one key was enough"},
			"sops.shamir_threshold changed (one key -> keys of 2 of 2 groups)"},
		"one more": {single, with, []string{"+ " + one + " can now decrypt"}, "sops.recipient added ( -> " + one + ")"},
		"one fewer, same key": {
			with,
			single,
			[]string{"- " + one + " can no longer decrypt by itself, but the data key is still one that it knew: run cella keys rotate"},
			"sops.recipient removed (" + one + " -> )",
		},
		"one fewer, new key": {with, sealtest.Edited(t, with, comparePlain, sealtest.UpdateAndRotate(t, me.Public)),
			[]string{"- " + one + " can no longer decrypt new versions"}, "sops.recipient removed"},
		"a new file": {
			nil,
			both,
			[]string{"+ it takes keys of 2 of 2 groups to decrypt", "+ " + me.Public + " can now decrypt"},
			"sops.encrypted_regex added",
		},
	}
	for _, locked := range []bool{false, true} {
		if locked {
			sealtest.Isolate(t)
		}
		for name, test := range tests {
			var versions [2]*Version
			for i, data := range [][]byte{test.old, test.new} {
				if data != nil {
					versions[i] = mustRead(t, data)
				}
			}
			difference := Compare(versions[0], versions[1])
			var text strings.Builder
			if err := difference.Text(&text); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				if !strings.Contains(text.String(), want+"\n") {
					t.Errorf("%s, locked %v: no %q in\n%s", name, locked, want, text.String())
				}
			}
			if !strings.Contains(summary(difference), test.json) {
				t.Errorf("%s: no %q in\n%s", name, test.json, summary(difference))
			}
			if !difference.Differs() {
				t.Errorf("%s: it counts as nothing", name)
			}
		}
	}
}
