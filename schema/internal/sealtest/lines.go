package sealtest

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/schema/problem"
)

// Lines renders problems without the folder of the file.
func Lines(problems problem.List) string {
	var out bytes.Buffer
	for _, problem := range problems {
		problem.Pos.File = filepath.Base(problem.Pos.File)
		text := strings.ReplaceAll(problem.String(), filepath.Dir(problem.Pos.File)+"/", "")
		fmt.Fprintf(&out, "%s [%s]\n", text, problem.Code)
	}
	return out.String()
}
