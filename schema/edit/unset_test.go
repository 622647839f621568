package edit_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/secret/address"
)

// TestUnset: it is gone from the file, and what the next apply does is said.
func TestUnset(t *testing.T) {
	tests := map[string]struct {
		typed string
		gone  string   // a path that is no longer there
		stays string   // one that is
		notes []string // the first ones; the last one is on what is next
	}{
		"a secret":     {"my-site A", "/sites/my-site/secrets/A/value", "/sites/my-site/secrets/KEPT/value", []string{"the next apply deletes it there"}},
		"an override":  {"my-site.live A", "/sites/my-site/secrets/A/overrides/live", "/sites/my-site/secrets/A/value", []string{"live gets the default value"}},
		"from outside": {"my-site.live FED", "/sites/my-site/secrets/FED/override_from/live/env", "/sites/my-site/secrets/FED/value_from/env", []string{"live"}},
		"elsewhere":    {"my-site EXT", "/sites/my-site/secrets/EXT", "/sites/my-site/secrets/A/value", []string{"external"}},
		"guarded":      {"my-site KEPT", "/sites/my-site/secrets/KEPT/value", "/sites/my-site/secrets/A/value", []string{"protected"}},
		"retiring":     {"my-site GOING", "/sites/my-site/secrets/GOING/value", "/sites/my-site/secrets/A/value", []string{"`retire: release`"}},
		"the last one": {"lone ONLY", "/sites/lone/secrets/ONLY/value", "/record", []string{"the next apply deletes it there", "site:lone has no secrets left"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := edittest.Open(t, shop)
			removal, err := file.Unset(placed(t, file, test.typed))
			if err != nil {
				t.Fatal(err)
			}
			values := edittest.Values(t, file)
			if _, found := values[test.gone]; found {
				t.Errorf("%s is there", test.gone)
			}
			if _, found := values[test.stays]; !found {
				t.Errorf("%s is gone", test.stays)
			}
			notes := removal.Notes()
			if len(notes) != len(test.notes) {
				t.Fatalf("notes %q", notes)
			}
			for i, want := range test.notes {
				holds(t, "the note", notes[i], want)
			}
		})
	}
}

// TestUnsetTheLastOfTheHome: what the project remembers stands there.
func TestUnsetTheLastOfTheHome(t *testing.T) {
	text := strings.Replace(shop, "record: site:my-site", "record: site:lone", 1)
	file := edittest.Open(t, text)
	removal, err := file.Unset(placed(t, file, "lone ONLY"))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the notes", strings.Join(removal.Notes(), "\n"), "site:lone", "in record")
}

// TestUnsetRefuses: it says what may be meant, and nothing is changed.
func TestUnsetRefuses(t *testing.T) {
	many := strings.Replace(shop, "      ONLY:", testkit.Numbered(address.MaxListed, "      N%d: {value: x}\n")+"      ONLY:", 1)
	tests := map[string]struct{ text, typed, err, next string }{
		"a typing error":     {shop, "my-site KEPTT", "site:my-site KEPTT", "KEPT"},
		"far, of few":        {shop, "lone SOMETHING", "site:lone SOMETHING", "site:lone has ONLY"},
		"far, of many":       {many, "lone SOMETHING", "site:lone SOMETHING", "look for it"},
		"of an empty one":    {bare, "my-site SOMETHING", "site:my-site SOMETHING", "look for it"},
		"no override at all": {shop, "lone.live ONLY", "site:lone ONLY has no override for live", "no overrides"},
		"another override":   {shop, "my-site.dev A", "site:my-site A has no override for dev", "live"},
		"a near environment": {shop, "my-site.lvie A", "site:my-site A has no override for lvie", "did you mean live?"},
		"a near owner":       {shop, "site:my-sit A", "no site or organization site:my-sit", "did you mean site:my-site?"},
		"no owner at all":    {shop, "site:elsewhere A", "no site or organization site:elsewhere", "it has org:agency"},
		"no such secret":     {shop, "lone.live SOMETHING", "site:lone SOMETHING", "site:lone has ONLY"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := edittest.Open(t, test.text)
			removal, err := file.Unset(placed(t, file, test.typed))
			if err == nil || removal != nil {
				t.Fatalf("%v, %v", removal, err)
			}
			holds(t, "the error", err.Error(), test.err)
			holds(t, "the next steps", strings.Join(hint.Next(err), "\n"), test.next)
			if file.Changed() {
				t.Error("the file was changed")
			}
		})
	}
}
