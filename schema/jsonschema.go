package schema

import _ "embed" // the JSON Schema below

// EditorFile is where a manifest's first line says that its JSON Schema is,
// relative to the manifest, with slashes.
const EditorFile = ".cella/manifest.schema.json"

// EditorLine is the first line of a generated manifest, without the line end:
// by it the YAML extensions of editors find the schema. Their newest releases
// understand later drafts, others nothing beyond draft 7, so that is what the
// schema is written in.
const EditorLine = "# yaml-language-server: $schema=" + "./" + EditorFile

//go:embed manifest.schema.json
var manifestSchema string

// JSONSchema returns the JSON Schema (draft 7) of a manifest, encrypted or
// not, ended by a newline.
//
// It says what the decoder says of structure: keys, what stands under them,
// and which cannot stand together. It leaves to the decoder what a schema
// cannot say:
//
//  1. notation: numbers in other forms than decimal digits, True for true,
//     aliases, tags, duplicate keys, keys that are no text;
//  2. lengths in bytes, and unprintable characters in names;
//  3. what depends on another part of the file: type and scopes that neither
//     the secret nor defaults give, the name of a secret whose type env comes
//     from defaults, a project that lists itself, a record on an owner that is
//     not there or leaves, an override that is dropped too, two owners with
//     one id;
//  4. encryption: whether a value must be, or must not be, is, and by which
//     rule.
func JSONSchema() string { return manifestSchema }
