package local

import (
	"bytes"
	"regexp"

	"github.com/cella-secrets/cella/secret"
)

// sdkVersion marks the files of this package, with a checksum of the rest behind
// it in brackets. The service leaves Version empty, and the SDK passes it on
// without a look [client].
const sdkVersion = "cella local"

// sdkMark is the checksum behind the mark. Nothing that could look like it stands
// before it in a file of this package.
var sdkMark = regexp.MustCompile(`"Version": "` + sdkVersion + `( \[[0-9a-f]{8}\])"`)

// listing is the reply of the secrets service, which is what the SDK's client
// for local work reads [client].
type listing struct {
	SiteID  string
	Count   int
	Version string
	Scopes  []secret.Scope
	Secrets map[string]listed
}

type listed struct {
	Type      secret.Type
	Scopes    []secret.Scope
	Value     string
	OrgValues map[string]string `json:",omitempty"`
}

// encodeSDK writes what the SDK reads [client]:
//  1. Value is the winning value, whatever layer it comes from: overrides and
//     inherited values are not looked at.
//  2. Value "0" counts as none, and OrgValues.default is read in its place, so
//     the value stands there too.
//  3. Type and Scopes are always there: without them reading is fatal.
//  4. Something stands beside Secrets: without it the file is read again for
//     every secret.
func encodeSDK(site Site, entries []entry) ([]byte, error) {
	file := listing{
		SiteID: site.ID, Count: len(entries), Version: sdkVersion, Scopes: []secret.Scope{secret.UserScope, secret.ICScope, secret.WebScope, secret.OpsScope},
		Secrets: make(map[string]listed, len(entries)),
	}
	for _, e := range entries {
		one := listed{Type: e.Type, Scopes: append([]secret.Scope{}, e.Scopes...), Value: e.text}
		if e.text == "0" {
			one.OrgValues = map[string]string{"default": e.text}
		}
		file.Secrets[string(e.Name)] = one
	}
	unmarked, err := document(file)
	if err != nil {
		return nil, err
	}
	file.Version += " [" + checksum(unmarked) + "]"
	return document(file)
}

// wroteSDK reports whether content is a file of the SDK as it was written.
func wroteSDK(content []byte) bool {
	mark := sdkMark.FindSubmatchIndex(content)
	if mark == nil {
		return false
	}
	unmarked := bytes.Join([][]byte{content[:mark[2]], content[mark[3]:]}, nil)
	return string(content[mark[2]:mark[3]]) == " ["+checksum(unmarked)+"]"
}
