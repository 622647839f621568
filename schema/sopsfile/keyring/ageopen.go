package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"
	sopsage "github.com/getsops/sops/v3/age"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
)

// ageRing has the private keys of age that SOPS would find here. SOPS reads all
// places anew for each recipient of each file; they are read once in a run, and
// in an order that asks nobody for what is not needed:
//
//  1. The keys of variables and files that nothing has to be asked for.
//  2. Those that commands print.
//  3. Those behind a plugin or a passphrase: first where the recipient's name says
//     that they fit.
type ageRing struct {
	places []*agePlace
	found  bool // places is what there is
	read   map[string]bool
	keys   []*identity
	faults []fault
	ui     *asker
}

// fault is a place that gave no key.
type fault struct {
	*trouble
	ssh bool
}

func newAgeRing() *ageRing { return &ageRing{read: map[string]bool{}, ui: newAsker()} }

// wrapped is a data key, or its part of a key group, encrypted for a recipient.
type wrapped struct {
	recipient, text string
	ssh             bool
	damaged         bool
}

func newWrapped(recipient, text string) wrapped {
	w := wrapped{recipient: recipient, text: text}
	types, err := stanzaTypes(text)
	w.damaged = err != nil
	w.ssh = len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return !strings.HasPrefix(t, "ssh-") })
	return w
}

// stanzaTypes says for which kinds of key a text of age is encrypted.
func stanzaTypes(text string) (types []string, err error) {
	err = crash.Library(func() error {
		_, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), noKey{})
		if none := new(age.NoIdentityMatchError); errors.As(err, &none) {
			types = none.StanzaTypes
			return nil
		}
		return errors.Join(err, errNoDataKey)
	})
	return types, err
}

// noKey fits nothing.
type noKey struct{}

func (noKey) Unwrap([]*age.Stanza) ([]byte, error) { return nil, age.ErrIncorrectIdentity }

// open finds what was encrypted for one key group, all recipients of age in it
// together. The trouble is nil if and only if it was found.
func (k *ageRing) open(ctx context.Context, group []wrapped) ([]byte, *trouble) {
	group = slices.DeleteFunc(slices.Clone(group), func(w wrapped) bool { return w.damaged })
	if len(group) == 0 {
		return nil, because("no usable private key found")
	}
	var part []byte
	ssh := slices.ContainsFunc(group, func(w wrapped) bool { return w.ssh })
	k.readPlaces(ctx, group[0].recipient, func(p *agePlace) bool { return !p.asks && (ssh || !p.ssh) })
	if part = k.quietly(group, 0); part != nil {
		return part, nil
	}
	for _, w := range group {
		known := len(k.keys)
		k.readPlaces(ctx, w.recipient, func(p *agePlace) bool { return p.asks && (w.ssh || !p.ssh) })
		if len(k.keys) == known {
			continue
		}
		if part = k.quietly(group, known); part != nil {
			return part, nil
		}
	}
	for _, likely := range []bool{true, false} {
		for _, w := range group {
			if part = k.asking(ctx, w, likely); part != nil {
				return part, nil
			}
		}
	}
	return nil, k.trouble(group)
}

// readPlaces reads what was not read yet of the places that are wanted.
func (k *ageRing) readPlaces(ctx context.Context, recipient string, wanted func(*agePlace) bool) {
	if !k.found {
		k.places, k.found = agePlaces(), true
	}
	for _, p := range k.places {
		of := p.name
		if p.perRecipient {
			of += " " + recipient
		}
		if k.read[of] || !wanted(p) || ctx.Err() != nil {
			continue
		}
		k.read[of] = true
		text, wrong := p.read(ctx, recipient)
		var found []*identity
		if wrong == nil {
			found, wrong = p.keysIn(text, k.ui)
		}
		if wrong != nil {
			k.faults = append(k.faults, fault{wrong, p.ssh})
		}
		k.keys = append(k.keys, found...)
	}
}

// quietly tries the keys, from one on, that need nobody.
func (k *ageRing) quietly(group []wrapped, from int) []byte {
	for _, w := range group {
		for _, id := range k.keys[from:] {
			if id.asks {
				continue
			}
			if part, err := w.decrypt(id); err == nil {
				id.opened = true
				return part
			}
		}
	}
	return nil
}

// asking tries those that somebody may be asked for: the likely ones, or the rest.
func (k *ageRing) asking(ctx context.Context, w wrapped, likely bool) []byte {
	for _, id := range k.keys {
		if !id.asks || id.broken != nil || id.fits(w.recipient) != likely || ctx.Err() != nil {
			continue
		}
		k.ui.begin()
		part, err := w.decrypt(id)
		if err == nil {
			id.opened = true
			return part
		}
		if none := new(age.NoIdentityMatchError); !errors.As(err, &none) {
			id.broken = id.trouble(err)
		}
	}
	return nil
}

// decrypt uses SOPS's own code.
func (w wrapped) decrypt(id *identity) (part []byte, err error) {
	err = crash.Library(func() (err error) {
		key := sopsage.MasterKey{Recipient: w.recipient, EncryptedKey: w.text}
		sopsage.ParsedIdentities{id.Identity}.ApplyToMasterKey(&key)
		part, err = key.Decrypt()
		return err
	})
	if err == nil && len(part) == 0 {
		err = errNoDataKey
	}
	return part, err
}

