package pantheon

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cella-secrets/cella/secret"
)

// errShape is what the functions below mean by "not as expected". They say no
// more where the reply would have to be quoted.
var errShape = errors.New("unexpected shape")

// member is a key of a JSON object with what it holds.
type member struct {
	key   string
	value json.RawMessage
}

// parseListing reads the reply of a list. Rules:
//  1. The reply is a JSON object with a Secrets object, or it is an error. It
//     is never "no secrets". An empty array counts as an empty object, because
//     PHP makes one of the other [inferred].
//  2. Keys are compared exactly, and none may come twice.
//  3. A value is text or null; "" is the same as null, hidden [client].
//  4. EnvValues and OrgValues may be missing, null, {} or [].
//  5. Every entry has Type and Scopes [client]; words that nobody knows are
//     kept as they are.
//  6. In a site's list, an entry without readable Value whose OrgValues have a
//     default may be the organization's alone [inferred]. One with a readable
//     Value is the site's own, and shadows the organization's [client].
//  7. SiteID, where a site's list has it, is that of the site. What stands there
//     for an organization is not known.
//  8. Count may be missing. More than there are entries means that the reply may
//     have been cut, which is noted; fewer mean nothing [inferred].
//
// The error is a *failure and quotes nothing.
func parseListing(owner secret.Owner, body []byte) (secret.Live, error) {
	live := secret.Live{Owner: owner}
	if !json.Valid(body) {
		return live, cutShort()
	}
	if !utf8.Valid(body) {
		// The decoder would replace such bytes without a word.
		return live, malformed("the list is not UTF-8")
	}
	top, err := members(body)
	if err != nil {
		return live, malformed("the list is not an object with each key once")
	}
	if owner.Kind == secret.Site && !isOf(owner, top) {
		return live, malformed("the list is that of another site")
	}
	secrets, found := find(top, "Secrets")
	if !found || isNull(secrets) {
		return live, malformed("the answer has no list of secrets")
	}
	entries, err := membersOrNone(secrets)
	if err != nil {
		return live, malformed("the list of secrets is not an object with each name once")
	}
	live.Secrets = make([]secret.LiveSecret, 0, len(entries))
	for i, entry := range entries {
		parsed, err := parseEntry(owner.Kind, entry)
		if err != nil {
			// The name is part of the reply, so the place has to do.
			return secret.Live{Owner: owner}, malformed(fmt.Sprintf("entry %d of the list: %v", i+1, err))
		}
		live.Secrets = append(live.Secrets, parsed)
	}
	slices.SortFunc(live.Secrets, func(a, b secret.LiveSecret) int { return cmp.Compare(a.Name, b.Name) })
	count, err := counted(top)
	if err != nil {
		return secret.Live{Owner: owner}, malformed("the Count of the list is not a number")
	}
	live.Cut = count > float64(len(entries))
	return live, nil
}

// isOf reports whether a list may be the site's: its SiteID is the site's id,
// or it has none.
func isOf(site secret.Owner, top []member) bool {
	raw, _ := find(top, "SiteID")
	id, known, err := parseText(raw)
	return err == nil && (!known || id == "" || strings.EqualFold(id, site.ID))
}

// counted is how many entries the list says it has; 0 where it does not say.
func counted(top []member) (count float64, err error) {
	raw, _ := find(top, "Count")
	if raw == nil || isNull(raw) {
		return 0, nil
	}
	if json.Unmarshal(raw, &count) != nil {
		return 0, errShape
	}
	return count, nil
}

