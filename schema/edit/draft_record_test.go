package edit

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/secret"
)

// TestKeepRecord: which edits bring or move the line that says where the project
// remembers itself. Sections of the text that it does not name stay as they are.
func TestKeepRecord(t *testing.T) {
	me := sealtest.NewIdentity(t)
	const head = "version: 1\nproject: storefront # the shop\n"
	const defaults = "\n# for all\ndefaults: {type: runtime, scopes: [web]}\n"
	const value = "secrets: {A: {value: \"alpha\"}}"
	key := "fingerprint_key: " + sealtest.KeyText('A') + "\n"
	add := func(owners ...secret.Owner) func(*Draft) error {
		return func(d *Draft) error {
			var errs []error
			for _, owner := range owners {
				errs = append(errs, d.Insert(owner, secret.DesiredSecret{Name: "N", Value: secret.NewValue("x")}))
			}
			return errors.Join(errs...)
		}
	}
	addKey := func(d *Draft) error {
		return d.SetFingerprintKeys(secret.NewValue(sealtest.KeyText('B')), secret.Value{})
	}
	none := func(*Draft) error { return nil }
	shop, blog := secret.Owner{Kind: secret.Site, Name: "shop"}, secret.Owner{Kind: secret.Site, Name: "blog"}
	tests := map[string]struct {
		text         string
		edit         func(*Draft) error
		old, new     string // what stands around the line afterwards
		before, home string
		reason       string
	}{
		"first owner": {head + key + defaults, add(shop), "\n\n# for all", "\nrecord: site:shop\n\n# for all", "", "site:shop", "as after init"},
		"first is an organization": {head + key + defaults, add(newOrg), "\n\n# for all", "\nrecord: org:agency\n\n# for all", "", "org:agency",
			"there is no site yet"},
		"organization and site": {head + key + defaults, add(newOrg, shop), "\n\n# for all", "\nrecord: site:shop\n\n# for all", "", "site:shop",
			"a site is better than an organization"},
		"two sites": {head + key + defaults, add(shop, blog), "\n\n# for all", "\nrecord: site:blog\n\n# for all", "", "site:blog", "the first of the file"},
		"a second one joins": {head + key + defaults + "sites:\n  shop: {" + value + "}\n", add(blog),
			"\n\n# for all", "\nrecord: site:shop\n\n# for all", "site:shop", "site:shop", "without the line, the record stood on the only one"},
		"a site joins an organization, without a line": {head + key + defaults + "organizations: {agency: {" + value + "}}\n", add(shop),
			"\n\n# for all", "\nrecord: site:shop\n\n# for all", "org:agency", "site:shop", "the record moves"},
		"a key comes": {head + defaults + "sites: {shop: {" + value + "}, blog: {secrets: {}}}\n", addKey,
			"\n\n# for all", "\nrecord: site:shop\n\n# for all", "", "site:shop", "from now on cella remembers"},
		"no key":   {head + defaults, add(shop, blog), "", "", "", "", "nothing is remembered"},
		"no owner": {head + key + defaults, none, "", "", "", "", "nobody could keep it"},
		"a site joins an organization": {head + key + "record: org:agency # here\n" + defaults + "organizations: {agency: {" + value + "}}\n", add(shop),
			"record: org:agency # here", "record: site:shop # here", "org:agency", "site:shop", "the organization's would show in every site's list"},
		"in quotes": {head + key + "record: \"org:agency\"\n" + defaults + "organizations: {agency: {" + value + "}}\n", add(shop),
			"record: \"org:agency\"", "record: \"site:shop\"", "org:agency", "site:shop", "a line keeps its style"},
		"another organization joins": {head + key + "record: org:other\n" + defaults + "organizations: {other: {" + value + "}}\n", add(newOrg),
			"", "", "org:other", "org:other", "one is as good as another"},
		"chosen": {head + key + "record: site:shop\n" + defaults + "sites: {blog: {" + value + "}, shop: {secrets: {}}}\n", add(newOrg),
			"", "", "site:shop", "site:shop", "people choose"},
		"first site leaves": {head + key + defaults + "sites:\n  blog: {retire: release}\n  shop: {" + value + "}\n", none,
			"\n\n# for all", "\nrecord: site:shop\n\n# for all", "", "site:shop", "one that stays keeps it"},
		"the organization leaves": {head + key + "record: org:agency\n" + defaults + "organizations:\n  agency:\n    retire: delete\n", none,
			"", "", "org:agency", "org:agency", "everybody leaves"},
		"the organization leaves, a site stays": {head + key + "record: org:agency\n" + defaults +
			"organizations: {agency: {retire: delete}}\nsites: {shop: {" + value + "}}\n", none,
			"", "", "org:agency", "org:agency", "that is an error already, and people choose who keeps it"},
		"points to nothing": {head + key + "record: site:gone\n" + defaults + "sites: {blog: {" + value + "}}\n", none,
			"", "", "", "site:gone", "whether it was renamed or taken out, nobody can tell"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sealed := encryptedByHand(t, me, test.text)
			d := mustEdit(t, sealed)
			if err := test.edit(d); err != nil {
				t.Fatal(err)
			}
			edited := blocksText(d)
			got, err := d.KeepRecord()
			if err != nil || addressOf(got.Before) != test.before || addressOf(got.Now) != test.home || got.Wrote != (test.old != "") {
				t.Fatalf("KeepRecord = %+v, %v, want %q, %q: %s", got, err, test.before, test.home, test.reason)
			}
			if diff := cmp.Diff(strings.Replace(edited, test.old, test.new, 1), blocksText(d)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if text, problems, err := d.Text(); err != nil || text == nil {
				t.Errorf("Text: %v\n%s", err, sealtest.Lines(problems))
			}
			if again, err := d.KeepRecord(); err != nil || again.Wrote || again.Now != got.Now {
				t.Errorf("a second time, KeepRecord = %+v, %v", again, err)
			}
		})
	}
}

// encryptedByHand encrypts the values of a text, which are alpha or the first
// fingerprint key, and leaves all else as it is written. The MAC covers all.
func encryptedByHand(t *testing.T, me sealtest.Identity, text string) []byte {
	t.Helper()
	written := string(sealtest.Encrypt(t, []byte(text), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	envelopes := anyEnvelope.FindAllString(written, -1)
	values := regexp.MustCompile("alpha|" + regexp.QuoteMeta(sealtest.KeyText('A')))
	next := 0
	sealed := values.ReplaceAllStringFunc(text, func(string) string {
		next++
		return envelopes[next-1]
	})
	return []byte(sealed + written[strings.Index(written, "\nsops:")+1:])
}

func addressOf(owner secret.Owner) string {
	if owner == (secret.Owner{}) {
		return ""
	}
	return owner.String()
}

// blocksText is the text of a draft as it stands, under its old MAC.
func blocksText(d *Draft) string {
	var lines []string
	for _, b := range d.blocks {
		lines = b.Text(lines)
	}
	return string(yamltext.JoinLines(lines, false))
}
