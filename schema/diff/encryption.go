package diff

import (
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/secret"
)

// encryption compares who can decrypt, and what is encrypted. None of it needs a key.
func encryption(old, new *Version) []FieldChange {
	var changes []FieldChange
	for _, change := range recipients.Compare(old.policy, new.policy) {
		one := FieldChange{Field: "sops." + change.Field, What: Changed, Old: change.Old, New: change.New, Text: change.Text}
		isKey := change.Field == recipients.Key
		switch {
		case isKey && change.New == "" && sameDataKey(old, new):
			one.What = Removed
			one.Text = change.Old + " can no longer decrypt by itself, but the data key is still one that it knew: run cella keys rotate"
		case change.New == "" && (isKey || !new.encrypted):
			one.What = Removed
		case change.Old == "" && (isKey || !old.encrypted):
			one.What = Added
		case change.Old == "":
			one.Old = unset
		case change.New == "":
			one.New = unset
		}
		changes = append(changes, one)
	}
	return changes
}

// unset is a setting of a file that does not say it.
const unset = "unset"

// sameDataKey reports whether some value has the same ciphertext in both versions:
// that is so under one data key only.
func sameDataKey(old, new *Version) bool {
	if sameCiphertext(old.top, new.top) {
		return true
	}
	for owner, before := range old.owners {
		for name, fields := range before.secrets {
			if sameCiphertext(fields, new.secret(owner, name)) {
				return true
			}
		}
	}
	return false
}

func (v *Version) secret(owner secret.Owner, name string) map[string]field {
	return v.owners[owner].secrets[name]
}

func sameCiphertext(old, new map[string]field) bool {
	for name, before := range old {
		if before.ciphertext != "" && before.ciphertext == new[name].ciphertext {
			return true
		}
	}
	return false
}
