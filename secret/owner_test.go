package secret

import (
	"strings"
	"testing"
)

func TestOwnerNames(t *testing.T) {
	const uuid = "11111111-2222-3333-4444-555555555555"
	tests := map[string]struct {
		name        string
		site, other bool
		reason      string
	}{
		"usual":             {"my-site", true, true, ""},
		"one letter":        {"a", true, true, ""},
		"a number":          {"2024", true, true, "digits are allowed; YAML needs quotes, which is the manifest's matter"},
		"hyphens":           {"my--site", true, true, "only the ends are said to be other"},
		"a UUID":            {uuid, true, true, ""},
		"the longest":       {strings.Repeat("a", 51), true, true, "documented for sites"},
		"too long":          {strings.Repeat("a", 52), false, true, "documented for sites"},
		"far too long":      {strings.Repeat("a", 129), false, false, "no rule can mean to allow it"},
		"a star":            {"*", false, false, "no rule can mean to allow it"},
		"a slash":           {"a/b", false, false, "it parts an owner from a secret"},
		"another sign":      {"a&b", false, true, "the rule for organizations is not published"},
		"upper case":        {"My-Site", false, true, "a site's name is part of a domain"},
		"an underscore":     {"my_site", false, true, "as above"},
		"a dot":             {"my.site", false, true, "as above"},
		"a letter beyond":   {"süd", false, true, "as above"},
		"hyphen before":     {"-site", false, true, "documented for sites"},
		"hyphen behind":     {"site-", false, true, "documented for sites"},
		"a line behind":     {"site\n", false, false, "a second line is no part of a name"},
		"white space":       {"my site", false, false, ""},
		"unprintable":       {"my\u200bsite", false, false, ""},
		"nothing":           {"", false, false, ""},
		"a step in a path":  {"..", false, false, ""},
		"was not text":      {"a\uFFFDb", false, false, "what decoders put in place of bytes that are no UTF-8"},
		"not even text":     {"\xff", false, false, ""},
		"what means itself": {".", false, false, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for kind, want := range map[OwnerKind]bool{Site: test.site, Organization: test.other} {
				err := Owner{Kind: kind, Name: test.name}.Validate()
				if (err == nil) != want {
					t.Errorf("as the name of a %s: %v, want allowed: %v (%s)", kind, err, want, test.reason)
				}
				if err != nil && test.name != "" && len(test.name) > 2 && strings.Contains(err.Error(), test.name) {
					t.Errorf("the error repeats the name: %v", err)
				}
			}
		})
	}
}
