package secret

import (
	"errors"
	"regexp"
	"strings"
)

// ErrSOPSOutput is why a value is not valid that SOPS encrypted already, also
// with its name before it: its readers would get it as it is.
var ErrSOPSOutput = errors.New("the value is what SOPS makes of one (ENC[...]), and its readers would get just that")

// ErrSOPSFile is ErrSOPSOutput of a whole file: YAML, JSON, INI, a .env file, or
// the JSON around a file that was encrypted twice.
var ErrSOPSFile = errors.New("the value is a file that SOPS encrypted, and its readers would get just that")

// SOPSHead begins everything that SOPS encrypts.
const SOPSHead = "ENC[AES256_GCM,"

// sopsSection is where a file of SOPS begins to say how it is encrypted.
var sopsSection = regexp.MustCompile(`(?m)^\s*[{,]?\s*("sops"|sops)\s*:|^sops_\w+=|^\[sops\]`)

// sopsValue is where a value of such a file begins, or a line of it, its name
// included: behind quotes, or what does not show.
var sopsValue = regexp.MustCompile("^[\\s\\pZ\\p{Cf}#\"'`-]*((export\\s+)?[\\w.-]+[\"']?\\s*[:=]\\s*)?[\"'`]?" + regexp.QuoteMeta(SOPSHead))

// sopsOutput is one of the errors above, or nil.
func sopsOutput(text string) error {
	switch {
	case !strings.Contains(text, SOPSHead):
		return nil
	case sopsSection.MatchString(text) || strings.Contains(text, `"sops":`):
		return ErrSOPSFile
	case sopsValue.MatchString(text):
		return ErrSOPSOutput
	}
	return nil
}
