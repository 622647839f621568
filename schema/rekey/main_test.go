package rekey

import (
	"os"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Suite(m).Run()) }
