package schema

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

const tamperPlain = `version: 1
project: storefront
defaults: {type: runtime, scopes: [web]}
policy: {max_delete_percent: 40}
sites:
  my-site:
    secrets:
      ALPHA:
        description: first words
        value: canary-alpha
        overrides: {dev: canary-dev, live: canary-live}
      BETA:
        description: other words
        protect: true
        value: canary-beta
      GAMMA:
        value: "12345"
`

var envelopes = regexp.MustCompile(`ENC\[AES256_GCM,[^\]]*\]`)

// nth applies change to the nth envelope: 0 is ALPHA's value, 1 and 2 its
// overrides, 3 BETA's, 4 GAMMA's, 5 the MAC.
func nth(n int, change func(string) string) func(string) string {
	return func(text string) string {
		i := -1
		return envelopes.ReplaceAllStringFunc(text, func(envelope string) string {
			if i++; i == n {
				return change(envelope)
			}
			return envelope
		})
	}
}

func swap(a, b int) func(string) string {
	return func(text string) string {
		all := envelopes.FindAllString(text, -1)
		return nth(a, func(string) string { return all[b] })(nth(b, func(string) string { return all[a] })(text))
	}
}

func replace(old, new string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, new, 1) }
}

// verdict says in which MAC modes a tampered file is taken.
type verdict int

const (
	never verdict = iota
	macOnlyTakes
	bothTake
)

