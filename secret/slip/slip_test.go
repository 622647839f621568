package slip_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

func TestFind(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string // the codes
	}{
		"plain":              {"canary", nil},
		"empty":              {"", nil},
		"JSON":               {`{"a": "b"}`, nil},
		"inner space":        {"correct horse", nil},
		"inner tab and line": {"one\ttwo\nthree", nil},
		"other scripts":      {"пароль 密碼　例 می‌خواهم", nil},
		"emoji, joined":      {"👩‍💻 at work", nil},
		"PEM":                {"-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n", nil},

		"space before":        {" canary", []string{slip.SpaceAtEnds}},
		"space behind":        {"canary ", []string{slip.SpaceAtEnds}},
		"tab behind":          {"canary\t", []string{slip.SpaceAtEnds}},
		"line end before":     {"\ncanary", []string{slip.SpaceAtEnds}},
		"line end":            {"canary\n", []string{slip.TrailingNewline}},
		"two line ends":       {"canary\n\n", []string{slip.TrailingNewline, slip.SpaceAtEnds}},
		"space and line end":  {"canary \n", []string{slip.TrailingNewline, slip.SpaceAtEnds}},
		"PEM behind a space":  {" -----BEGIN KEY-----\nMIIE\n", []string{slip.TrailingNewline, slip.SpaceAtEnds}},
		"no-break space ends": {"canary\u00a0", []string{slip.SpaceAtEnds, slip.NoBreakSpace}},
		"only a space":        {" ", []string{slip.OnlySpace}},
		"only what is unseen": {"\t\r\n\u00a0\u200b\uFEFF", []string{slip.OnlySpace}},

		"double quotes":       {`"canary"`, []string{slip.QuotedWhole}},
		"single quotes":       {"'canary'", []string{slip.QuotedWhole}},
		"backquotes":          {"`canary`", []string{slip.QuotedWhole}},
		"typographic quotes":  {"“canary”", []string{slip.QuotedWhole}},
		"German quotes":       {"„canary“", []string{slip.QuotedWhole}},
		"quotes and line end": {"\"canary\"\n", []string{slip.TrailingNewline, slip.QuotedWhole}},
		"quoted empty":        {`""`, []string{slip.QuotedWhole}},
		"one quote":           {`"`, nil},
		"one at each end":     {`"canary'`, nil},
		"two quoted":          {`"one" "two"`, nil},

		"Windows":            {"one\r\ntwo", []string{slip.CarriageReturn}},
		"Windows at the end": {"one\r\n", []string{slip.TrailingNewline, slip.CarriageReturn}},
		"half a line end":    {"one\r", []string{slip.CarriageReturn}},
		"both":               {"a\r\nb\rc", []string{slip.CarriageReturn, slip.CarriageReturn}},

		"mark":                 {"\uFEFFcanary", []string{slip.ByteOrderMark}},
		"mark inside":          {"can\uFEFFary", []string{slip.InvisibleLetter}},
		"no-break space":       {"can\u00a0ary", []string{slip.NoBreakSpace}},
		"narrow space":         {"can\u202fary", []string{slip.NoBreakSpace}},
		"zero-width space":     {"canary\u200b", []string{slip.InvisibleLetter}},
		"joiner beside ASCII":  {"can\u200dary", []string{slip.InvisibleLetter}},
		"joiner at the end":    {"é\u200d", []string{slip.InvisibleLetter}},
		"soft hyphen":          {"can\u00adary", []string{slip.InvisibleLetter}},
		"direction":            {"can\u202eary", []string{slip.InvisibleLetter}},
		"NUL":                  {"can\x00ary", []string{slip.ControlCharacter}},
		"pasted in a terminal": {"\x1b[200~canary\x1b[201~", []string{slip.ControlCharacter}},
		"delete":               {"can\x7fary", []string{slip.ControlCharacter}},
		"next line":            {"can\u0085ary", []string{slip.ControlCharacter}},

		"age":            {"-----BEGIN AGE ENCRYPTED FILE-----\nx\n-----END AGE ENCRYPTED FILE-----\n", []string{slip.StillEncrypted}},
		"age, binary":    {"age-encryption.org/v1\n-> X25519 x\n", []string{slip.TrailingNewline, slip.StillEncrypted}},
		"PGP":            {"-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----\n", []string{slip.StillEncrypted}},
		"a piece":        {"KEY=ENC[AES256_GCM,data:x]", []string{slip.StillEncrypted}},
		"lost to sops":   {"\tone\ntwo", []string{slip.SpaceAtEnds, slip.LostInSOPSEdit}},
		"a tab, no line": {"\tone", []string{slip.SpaceAtEnds}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, found := range slip.Find(secret.NewValue(test.text)) {
				got = append(got, found.Code)
				if found.What == "" || strings.Contains(found.What, "canary") {
					t.Errorf("%s says %q", found.Code, found.What)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
	if found := slip.Find(secret.Value{}); found != nil {
		t.Errorf("a value that is not known: %v", found)
	}
}
