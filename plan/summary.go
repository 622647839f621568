package plan

// Summarize counts changes; Unmanaged and Refused, which lie beside them, are
// zero.
func Summarize(changes []Change) Summary {
	var s Summary
	for i := range changes { // by index: a change is large
		change := &changes[i]
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
		s.addValue(change.Value)
		for j := range change.Overrides {
			s.addValue(change.Overrides[j].Value)
		}
	}
	return s
}

func (s *Summary) addValue(state ValueState) {
	switch state {
	case Changed:
		s.Changed++
	case AsApplied:
		s.AsApplied++
	case Unverifiable:
		s.Unverifiable++
	}
}
