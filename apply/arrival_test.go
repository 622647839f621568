package apply_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

func TestArrival(t *testing.T) {
	done := []apply.Step{{Operation: apply.SetValue, Outcome: apply.Done}}
	result := func(kind secret.Type, steps []apply.Step, scopes ...secret.Scope) apply.Result {
		return apply.Result{
			Owner: site("s"), Secret: "A", Action: plan.Update, Outcome: apply.Done, Steps: steps,
			Type: plan.TypeChange{After: kind}, Scopes: plan.ScopesChange{After: secret.NewScopes(scopes...)},
		}
	}
	of := func(name string, r apply.Result) apply.Result {
		r.Owner = site(name)
		return r
	}
	replaced := result(secret.EnvType, done, secret.WebScope)
	replaced.Type.Before, replaced.Scopes.Before = secret.RuntimeType, secret.NewScopes(secret.WebScope)
	deleted := apply.Result{
		Owner: site("s"), Secret: "A", Action: plan.Delete, Outcome: apply.Done, Steps: done,
		Type: plan.TypeChange{Before: secret.RuntimeType}, Scopes: plan.ScopesChange{Before: secret.NewScopes(secret.WebScope)},
	}
	const (
		php      = "PHP and Quicksilver see the changes within 15 minutes"
		next     = "Next.js sees the changes with the next build."
		composer = "Integrated Composer sees the changes with the next build."
	)
	tests := map[string]struct {
		results []apply.Result
		want    string
		reason  string
	}{
		"runtime for the web": {[]apply.Result{result(secret.RuntimeType, done, secret.WebScope, secret.UserScope)}, php + ".", ""},
		"env for the web":     {[]apply.Result{result(secret.EnvType, done, secret.WebScope)}, next, "application servers of PHP have no env secrets"},
		"env for builds":      {[]apply.Result{result(secret.EnvType, done, secret.ICScope)}, composer, ""},
		"composer":            {[]apply.Result{result(secret.ComposerType, done, secret.ICScope)}, composer, ""},
		"both builds": {
			[]apply.Result{result(secret.EnvType, done, secret.ICScope, secret.WebScope)},
			"Next.js and Integrated Composer see the changes with the next build.", "",
		},
		"all": {[]apply.Result{result(secret.RuntimeType, done, secret.ICScope, secret.WebScope), result(secret.EnvType, done, secret.WebScope)},
			php + ", Next.js and Integrated Composer with the next build.", ""},
		"replaced":           {[]apply.Result{replaced}, php + ", Next.js with the next build.", "PHP loses it"},
		"deleted":            {[]apply.Result{deleted}, php + ".", "PHP loses it"},
		"people only":        {[]apply.Result{result(secret.RuntimeType, done, secret.UserScope)}, "", "they see it at once"},
		"only in the ledger": {[]apply.Result{result(secret.RuntimeType, nil, secret.WebScope)}, "", "nothing was written"},
		"failed": {[]apply.Result{result(secret.RuntimeType, []apply.Step{{Operation: apply.SetValue, Outcome: apply.Failed}}, secret.WebScope)},
			"", "nothing was written"},
		"failed, perhaps": {[]apply.Result{
			result(secret.RuntimeType, []apply.Step{{Operation: apply.SetValue, Outcome: apply.Failed, Unknown: true}}, secret.WebScope),
		},
			php + ".", "it may have taken effect"},
		"nothing":            {nil, "", ""},
		"runtime on Next.js": {[]apply.Result{of("news", result(secret.RuntimeType, done, secret.WebScope))}, "", "nobody reads it, as the plan says"},
		"env on WordPress":   {[]apply.Result{of("blog", result(secret.EnvType, done, secret.WebScope))}, "", "nobody reads it, as the plan says"},
		"env on Next.js":     {[]apply.Result{of("news", result(secret.EnvType, done, secret.WebScope, secret.ICScope))}, next, "Integrated Composer does not build it"},
		"env on WordPress, for builds": {
			[]apply.Result{of("blog", result(secret.EnvType, done, secret.WebScope, secret.ICScope))}, composer, "application servers of PHP have no env secrets",
		},
		"two of one kind": {
			[]apply.Result{of("blog", result(secret.RuntimeType, done, secret.WebScope)), of("shop", result(secret.RuntimeType, done, secret.WebScope, secret.ICScope))},
			php + ", Integrated Composer with the next build.", "none has to be told from another",
		},
		"of both kinds": {
			[]apply.Result{
				of("blog", result(secret.RuntimeType, done, secret.WebScope)), of("news", result(secret.EnvType, done, secret.WebScope)),
				of("shop", result(secret.RuntimeType, done, secret.WebScope, secret.ICScope)),
			},
			php + " (site:blog, site:shop), Next.js (site:news) and Integrated Composer (site:shop) with the next build.", "each site sees them at its time",
		},
		"an organization's": {
			[]apply.Result{
				{Owner: org("o"), Steps: done, Type: plan.TypeChange{After: secret.RuntimeType}, Scopes: plan.ScopesChange{After: secret.NewScopes(secret.WebScope)}},
				of("news", result(secret.EnvType, done, secret.WebScope)),
			},
			php + " (org:o), Next.js (site:news) with the next build.", "its sites may be of any kind",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			frameworks := map[string]reader.Framework{"blog": "wordpress", "news": "nodejs", "shop": "drupal8", "o": "nodejs"}
			if err := (apply.Report{Results: test.results, Frameworks: frameworks}).Text(&text); err != nil {
				t.Fatal(err)
			}
			var got string
			for line := range strings.Lines(text.String()) {
				if strings.Contains(line, "see the changes") || strings.Contains(line, "sees the changes") {
					got += line
				}
			}
			if strings.TrimSuffix(got, "\n") != test.want {
				t.Errorf("%q, want %q: %s", got, test.want, test.reason)
			}
		})
	}
}
