package recipients

import (
	"fmt"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/internal/testkit"
)

const (
	alice = "0000000000000000000000000000000000000A1A"
	bob   = "0000000000000000000000000000000000000B0B"
	carol = "0000000000000000000000000000000000000CAC"
	arn   = "arn:aws:kms:eu-west-1:123456789012:key/a"
)

// pgpGroups are key groups such as "a b|c".
func pgpGroups(text string) []sops.KeyGroup {
	var groups []sops.KeyGroup
	if text == "" {
		return nil
	}
	for part := range strings.SplitSeq(text, "|") {
		var group sops.KeyGroup
		for name := range strings.FieldsSeq(part) {
			group = append(group, pgp.NewMasterKeyFromFingerprint(map[string]string{"a": alice, "b": bob, "c": carol}[name]))
		}
		groups = append(groups, group)
	}
	return groups
}

func awsPolicy(role, profile string, context map[string]*string) Policy {
	return Of(sops.Metadata{KeyGroups: []sops.KeyGroup{{kms.NewMasterKeyWithProfile(arn, role, context, profile)}}})
}

// lines write changes down, with names in place of fingerprints.
func lines(changes []Change) string {
	var all []string
	for _, change := range changes {
		text := change.Text
		if text == "" {
			text = change.Field + ": " + OrNone(change.Old) + " -> " + OrNone(change.New)
		}
		all = append(all, text)
	}
	return strings.NewReplacer(alice, "alice", bob, "bob", carol, "carol").Replace(strings.Join(all, "\n"))
}

func TestCompare(t *testing.T) {
	of := func(groups string, threshold int) Policy {
		return Of(sops.Metadata{KeyGroups: pgpGroups(groups), ShamirThreshold: threshold})
	}
	shop := "shop"
	tests := map[string]struct {
		old, new Policy
		want     string
		reason   string
	}{
		"nothing":         {of("a b", 0), of("b a", 0), "", "the order means nothing"},
		"a new one":       {of("a", 0), of("a b", 0), "bob can now decrypt", ""},
		"one fewer":       {of("a b", 0), of("a", 0), "bob can no longer decrypt new versions", "old versions are in git"},
		"another one":     {of("a", 0), of("b", 0), "alice can no longer decrypt new versions\nbob can now decrypt", ""},
		"a first version": {Policy{}, of("a", 0), "alice can now decrypt", ""},
		"a first, in groups": {
			Policy{},
			of("a|b", 2),
			"alice can now decrypt with 1 key of other groups (it is in key group 1 of 2)\n" +
				"bob can now decrypt with 1 key of other groups (it is in key group 2 of 2)\n" +
				"it takes keys of 2 of 2 groups to decrypt",
			"",
		},
		"groups merged": {of("a|b", 2), of("a b", 0),
			"one key is now enough to decrypt; it took keys of 2 of 2 groups\nthe key groups are others: [alice] [bob] -> [alice, bob]", "sops updatekeys does that"},
		"a lower threshold":       {of("a|b|c", 2), of("a|b|c", 1), "one key is now enough to decrypt; it took keys of 2 of 3 groups", ""},
		"a higher one":            {of("a|b|c", 1), of("a|b|c", 3), "it now takes keys of 3 of 3 groups to decrypt; one key was enough", ""},
		"another one of it":       {of("a|b|c", 2), of("a|b|c", 3), "it now takes keys of 3 of 3 groups to decrypt; it took keys of 2 of 3 groups", ""},
		"no threshold":            {of("a|b|c", 0), of("a|b|c", 3), "", "SOPS then needs one of each"},
		"groups in another order": {of("a|b", 2), of("b|a", 2), "", ""},
		"one in another group":    {of("a b|c", 2), of("a|b c", 2), "the key groups are others: [alice, bob] [carol] -> [alice] [bob, carol]", ""},
		"a new one in a group":    {of("a|b", 2), of("a c|b", 2), "carol can now decrypt with 1 key of other groups (it is in key group 1 of 2)", ""},
		"a role": {awsPolicy("", "", nil), awsPolicy("arn:aws:iam::1:role/r", "", nil),
			arn + " is used with another role: none -> arn:aws:iam::1:role/r", "it chooses the credentials"},
		"a profile": {awsPolicy("", "one", nil), awsPolicy("", "two", nil), arn + " is used with another aws_profile: one -> two", "likewise"},
		"a context": {
			awsPolicy("", "", map[string]*string{"App": &shop}),
			awsPolicy("", "", nil),
			arn + " is used with another context App: shop -> none",
			"",
		},
		"the same key twice": {awsPolicy("", "one", nil), Of(sops.Metadata{KeyGroups: []sops.KeyGroup{{
			kms.NewMasterKeyWithProfile(arn, "", nil, "one"), kms.NewMasterKeyWithProfile(arn, "", nil, "two"),
		}}}), arn + " is there with other roles, profiles or contexts: 1 -> 2 of them", "it would be asked with the second profile"},
		"settings": {Of(sops.Metadata{EncryptedRegex: "^value$", MACOnlyEncrypted: true}), Of(sops.Metadata{UnencryptedSuffix: "_u"}),
			"encrypted_regex: ^value$ -> none\nmac_only_encrypted: true -> none\nunencrypted_suffix: none -> _u", ""},
	}
	for name, test := range tests {
		if got := lines(Compare(test.old, test.new)); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s\n(%s)", name, got, test.want, test.reason)
		}
		if same := Compare(test.new, test.new); len(same) != 0 {
			t.Errorf("%s: a policy differs from itself: %v", name, same)
		}
		if apart := Apart(test.old, test.new); len(apart) > 0 && test.want == "" {
			t.Errorf("%s: Apart = %v", name, apart)
		}
	}
}

