package importing

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret/envfile"
)

// maxTold is how many names are told of a file; maxParts, how many ways to import a part
// of it.
const (
	maxTold  = 20
	maxParts = 3
)

// kind is what a value is, as a sentence has it.
type kind string

const (
	aText    kind = "a text"
	aMapping kind = "a mapping"
	aList    kind = "a list"
	aNumber  kind = "a number"
	aBoolean kind = "true or false"
	aDate    kind = "a date"
	aNull    kind = "null"
)

// kindOfNode is that of a value of a YAML file.
func kindOfNode(node *yaml.Node) kind {
	switch {
	case node.Kind == yaml.MappingNode:
		return aMapping
	case node.Kind == yaml.SequenceNode:
		return aList
	case node.Tag == "!!int" || node.Tag == "!!float":
		return aNumber
	case node.Tag == "!!bool":
		return aBoolean
	case node.Tag == "!!timestamp":
		return aDate
	case node.Tag == "!!null":
		return aNull
	}
	return aText
}

// kindOfValue is that of a value as SOPS's own code reads it; of one that is encrypted,
// that of what it was.
func kindOfValue(value any, encrypted bool) kind {
	switch value := value.(type) {
	case string:
		if e, ok := sopsfile.ParseEnvelope(value); ok && encrypted {
			return kindOfEnvelope(e.Kind)
		}
		return aText
	case sops.TreeBranch:
		return aMapping
	case []any:
		return aList
	case bool:
		return aBoolean
	case time.Time:
		return aDate
	case nil:
		return aNull
	}
	return aNumber
}

// kindOfEnvelope is that of what SOPS encrypted, by the word it has for it.
func kindOfEnvelope(word string) kind {
	switch word {
	case "bool":
		return aBoolean
	case "time":
		return aDate
	case "int", "float":
		return aNumber
	}
	return aText
}

// wrong says that a value cannot be imported.
func (k kind) wrong(format Format) string {
	if k == aMapping && format == JSON {
		k = "an object"
	}
	return "it is " + string(k) + ", and a value is a text"
}

// remedy says how to import what is under a key of a plain YAML file. What was piped here
// is rather a part of one that sops decrypted.
func (f File) remedy(k kind, key string) string {
	file := ""
	if f.piped() {
		file = ": sops edit FILE"
	}
	switch {
	case k == aMapping && f.piped():
		return "import it by itself: " + pipe("sops decrypt "+part("…", key, "")+" FILE", YAML)
	case k == aMapping:
		return "import what is in it from a file of its own"
	case k == aList && f.piped():
		return "set its items one by one: sops decrypt " + part("…", key, "[0]") + " FILE" + setItem
	case k == aList:
		return "set its items one by one with cella set"
	case k == aNull:
		return "give it a value, or remove it" + file
	}
	return "put it in quotes, as it is meant" + file
}

// noText is a value of an encrypted file that was no text.
type noText struct {
	name string
	kind kind
}

// noTexts is the error of values that were no texts, and so are none here either. SOPS's
// checksum covers them, so that none can be left out here.
func (s sealed) noTexts(f File, tree sops.Tree, rule *sopsfile.Rule) error {
	var all []noText
	rest := false
	for _, item := range tree.Branches[0] {
		name, named := item.Key.(string)
		if !named {
			continue // a comment
		}
		if kind := kindOfValue(item.Value, rule.Matches(name)); kind != aText {
			all = append(all, noText{name, kind})
		} else {
			rest = true
		}
	}
	if len(all) == 0 {
		return nil
	}
	var errs []error
	for _, one := range all[:min(len(all), maxTold)] {
		errs = append(errs, fmt.Errorf("read %s: %s: %s", words.Quote(f.Name), words.Quote(one.name), one.kind.wrong(s.format)))
	}
	if more := len(all) - len(errs); more > 0 {
		errs = append(errs, fmt.Errorf("read %s: %d more are no texts", words.Quote(f.Name), more))
	}
	return hint.New(errors.Join(errs...), s.ways(f, all, rest)...)
}

