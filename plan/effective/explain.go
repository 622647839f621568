package effective

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// FormatVersion is the version of the JSON document that a Report encodes to.
const FormatVersion = "1"

// Side is what is known of one owner.
type Side struct {
	Owner   secret.Owner
	Desired secret.Desired // empty where the manifest does not name the owner
	// Live is nil where it was not looked at.
	Live *secret.Live
	// Changes are the plan's for this owner, sorted by name.
	Changes []plan.Change
}

// Input is everything Explain looks at.
type Input struct {
	Site Side
	// Organization is nil where none owns the site.
	Organization *Side
	// Remembered says of names that the organization has too whether the site had
	// a secret of its own, as far as the organization's ledger remembers.
	Remembered map[secret.Name]bool
	// Retires: the project deletes what the manifest retires; it does not without
	// a key.
	Retires bool
	// Framework is Pantheon's word for what runs the site; empty where it is
	// not known.
	Framework reader.Framework
	// Environments are those to explain, in the order wanted.
	Environments []secret.Env
}

// Report says for each secret and environment which value wins. Its JSON
// encoding is the published format.
type Report struct {
	FormatVersion string        `json:"format_version"`
	Site          secret.Owner  `json:"site"`
	Organization  *secret.Owner `json:"organization"`
	// OrganizationFrom says who says so: pantheon, flag, manifest (it names
	// just one), or none where the manifest names none.
	OrganizationFrom secret.OwnedBy   `json:"organization_from"`
	Framework        reader.Framework `json:"framework,omitempty"`
	Offline          bool             `json:"offline"`
	Environments     []secret.Env     `json:"environments"`
	Secrets          []Secret         `json:"secrets"`
	Notes            []Note           `json:"notes"`
}

// Secret is one name. Environments are in the order of the Report's.
type Secret struct {
	Name         secret.Name `json:"secret"`
	Environments []Outcome   `json:"environments"`
}

// Outcome is what one environment gets, once the manifest is applied. Winner is
// nil where nothing reaches the environment, and where Contenders are.
type Outcome struct {
	Env        secret.Env `json:"env"`
	Winner     *Layer     `json:"winner"`
	Contenders []Layer    `json:"contenders,omitempty"`
	Shadows    []Layer    `json:"shadows"`
	// Now is what wins until the manifest is applied; nil where that is the
	// same, is not known or was not looked at.
	Now     *Present        `json:"now,omitempty"`
	Readers []reader.Reader `json:"readers"`
	Notes   []Note          `json:"notes"`
}

// Present is what an environment gets as long as nothing is applied. Winner is
// nil as in an Outcome.
type Present struct {
	Winner     *Layer  `json:"winner"`
	Contenders []Layer `json:"contenders,omitempty"`
}

// Note is something to know. Code is stable.
type Note struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Explain resolves every name. Names that no environment of the input gets,
// and that nothing is to be said of, are left out.
func Explain(in Input) Report {
	report := Report{
		FormatVersion: FormatVersion, Site: in.Site.Owner, Framework: in.Framework, OrganizationFrom: secret.ByNobody,
		Environments: slices.Clone(in.Environments), Secrets: []Secret{}, Notes: []Note{},
		Offline: in.Site.Live == nil,
	}
	if in.Organization != nil {
		owner := in.Organization.Owner
		report.Organization = &owner
	}
	for _, name := range slices.Sorted(maps.Keys(in.names())) {
		if name.Reserved() {
			continue
		}
		one := Secret{Name: name}
		all := newStrata(in.layers(name))
		told := false
		for _, env := range in.Environments {
			outcome := in.outcome(env, all.in(env))
			told = told || outcome.Winner != nil || len(outcome.Contenders)+len(outcome.Notes) > 0 || outcome.Now != nil
			one.Environments = append(one.Environments, outcome)
		}
		if told {
			report.Secrets = append(report.Secrets, one)
		}
	}
	return report
}

// Names is how many names Explain would resolve.
func (in Input) Names() int { return len(in.names()) }

func (in Input) names() map[secret.Name]bool {
	names := in.Site.names()
	if in.Organization != nil {
		maps.Copy(names, in.Organization.names())
	}
	return names
}

// names are those that the side has in the manifest or live.
func (s Side) names() map[secret.Name]bool {
	names := map[secret.Name]bool{}
	for _, declared := range s.Desired.Secrets {
		names[declared.Name] = true
	}
	if s.Live != nil {
		for _, live := range s.Live.Secrets {
			names[live.Name] = true
		}
	}
	return names
}

