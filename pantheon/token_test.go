package pantheon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// findToken is one search for a token.
type findToken struct {
	reason  string
	env     map[string]string // DIR in a value stands for the test's folder
	files   map[string]string
	account string
	want    string
	from    string // "" leaves it unchecked
	wantErr string
}

// saved is what Terminus writes.
func saved(token string) string { return `{"token":"` + token + `","email":"x","date":1}` }

func TestFindToken(t *testing.T) {
	findTokens(t, map[string]findToken{
		"own variable": {
			reason: "PANTHEON_MACHINE_TOKEN comes first",
			env:    map[string]string{"PANTHEON_MACHINE_TOKEN": "first\n", "PANTHEON_TOKEN": "other", "TERMINUS_TOKEN": "second"},
			want:   "first",
			from:   "in PANTHEON_MACHINE_TOKEN",
		},
		"the variable of the public API": {
			reason: "it comes before Terminus's",
			env:    map[string]string{"PANTHEON_TOKEN": " other ", "TERMINUS_TOKEN": "second"},
			want:   "other",
			from:   "in PANTHEON_TOKEN",
		},
		"terminus variable": {
			reason: "the environment comes before saved tokens",
			env:    map[string]string{"TERMINUS_TOKEN": "second"},
			files:  map[string]string{"home/.terminus/cache/tokens/a@x.org": saved("third")},
			want:   "second",
			from:   "in TERMINUS_TOKEN",
		},
		"white space only": {
			reason: "a variable that CI left empty is not a token",
			env:    map[string]string{"PANTHEON_MACHINE_TOKEN": " \n", "PANTHEON_TOKEN": "\t", "TERMINUS_TOKEN": "second"},
			want:   "second",
		},
		"the only saved one": {
			reason: "no account is needed",
			files:  map[string]string{"home/.terminus/cache/tokens/a@x.org": saved("third"), "home/.terminus/cache/tokens/.DS_Store": "x"},
			want:   "third",
			from:   "that Terminus saved for a@x.org",
		},
		"none": {
			reason:  "the error says where it looked",
			wantErr: "find token: none of PANTHEON_MACHINE_TOKEN, PANTHEON_TOKEN and TERMINUS_TOKEN is set, and Terminus saved none in DIR/home/.terminus/cache/tokens",
		},
		"damaged": {
			reason: "the content is never quoted",
			files:  map[string]string{"home/.terminus/cache/tokens/a@x.org": `{"token":"canary`},
			wantErr: "read saved token DIR/home/.terminus/cache/tokens/a@x.org: " +
				"the credentials are missing or were refused: it holds no token; sign in again with terminus auth:login",
		},
		"tokens folder": {
			reason: "TERMINUS_TOKENS_DIR moves it", env: map[string]string{"TERMINUS_TOKENS_DIR": "DIR/t"},
			files: map[string]string{"t/a": saved("moved")}, want: "moved",
		},
		"cache folder": {
			reason: "TERMINUS_CACHE_DIR moves it", env: map[string]string{"TERMINUS_CACHE_DIR": "DIR/c"},
			files: map[string]string{"c/tokens/a": saved("moved")}, want: "moved",
		},
		"base folder": {
			reason: "TERMINUS_BASE_DIR moves it", env: map[string]string{"TERMINUS_BASE_DIR": "DIR/b"},
			files: map[string]string{"b/cache/tokens/a": saved("moved")}, want: "moved",
		},
		"terminus' home": {
			reason: "TERMINUS_USER_HOME moves it", env: map[string]string{"TERMINUS_USER_HOME": "DIR/h"},
			files: map[string]string{"h/.terminus/cache/tokens/a": saved("moved")}, want: "moved",
		},
	})
}

