package apply

import (
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// reportVersion is the version of the JSON document that a Report encodes to.
const reportVersion = "1"

// Outcome is what became of a step or of a secret.
type Outcome string

// The outcomes. Of a secret: Done where every step is done; Failed where a
// step failed or the secret was cut short; NotTried where steps are left and
// none failed, the Steps telling which.
const (
	Done     Outcome = "done"
	Failed   Outcome = "failed"
	NotTried Outcome = "not_tried"
)

// Operation is what a step does.
type Operation string

// The operations. PutBack creates a secret again with its former type and
// scopes, or sets an override of it, after its replacement failed. MakeOwn gives
// a site the organization's value as its own, so that what is deleted then is the
// site's; Restore creates the organization's again, or sets an override of it,
// where that deletion took it all the same.
const (
	CreateSecret   Operation = "create"
	SetValue       Operation = "set"
	RemoveOverride Operation = "remove_override"
	DeleteSecret   Operation = "delete"
	PutBack        Operation = "put_back"
	MakeOwn        Operation = "make_own"
	Restore        Operation = "restore"
)

// Step is one call. Env is empty where it is about the default value or the
// whole secret.
type Step struct {
	Operation Operation  `json:"operation"`
	Env       secret.Env `json:"env,omitempty"`
	Outcome   Outcome    `json:"outcome"`
	// Unknown: the step failed and may have taken effect all the same.
	Unknown bool   `json:"unknown,omitempty"`
	Error   string `json:"error,omitempty"`
}

// String says in words what the step does, quoted for display.
func (s Step) String() string {
	env := words.Quote(string(s.Env))
	switch s.Operation {
	case CreateSecret:
		return "create"
	case DeleteSecret:
		return "delete"
	case RemoveOverride:
		return "remove the override for " + env
	case MakeOwn:
		return "give the site the organization's value as its own"
	case Restore:
		if s.Env == "" {
			return "create it again"
		}
		return "set the override for " + env + " again"
	case PutBack:
		if s.Env == "" {
			return "put back"
		}
		return "put back the override for " + env
	}
	if s.Env == "" {
		return "set the default value"
	}
	return "set the override for " + env
}

// Result is what became of one secret. Steps are in the order in which they
// are tried; there are none where only the ledger learns of the change.
type Result struct {
	Owner  secret.Owner `json:"owner"`
	Secret secret.Name  `json:"secret"`
	Action plan.Action  `json:"action"`
	// Type and Scopes are those of the plan, before and after.
	Type    plan.TypeChange   `json:"type"`
	Scopes  plan.ScopesChange `json:"scopes"`
	Outcome Outcome           `json:"outcome"`
	Steps   []Step            `json:"steps"`
	// Notes say why steps were not tried, what state the secret is in and
	// what to do about it, for people.
	Notes []string `json:"notes,omitempty"`
	// NotLive: a replace deleted the secret, or may have, and could not
	// create it again.
	NotLive bool `json:"not_live,omitempty"`
}

// LedgerResult is what became of one owner's ledger: Done where it says what
// the Results say; Failed where it was begun and does not; NotTried where
// nothing of it was written, because nothing of the owner was started.
type LedgerResult struct {
	Owner secret.Owner `json:"owner"`
	// Ledger is the name of the ledger's first secret.
	Ledger  secret.Name `json:"ledger"`
	Outcome Outcome     `json:"outcome"`
	// Error names the secret of the ledger that could not be written.
	Error string `json:"error,omitempty"`
	// Notes say what that means and what to do about it, for people.
	Notes []string `json:"notes,omitempty"`
}

// Report is what became of a plan. Results are sorted by owner, then by name,
// and hold every secret that had something to be done; Done, Failed and
// NotTried count them. Ledgers are sorted by owner, and hold every owner whose
// ledger had to be written. It holds no value.
type Report struct {
	FormatVersion string `json:"format_version"`
	Project       string `json:"project"`
	Done          int    `json:"done"`
	Failed        int    `json:"failed"`
	NotTried      int    `json:"not_tried"`
	// Own counts by action what was done to ledgers as a whole and to the
	// project's record, where the plan has a row for it. Done does not count that.
	Own map[plan.Action]int `json:"own,omitempty"`
	// Requests counts the steps and writes to ledgers that were tried,
	// repetitions not included.
	Requests int `json:"requests"`
	// Interrupted: a signal kept something from being tried or finished.
	Interrupted bool `json:"interrupted"`
	// Fatal is the error that stopped everything, if one did.
	Fatal string `json:"fatal,omitempty"`
	// InternalErrors are faults of this program that came up on the way, one
	// line each, sorted. What they kept from being done is in the Results and
	// Ledgers too.
	InternalErrors []string `json:"internal_errors,omitempty"`
	// Stopped says why nothing further was started, where something went wrong
	// that must not happen again.
	Stopped string `json:"stopped,omitempty"`

	// Frameworks say what runs the sites of Results, by name, as far as that is
	// known: when they see what was written depends on it.
	Frameworks map[string]reader.Framework `json:"frameworks,omitempty"`

	Results []Result       `json:"results"`
	Ledgers []LedgerResult `json:"ledgers"`
}

// Crashed adds an internal error; nil is none.
func (r *Report) Crashed(err error) {
	if err != nil {
		r.InternalErrors = append(r.InternalErrors, err.Error())
	}
}

// addRecord adds what became of the project's record, which stands before the
// owner's own ledger.
func (r *Report) addRecord(rec *recordJournal) {
	if rec == nil {
		return
	}
	at, _ := slices.BinarySearchFunc(r.Ledgers, rec.result.Owner, func(l LedgerResult, o secret.Owner) int { return l.Owner.Compare(o) })
	r.Ledgers = slices.Insert(r.Ledgers, at, *rec.result)
}

// countOwn counts what the plan has rows for beside those of secrets.
func (r *Report) countOwn(p plan.Plan) {
	own := map[plan.Action]int{}
	isDone := func(owner secret.Owner, record bool) bool {
		return slices.ContainsFunc(r.Ledgers, func(l LedgerResult) bool {
			return l.Owner == owner && (l.Ledger == p.Record.Record) == record && l.Outcome == Done
		})
	}
	for _, change := range p.Ledgers {
		switch {
		case !isDone(change.Owner, false):
		case change.Action == plan.RemoveLedger:
			own[plan.Forget]++
		default:
			own[plan.Adopt]++
		}
	}
	if !p.Record.IsZero() && isDone(p.Record.Home, true) {
		own[plan.Adopt]++
	}
	if len(own) > 0 {
		r.Own = own
	}
}

// runOn takes over what runs the sites of the results.
func (r *Report) runOn(frameworks map[string]reader.Framework) {
	for _, result := range r.Results {
		on, known := frameworks[result.Owner.Name]
		if !known || result.Owner.Kind != secret.Site {
			continue
		}
		if r.Frameworks == nil {
			r.Frameworks = map[string]reader.Framework{}
		}
		r.Frameworks[result.Owner.Name] = on
	}
}

// Complete reports whether everything was done, ledgers included.
func (r Report) Complete() bool {
	return r.Failed+r.NotTried == 0 && !slices.ContainsFunc(r.Ledgers, func(l LedgerResult) bool { return l.Outcome != Done })
}

func newReport(project string) Report {
	return Report{FormatVersion: reportVersion, Project: project, Results: []Result{}, Ledgers: []LedgerResult{}}
}

// report adds the accounts up, in their order.
func (r *runner) report(project string, accounts []*account) Report {
	report := newReport(project)
	report.Requests = r.requests
	report.Interrupted = r.interrupted
	report.Fatal, report.Stopped = r.fatal, r.stopped
	slices.Sort(r.crashes)
	report.InternalErrors = slices.Compact(r.crashes)
	for _, a := range accounts {
		for _, t := range a.tasks {
			report.add(t.result())
		}
		if a.journal != nil {
			report.Ledgers = append(report.Ledgers, a.journal.result)
		}
	}
	return report
}

func (r *Report) add(result Result) {
	switch result.Outcome {
	case Done:
		r.Done++
	case Failed:
		r.Failed++
	default:
		r.NotTried++
	}
	r.Results = append(r.Results, result)
}
