package decision

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// typed is a declared secret: runtime/web, say, or env/ic+web.
func typed(name, attributes string) secret.DesiredSecret {
	s := want(name, "=1")
	s.Type, s.Scopes = typeAndScopes(attributes)
	return s
}

// lives is the same on Pantheon, hidden.
func lives(name, attributes string) secret.LiveSecret {
	s := have(name, "=?")
	s.Type, s.Scopes = typeAndScopes(attributes)
	return s
}

func typeAndScopes(text string) (secret.Type, secret.Scopes) {
	kind, scopes, _ := strings.Cut(text, "/")
	var list []secret.Scope
	for scope := range strings.SplitSeq(scopes, "+") {
		list = append(list, secret.Scope(scope))
	}
	return secret.Type(kind), secret.NewScopes(list...)
}

// on says what runs my-site.
func on(framework reader.Framework, in Input) Input {
	in.Sites = map[string]Site{mySite.Name: {Framework: framework, OrganizationID: agency.ID}}
	return in
}

// readersTold are the warnings about readers, as "code: names".
func readersTold(p plan.Plan) []string {
	told := []string{}
	for _, w := range p.Warnings {
		switch w.Code {
		case plan.CodeUnreadOnNextJS, plan.CodeUnreadOnPHP, plan.CodeSameKeyInDrupal:
			if w.Owner != mySite || w.Secret != "" {
				told = append(told, "not of the site")
			}
			told = append(told, fmt.Sprintf("%s: %s", w.Code, strings.Trim(fmt.Sprint(w.Facts.Secrets), "[]")))
		}
	}
	return told
}

// TestUnread: what runs the site decides which secrets nobody reads; they are
// told once for the site.
func TestUnread(t *testing.T) {
	retired := typed("GONE", "runtime/web")
	retired.Retire = secret.RetireRelease
	external := wantWith(typed("EXT", "runtime/web"), func(s *secret.DesiredSecret) { s.External, s.Value = true, secret.Value{} })
	all := []secret.DesiredSecret{
		typed("A", "runtime/web"), typed("B", "env/web"), typed("C", "env/ic+web"), typed("D", "composer/ic"), external, retired,
		typed("U", "runtime/user+web"), typed("V", "runtime/user"), typed("W", "env/user+web"), typed("X", "env/ic"),
	}
	for framework, want := range map[reader.Framework][]string{
		"nodejs":    {"unread-on-nextjs: A D EXT U X"},
		"wordpress": {"unread-on-php: B W"},
		"drupal8":   {"unread-on-php: B W"},
		"backdrop":  {"unread-on-php: B W"},
		"cobol":     {},
		"":          {},
	} {
		in := on(framework, one(all, nil))
		if diff := cmp.Diff(want, readersTold(Diff(in))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", framework, diff)
		}
		in.StructureOnly = true
		if diff := cmp.Diff(want, readersTold(Diff(in))); diff != "" {
			t.Errorf("%q, without values (-want +got):\n%s", framework, diff)
		}
	}
	if got := readersTold(Diff(one(all, nil))); len(got) > 0 {
		t.Errorf("of a site that was not looked up: %v", got)
	}
}

// TestUnreadIsOnlyTold: it changes neither what is done nor what was approved, also
// where there is nothing to do; and it is of the targets alone.
func TestUnreadIsOnlyTold(t *testing.T) {
	secrets := []secret.DesiredSecret{typed("A", "runtime/web"), typed("B", "runtime/web"), typed("C", "env/web")}
	in := one(secrets, []secret.LiveSecret{have("A", "=1"), have("B", "=1"), haveWith(have("C", "=1"), func(s *secret.LiveSecret) { s.Type = secret.EnvType })})
	before, after := Diff(in), Diff(on("nodejs", in))
	if diff := cmp.Diff(before.Approved(), after.Approved()); diff != "" {
		t.Errorf("a warning is part of what is approved:\n%s", diff)
	}
	if before.Requests != after.Requests || after.Blocked() {
		t.Errorf("%+v, %+v", before.Requests, after.Requests)
	}
	if diff := cmp.Diff([]string{"unread-on-nextjs: A B"}, readersTold(after)); diff != "" {
		t.Error(diff)
	}
	for target, want := range map[secret.Name][]string{"B": {"unread-on-nextjs: B"}, "C": {}} {
		in.Targets = plan.Targets{{Owner: mySite, Secret: target}}
		if diff := cmp.Diff(want, readersTold(Diff(on("nodejs", in)))); diff != "" {
			t.Errorf("with %s as the target (-want +got):\n%s", target, diff)
		}
	}
}

