package effective

import (
	"cmp"
	"slices"
	"time"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// layers returns all layers of a name, for all environments.
func (in Input) layers(name secret.Name) []Layer {
	site := stack{side: in.Site, name: name, kinds: [2]Kind{SiteDefault, SiteOverride}, retires: in.retires(name)}
	site.own, site.known = in.remembered(name)
	if in.Organization == nil {
		site.add()
		return site.found
	}
	organization := stack{side: *in.Organization, name: name, kinds: [2]Kind{OrganizationDefault, OrganizationOverride}}
	organization.add()
	if in.Organization.Live == nil && in.Site.Live != nil && len(organization.found) == 0 {
		// The organization could not be listed, but what a site inherits shows
		// in the site's own list.
		organization.inherit(in.Site.Live)
	}
	site.covered = len(organization.found) > 0
	site.add()
	return append(organization.found, site.found...)
}

// stack gathers the layers that one owner has of one name.
type stack struct {
	side  Side
	name  secret.Name
	kinds [2]Kind // of the default and of overrides
	// retires: a retire that deletes is carried out in front of the
	// organization's secret too.
	retires bool
	// covered: the organization has the name.
	covered bool
	// own is what is remembered of a secret that does not show, where known.
	own, known bool
	found      []Layer
}

func (in Input) remembered(name secret.Name) (own, known bool) {
	own, known = in.Remembered[name]
	return own, known
}

// retires reports whether the site's own goes where the manifest retires it: the
// organization's value is in the manifest. The plan of the site alone does not
// know that.
func (in Input) retires(name secret.Name) bool {
	if in.Organization == nil || !in.Retires {
		return false
	}
	site, above := in.Site.declared(name), in.Organization.declared(name)
	return site != nil && site.Retire == secret.RetireDelete && above != nil && above.Retire == "" && !above.External
}

func (s *stack) add() {
	declared := s.side.declared(s.name)
	switch live := s.live(); {
	case declared == nil || declared.Retire == secret.RetireDelete:
		s.undeclared(live)
	case declared.Retire == secret.RetireRelease:
		s.elsewhere(Released, secret.DesiredSecret{}, live)
	case declared.External:
		s.elsewhere(External, *declared, live)
	default:
		s.managed(*declared, live)
	}
}

// live is the owner's entry in its listing; nil where it has none, or where
// nobody looked.
func (s *stack) live() *secret.LiveSecret {
	if s.side.Live == nil {
		return nil
	}
	live, found := s.side.Live.Secret(s.name)
	if !found {
		return nil
	}
	return &live
}

// push adds a layer; env is empty for the default.
func (s *stack) push(layer Layer, env secret.Env) {
	layer.Owner, layer.Env, layer.Kind = s.side.Owner, env, s.kinds[0]
	if env != "" {
		layer.Kind = s.kinds[1]
	}
	s.found = append(s.found, layer)
}

// managed adds what the manifest has values for, and the live overrides that it
// has none for.
func (s *stack) managed(d secret.DesiredSecret, live *secret.LiveSecret) {
	layer := Layer{Origin: Manifest, Type: d.Type, Scopes: d.Scopes, applied: there}
	change := s.side.change(d.Name)
	state := func(value plan.ValueState, source secret.Source, by plan.ChangedBy, at time.Time) Layer {
		layer := layer
		layer.Value, layer.Source, layer.live = value, source, there
		layer.ChangedBy, layer.AppliedAt = by, at
		switch {
		case value == plan.Absent:
			layer.live = gone
		case change.MayBeInherited && value == plan.Unverifiable:
			layer.live = unseen
		}
		return layer
	}
	if change == nil {
		layer.Source = d.Source
		s.push(layer, "")
		for _, override := range d.Overrides {
			layer.Source = override.Source
			s.push(layer, override.Env)
		}
		return
	}
	layer.replaced = change.Action == plan.Replace
	s.push(state(change.Value, d.Source, change.ChangedBy, change.AppliedAt), "")
	for _, override := range change.Overrides {
		if declared, found := d.Override(override.Env); found {
			s.push(state(override.Value, declared.Source, override.ChangedBy, override.AppliedAt), override.Env)
		}
	}
	s.overrides(Layer{Origin: Undeclared, Type: d.Type, Scopes: d.Scopes}, live, func(env secret.Env) bool {
		_, declared := d.Override(env)
		return !declared
	})
}

// elsewhere adds what is set elsewhere: as the manifest says, and where
// somebody looked as it is live.
func (s *stack) elsewhere(origin Origin, d secret.DesiredSecret, live *secret.LiveSecret) {
	layer := Layer{Origin: origin, Type: d.Type, Scopes: d.Scopes, applied: there}
	switch {
	case s.side.Live == nil:
		s.push(layer, "")
		return
	case live == nil:
		layer.applied, layer.Value = gone, plan.Absent
		s.push(layer, "")
		return
	}
	if layer.Type == "" {
		layer.Type, layer.Scopes = live.Type, live.Scopes
	}
	layer.Value, layer.live = plan.Unverifiable, there
	if live.Presence == secret.MayBeInherited && !s.own {
		layer.live, layer.applied = unseen, unseen
	}
	s.push(layer, "")
	s.overrides(layer, live, func(secret.Env) bool { return true })
}

// undeclared adds what is live and not in the manifest. Behind an
// organization's secret nothing shows whether there is a default value of the
// site's own, unless the ledger remembers it.
func (s *stack) undeclared(live *secret.LiveSecret) {
	if live == nil {
		return
	}
	layer := Layer{Origin: Undeclared, Type: live.Type, Scopes: live.Scopes, Value: plan.Unverifiable, applied: there, live: there}
	if change := s.side.change(s.name); change != nil && change.Action == plan.Delete || s.retires {
		layer.applied = gone
	}
	switch {
	case live.Presence == secret.Own:
		s.push(layer, "")
	case s.own:
		remembered := layer
		remembered.remembered = true
		s.push(remembered, "")
	case !s.known && s.covered:
		hidden := layer
		hidden.Origin, hidden.live = Unseen, unseen
		if hidden.applied == there {
			hidden.applied = unseen
		}
		s.push(hidden, "")
	}
	s.overrides(layer, live, func(secret.Env) bool { return true })
}

// overrides adds the live overrides that wanted names. Those that apply
// removes are there only until then.
func (s *stack) overrides(layer Layer, live *secret.LiveSecret, wanted func(secret.Env) bool) {
	if live == nil {
		return
	}
	for _, override := range live.Overrides {
		if !wanted(override.Env) {
			continue
		}
		one := layer
		one.Value, one.applied, one.live = plan.Unverifiable, there, there
		if s.removes(override.Env) {
			one.applied = gone
		}
		s.push(one, override.Env)
	}
}

// removes reports whether the plan takes the override away.
func (s *stack) removes(env secret.Env) bool {
	change := s.side.change(s.name)
	if change == nil || s.retires {
		return s.retires
	}
	i, found := slices.BinarySearchFunc(change.Overrides, env, func(o plan.OverrideChange, e secret.Env) int { return cmp.Compare(o.Env, e) })
	if found {
		return change.Overrides[i].Action == plan.Delete
	}
	return change.Action == plan.Delete
}

// inherit adds the default value that the site's list shows of its
// organization.
func (s *stack) inherit(site *secret.Live) {
	live, found := site.Secret(s.name)
	if found && live.Presence == secret.MayBeInherited {
		s.push(Layer{Origin: Undeclared, Type: live.Type, Scopes: live.Scopes, Value: plan.Unverifiable, applied: there, live: there}, "")
	}
}

// strata are the layers of one name, found by environment: there may be as many
// environments as layers.
type strata struct {
	all      []Layer
	defaults []int                // where the defaults are in all
	of       map[secret.Env][]int // where the overrides are
}

func newStrata(all []Layer) strata {
	s := strata{all: all, of: map[secret.Env][]int{}}
	for i, layer := range all {
		if layer.Env == "" {
			s.defaults = append(s.defaults, i)
		} else {
			s.of[layer.Env] = append(s.of[layer.Env], i)
		}
	}
	return s
}

// in returns the layers of one environment, in their order.
func (s strata) in(env secret.Env) []Layer {
	places := slices.Concat(s.defaults, s.of[env])
	slices.Sort(places)
	here := make([]Layer, len(places))
	for i, at := range places {
		here[i] = s.all[at]
	}
	return here
}
