package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	// SDK is what Pantheon's PHP SDK reads where CUSTOMER_SECRETS_FAKE_FILE
	// names it.
	SDK Format = "sdk"
	// Dotenv is for Node's dotenv, with and without dotenv-expand, for
	// `node --env-file` and for Next.js.
	Dotenv Format = "dotenv"
	// DotenvNext is for Next.js alone, which expands `$`.
	DotenvNext Format = "dotenv-next"
	// DotenvPHP is for phpdotenv alone, which Bedrock uses.
	DotenvPHP Format = "dotenv-php"
	// JSON is an object of names and values.
	JSON Format = "json"
)

// Formats lists all formats.
func Formats() []Format { return []Format{SDK, Dotenv, DotenvNext, DotenvPHP, JSON} }

// Secret is one secret of the file, with the value that wins.
type Secret struct {
	Name   secret.Name
	Type   secret.Type
	Scopes secret.Scopes
	Value  secret.Value
}

// Site is whom the file is for.
type Site struct {
	ID    string // empty where it is not known
	Title string // one line for a comment
}

// Unfit is a secret that a format cannot hold.
type Unfit struct {
	Name   secret.Name
	Reason string
}

// File is what Encode made. With Refused, whose values have no form in the
// format, there is no Content. Skipped are names that no reader could ask for.
type File struct {
	Content []byte
	Skipped []Unfit
	Refused []Unfit
	Count   int // of secrets in Content
}

// entry is a secret with its text.
type entry struct {
	Secret
	text string
}

// Encode writes secrets, sorted by name, in the format. The error is for an
// unknown format.
func Encode(format Format, site Site, secrets []Secret) (File, error) {
	var file File
	entries := make([]entry, 0, len(secrets))
	for _, one := range secrets {
		text := one.Value.Reveal()
		if !utf8.ValidString(text) {
			file.Refused = append(file.Refused, Unfit{one.Name, "the value is not UTF-8"})
			continue
		}
		entries = append(entries, entry{one, text})
	}
	var content []byte
	var err error
	switch format {
	case SDK:
		content, err = encodeSDK(site, entries)
	case JSON:
		content, err = encodeJSON(entries)
	case Dotenv, DotenvNext, DotenvPHP:
		var skipped, refused []Unfit
		content, skipped, refused = encodeDotenv(site, entries, format)
		file.Skipped, file.Refused = skipped, append(file.Refused, refused...)
	default:
		return File{}, fmt.Errorf("encode: %s is no format", words.Quote(string(format)))
	}
	if err != nil || len(file.Refused) > 0 {
		return file, err
	}
	file.Content, file.Count = content, len(entries)-len(file.Skipped)
	return file, nil
}

// encodeJSON writes names and values.
func encodeJSON(entries []entry) ([]byte, error) {
	values := make(map[string]string, len(entries))
	for _, e := range entries {
		values[string(e.Name)] = e.text
	}
	return document(values)
}

// document writes JSON for people and programs.
func document(content any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(content); err != nil {
		// The encoder's error could quote what it was given.
		return nil, fmt.Errorf("encode: the secrets have no form in JSON")
	}
	return out.Bytes(), nil
}

// Written reports whether content is a file that Encode wrote in the format, and
// that nobody has edited since, so that it can be replaced without a loss. Plain
// JSON has no room for a mark: of no such file it is known.
func Written(format Format, content []byte) bool {
	switch format {
	case Dotenv, DotenvNext, DotenvPHP:
		return wroteDotenv(content)
	case SDK:
		return wroteSDK(content)
	}
	return false
}
