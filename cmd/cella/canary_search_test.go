package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// canaryKey stands where a scalar that quoting errors would repeat is needed.
const canaryKey = "c4narykey"

// forms are the ways in which text could be written down.
func forms(text string) map[string]string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	inner := strings.Trim(string(quoted), `"`)
	found := map[string]string{
		"raw": text, "hex": hex.EncodeToString([]byte(text)), "json": inner,
		"json without HTML escapes": strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(inner),
		"go":                        strings.Trim(fmt.Sprintf("%q", text), `"`), "query": url.QueryEscape(text), "path": url.PathEscape(text),
	}
	// Base64 of a longer text shows this one at one of three offsets.
	for offset := range 3 {
		padded := strings.Repeat("\x00", offset) + text
		encoded := base64.RawStdEncoding.EncodeToString([]byte(padded))
		first, last := (offset*8+5)/6, len(encoded)-1
		found[fmt.Sprintf("base64 at %d", offset)] = encoded[first:last]
		found[fmt.Sprintf("base64url at %d", offset)] = strings.NewReplacer("+", "-", "/", "_").Replace(encoded[first:last])
	}
	return found
}

// search fails the test if any canary, in any form, is in text.
func search(t *testing.T, where, text string, except ...string) {
	t.Helper()
	for name, value := range canaries {
		if slices.Contains(except, name) {
			continue
		}
		for form, written := range forms(value) {
			if strings.Contains(text, written) {
				t.Errorf("%s holds the value of %s (%s)", where, name, form)
			}
		}
	}
	if strings.Contains(text, canaryKey) {
		t.Errorf("%s quotes the input", where)
	}
}

// searchFiles searches all files below dir.
func searchFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		search(t, filepath.Base(path), string(data))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// searchWritten searches what was written beside a manifest that quotes the
// canaries itself.
func searchWritten(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "secrets.yaml")); err != nil {
		t.Fatal(err)
	}
	searchFiles(t, dir)
}

// searchTraffic searches every request: a value may be in the body of its own
// secret's writes and nowhere else; the token in the body of the sign-in; a
// session in the header made for it.
func searchTraffic(t *testing.T, b *bench) {
	t.Helper()
	token := b.env["PANTHEON_MACHINE_TOKEN"]
	for _, request := range b.traffic.all() {
		line, _, _ := strings.Cut(request.head, "\n")
		search(t, line, request.head)
		var own []string
		for name := range canaries {
			secretName, _, _ := strings.Cut(name, " ")
			created := request.method == http.MethodPost && strings.Contains(request.body, `"`+secretName+`"`)
			if created || strings.HasSuffix(line, "/secrets/"+secretName) {
				own = append(own, name)
			}
		}
		search(t, line+": body", request.body, own...)
		if strings.Contains(request.head, token) {
			t.Errorf("%s: the token is in the head", line)
		}
		if strings.Contains(request.body, token) != strings.Contains(line, "/authorize/") {
			t.Errorf("%s: the token belongs into the body of the sign-in only", line)
		}
	}
}

// TestTheCanaryWouldSing proves that search finds each form.
func TestTheCanaryWouldSing(t *testing.T) {
	value := canaries["CREATED"]
	for _, text := range []string{
		value, base64.StdEncoding.EncodeToString([]byte(value)), base64.StdEncoding.EncodeToString([]byte("xx" + value + "yy")),
		hex.EncodeToString([]byte(value)), url.QueryEscape(value), fmt.Sprintf("%q", value),
	} {
		heard := false
		for _, written := range forms(value) {
			heard = heard || strings.Contains(text, written)
		}
		if !heard {
			t.Errorf("no form of the value is found in %q", text)
		}
	}
}