// fits reports whether the name of a recipient says that the key is for it.
func (i *identity) fits(recipient string) bool {
	if i.plugin != "" {
		name, _, err := plugin.ParseRecipient(recipient)
		return err == nil && name == i.plugin
	}
	return i.public != "" && samePublic(i.public, recipient)
}

// samePublic compares without the comment of an SSH key.
func samePublic(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	return len(x) > 0 && len(y) > 0 && slices.Equal(x[:min(2, len(x))], y[:min(2, len(y))])
}

// trouble says why an identity failed that should have decrypted, or asked.
func (i *identity) trouble(err error) *trouble {
	missing := new(plugin.NotFoundError)
	program := words.Quote("age-plugin-" + i.plugin)
	switch {
	case errors.As(err, &missing):
		return missingPlugin(missing.Name)
	case i.plugin != "" && i.prompt.failed:
		return because(program+" asks for something, and nobody answers", "run cella on a terminal, where it can be asked for")
	case i.plugin != "":
		return because(program+" failed", "see that its key is at hand (plugged in, unlocked), or try it: age --decrypt -j "+words.Quote(i.plugin)+" FILE")
	case i.prompt.failed:
		return because("the private key of "+i.from+" has a passphrase, and nobody answers what it is",
			"run cella on a terminal, where it asks for the passphrase; elsewhere, as in CI, use a key without one (SOPS_AGE_KEY)")
	case i.prompt.wrong:
		return because("the passphrase for the private key of "+i.from+" is wrong", "run cella again, with the right one")
	}
	return because("the private key of "+i.from+" is damaged", "put your private key there: "+ageKeyForm)
}

func missingPlugin(name string) *trouble {
	program := words.Quote("age-plugin-" + name)
	return because(program+" is not installed", "install "+program+", so that it is found in PATH")
}

// trouble says why no key opened a group.
func (k *ageRing) trouble(group []wrapped) *trouble {
	var reasons, next, at []string
	add := func(t *trouble) {
		if !slices.Contains(reasons, t.reason) {
			reasons, next = append(reasons, t.reason), append(next, t.next...)
		}
	}
	ssh := func(w wrapped) bool { return w.ssh }
	for _, f := range k.faults {
		if !f.ssh && slices.ContainsFunc(group, func(w wrapped) bool { return !w.ssh }) || f.ssh && slices.ContainsFunc(group, ssh) {
			add(f.trouble)
		}
	}
	for _, id := range k.keys {
		if id.broken != nil {
			add(id.broken)
		}
		if id.public != "" && id.broken == nil && !id.opened {
			at = append(at, words.QuoteKey(id.public)+" ("+id.from+")")
		}
	}
	switch {
	case len(reasons) > 0:
	case len(k.keys) == 0:
		reasons = []string{"no private key found"}
	default:
		reasons = []string{"none of the private keys here is the right one"}
	}
	if len(at) > 0 {
		slices.Sort(at)
		next = append(next,
			"the private keys here are for "+words.First(slices.Compact(at))+", for which the file is not encrypted: "+
				"let somebody who can decrypt it run: cella keys add KEY")
	}
	return because(strings.Join(reasons[:min(len(reasons), maxReasons)], ", and "), next...)
}

// whereAgeKeysGo says for each kind of recipient how its private key is given.
func whereAgeKeysGo(recipients []string) []string {
	var native, ssh []string
	plugins := map[string][]string{}
	var names []string
	for _, recipient := range recipients {
		quoted := words.QuoteKey(recipient)
		if name, _, err := plugin.ParseRecipient(recipient); err == nil && isPlugin(recipient) {
			if plugins[name] == nil {
				names = append(names, name)
			}
			plugins[name] = append(plugins[name], quoted)
			continue
		}
		if strings.HasPrefix(recipient, "ssh-") {
			ssh = append(ssh, quoted)
		} else {
			native = append(native, quoted)
		}
	}
	var next []string
	if len(native) > 0 {
		next = append(next, "set SOPS_AGE_KEY_FILE to the file with a private key (SOPS_AGE_KEY to the key itself), one of: "+words.First(native))
	}
	for _, name := range names {
		next = append(next, fmt.Sprintf("set SOPS_AGE_KEY_FILE to the file with the identity of %s (a line that begins with AGE-PLUGIN-), one of: %s",
			words.Quote("age-plugin-"+name), words.First(plugins[name])))
	}
	if len(ssh) > 0 {
		next = append(next,
			"set SOPS_AGE_SSH_PRIVATE_KEY_FILE to the file with an SSH private key "+
				"(SOPS_AGE_SSH_PRIVATE_KEY_CMD to a command that prints it), one of: "+words.First(ssh))
	}
	return next
}

// isPlugin tells age1NAME1… from age's own age1… and age1pq1….
func isPlugin(recipient string) bool {
	return strings.HasPrefix(recipient, "age1") && !strings.HasPrefix(recipient, "age1pq1") && strings.Count(recipient, "1") > 1
}