func TestTampering(t *testing.T) {
	tests := map[string]struct {
		edit   func(string) string
		want   verdict
		reason string
	}{
		"untouched":                 {func(s string) string { return s }, bothTake, ""},
		"swap values":               {swap(0, 3), never, "the path is authenticated"},
		"swap value and override":   {swap(0, 1), never, "the path is authenticated"},
		"swap overrides":            {swap(1, 2), never, "the path is authenticated"},
		"copy a value over another": {func(s string) string { return nth(3, func(string) string { return envelopes.FindString(s) })(s) }, never, ""},
		"cut the data":              {nth(0, func(e string) string { return strings.Replace(e, "data:", "data:", 1)[:20] + e[24:] }), never, ""},
		"cut the end":               {nth(0, func(e string) string { return e[:len(e)-1] }), never, ""},
		"text after the end":        {nth(0, func(e string) string { return e + "x" }), never, "SOPS takes it; nothing writes it"},
		"other nonce":               {nth(0, func(e string) string { return strings.Replace(e, "iv:", "iv:AAAA", 1)[:len(e)] }), never, ""},
		"short nonce":               {nth(0, shorten("iv:")), never, ""},
		"short tag":                 {nth(0, shorten("tag:")), never, ""},
		"no base64":                 {nth(0, func(e string) string { return strings.Replace(e, "data:", "data:*", 1) }), never, ""},
		"other cipher":              {nth(0, func(e string) string { return strings.Replace(e, "AES256_GCM", "AES256_CBC", 1) }), never, ""},
		"fields in another order":   {nth(0, reorder), never, ""},
		"type int on text":          {nth(0, retype("int")), never, "SOPS prints the value here"},
		"type int on digits":        {nth(4, retype("int")), never, "SOPS takes it: the MAC is over the digits"},
		"type float on digits":      {nth(4, retype("float")), never, ""},
		"type bool":                 {nth(0, retype("bool")), never, ""},
		"type time":                 {nth(0, retype("time")), never, ""},
		"type bytes":                {nth(0, retype("bytes")), never, "SOPS crashes here"},
		"type comment":              {nth(0, retype("comment")), never, "a comment is no part of the MAC"},
		"type of no kind":           {nth(0, retype("other")), never, ""},
		"no type":                   {nth(0, retype("")), never, ""},
		"type in capitals":          {nth(0, retype("STR")), never, ""},
		"plain value":               {nth(0, func(string) string { return "hunter2" }), never, "SOPS quotes it"},
		"empty value":               {nth(0, func(string) string { return `""` }), never, "an empty text is no part of the MAC"},
		"null value":                {nth(0, func(string) string { return "null" }), never, "null is no part of the MAC"},
		"number for a value":        {nth(0, func(string) string { return "12" }), never, ""},
		"list for a value":          {nth(0, func(e string) string { return "[" + `"` + e + `"` + "]" }), never, "SOPS takes it: items add nothing to the path"},
		"rename a secret":           {replace("BETA:", "BETB:"), never, "the path is authenticated"},
		"rename a site":             {replace("my-site:", "my-sitf:"), never, ""},
		"rename an environment":     {replace("dev:", "qev:"), never, ""},
		"rename a field":            {replace("description:", "descriptiom:"), never, "unknown key; the MAC does not see it"},
		"swap field names":          {replace("description: other", "retire: other"), never, ""},
		"change clear text":         {replace("first words", "other words!"), macOnlyTakes, "clear fields belong to git review there"},
		"change a clear number":     {replace("40", "41"), macOnlyTakes, ""},
		"change a clear flag":       {replace("protect: true", "protect: false"), macOnlyTakes, ""},
		"remove a clear line":       {replace("        protect: true\n", ""), macOnlyTakes, ""},
		"add a clear line":          {replace("        protect: true\n", "        protect: true\n        replace: false\n"), macOnlyTakes, ""},
		"move clear text": {func(s string) string {
			return replace("first words", "first words other words")(replace("description: other words", `description: ""`)(s))
		}, never, "the empty rest is refused"},
		"remove a secret":          {func(s string) string { return cutSecret(s, "BETA") }, never, ""},
		"remove an override":       {func(s string) string { return regexp.MustCompile(`(?m)^ *dev: .*\n`).ReplaceAllString(s, "") }, never, ""},
		"add a secret with a copy": {func(s string) string { return addSecret(s, "value: "+envelopes.FindString(s)) }, never, ""},
		"add a null secret":        {func(s string) string { return addSecret(s, "value: null") }, never, "null is no part of the MAC"},
		"add an external secret":   {func(s string) string { return addSecret(s, "external: true") }, macOnlyTakes, ""},
		"add an empty owner": {
			replace("sites:\n", "sites:\n  other:\n    secrets: {}\n"), bothTake,
			"SOPS cannot see it; it declares nothing but the look-up",
		},
		"reorder secrets":            {moveLast, never, "the MAC is over the values in order"},
		"add a comment":              {replace("sites:", "# words\nsites:"), bothTake, "comments are no part of the MAC"},
		"other lastmodified":         {replace("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"), never, "the MAC is bound to it"},
		"same time, other zone":      {replace("2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00"), never, "the text of the time is authenticated, zone included"},
		"lastmodified no time":       {replace("2026-01-02T03:04:05Z", "yesterday"), never, ""},
		"no lastmodified":            {removeLine("lastmodified"), never, ""},
		"other MAC":                  {nth(5, func(e string) string { return strings.Replace(e, "data:", "data:AAAA", 1) }), never, ""},
		"a value for the MAC":        {func(s string) string { return nth(5, func(string) string { return envelopes.FindString(s) })(s) }, never, ""},
		"empty MAC":                  {nth(5, func(string) string { return `""` }), never, ""},
		"MAC of type bytes":          {nth(5, retype("bytes")), never, "SOPS crashes here"},
		"no MAC":                     {removeLine("mac"), never, ""},
		"other MAC mode":             {otherMode, never, "the modes begin the hash differently"},
		"other regex":                {replace("^(value|overrides|", "^(value|overridez|"), never, ""},
		"wider regex":                {replace("^(value|overrides|", "^(value|overrides|description|"), never, ""},
		"regex that matches nothing": {replace("encrypted_regex: ^(value", "encrypted_regex: ^(valve"), never, ""},
		"broken regex":               {replace("encrypted_regex: ^(value", "encrypted_regex: ^((value"), never, "SOPS takes it and encrypts nothing"},
		"no regex":                   {removeLine("encrypted_regex"), never, ""},
		"no sops section":            {func(s string) string { return s[:strings.Index(s, "\nsops:")+1] }, never, ""},
		"second document":            {func(s string) string { return s + "---\nversion: null\n" }, never, "a document of nulls is no part of the MAC"},
		"duplicate key":              {replace("        protect: true\n", "        protect: true\n        protect: true\n"), never, ""},
		"line ends of Windows":       {func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, bothTake, "YAML reads them as line ends"},
		"other data key":             {otherDataKey, never, ""},
	}
	me := sealtest.NewIdentity(t)
	for mode, macOnly := range map[string]bool{"full MAC": false, "MAC of encrypted only": true} {
		data := string(sealtest.Encrypt(t, []byte(tamperPlain), sealtest.Seal{MACOnly: macOnly, Groups: sealtest.KeyGroups(t, me.Public)}))
		for name, test := range tests {
			t.Run(mode+"/"+name, func(t *testing.T) {
				tampered := test.edit(data)
				if tampered == data && name != "untouched" {
					t.Fatal("the edit changes nothing")
				}
				want := test.want == bothTake || test.want == macOnlyTakes && macOnly
				if took := judge(t, tampered); took != want {
					t.Errorf("taken %t, want %t (%s)", took, want, test.reason)
				}
			})
		}
	}
}

