package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"unicode/utf8"
)

// MaxValueBytes is the largest value that Pantheon takes (public
// documentation).
const MaxValueBytes = 16384

// redacted is what every way of printing a Value shows.
const redacted = "(secret value)"

// ErrUnprintable is returned by every attempt to marshal a Value.
var ErrUnprintable = errors.New("a secret value cannot be marshalled")

// Value is a secret value that cannot be printed by accident: the text is
// held in a closure, so no fmt verb, logger, encoder or differ reaches it, not
// even through unexported fields of other types. The zero Value holds nothing
// and stands for "not known" or "none".
//
// Values do not compare with ==; Equal is the one way.
type Value struct {
	reveal func() string
}

// NewValue wraps text. NewValue("") is a Value that holds the empty string,
// which differs from the zero Value.
func NewValue(text string) Value {
	return Value{reveal: func() string { return text }}
}

// Reveal returns the text. It is meant for the few places where a value has
// to leave: a request body, a fingerprint, an encrypted or local file. The
// zero Value reveals "".
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// Known reports whether v holds a text, the empty one included.
func (v Value) Known() bool { return v.reveal != nil }

// Len returns the size of the text in bytes.
func (v Value) Len() int { return len(v.Reveal()) }

// Validate reports why v must not be stored on Pantheon, or nil; it never quotes
// v. An empty value could not be told from a hidden one in a listing, a request
// body cannot carry anything but UTF-8, and what SOPS encrypted is read by
// nobody there: ErrSOPSOutput, ErrSOPSFile.
func (v Value) Validate() error {
	switch {
	case !v.Known():
		return errors.New("the value is not known")
	case v.Len() == 0:
		return errors.New("the value is empty")
	case v.Len() > MaxValueBytes:
		return fmt.Errorf("the value has %d bytes; at most %d are allowed", v.Len(), MaxValueBytes)
	case !utf8.ValidString(v.Reveal()):
		return errors.New("the value is not UTF-8")
	}
	return sopsOutput(v.Reveal())
}

// Equal reports whether both hold the same text, in a time that depends on
// their lengths only. Two zero Values are equal; a zero Value equals no other.
func (v Value) Equal(other Value) bool {
	if v.Known() != other.Known() {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(other.Reveal())) == 1
}

// String returns a constant.
func (v Value) String() string { return redacted }

// GoString returns a constant.
func (v Value) GoString() string { return redacted }

// Format writes a constant for every verb and flag.
func (v Value) Format(state fmt.State, _ rune) {
	// A failing writer has nowhere to report to in fmt.Formatter.
	_, _ = state.Write([]byte(redacted))
}

// LogValue makes slog write a constant.
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON always fails with ErrUnprintable.
func (v Value) MarshalJSON() ([]byte, error) { return nil, ErrUnprintable }

// MarshalText always fails with ErrUnprintable.
func (v Value) MarshalText() ([]byte, error) { return nil, ErrUnprintable }

// MarshalBinary always fails with ErrUnprintable, and so gob does.
func (v Value) MarshalBinary() ([]byte, error) { return nil, ErrUnprintable }

// MarshalYAML always fails with ErrUnprintable.
func (v Value) MarshalYAML() (any, error) { return nil, ErrUnprintable }

// Reading is what a reply said of one value: its text, or that it is hidden.
// The zero Reading is hidden.
type Reading struct {
	value Value
}

// Hidden is the Reading of a value that the platform did not return.
func Hidden() Reading { return Reading{} }

// Read is the Reading of a value that the platform returned. The platform
// never tells an empty value from a hidden one, so Read of an empty Value is
// Hidden.
func Read(value Value) Reading {
	if value.Len() == 0 {
		return Hidden()
	}
	return Reading{value: value}
}

// Readable reports whether the value came back.
func (r Reading) Readable() bool { return r.value.Known() }

// Matches reports whether the value came back and equals want.
func (r Reading) Matches(want Value) bool { return r.Readable() && r.value.Equal(want) }

// Value returns the value that came back; the zero Value when it is hidden.
func (r Reading) Value() Value { return r.value }
