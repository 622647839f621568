package local

import (
	"bytes"
	"encoding/json"
)

// Written reports whether content may be a file that Encode wrote in the
// format, so that it can be replaced without a loss: a dotenv file by its first
// line, the others, which have no room for a mark, by their shape.
func Written(format Format, content []byte) bool {
	switch format {
	case Dotenv, DotenvNext:
		return bytes.HasPrefix(content, []byte(Marker))
	case SDK:
		var file struct {
			SiteID  *string
			Secrets map[string]json.RawMessage
		}
		return json.Unmarshal(content, &file) == nil && file.SiteID != nil && file.Secrets != nil
	}
	var values map[string]string
	return json.Unmarshal(content, &values) == nil && values != nil
}
