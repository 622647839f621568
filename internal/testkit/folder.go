package testkit

import (
	"os"
	"testing"
)

// Entries are the names in a folder, in order: what was begun and not finished is
// there too.
func Entries(t testing.TB, folder string) []string {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, one := range list {
		names = append(names, one.Name())
	}
	return names
}
