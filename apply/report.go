package apply

import (
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// ReportVersion is the version of the JSON document that a Report encodes to.
const ReportVersion = "1"

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
// scopes, or sets an override of it, after its replacement failed.
const (
	CreateSecret   Operation = "create"
	SetValue       Operation = "set"
	RemoveOverride Operation = "remove_override"
	DeleteSecret   Operation = "delete"
	PutBack        Operation = "put_back"
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
	env := secret.Quote(string(s.Env))
	switch s.Operation {
	case CreateSecret:
		return "create"
	case DeleteSecret:
		return "delete"
	case RemoveOverride:
		return "remove the override for " + env
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
// are tried.
type Result struct {
	Owner   secret.Owner `json:"owner"`
	Secret  secret.Name  `json:"secret"`
	Action  plan.Action  `json:"action"`
	Outcome Outcome      `json:"outcome"`
	Steps   []Step       `json:"steps"`
	// Notes say why steps were not tried, what state the secret is in and
	// what to do about it, for people.
	Notes []string `json:"notes,omitempty"`
	// NotLive: a replace deleted the secret, or may have, and could not
	// create it again.
	NotLive bool `json:"not_live,omitempty"`
}

// Report is what became of a plan. Results are sorted by owner, then by name,
// and hold every secret that had something to be done; Done, Failed and
// NotTried count them. It holds no value.
type Report struct {
	FormatVersion string `json:"format_version"`
	Project       string `json:"project"`
	Done          int    `json:"done"`
	Failed        int    `json:"failed"`
	NotTried      int    `json:"not_tried"`
	// Requests counts the steps that were tried, repetitions not included.
	Requests int `json:"requests"`
	// Interrupted: a signal kept something from being tried or finished.
	Interrupted bool `json:"interrupted"`
	// Fatal is the error that stopped everything, if one did.
	Fatal   string   `json:"fatal,omitempty"`
	Results []Result `json:"results"`
}

func newReport(project string) Report {
	return Report{FormatVersion: ReportVersion, Project: project, Results: []Result{}}
}

// report adds the tasks up, in their order.
func (r *runner) report(project string, tasks []*task) Report {
	report := newReport(project)
	report.Requests = r.tried
	report.Interrupted = r.interrupted
	report.Fatal = r.fatal
	for _, t := range tasks {
		result := t.result()
		switch result.Outcome {
		case Done:
			report.Done++
		case Failed:
			report.Failed++
		default:
			report.NotTried++
		}
		report.Results = append(report.Results, result)
	}
	return report
}
