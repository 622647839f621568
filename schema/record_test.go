package schema

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/source"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

const keyLine = "fingerprint_key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

// TestRecord: on which owner the record stands, and what is wrong with the line
// that says so. Nothing of it takes a key.
func TestRecord(t *testing.T) {
	const sites, agency = "sites: {b: {secrets: {}}, a: {secrets: {}}}\n", "organizations: {agency: {secrets: {}}}\n"
	const missing = "3:18: record: record is missing: with more than one site or organization, " +
		"it says on which one cella remembers the project; add the line: record: "
	const form = "4:9: record: this must be site: or org: and a name from the manifest; " +
		"write it as in record: site:my-site, or record: org:my-agency [record-form]"
	tests := map[string]struct {
		text   string // below version and project, which are two lines
		home   string
		want   string // what the problem says, without its place
		reason string
	}{
		"named":              {keyLine + "record: site:a\n" + sites + agency, "site:a", "", "as documented"},
		"without a key":      {sites + agency, "", "", "nothing is remembered"},
		"one owner":          {keyLine + "sites: {a: {secrets: {}}}\n", "site:a", "", "there is no choice"},
		"one, named":         {keyLine + "record: site:a\nsites: {a: {secrets: {}}}\n", "site:a", "", "as init writes it"},
		"one organization":   {keyLine + agency, "org:agency", "", "there is no choice"},
		"no owner":           {keyLine, "", "", "as init leaves it"},
		"below its owners":   {sites + keyLine + "record: site:b\n", "site:b", "", "the order of keys says nothing"},
		"only organizations": {keyLine + "record: org:agency\norganizations: {agency: {secrets: {}}, other: {secrets: {}}}\n", "org:agency", "", "no site is there"},
		"sites all leave":    {keyLine + "record: org:agency\nsites: {a: {retire: abandon}}\n" + agency, "org:agency", "", "no site stays"},
		"all leave": {keyLine + "record: site:a\nsites: {a: {retire: delete}, b: {retire: release}}\n", "site:a", "",
			"the last apply goes by the record"},
		"all leave, on the organization": {
			keyLine + "record: org:agency\nsites: {a: {retire: delete}}\norganizations: {agency: {retire: delete}}\n", "org:agency", "",
			"it may have been there before a site joined"},
		"not said": {keyLine + sites + agency, "",
			missing + "site:b [record-missing]",
			"the first site of the file is proposed"},
		"not said, first leaves": {keyLine + "sites: {b: {retire: release}, a: {secrets: {}}}\n", "",
			missing + "site:a [record-missing]",
			"the first one that stays is proposed"},
		"not said, no site": {keyLine + "organizations: {z: {secrets: {}}, y: {secrets: {}}}\n", "",
			missing + "org:z [record-missing]",
			"without a site, the first organization"},
		"left out of the file": {keyLine + "record: site:gone\n" + sites, "",
			"4:9: record: site:gone is not in the manifest; declare it, or write record: site:b [record-undeclared]",
			"the home's site was taken out"},
		"typing error": {keyLine + "record: site:storefornt\nsites: {storefront: {secrets: {}}}\n", "",
			"4:9: record: site:storefornt is not in the manifest; did you mean site:storefront? [record-undeclared]", "a near one is named"},
		"other kind": {keyLine + "record: org:a\n" + sites, "",
			"4:9: record: org:a is not in the manifest; declare it, or write record: site:b [record-undeclared]", "a site is no organization"},
		"nobody there": {keyLine + "record: site:a\nsites: {}\n", "",
			"4:9: record: site:a is not in the manifest; declare it, or remove the line [record-undeclared]", "the last owner was taken out"},
		"organization beside sites": {keyLine + "record: org:agency\n" + sites + agency, "org:agency",
			"4:9: record: org:agency cannot be where cella remembers the project while a site stays: " +
				"what an organization has shows in the list of each of its sites; write record: site:b, or name another site [record-organization]",
			"every site's list would hold it"},
		"home leaves": {keyLine + "record: site:b\nsites: {b: {retire: delete}, a: {secrets: {}}}\n", "site:b",
			"4:9: record: site:b leaves the project (retire: delete), so it cannot be where cella remembers the project; " +
				"write record: site:a, or name another one that stays [record-retired]", "the record would go with it"},
		"home leaves, an organization stays": {keyLine + "record: site:b\nsites: {b: {retire: abandon}}\n" + agency, "site:b",
			"4:9: record: site:b leaves the project (retire: abandon), so it cannot be where cella remembers the project; " +
				"write record: org:agency, or name another one that stays [record-retired]", "no site stays"},
		"all leave, the home unread": {keyLine + "record: site:b\nsites: {b: {retire: abandon}, a: {retire: release}}\n", "site:b",
			"4:9: record: site:b is abandoned, so what cella remembers of the project could not be read there; " +
				"write record: site:a, or name another one that is not abandoned [record-retired]", "the others would be judged without it"},
		"all are abandoned": {keyLine + "record: site:b\nsites: {b: {retire: abandon}, a: {retire: abandon}}\n", "site:b", "", "nothing is left to judge"},
		"not said, all leave": {keyLine + "sites: {b: {retire: abandon}, a: {retire: release}}\n", "",
			missing + "site:a [record-missing]",
			"one that can be read is proposed"},
		"bare name": {keyLine + "record: a\n" + sites, "",
			form,
			"it may be a secret in the wrong line, and is not repeated"},
		"nothing behind the colon": {keyLine + "record: 'site:'\n" + sites, "",
			form, "no name"},
		"a list": {keyLine + "record: [site:a]\n" + sites, "",
			"4:9: record: this must be a single value; write one value after the colon [not-a-scalar]", "there is one record"},
		"empty": {keyLine + "record:\n" + sites, "", "4:8: record: there is nothing here; give it a value or remove the line [empty]", "nothing is said"},
		"nothing to remember": {"record: site:a\n" + sites, "site:a",
			"3:9: record: without a fingerprint_key cella remembers nothing, so this line does nothing; " +
				"add a key (cella fingerprint-key add), or remove the line [record-without-key]", "a warning"},
		"a home that is not there, without a key": {"record: site:c\n" + sites, "",
			"3:9: record: site:c is not in the manifest; declare it, or write record: site:b [record-undeclared]|" +
				"3:9: record: without a fingerprint_key cella remembers nothing, so this line does nothing; " +
				"add a key (cella fingerprint-key add), or remove the line [record-without-key]", "the key may come later"},
		"sites misspelt": {keyLine + "record: site:a\nstes: {a: {secrets: {}}}\n", "",
			"5:1: stes: the key is unknown; did you mean sites? [unknown-key]", "what is wrong is told once"},
		"record misspelt": {keyLine + "recrod: site:a\n" + sites, "",
			"4:1: recrod: the key is unknown; did you mean record? [unknown-key]", "what is wrong is told once"},
		"site unreadable": {keyLine + "record: site:a b\nsites: {a b: {secrets: {}}}\n", "",
			"5:9: sites.\"a b\": the name of a site has lower-case letters, digits and hyphens only, " +
				"and no hyphen at either end; write the name as Pantheon shows it [owner-name]", "what is wrong is told once"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := "version: 1\nproject: storefront\n" + test.text
			l := loaded(t, text)
			got := strings.ReplaceAll(strings.TrimSuffix(sealtest.Lines(l.problems), "\n"), "\n", "|")
			if got = strings.ReplaceAll(got, "secrets.yaml:", ""); got != test.want {
				t.Errorf("problems\n got: %s\nwant: %s\n(%s)", got, test.want, test.reason)
			}
			if home := l.home(); home != test.home {
				t.Errorf("the record stands on %q, want %q: %s", home, test.home, test.reason)
			}
		})
	}
}

