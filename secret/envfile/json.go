package envfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// LooksJSON reports whether a file is rather JSON than lines of variables.
func LooksJSON(data []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(data, byteOrderMark), " \t\r\n")
	return len(text) > 0 && text[0] == '{'
}

// ListingKey is the key of the secrets in a reply of Pantheon's API.
const ListingKey = "Secrets"

// ParseJSON reads a JSON file and returns its variables, sorted by name. There are
// two shapes:
//
//	{"NAME": "value"}
//	{"Secrets": {"NAME": {"Type": "runtime", "Scopes": ["web"], "Value": "value"}}}
//
// The second one is that of Pantheon's API, which cella local --format sdk writes. The
// error is a *SyntaxError, which tells all keys that are wrong. Of a name to skip, the
// value may be anything; skip may be nil.
func ParseJSON(data []byte, skip func(name string) bool) ([]Variable, error) {
	text, err := textOf(data)
	if err != nil {
		return nil, err
	}
	top, err := object([]byte(text))
	if err != nil {
		return nil, err
	}
	r := &jsonReader{skip: skip}
	if secrets, listing := top.listing(); listing {
		r.each(secrets, ListingKey+".", r.listed)
	} else {
		r.each(top, "", r.flat)
	}
	if r.more > 0 || len(r.problems) > 0 {
		return nil, &SyntaxError{Problems: r.problems, More: r.more}
	}
	if len(r.variables) > MaxVariables {
		return nil, wholeFile("it has %d variables; at most %d are read", len(r.variables), MaxVariables)
	}
	slices.SortFunc(r.variables, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return r.variables, nil
}

// members are those of an object, in order.
type members []member

type member struct {
	key  string
	text json.RawMessage
}

// object reads an object, with keys that come twice, and nothing behind it.
func object(text []byte) (members, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	wrong := func(err error) error {
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
			return &SyntaxError{Problems: []Problem{{Line: line, What: "it is not JSON from here on"}}}
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return wholeFile("it is JSON that does not end: a bracket is not closed")
		}
		return wholeFile(`it is not a JSON object, as in {"NAME": "value"}`)
	}
	if first, err := decoder.Token(); err != nil {
		return nil, wrong(err)
	} else if first != json.Delim('{') {
		return nil, wrong(nil)
	}
	var all members
	for decoder.More() {
		var one member
		token, err := decoder.Token()
		if err == nil {
			one.key, _ = token.(string)
			err = decoder.Decode(&one.text)
		}
		if err != nil {
			return nil, wrong(err)
		}
		all = append(all, one)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, wrong(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, wholeFile("there is something behind the JSON object")
	}
	return all, nil
}

// listing returns the secrets of a reply of Pantheon's API.
func (m members) listing() (members, bool) {
	for _, one := range m {
		if one.key == ListingKey && one.text[0] == '{' {
			secrets, err := object(one.text)
			return secrets, err == nil
		}
	}
	return nil, false
}

type jsonReader struct {
	skip      func(name string) bool
	variables []Variable
	problems  []Problem
	more      int
}

// wrong reports what is wrong with a key.
func (r *jsonReader) wrong(key, format string, args ...any) {
	if len(r.problems) == maxTold {
		r.more++
		return
	}
	r.problems = append(r.problems, Problem{Name: words.Quote(key), What: fmt.Sprintf(format, args...)})
}

// each reads all members, and reports keys that come twice.
func (r *jsonReader) each(all members, above string, read func(key string, one member)) {
	seen := map[string]bool{}
	for _, one := range all {
		if seen[one.key] {
			r.wrong(above+one.key, "it is there twice: remove one of them")
			continue
		}
		seen[one.key] = true
		read(above+one.key, one)
	}
}

// skipped takes the name alone.
func (r *jsonReader) skipped(name string) bool {
	if r.skip == nil || !r.skip(name) {
		return false
	}
	r.variables = append(r.variables, Variable{Name: name})
	return true
}

func (r *jsonReader) flat(key string, one member) {
	if r.skipped(one.key) {
		return
	}
	if value, ok := r.text(key, one.text); ok {
		r.variables = append(r.variables, Variable{Name: one.key, Value: secret.NewValue(value)})
	}
}

// text reads a text.
func (r *jsonReader) text(key string, raw json.RawMessage) (string, bool) {
	if raw[0] != '"' {
		r.wrong(key, "it is %s, and a value is a text: %s", kindOf(raw), asText(raw))
		return "", false
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil {
		r.wrong(key, "its text is not JSON")
		return "", false
	}
	// The decoder puts U+FFFD in the place of half a character.
	meant := bytes.Count(raw, []byte("\uFFFD")) + bytes.Count(bytes.ToLower(raw), []byte(`\ufffd`))
	if strings.Count(value, "\uFFFD") > meant {
		r.wrong(key, "it holds half of a character (a \\u escape that needs another one)")
		return "", false
	}
	return value, true
}

// asText says how to make a text of what is none.
func asText(raw json.RawMessage) string {
	switch raw[0] {
	case '{', '[':
		return `put it in quotes, with \" for each quote in it`
	case 'n':
		return "remove it, or give it a text"
	}
	return "put it in quotes"
}

func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	case '"':
		return "a text"
	}
	return "a number"
}

// listed reads an entry of a listing.
func (r *jsonReader) listed(key string, one member) {
	if r.skipped(one.key) {
		return
	}
	if one.text[0] != '{' {
		r.wrong(key, "it is %s, and an entry of Secrets is an object with Type, Scopes and Value", kindOf(one.text))
		return
	}
	fields, err := object(one.text)
	if err != nil {
		r.wrong(key, "it is not JSON")
		return
	}
	v := Variable{Name: one.key, Without: "the file has no value of it"}
	r.each(fields, key+".", func(at string, field member) { r.field(&v, at, field) })
	if v.Value.Known() {
		v.Without = ""
	}
	r.variables = append(r.variables, v)
}

// field reads what an entry says of itself. Others than these mean nothing here.
func (r *jsonReader) field(v *Variable, at string, field member) {
	null := field.text[0] == 'n'
	switch {
	case field.key == "Value" && !null:
		if value, ok := r.text(at, field.text); ok {
			v.Value = secret.NewValue(value)
		}
	case field.key == "Type" && !null:
		if kind, ok := r.text(at, field.text); ok {
			v.Type = secret.Type(kind)
		}
	case field.key == "Scopes" && !null:
		var scopes []secret.Scope
		if err := json.Unmarshal(field.text, &scopes); err != nil {
			r.wrong(at, "it is not a list of texts")
			return
		}
		v.Scopes = secret.NewScopes(scopes...)
	case field.key == "OrgValues" && field.text[0] == '{':
		v.Without = "it has no value but the organization's: import that into the organization"
	case field.key == "EnvValues" && field.text[0] == '{':
		v.Overrides = environments(field.text)
	}
}

// environments are those of which the file has a value.
func environments(text json.RawMessage) []string {
	values, err := object(text)
	if err != nil {
		return nil
	}
	var names []string
	for _, one := range values {
		if one.text[0] == '"' && len(one.text) > 2 {
			names = append(names, one.key)
		}
	}
	slices.Sort(names)
	return names
}