// TestSameName: one key has several names.
func TestSameName(t *testing.T) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"
	for name, test := range map[string]struct {
		a, b string
		want bool
	}{
		"an SSH key with a comment":  {key + " alice@laptop", key, true},
		"another SSH key":            {key, key + "B", false},
		"an Azure key":               {"https://v.vault.azure.net/keys/k", "https://v.vault.azure.net/keys/k/1", true},
		"two versions":               {"https://v.vault.azure.net/keys/k/2", "https://v.vault.azure.net/keys/k/1", false},
		"an Azure key of more words": {"https://v.vault.azure.net/keys/k", "https://v.vault.azure.net/keys/kk", false},
		"keys of Vault":              {"https://v/v1/keys/keys/a", "https://v/v1/keys/keys/a/b", false},
		"short words":                {"AAAA", "AAAAAAAA", false},
	} {
		if SameName(test.a, test.b) != test.want || SameName(test.b, test.a) != test.want {
			t.Errorf("%s: not %v", name, test.want)
		}
	}
	if name := Name(azkv.NewMasterKey("https://v.vault.azure.net", "k", "")); name != "https://v.vault.azure.net/keys/k" {
		t.Errorf("an Azure key without a version is %q", name)
	}
}

// TestManyKeys: a file may have a thousand, and comes with pull requests of strangers.
func TestManyKeys(t *testing.T) {
	many := func(first int) Policy {
		var groups []sops.KeyGroup
		for i := range 4 {
			var group sops.KeyGroup
			for j := range 250 {
				group = append(group, kms.NewMasterKey(fmt.Sprintf("%s%040d", arn, first+250*i+j), "r", nil))
			}
			groups = append(groups, group)
		}
		return Of(sops.Metadata{KeyGroups: groups, ShamirThreshold: 2})
	}
	testkit.Ends(t, func() {
		for range 10 {
			if changes := Compare(many(0), many(500)); len(changes) != 1000 {
				t.Errorf("%d changes", len(changes))
			}
			if parts := Apart(many(0), many(500)); len(parts) != 2 {
				t.Errorf("%d parts", len(parts))
			}
		}
	})
}
