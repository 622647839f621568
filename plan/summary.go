package plan

// Summarize counts changes; Unmanaged and Refused, which lie beside them, are
// zero.
func Summarize(changes []Change) Summary {
	var s Summary
	for _, change := range changes {
		switch change.Action {
		case Create:
			s.Create++
		case Update:
			s.Update++
		case Replace:
			s.Replace++
		case Delete:
			s.Delete++
		case Adopt:
			s.Adopt++
		case Release:
			s.Release++
		case Forget:
			s.Forget++
		case None:
			s.None++
		}
		s.Changed += change.values(Changed)
		s.AsApplied += change.values(AsApplied)
		s.Unverifiable += change.values(Unverifiable)
	}
	return s
}

// values counts the values of the change that are in the state.
func (c Change) values(state ValueState) int {
	n := 0
	if c.Value == state {
		n++
	}
	for _, override := range c.Overrides {
		if override.Value == state {
			n++
		}
	}
	return n
}