// judge loads a file that may have been tampered with, and reports whether it
// is taken. What SOPS rejects must not be; what is taken must have SOPS's
// values; and no problem may repeat a value.
func judge(t *testing.T, data string) bool {
	t.Helper()
	m, problems, err := loadData(t, []byte(data), defaultOptions())
	shown := sealtest.Lines(problems)
	if err != nil {
		shown += err.Error()
	}
	for _, secret := range []string{"canary", "hunter2", "12345"} {
		if strings.Contains(shown, secret) {
			t.Errorf("a message repeats a value:\n%s", shown)
		}
	}
	if m == nil {
		return false
	}
	values, err := sealtest.Oracle([]byte(data))
	if err != nil {
		t.Errorf("taken, but SOPS rejects it: %v\n%s", err, data)
	}
	for path, value := range flatValues(compile(t, m)) {
		if values[path] != value {
			t.Errorf("%s differs from SOPS's", path)
		}
	}
	return true
}

// TestRandomTampering edits bytes anywhere.
func TestRandomTampering(t *testing.T) {
	sealtest.SlowUnderRace(t)
	me := sealtest.NewIdentity(t)
	random := rand.New(rand.NewPCG(5, 6))
	for _, macOnly := range []bool{false, true} {
		data := sealtest.Encrypt(t, []byte(tamperPlain), sealtest.Seal{MACOnly: macOnly, Groups: sealtest.KeyGroups(t, me.Public)})
		taken := 0
		for range 1500 {
			edited := append([]byte(nil), data...)
			at := random.IntN(len(edited))
			switch random.IntN(4) {
			case 0:
				edited[at] ^= 1 << random.IntN(7)
			case 1:
				edited = append(edited[:at], edited[at+1:]...)
			case 2:
				edited[at] = "\n :-#'\"{}[],&*!0aA="[random.IntN(18)]
			case 3:
				from := random.IntN(len(data))
				to := min(len(data), from+1+random.IntN(40))
				edited = append(edited[:at], append(append([]byte(nil), data[from:to]...), data[at:]...)...)
			}
			if judge(t, string(edited)) {
				taken++
			}
		}
		t.Logf("mac_only_encrypted %t: %d of 1500 taken", macOnly, taken)
	}
}

func shorten(field string) func(string) string {
	return func(e string) string {
		at := strings.Index(e, field) + len(field)
		return e[:at] + e[at+4:]
	}
}

func retype(kind string) func(string) string {
	return func(e string) string { return strings.Replace(e, "type:str", "type:"+kind, 1) }
}

func reorder(e string) string {
	parts := strings.Split(strings.TrimSuffix(e, "]"), ",")
	return parts[0] + "," + parts[2] + "," + parts[1] + "," + parts[3] + "," + parts[4] + "]"
}

func removeLine(key string) func(string) string {
	return func(s string) string { return regexp.MustCompile(`(?m)^ *`+key+`: .*\n`).ReplaceAllString(s, "") }
}

func otherMode(s string) string {
	if strings.Contains(s, "mac_only_encrypted: true") {
		return removeLine("mac_only_encrypted")(s)
	}
	return replace("  lastmodified:", "  mac_only_encrypted: true\n  lastmodified:")(s)
}

// linesOf returns where the lines of a secret begin and end.
func linesOf(s, name string) (int, int) {
	start := strings.Index(s, "      "+name+":\n")
	end := start + strings.Index(s[start:], "\n") + 1
	for strings.HasPrefix(s[end:], "        ") {
		end += strings.Index(s[end:], "\n") + 1
	}
	return start, end
}

func cutSecret(s, name string) string {
	start, end := linesOf(s, name)
	return s[:start] + s[end:]
}

func addSecret(s, field string) string {
	start, _ := linesOf(s, "BETA")
	return s[:start] + "      ADDED:\n        " + field + "\n" + s[start:]
}

func moveLast(s string) string {
	start, end := linesOf(s, "ALPHA")
	moved := s[start:end]
	rest := s[:start] + s[end:]
	_, last := linesOf(rest, "GAMMA")
	return rest[:last] + moved + rest[last:]
}

// otherDataKey puts in the age section of testdata, whose private key is not
// the one here.
func otherDataKey(s string) string {
	start, end := strings.Index(s, "-----BEGIN AGE"), strings.Index(s, "-----END AGE")
	middle := start + (end-start)/2
	return s[:middle] + "AAAA" + s[middle+4:]
}