func parseEntry(kind secret.OwnerKind, entry member) (secret.LiveSecret, error) {
	parsed := secret.LiveSecret{Name: secret.Name(entry.key)}
	if parsed.Name == "" {
		return parsed, errors.New("it has no name")
	}
	fields, err := members(entry.value)
	if err != nil {
		return parsed, errors.New("it is not an object with each key once")
	}
	typ, _ := find(fields, "Type")
	text, known, err := parseText(typ)
	if err != nil || !known {
		return parsed, errors.New("its Type is not text")
	}
	parsed.Type = secret.Type(text)
	scopes, _ := find(fields, "Scopes")
	if parsed.Scopes, err = parseScopes(scopes); err != nil {
		return parsed, errors.New("its Scopes are not a list of texts")
	}
	value, _ := find(fields, "Value")
	if parsed.Value, err = parseReading(value); err != nil {
		return parsed, errors.New("its Value is neither text nor null")
	}
	envValues, _ := find(fields, "EnvValues")
	if parsed.Overrides, err = parseOverrides(envValues); err != nil {
		return parsed, errors.New("its EnvValues are not texts or nulls by environment")
	}
	orgValues, _ := find(fields, "OrgValues")
	inherited, err := hasDefault(orgValues)
	if err != nil {
		return parsed, errors.New("its OrgValues are not texts or nulls by environment")
	}
	switch {
	case kind != secret.Site || !inherited:
	case parsed.Value.Readable():
		parsed.Shadows = true
	default:
		parsed.Presence = secret.MayBeInherited
	}
	return parsed, nil
}

func parseScopes(raw json.RawMessage) (secret.Scopes, error) {
	var items []json.RawMessage
	if raw == nil || isNull(raw) || json.Unmarshal(raw, &items) != nil {
		return nil, errShape
	}
	scopes := make([]secret.Scope, 0, len(items))
	for _, item := range items {
		text, known, err := parseText(item)
		if err != nil || !known {
			return nil, errShape
		}
		scopes = append(scopes, secret.Scope(text))
	}
	return secret.NewScopes(scopes...), nil
}

func parseOverrides(raw json.RawMessage) ([]secret.LiveOverride, error) {
	entries, err := membersOrNone(raw)
	if err != nil {
		return nil, err
	}
	var overrides []secret.LiveOverride
	for _, entry := range entries {
		reading, err := parseReading(entry.value)
		if err != nil || entry.key == "" {
			return nil, errShape
		}
		overrides = append(overrides, secret.LiveOverride{Env: secret.Env(entry.key), Value: reading})
	}
	slices.SortFunc(overrides, func(a, b secret.LiveOverride) int { return cmp.Compare(a.Env, b.Env) })
	return overrides, nil
}

// hasDefault reports whether OrgValues has a default, readable or not.
func hasDefault(raw json.RawMessage) (bool, error) {
	entries, err := membersOrNone(raw)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		if _, err := parseReading(entry.value); err != nil {
			return false, err
		}
	}
	_, found := find(entries, "default")
	return found, nil
}

// parseReading reads a value; a missing one is hidden.
func parseReading(raw json.RawMessage) (secret.Reading, error) {
	text, known, err := parseText(raw)
	if err != nil || !known {
		return secret.Hidden(), err
	}
	return secret.Read(secret.NewValue(text)), nil
}

// parseText reads a JSON string; known is false for null and for nothing.
func parseText(raw json.RawMessage) (text string, known bool, err error) {
	if raw == nil || isNull(raw) {
		return "", false, nil
	}
	if json.Unmarshal(raw, &text) != nil {
		return "", false, errShape
	}
	return text, true, nil
}

// membersOrNone is members, with none for nothing, null and [].
func membersOrNone(raw json.RawMessage) ([]member, error) {
	if raw == nil || isNull(raw) {
		return nil, nil
	}
	if bytes.HasPrefix(raw, []byte("[")) {
		// An array that is not empty has no keys, so it says nothing.
		if len(bytes.TrimSpace(raw[1:len(raw)-1])) > 0 {
			return nil, errShape
		}
		return nil, nil
	}
	return members(raw)
}

// members returns what a JSON object holds, in its order. Anything else, and
// a key that comes twice, is an error: of two values of one name neither can
// be trusted.
func members(raw json.RawMessage) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errShape
	}
	var all []member
	seen := map[string]bool{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, errShape
		}
		entry := member{key: key.(string)}
		if err := decoder.Decode(&entry.value); err != nil || seen[entry.key] {
			return nil, errShape
		}
		seen[entry.key] = true
		all = append(all, entry)
	}
	return all, nil
}

func find(all []member, key string) (json.RawMessage, bool) {
	for _, entry := range all {
		if entry.key == key {
			return entry.value, true
		}
	}
	return nil, false
}

// isNull reports whether raw is JSON's null.
func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