func TestFindTokenOfAnAccount(t *testing.T) {
	findTokens(t, map[string]findToken{
		"one of several": {
			reason:  "the account chooses",
			files:   map[string]string{"home/.terminus/cache/tokens/a@x.org": saved("a"), "home/.terminus/cache/tokens/b@x.org": saved("b")},
			account: "b@x.org",
			want:    "b",
		},
		"an account with a plus": {
			reason:  "Terminus writes a hyphen for it",
			files:   map[string]string{"home/.terminus/cache/tokens/a-ci@x.org": saved("a")},
			account: "a+ci@x.org",
			want:    "a",
		},
		"several, none named": {
			reason:  "guessing could write with the wrong account",
			files:   map[string]string{"home/.terminus/cache/tokens/a@x.org": saved("a"), "home/.terminus/cache/tokens/b@x.org": saved("b")},
			wantErr: "find token: Terminus saved tokens for several accounts; name one with --account EMAIL: a@x.org, b@x.org",
		},
		"another account": {
			reason:  "the only token is not used for an account that was not asked for",
			files:   map[string]string{"home/.terminus/cache/tokens/a@x.org": saved("a")},
			account: "c@x.org",
			wantErr: "find token: Terminus saved no token for c@x.org; name one with --account EMAIL: a@x.org",
		},
		"path traversal": {
			reason:  "an account never leads out of the folder",
			files:   map[string]string{"home/.terminus/cache/tokens/a@x.org": saved("a"), "home/.terminus/cache/outside": saved("outside")},
			account: "../outside",
			wantErr: "find token: Terminus saved no token for ../outside; name one with --account EMAIL: a@x.org",
		},
		"parent folder": {
			reason:  "dots are kept, and are still not a file of the folder",
			files:   map[string]string{"home/.terminus/cache/tokens/a@x.org": saved("a")},
			account: "..",
			wantErr: "find token: Terminus saved no token for ..; name one with --account EMAIL: a@x.org",
		},
	})
}

func findTokens(t *testing.T, tests map[string]findToken) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range test.files {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			env := func(name string) string { return strings.Replace(test.env[name], "DIR", dir, 1) }
			got, err := FindToken(env, filepath.Join(dir, "home"), test.account)
			if test.wantErr != "" {
				wantError(t, err, strings.Replace(test.wantErr, "DIR", dir, 1), test.reason)
				if !errors.Is(err, ErrCredentials) {
					t.Errorf("it is not an ErrCredentials: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatalf("FindToken: %v; %s", err, test.reason)
			}
			if got.Value.Reveal() != test.want || test.from != "" && got.From != test.from {
				t.Errorf("got %q %s, want %q %s: %s", got.Value.Reveal(), got.From, test.want, test.from, test.reason)
			}
		})
	}
}

// A token that lies below the working folder came with somebody's files.
func TestFindTokenWithoutHome(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(".terminus/cache/tokens", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(".terminus/cache/tokens/a@x.org", []byte(`{"token":"theirs"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := FindToken(func(string) string { return "" }, "", "")
	wantError(t, err, "find token: none of PANTHEON_MACHINE_TOKEN, PANTHEON_TOKEN and TERMINUS_TOKEN is set, "+
		"and there is no home folder where Terminus could have saved one", "")
	if !errors.Is(err, ErrCredentials) {
		t.Errorf("it is not an ErrCredentials: %v", err)
	}
}

func wantError(t *testing.T, err error, want, reason string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q: %s", want, reason)
	}
	if err.Error() != want {
		t.Errorf("error\n got %s\nwant %s\n%s", err, want, reason)
	}
}

// TestMissingTokenNamesTheAccount that was asked for.
func TestMissingTokenNamesTheAccount(t *testing.T) {
	_, err := FindToken(func(string) string { return "" }, t.TempDir(), "me@x.org")
	missing, ok := errors.AsType[*MissingTokenError](err)
	if !ok {
		t.Fatalf("another error: %v", err)
	}
	if next := missing.Hint().Next; !strings.Contains(err.Error(), "Terminus saved none for me@x.org in ") || !strings.Contains(next[1], "auth:login --email me@x.org`") {
		t.Errorf("%v; next: %q", err, next)
	}
}