// decodedText is a manifest, right or wrong, as the decoder leaves it.
type decodedText struct {
	manifest *Manifest
	problems problem.List
}

func loaded(t *testing.T, text string) decodedText {
	t.Helper()
	r := &problem.Reporter{File: problem.UsualFile}
	d := decode(sopsfile.Read(problem.UsualFile, []byte(text), EncryptionRules.Rule, r), r)
	r.Problems.Sort()
	return decodedText{d.manifest, r.Problems}
}

func (l decodedText) home() string {
	home := l.manifest.Record
	if home == (secret.Owner{}) {
		return ""
	}
	return home.String()
}

// TestRecordHasTheID: who keeps the record needs no look-up where the manifest
// has the id.
func TestRecordHasTheID(t *testing.T) {
	const text = "version: 1\nproject: storefront\n" + keyLine + "record: site:a\n" +
		"sites: {a: {id: 11111111-2222-3333-4444-55555555555F, secrets: {}}, b: {secrets: {}}}\n"
	m, problems, err := loadData(t, []byte(text), Options{AllowPlaintext: true})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, sealtest.Lines(problems))
	}
	if want := (secret.Owner{Kind: secret.Site, Name: "a", ID: "11111111-2222-3333-4444-55555555555f"}); m.Record != want {
		t.Errorf("Record = %+v, want %+v", m.Record, want)
	}
}

