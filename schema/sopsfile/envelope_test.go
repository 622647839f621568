package sopsfile

import (
	"encoding/base64"
	"testing"
)

func TestParseEnvelope(t *testing.T) {
	field := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	form := func(data, iv, tag, kind string) string {
		return "ENC[AES256_GCM,data:" + data + ",iv:" + iv + ",tag:" + tag + ",type:" + kind + "]"
	}
	whole := form(field(5), field(32), field(16), "str")
	tests := map[string]bool{
		whole: true, form(field(1), field(32), field(16), "int"): true, form(field(100_000), field(32), field(16), "str"): true,
		"": false, "ENC[]": false, whole[:len(whole)-1]: false, whole + "x": false, " " + whole: false, whole + whole: false,
		form("", field(32), field(16), "str"): false, form(field(5), field(12), field(16), "str"): false,
		form(field(5), field(33), field(16), "str"): false, form(field(5), field(32), field(12), "str"): false,
		form(field(5), field(32), field(16), ""): false, form(field(5), field(32), field(16), "s,t"): false,
		form("AAA", field(32), field(16), "str"): false, form("A===", field(32), field(16), "str"): false,
		form("====", field(32), field(16), "str"): false, form("AA=A", field(32), field(16), "str"): false,
		form("AA\nA", field(32), field(16), "str"): false, form("AA-_", field(32), field(16), "str"): false,
		form(field(5)+",iv:"+field(32), field(32), field(16), "str"): false,
	}
	for text, want := range tests {
		e, ok := ParseEnvelope(text)
		if ok != want {
			t.Errorf("%.80q: %t, want %t", text, ok, want)
		}
		if ok {
			if box, err := e.decode(nil); err != nil || len(box.nonce) != envelopeNonce || len(box.text) < envelopeTag+1 {
				t.Errorf("decode %.80q: %v", text, err)
			}
		}
	}
}
