package emulatortest

import "testing"

func TestLogDropsTheOldest(t *testing.T) {
	var log []*Request
	for i := range 11 {
		log = append(latest(log, 4), &Request{Status: i})
	}
	if first, last := log[0].Status, log[len(log)-1].Status; first != 8 || last != 10 || len(log) != 3 {
		t.Errorf("%d entries, from %d to %d; want 3, from 8 to 10", len(log), first, last)
	}
}