// TestManyUnread: the names are limited, the count is not.
func TestManyUnread(t *testing.T) {
	var secrets []secret.DesiredSecret
	for i := range 39 {
		secrets = append(secrets, typed(fmt.Sprintf("N%02d", i), "runtime/web"))
	}
	p := Diff(on("nodejs", one(secrets, nil)))
	at := slices.IndexFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeUnreadOnNextJS })
	if at < 0 || p.Warnings[at].Facts.Count != 39 || len(p.Warnings[at].Facts.Secrets) != plan.MaxNamedSecrets {
		t.Errorf("%+v", p.Warnings)
	}
}

// TestSameKeyInDrupal: names that the module has one key for, wherever they are.
func TestSameKeyInDrupal(t *testing.T) {
	type secrets = []secret.DesiredSecret
	type list = []secret.LiveSecret
	retire := func(name string, how secret.Retirement) secret.DesiredSecret {
		s := typed(name, "runtime/web")
		s.Retire = how
		return s
	}
	tests := map[string]struct {
		site, organization     secrets
		onSite, onOrganization list
		want                   string
		reason                 string
	}{
		"both in the manifest": {site: secrets{typed("API_KEY", "runtime/web"), typed("api-key", "runtime/web")}, want: "API_KEY api-key"},
		"three, and two": {
			site: secrets{typed("A.B", "runtime/web"), typed("A_B", "runtime/web"), typed("X", "runtime/web"), typed("a_b", "runtime/web"), typed("x", "runtime/user+web")},
			want: "A.B A_B a_b X x",
		},
		"one on Pantheon":        {site: secrets{typed("API_KEY", "runtime/web")}, onSite: list{have("api_key", "=?")}, want: "API_KEY api_key"},
		"both on Pantheon alone": {site: secrets{typed("B", "runtime/web")}, onSite: list{have("A", "=?"), have("a", "=?")}, reason: "the manifest can't rename them"},
		"inherited": {
			site: secrets{typed("API_KEY", "runtime/web")}, onSite: list{haveWith(have("api_key", "=?"), inherited)}, want: "API_KEY api_key",
			reason: "the site's list shows what the organization has",
		},
		"about to be the organization's": {
			site: secrets{typed("API_KEY", "runtime/web")}, organization: secrets{typed("Api_Key", "runtime/web")}, want: "API_KEY Api_Key",
			reason: "the organization owns the site",
		},
		"both the organization's": {
			organization: secrets{typed("API_KEY", "runtime/web"), typed("Api_Key", "runtime/web")}, want: "API_KEY Api_Key",
		},
		"of other scopes": {site: secrets{typed("A", "runtime/web"), typed("a", "runtime/ic")}, reason: "the application does not read it"},
		"of other types":  {site: secrets{typed("A", "runtime/web"), typed("a", "env/ic+web")}, reason: "the application does not read it"},
		"rescoped":        {site: secrets{typed("A", "runtime/web"), wantWith(typed("a", "runtime/ic"), func(s *secret.DesiredSecret) { s.Replace = true })}, onSite: list{have("a", "=?")}, reason: "the manifest decides"},
		"released":        {site: secrets{typed("A", "runtime/web"), retire("a", secret.RetireRelease)}, onSite: list{have("a", "=?")}, want: "A a", reason: "it stays there"},
		"deleted":         {site: secrets{typed("A", "runtime/web"), retire("a", secret.RetireDelete)}, onSite: list{have("a", "=?")}, reason: "it goes"},
		"the organization's goes": {
			site: secrets{typed("A", "runtime/web")}, onSite: list{haveWith(have("a", "=?"), inherited)},
			organization: secrets{retire("a", secret.RetireDelete)}, onOrganization: list{have("a", "=?")}, reason: "it goes",
		},
		"the same name":     {site: secrets{typed("A", "runtime/web")}, organization: secrets{typed("A", "runtime/web")}, reason: "the site's wins, and is one secret"},
		"names of cella's":  {site: secrets{typed("A", "runtime/web")}, onSite: list{have("CELLA_X", "=?"), have("CELLA-X", "=?")}, reason: "they are not for applications"},
		"names that differ": {site: secrets{typed("A_B", "runtime/web"), typed("AB", "runtime/web")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := Input{
				Project: "storefront",
				Desired: []secret.Desired{desire(mySite, test.site...), desire(agency, test.organization...)},
				Live:    []secret.Live{living(mySite, test.onSite...), living(agency, test.onOrganization...)},
			}
			want := []string{}
			if test.want != "" {
				want = []string{"same-key-in-drupal: " + test.want}
			}
			in = remembering(in, manifest{}.under("k", ""), past{records: []memo{}})
			if diff := cmp.Diff(want, readersTold(Diff(on("drupal8", in)))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			for _, other := range []reader.Framework{"wordpress", ""} {
				told := readersTold(Diff(on(other, in)))
				if slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, "same") }) {
					t.Errorf("%q: %v", other, told)
				}
			}
		})
	}
}
