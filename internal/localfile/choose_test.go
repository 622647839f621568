package localfile

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/local"
)

// declared is a site with these secrets, seen from its environment dev.
func declared(secrets ...secret.DesiredSecret) (effective.Input, []secret.Desired) {
	site := secret.Owner{Kind: secret.Site, Name: "shop"}
	desired := []secret.Desired{{Owner: site, Secrets: secrets}}
	in := effective.Offline(desired, site, nil)
	in.Environments = []secret.Env{"dev"}
	return in, desired
}

func one(name secret.Name, typ secret.Type, value string) secret.DesiredSecret {
	return secret.DesiredSecret{Name: name, Type: typ, Scopes: secret.NewScopes("web"), Value: secret.NewValue(value)}
}

// TestLeftOut: a flag is offered only where it would bring the secret in.
func TestLeftOut(t *testing.T) {
	external := secret.DesiredSecret{Name: "A", Type: secret.RuntimeType, Scopes: secret.NewScopes("web"), External: true}
	fed := one("A", secret.RuntimeType, "")
	fed.Value, fed.Source = secret.Value{}, "environment variable CELLA_VALUE_A"
	tests := map[string]struct {
		secret secret.DesiredSecret
		says   string
		offers bool
	}{
		"of another type":             {one("A", secret.RuntimeType, "x"), "it would be taken with --type env,runtime", true},
		"set elsewhere":               {external, "type runtime, scopes web; set elsewhere, so git has no value", false},
		"from a variable not set":     {fed, "is not set, or empty", false},
		"a name that no variable has": {one("A.b", secret.RuntimeType, "x"), "--format dotenv does not hold it: the name cannot be", false},
		"a value that it can't hold":  {one("A", secret.RuntimeType, "c4nary$x"), "--format dotenv does not hold it: dotenv-expand", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in, desired := declared(test.secret)
			file, err := Build(in, desired, Wanted{Format: local.Dotenv, Types: TypesOf(local.Dotenv), Scopes: secret.NewScopes("web")})
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(file.Left, "\n")
			if !strings.Contains(said, test.says) || strings.Contains(said, "would be taken") != test.offers || strings.Contains(said, "c4nary") {
				t.Errorf("left out: %s\nwant %s", said, test.says)
			}
		})
	}
}

// TestMissingNamesWhatHelps: a value in the manifest, or else the variable.
func TestMissingNamesWhatHelps(t *testing.T) {
	elsewhere := secret.DesiredSecret{Name: "A", Type: secret.RuntimeType, Scopes: secret.NewScopes("web"), External: true}
	fed := one("A", secret.RuntimeType, "")
	fed.Value, fed.Source = secret.Value{}, secret.EnvSource("CELLA_VALUE_A")
	for want, missing := range map[string]secret.DesiredSecret{
		"give the manifest a value: cella set site:shop A": elsewhere,
		"set the variable CELLA_VALUE_A":                   fed,
	} {
		in, desired := declared(missing)
		_, err := Build(in, desired, Wanted{Format: local.SDK, Types: TypesOf(local.SDK), Scopes: secret.NewScopes("web")})
		next := hint.Next(err)
		if len(next) != 2 || next[0] != want || next[1] != "to leave out what has no value: --allow-missing" {
			t.Errorf("next steps %q, want first %q", next, want)
		}
	}
}

// TestOthers: who gets an empty file learns which format would not be empty.
func TestOthers(t *testing.T) {
	runtime, env := one("A", secret.RuntimeType, "x"), one("B", secret.EnvType, "x")
	tests := map[string]struct {
		secrets []secret.DesiredSecret
		format  local.Format
		types   []secret.Type
		want    string
	}{
		"PHP's, for Next.js": {
			[]secret.DesiredSecret{runtime}, local.Dotenv, nil,
			"--format sdk would take 1 secret, --format dotenv-php would take 1 secret, --format json would take 1 secret",
		},
		"Next.js's, for PHP":   {[]secret.DesiredSecret{env}, local.SDK, nil, "--format dotenv would take 1 secret, "},
		"one of both":          {[]secret.DesiredSecret{runtime, env}, local.Dotenv, nil, ""},
		"of types of choice":   {[]secret.DesiredSecret{runtime}, local.Dotenv, []secret.Type{secret.ComposerType}, ""},
		"nothing to take":      {nil, local.Dotenv, nil, ""},
		"everything is of ic'": {[]secret.DesiredSecret{one("A", secret.ComposerType, "x")}, local.Dotenv, nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in, desired := declared(test.secrets...)
			w := Wanted{Format: test.format, Types: TypesOf(test.format), Scopes: secret.NewScopes("web")}
			if test.types != nil {
				w.Types = test.types
			}
			file, err := Build(in, desired, w)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(file.Others, test.want) || (file.Others == "") != (test.want == "") {
				t.Errorf("others %q, want %q", file.Others, test.want)
			}
		})
	}
}

// TestAnotherFormat is offered for values that do not fit where it holds them.
func TestAnotherFormat(t *testing.T) {
	tests := map[string]struct {
		format local.Format
		value  string
		offers string
	}{
		"a dollar sign":     {local.Dotenv, "a$b", "dotenv-next dotenv-php json"},
		"a NUL":             {local.Dotenv, "a\x00b", "json"},
		"no form at all":    {local.DotenvNext, "'\"`", "json"},
		"not UTF-8":         {local.Dotenv, "a\xff", ""},
		"not UTF-8 in JSON": {local.JSON, "a\xff", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in, desired := declared(one("A", secret.EnvType, test.value))
			_, err := Build(in, desired, Wanted{Format: test.format, Types: TypesOf(test.format), Scopes: secret.NewScopes("web")})
			if err == nil {
				t.Fatal("it was written")
			}
			var offers []string
			for _, next := range hint.Next(err) {
				if flag, format, found := strings.Cut(next, " "); found && flag == "--format" {
					word, _, _ := strings.Cut(format, " ")
					offers = append(offers, word)
				}
			}
			if got := strings.Join(offers, " "); got != test.offers {
				t.Errorf("offers %q, want %q", got, test.offers)
			}
		})
	}
}
