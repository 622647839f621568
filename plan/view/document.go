package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
)

// document is a plan with its sentences. Each type below is one of package plan
// in which some members are told again, with words.
type document struct {
	plan.Plan
	Changes          []changeDocument   `json:"changes"`
	IfLedgerVerifies []presumedDocument `json:"if_ledger_verifies,omitempty"`
	Ledgers          []ledgerDocument   `json:"ledgers"`
	Record           recordDocument     `json:"record,omitzero"`
	Drift            []driftDocument    `json:"drift"`
	Errors           []errorDocument    `json:"errors"`
	Warnings         []warningDocument  `json:"warnings"`
	Refusals         []refusalDocument  `json:"refusals"`
}

type reasonDocument struct {
	plan.Reason
	Message string `json:"message"`
}

type changeDocument struct {
	plan.Change
	Reasons   []reasonDocument   `json:"reasons"`
	Overrides []overrideDocument `json:"overrides"`
}

type overrideDocument struct {
	plan.OverrideChange
	Reasons []reasonDocument `json:"reasons,omitempty"`
}

type presumedDocument struct {
	plan.Presumed
	Reasons []reasonDocument `json:"reasons"`
}

type ledgerDocument struct {
	plan.LedgerChange
	Message string `json:"message"`
}

type recordDocument struct {
	plan.RecordChange
	Reasons []reasonDocument `json:"reasons"`
}

type driftDocument struct {
	plan.Drift
	Message string `json:"message"`
}

type errorDocument struct {
	plan.OwnerError
	Message string `json:"message"`
}

type warningDocument struct {
	plan.Warning
	Message string `json:"message"`
}

type refusalDocument struct {
	plan.Refusal
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

func documentOf(p plan.Plan) document {
	return document{
		Plan:             p,
		Changes:          each(p.Changes, documentOfChange),
		IfLedgerVerifies: each(p.IfLedgerVerifies, func(s plan.Presumed) presumedDocument { return presumedDocument{s, documentOfReasons(s.Reasons)} }),
		Ledgers: each(p.Ledgers, func(l plan.LedgerChange) ledgerDocument {
			return ledgerDocument{l, sentence.Reason(plan.Reason{Code: l.Reason})}
		}),
		Record:   recordDocument{p.Record, documentOfReasons(p.Record.Reasons)},
		Drift:    each(p.Drift, func(d plan.Drift) driftDocument { return driftDocument{d, sentence.Drift(d)} }),
		Errors:   each(p.Errors, func(e plan.OwnerError) errorDocument { return errorDocument{e, sentence.Error(e)} }),
		Warnings: each(p.Warnings, func(w plan.Warning) warningDocument { return warningDocument{w, sentence.Warning(w)} }),
		Refusals: each(p.Refusals, func(r plan.Refusal) refusalDocument {
			message, remedy := sentence.Refusal(r)
			return refusalDocument{r, message, remedy}
		}),
	}
}

func documentOfChange(c plan.Change) changeDocument {
	return changeDocument{c, documentOfReasons(c.Reasons), each(c.Overrides, func(o plan.OverrideChange) overrideDocument {
		return overrideDocument{o, documentOfReasons(o.Reasons)}
	})}
}

func documentOfReasons(reasons []plan.Reason) []reasonDocument {
	return each(reasons, func(r plan.Reason) reasonDocument { return reasonDocument{r, sentence.Reason(r)} })
}

// each is nil where the list is, as an empty list is another thing in JSON.
func each[T, D any](list []T, of func(T) D) []D {
	if list == nil {
		return nil
	}
	out := make([]D, len(list))
	for i, one := range list {
		out[i] = of(one)
	}
	return out
}

// ErrNoPlan is the error of ReadJSON for what JSON does not write. It quotes
// nothing of it.
var ErrNoPlan = errors.New("this is not a plan, or it was cut or edited")

// FormatError is the error of ReadJSON for a plan of another format.
type FormatError struct{ Version string }

func (e *FormatError) Error() string {
	return fmt.Sprintf("it is a plan of format version %s, and this cella reads version %s", words.Quote(e.Version), plan.FormatVersion)
}

// ReadJSON reads the document that JSON wrote, however it is indented and
// escaped. It takes just what JSON writes, so that nothing has to be asked of
// the result: an owner has a kind, a list is there, no member is unknown,
// missing or there twice. The sentences are dropped, whatever they are. The
// error is ErrNoPlan or a *FormatError.
func ReadJSON(text []byte) (plan.Plan, error) {
	var format struct {
		Version string `json:"format_version"`
	}
	switch err := json.Unmarshal(text, &format); {
	case err != nil, format.Version == "":
		return plan.Plan{}, ErrNoPlan
	case format.Version != plan.FormatVersion:
		return plan.Plan{}, &FormatError{Version: format.Version}
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return plan.Plan{}, ErrNoPlan
	}
	again, err := json.Marshal(d)
	if err != nil || !sameDocument(text, again) {
		return plan.Plan{}, ErrNoPlan
	}
	return d.plan(), nil
}

// sameDocument compares two valid JSON documents token by token. One with a null
// is none that JSON writes.
func sameDocument(a, b []byte) bool {
	first, second := json.NewDecoder(bytes.NewReader(a)), json.NewDecoder(bytes.NewReader(b))
	first.UseNumber()
	second.UseNumber()
	for {
		one, ended := first.Token()
		other, err := second.Token()
		switch {
		case ended != nil || err != nil:
			return errors.Is(ended, io.EOF) && errors.Is(err, io.EOF)
		case one != other, one == nil:
			return false
		}
	}
}

// plan returns the document without its sentences.
func (d document) plan() plan.Plan {
	p := d.Plan
	p.Changes = each(d.Changes, changeDocument.change)
	p.IfLedgerVerifies = each(d.IfLedgerVerifies, func(s presumedDocument) plan.Presumed {
		s.Presumed.Reasons = reasonsOf(s.Reasons)
		return s.Presumed
	})
	p.Ledgers = each(d.Ledgers, func(l ledgerDocument) plan.LedgerChange { return l.LedgerChange })
	p.Record = d.Record.RecordChange
	p.Record.Reasons = reasonsOf(d.Record.Reasons)
	p.Drift = each(d.Drift, func(d driftDocument) plan.Drift { return d.Drift })
	p.Errors = each(d.Errors, func(e errorDocument) plan.OwnerError { return e.OwnerError })
	p.Warnings = each(d.Warnings, func(w warningDocument) plan.Warning { return w.Warning })
	p.Refusals = each(d.Refusals, func(r refusalDocument) plan.Refusal { return r.Refusal })
	return p
}

func (c changeDocument) change() plan.Change {
	change := c.Change
	change.Reasons = reasonsOf(c.Reasons)
	change.Overrides = each(c.Overrides, func(o overrideDocument) plan.OverrideChange {
		o.OverrideChange.Reasons = reasonsOf(o.Reasons)
		return o.OverrideChange
	})
	return change
}

func reasonsOf(said []reasonDocument) []plan.Reason {
	return each(said, func(r reasonDocument) plan.Reason { return r.Reason })
}