// ways are those to import a file with values that are no texts. rest says that it has
// texts too.
func (s sealed) ways(f File, all []noText, rest bool) []string {
	if slices.Contains(all, noText{envfile.ListingKey, aMapping}) {
		// As JSON, this is the shape of Pantheon's API.
		verb := "decrypt"
		if s.format == YAML {
			verb += " --output-type json"
		}
		return []string{"nothing was written; let sops decrypt the file: " + pipe(s.sops(f, verb), JSON)}
	}
	var next []string
	if wanted := slices.DeleteFunc(slices.Clone(all), func(one noText) bool { return f.skips(one.name) }); len(wanted) > 0 {
		next = append(s.parts(f, wanted), "to import them, "+texts(wanted)+": "+s.sops(f, "edit"))
	}
	if without := s.without(f, all); rest {
		next = slices.Insert(next, 0, without)
	} else {
		next = append(next, without)
	}
	next[0] = "nothing was written; " + next[0]
	return next
}

// without is the way that leaves them out.
func (s sealed) without(f File, all []noText) string {
	command := pipe(s.sops(f, "decrypt"), s.format)
	told := all[:min(len(all), maxTold)]
	for _, one := range told {
		command += " --skip " + words.Argument(one.name)
	}
	more := ""
	if len(all) > len(told) {
		more = ", and add --skip for the others"
	}
	return "to leave them out, let sops decrypt the file" + more + ": " + command
}

// texts says how values become texts in an editor.
func texts(all []noText) string {
	has := func(kinds ...kind) bool {
		return slices.ContainsFunc(all, func(one noText) bool { return slices.Contains(kinds, one.kind) })
	}
	single, nested := has(aNumber, aBoolean, aDate), has(aMapping, aList)
	var how []string
	switch {
	case single && nested:
		how = append(how, "make texts of them, in quotes, as they are meant, and not nested")
	case single:
		how = append(how, "make texts of them, in quotes, as they are meant")
	case nested:
		how = append(how, "make texts of them, in quotes and not nested")
	}
	if has(aNull) {
		how = append(how, "give what is null a value, or remove it")
	}
	return strings.Join(how, "; ")
}

// parts are the commands that import what is nested: sops hands out a part of a file.
func (s sealed) parts(f File, all []noText) []string {
	var next []string
	for _, one := range all {
		switch {
		case len(next) == maxParts:
			return next
		case one.kind == aMapping:
			next = append(next, "to import "+words.Quote(one.name)+" by itself: "+pipe(s.sops(f, "decrypt "+part("", one.name, "")), s.format))
		case one.kind == aList:
			next = append(next, "to set the items of "+words.Quote(one.name)+" one by one: "+s.sops(f, "decrypt "+part("", one.name, "[0]"))+setItem)
		}
	}
	return next
}

// setItem is the command that takes an item from a pipe.
const setItem = " | cella set site:NAME SECRET"

// part is the flag with which sops hands out what is under a key.
func part(above, key, item string) string {
	if !plainKey.MatchString(key) {
		key = "KEY"
	}
	return "--extract '" + above + `["` + key + `"]` + item + "'"
}

// plainKey are keys that need no care in a shell.
var plainKey = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// pipe is a command that imports what another one prints.
func pipe(command string, format Format) string {
	command += " | cella import file - "
	if format == YAML {
		command += "--format yaml "
	}
	return command + "--to site:NAME"
}

// sopsForms are the forms that sops takes files for, by the ends of their names. All
// others are in its binary form.
var sopsForms = map[string]string{".env": "dotenv", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".ini": "ini"}

// sops is a command of sops for the file, with the form where its name tells another one.
func (s sealed) sops(f File, verb string) string {
	const binary = "binary"
	form := map[Format]string{Dotenv: "dotenv", JSON: "json", YAML: "yaml"}[s.format]
	if s.binary {
		form = binary
	}
	byName, known := sopsForms[path.Ext(f.Name)]
	if !known {
		byName = binary
	}
	command := "sops " + verb
	if form != byName && !f.piped() {
		command += " --input-type " + form
		if !strings.Contains(verb, "--output-type") {
			command += " --output-type " + form
		}
	}
	return command + " " + f.argument()
}

// piped: the file came from standard input.
func (f File) piped() bool { return f.Name == "stdin" }

// argument is the file in a command to type.
func (f File) argument() string {
	if f.piped() {
		return "FILE"
	}
	return words.Argument(f.Name)
}
