package problem_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/problem"
)

func TestPaths(t *testing.T) {
	at := problem.PathOf("sites").Child("a.b").Child("secrets").Child("x y").Child("value")
	if got, want := at.String(), `sites."a.b".secrets."x y".value`; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	if diff := cmp.Diff("sites:a.b:secrets:x y:value:", string(at.AppendAAD(nil))); diff != "" {
		t.Error(diff)
	}
}
