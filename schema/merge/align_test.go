package merge

import (
	"testing"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// TestCommentsAreNotTriedForEver: no text says where an encrypted comment stands,
// so places are tried; those of a hostile branch up to a limit.
func TestCommentsAreNotTriedForEver(t *testing.T) {
	v, err := sopsfile.NewDataKey(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	m := &merging{primary: &side{File: &sopsfile.File{DataKey: v}}, other: &side{File: &sopsfile.File{DataKey: v}}}
	here := problem.PathOf("here")
	comment, err := v.Encrypt(sops.Comment{Value: "a comment"}, here.AppendAAD(nil))
	if err != nil {
		t.Fatal(err)
	}
	in := &places{frames: []*problem.Path{nil, here, problem.PathOf("there")}}
	for range 10 {
		if _, ok := m.reencryptComment(comment, in); !ok {
			t.Fatal("it does not decrypt")
		}
	}
	if in.tried != 2+9 {
		t.Errorf("%d places were tried", in.tried)
	}
	in = &places{frames: []*problem.Path{nil, nil}, tried: maxTries - 1}
	if _, ok := m.reencryptComment(comment, in); ok || in.tried != maxTries+1 {
		t.Errorf("%d places were tried", in.tried)
	}
}