// outcome resolves one name in one environment, which has the layers here.
func (in Input) outcome(env secret.Env, here []Layer) Outcome {
	later := decide(keep(here, func(l Layer) presence { return l.applied }))
	outcome := Outcome{Env: env, Winner: later.winner, Contenders: later.contenders, Shadows: append([]Layer{}, later.shadows...), Readers: []reader.Reader{}, Notes: []Note{}}
	unknown := slices.ContainsFunc(here, func(l Layer) bool { return l.live == unseen })
	if in.Site.Live != nil && !unknown {
		if now := decide(keep(here, func(l Layer) presence { return l.live })); !now.same(later) {
			outcome.Now = &Present{Winner: now.winner, Contenders: now.contenders}
		}
	}
	outcome.Notes = append(outcome.Notes, later.notes(here, in.Retires)...)
	if decisive := later.decisive(); decisive != nil {
		outcome.Readers = reader.Of(decisive.Type, decisive.Scopes, env, in.Framework)
		if note := misread(*decisive, env, in.Framework); note.Code != "" {
			outcome.Notes = append(outcome.Notes, note)
		}
	}
	return outcome
}

// keep returns the layers that are there, or may be.
func keep(layers []Layer, of func(Layer) presence) []Layer {
	var kept []Layer
	for _, layer := range layers {
		if layer.unsure = of(layer) == unseen; of(layer) != gone {
			kept = append(kept, layer)
		}
	}
	return kept
}

// decisive is the layer whose type and scopes count; nil where nothing reaches
// the environment. A site's secret stands in place of the organization's.
func (d verdict) decisive() *Layer {
	if d.winner == nil && len(d.contenders) > 0 {
		return &d.contenders[0]
	}
	return d.winner
}

// unseenValue says that the site may have a value, and how to settle it where
// the project can: retires says whether it does.
func (d verdict) unseenValue(retires bool) Note {
	said := "Pantheon doesn't show whether the site has a value of its own, which would win, because the organization has this name"
	if d.contenders[0].Origin != Unseen {
		return Note{"site-value-unseen", said + " too"}
	}
	if retires && len(d.contenders) > 1 && d.contenders[1].Origin == Manifest {
		said += "; to make sure that it has none, give the site an entry of this name with nothing but `retire: delete` " +
			"(on the organization's entry, that deletes it for every site)"
	}
	return Note{"site-value-unseen", said}
}

// notes say what else there is to know; here are all layers of the environment.
// retires says whether the project deletes what the manifest retires.
func (d verdict) notes(here []Layer, retires bool) []Note {
	var notes []Note
	hidden := len(d.contenders) > 0 && d.contenders[0].unsure
	switch {
	case hidden:
		notes = append(notes, d.unseenValue(retires))
	case len(d.contenders) > 0:
		notes = append(notes, Note{"ambiguous", "Pantheon's documentation says both that the organization's override wins and that the site's default does; an override on the site settles it"})
	}
	if first := d.decisive(); first != nil {
		if first.replaced {
			notes = append(notes, Note{"replaced", "until the next apply it has another type or other scopes on Pantheon, so others may read it"})
		}
		for _, other := range append(slices.Clone(d.contenders), d.shadows...) {
			if other.Owner != first.Owner && other.Type != "" && first.Type != "" && (other.Type != first.Type || !other.Scopes.Equal(first.Scopes)) {
				notes = append(notes, Note{"attributes-differ", "the organization's secret of this name has type " + words.Quote(string(other.Type)) + ", scopes " + other.Scopes.String()})
				break
			}
		}
	}
	if slices.ContainsFunc(here, func(l Layer) bool { return l.remembered }) {
		notes = append(notes, Note{"site-value-remembered", "the site had a value of its own when the organization got this name; Pantheon doesn't show whether it still has one"})
	}
	if !hidden && slices.ContainsFunc(here, func(l Layer) bool { return l.live == unseen }) {
		notes = append(notes, Note{"may-be-inherited", "the organization has this name too, so Pantheon doesn't show whether the site already has a value of its own"})
	}
	if slices.ContainsFunc(here, func(l Layer) bool { return l.Origin == External && l.Value == plan.Absent }) {
		notes = append(notes, Note{"external-absent", "the manifest says that it is set elsewhere, but it is not on Pantheon"})
	}
	return notes
}

// declared returns what the manifest says of a name, or nil.
func (s Side) declared(name secret.Name) *secret.DesiredSecret {
	i, found := slices.BinarySearchFunc(s.Desired.Secrets, name, func(d secret.DesiredSecret, n secret.Name) int { return cmp.Compare(d.Name, n) })
	if !found {
		return nil
	}
	return &s.Desired.Secrets[i]
}

// change returns what the plan says of a name, or nil.
func (s Side) change(name secret.Name) *plan.Change {
	i, found := slices.BinarySearchFunc(s.Changes, name, func(c plan.Change, n secret.Name) int { return cmp.Compare(c.Secret, n) })
	if !found {
		return nil
	}
	return &s.Changes[i]
}
