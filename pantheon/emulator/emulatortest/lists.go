package emulatortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// The faults below bend lists. Each hits one request; set Times and Skip for
// others, Owner and Operation for those of one owner or kind.

// PagingRestarts answers with the first page in the place of a later one, as
// the service does for a start that it does not know [measured].
func PagingRestarts() Fault {
	return Fault{Query: "start=", Ask: func(parameters url.Values) { parameters.Del("start") }}
}

// RepeatedRows has the first row of a page twice.
func RepeatedRows() Fault {
	return Fault{Path: "/memberships/", Edit: edit(func(rows []any) []any { return append(rows[:min(1, len(rows))], rows...) })}
}

// SameMachineName gives every organization of a page one machine name.
func SameMachineName(name string) Fault {
	return Fault{Operation: emulator.ListOrganizations, Edit: edit(func(rows []any) []any {
		for _, row := range rows {
			row.(map[string]any)["organization"].(map[string]any)["profile"].(map[string]any)["machine_name"] = name
		}
		return rows
	})}
}

// CutList leaves secrets out of a list, and counts them.
func CutList(names ...string) Fault {
	return listed(func(list map[string]any) {
		secrets := list["Secrets"].(map[string]any)
		maps.DeleteFunc(secrets, func(name string, _ any) bool {
			for _, left := range names {
				if name == left {
					return true
				}
			}
			return false
		})
	})
}

// WrongCount is a list that says it has n entries.
func WrongCount(n int) Fault {
	return listed(func(list map[string]any) { list["Count"] = n })
}

// WrongSite is a list that says it is of the site with the id.
func WrongSite(id string) Fault {
	return listed(func(list map[string]any) { list["SiteID"] = id })
}

func listed(change func(map[string]any)) Fault {
	return Fault{Operation: emulator.ListSecrets, Edit: edit(func(list map[string]any) map[string]any {
		change(list)
		return list
	})}
}

var uuid = regexp.MustCompile(`"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"`)

// UpperCaseIDs writes every id of a reply in upper case.
func UpperCaseIDs() Fault {
	return Fault{Edit: func(body []byte) []byte { return uuid.ReplaceAllFunc(body, bytes.ToUpper) }}
}

// edit changes a body of JSON, which the emulator has written.
func edit[T any](change func(T) T) func([]byte) []byte {
	return func(body []byte) []byte {
		var value T
		if err := json.Unmarshal(body, &value); err != nil {
			panic(fmt.Sprintf("emulatortest: the reply is not what the fault is for: %v", err))
		}
		changed, err := json.Marshal(change(value))
		if err != nil {
			panic(fmt.Sprintf("emulatortest: encode the reply: %v", err))
		}
		return changed
	}
}