func TestMovedFrom(t *testing.T) {
	const cannot = "this cannot be where the manifest was: "
	const remedy = "; write the former path from the top of the repository, such as infra/secrets.yaml; " +
		"of another repository, its number too: github.com/12345:infra/secrets.yaml [moved-from]"
	tests := map[string]struct {
		text, want string
		from       source.Source
	}{
		"path":             {"infra/secrets.yaml", "", source.Source{Path: "infra/secrets.yaml"}},
		"from here":        {"./secrets.yaml", "", source.Source{Path: "secrets.yaml"}},
		"repository":       {"github.com/12345:infra/secrets.yaml", "", source.Source{Forge: "github.com/12345", Path: "infra/secrets.yaml"}},
		"longest":          {strings.Repeat("a", 4096), "", source.Source{Path: strings.Repeat("a", 4096)}},
		"out":              {"../secrets.yaml", cannot + "the path has a step .." + remedy, source.Source{}},
		"absolute":         {"/home/me/secrets.yaml", cannot + "the path begins at the root of a file system" + remedy, source.Source{}},
		"a line end":       {`"a\nb"`, cannot + "the path has unprintable characters or line ends" + remedy, source.Source{}},
		"too long":         {strings.Repeat("a", 4097), cannot + "the path has 4097 bytes; at most 4096 are allowed" + remedy, source.Source{}},
		"a repository":     {"'github.com/12345:'", "this names a repository, but no file in it" + remedy, source.Source{}},
		"number":           {"12", "this must be text, but reads as a number; put it in quotes [not-text]", source.Source{}},
		"nothing":          {"", "there is nothing here; give it a value or remove the line [empty]", source.Source{}},
		"several":          {"[a, b]", "this must be a single value; write one value after the colon [not-a-scalar]", source.Source{}},
		"a folder":         {"infra/", cannot + "the path has an empty step, or ends with a slash" + remedy, source.Source{}},
		"out of elsewhere": {"github.com/1:../a.yaml", cannot + "the path has a step .." + remedy, source.Source{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := loaded(t, "version: 1\nproject: storefront\npolicy:\n  reset_record: true\n  moved_from: "+test.text+"\n")
			got := strings.TrimSuffix(sealtest.Lines(l.problems), "\n")
			if _, problem, found := strings.Cut(got, "policy.moved_from: "); found {
				got = problem
			}
			if got != test.want {
				t.Errorf("problems\n got: %s\nwant: %s", got, test.want)
			}
			if policy := l.manifest.Policy; policy.MovedFrom != test.from || !policy.ResetRecord {
				t.Errorf("policy %+v, want moved from %+v", policy, test.from)
			}
		})
	}
}
