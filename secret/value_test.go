package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/secret"
)

const canary = "c4n4ry-value-of-a-secret"

// holders nests a Value in every way that a printer could dig into.
func holders() map[string]any {
	value := secret.NewValue(canary)
	type inner struct{ hidden secret.Value }
	return map[string]any{
		"value":            value,
		"pointer":          &value,
		"exported field":   struct{ V secret.Value }{value},
		"unexported field": inner{value},
		"pointer to field": &inner{value},
		"slice":            []secret.Value{value},
		"map":              map[string]secret.Value{"k": value},
		"interface":        []any{value},
		"reading":          secret.Read(value),
		"desired":          secret.DesiredSecret{Name: "A", Value: value, Overrides: []secret.DesiredOverride{{Env: "live", Value: value}}},
		"live":             secret.Live{Secrets: []secret.LiveSecret{{Name: "A", Value: secret.Read(value)}}},
	}
}

func TestNoVerbPrintsAValue(t *testing.T) {
	for name, holder := range holders() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%t", "%#x"} {
			t.Run(name+" "+verb, func(t *testing.T) {
				mustNotHold(t, fmt.Sprintf(verb, holder))
			})
		}
	}
}

func TestNoLoggerOrDifferPrintsAValue(t *testing.T) {
	for name, holder := range holders() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", "holder", holder)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "holder", holder)
			mustNotHold(t, out.String())
		})
	}
	mustNotHold(t, cmp.Diff(
		secret.DesiredSecret{Value: secret.NewValue(canary)},
		secret.DesiredSecret{Value: secret.NewValue("another")},
	))
	if cmp.Diff(secret.NewValue(canary), secret.NewValue("another")) == "" {
		t.Error("cmp.Diff of two different values = no difference")
	}
}

func TestEveryEncoderFails(t *testing.T) {
	value := secret.NewValue(canary)
	encoders := map[string]func() ([]byte, error){
		"json":     func() ([]byte, error) { return json.Marshal(value) },
		"json key": func() ([]byte, error) { return json.Marshal(struct{ V secret.Value }{value}) },
		"text":     func() ([]byte, error) { return value.MarshalText() },
		"yaml":     func() ([]byte, error) { return yaml.Marshal(value) },
		"gob": func() ([]byte, error) {
			var out bytes.Buffer
			err := gob.NewEncoder(&out).Encode(value)
			return out.Bytes(), err
		},
	}
	for name, encode := range encoders {
		t.Run(name, func(t *testing.T) {
			out, err := encode()
			if !errors.Is(err, secret.ErrUnprintable) {
				t.Errorf("error = %v, want ErrUnprintable", err)
			}
			mustNotHold(t, string(out))
		})
	}
}

func mustNotHold(t *testing.T, text string) {
	t.Helper()
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(text, form) {
			t.Errorf("the output holds the value: %d bytes", len(text))
		}
	}
}

func TestEqual(t *testing.T) {
	var none secret.Value
	tests := map[string]struct {
		a, b   secret.Value
		want   bool
		reason string
	}{
		"same":          {secret.NewValue("a"), secret.NewValue("a"), true, "the texts are equal"},
		"different":     {secret.NewValue("a"), secret.NewValue("b"), false, "the texts differ"},
		"longer":        {secret.NewValue("a"), secret.NewValue("aa"), false, "a prefix is another text"},
		"none and none": {none, none, true, "neither holds a text"},
		"none or empty": {none, secret.NewValue(""), false, "not known is not the same as known to be empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.a.Equal(test.b); got != test.want {
				t.Errorf("Equal = %v, want %v: %s", got, test.want, test.reason)
			}
			if got := test.b.Equal(test.a); got != test.want {
				t.Errorf("Equal, turned round = %v, want %v: %s", got, test.want, test.reason)
			}
		})
	}
}

func TestReading(t *testing.T) {
	tests := map[string]struct {
		reading  secret.Reading
		readable bool
		matches  bool
		reason   string
	}{
		"hidden":    {secret.Hidden(), false, false, "nothing came back"},
		"empty":     {secret.Read(secret.NewValue("")), false, false, "the platform does not tell an empty value from a hidden one"},
		"equal":     {secret.Read(secret.NewValue("a")), true, true, "the text came back and is the wanted one"},
		"different": {secret.Read(secret.NewValue("b")), true, false, "another text came back"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.reading.Readable(); got != test.readable {
				t.Errorf("Readable = %v, want %v: %s", got, test.readable, test.reason)
			}
			if got := test.reading.Matches(secret.NewValue("a")); got != test.matches {
				t.Errorf("Matches = %v, want %v: %s", got, test.matches, test.reason)
			}
		})
	}
	if secret.Hidden().Matches(secret.Value{}) {
		t.Error("a hidden reading matches the zero Value")
	}
}
