package keyring

// trouble is why a key source did not help, and what to do about it. It holds
// names and codes; no key, and no text that a program or a library wrote.
type trouble struct {
	reason string
	next   []string
	// final: no other key of that kind helps either.
	final bool
}

func (t *trouble) Error() string { return t.reason }

func because(reason string, next ...string) *trouble { return &trouble{reason: reason, next: next} }

// beyondHelp is a trouble with what no key can open.
func beyondHelp(reason string) *trouble {
	return &trouble{reason: reason, next: []string{"restore the sops section from git"}, final: true}
}
