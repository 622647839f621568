package secret

import "testing"

func TestParseID(t *testing.T) {
	const id = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
	tests := map[string]struct{ text, want string }{
		"lower case":      {id, id},
		"upper case":      {"0A1B2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D", id},
		"mixed":           {"0A1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4D", id},
		"of any version":  {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
		"empty":           {"", ""},
		"a name":          {"my-site", ""},
		"in braces":       {"{" + id + "}", ""},
		"too short":       {id[1:], ""},
		"no hyphens":      {"0a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d", ""},
		"a letter past f": {"0g1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", ""},
		"a line behind":   {id + "\n", ""},
		"a path":          {id + "/../x", ""},
	}
	for name, test := range tests {
		got, ok := ParseID(test.text)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s: ParseID(%q) = %q, %t", name, test.text, got, ok)
		}
	}
}
