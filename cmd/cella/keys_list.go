package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/rekey"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func listKeysCommand() command {
	return command{
		name:    "keys list",
		summary: "show who can decrypt the manifest",
		about: "Lists the public keys by key group, with what .sops.yaml says beside them, and those that this machine has a private key\n" +
			"for. It needs no key. Keys in the network (aws, gcp, azure, vault) are tried only if --key-sources names them.",
		examples: []string{"cella keys list"},
		bind: func(flags *pflag.FlagSet) action {
			var f editFlags
			flags.StringVarP(&f.file, "file", "f", problem.UsualFile, "the manifest `FILE`")
			flags.StringVar(&f.keySources, "key-sources", keyring.LocalSources().String(), keySourcesUsage)
			return onKeys(&f, func(ctx context.Context, std streams, set *rekey.Files) error {
				listed, err := set.List(ctx)
				if err != nil {
					return err
				}
				writeKeys(std.out, listed)
				return nil
			})
		},
	}
}

// writeKeys writes who can decrypt each file. Value files are mostly as the manifest.
func writeKeys(w io.Writer, listed []rekey.Listed) {
	for i, file := range listed {
		if i > 0 && sameKeys(file, listed[0]) {
			writeLine(w, "%s: the same", words.Quote(file.File))
			continue
		}
		writeLine(w, "%s: %s", words.Quote(file.File), enough(file))
		for n, group := range file.Groups {
			if len(file.Groups) > 1 {
				writeLine(w, "  key group %d", n+1)
			}
			for _, key := range group {
				line := "  " + words.QuoteKey(key.Name)
				if len(file.Groups) > 1 {
					line = "  " + line
				}
				if key.Label != "" {
					line += "  " + words.Quote(key.Label)
				}
				if key.Held {
					line += "  (its private key is here)"
				}
				writeLine(w, "%s", line)
			}
		}
	}
}

// enough says how many keys it takes.
func enough(file rekey.Listed) string {
	n := 0
	for _, group := range file.Groups {
		n += len(group)
	}
	switch {
	case n == 1:
		return "1 key"
	case file.Needed == 1:
		return words.Count(n, "key") + ", each of which is enough to decrypt"
	}
	return fmt.Sprintf("%s in %d groups; it takes keys of %d groups to decrypt", words.Count(n, "key"), len(file.Groups), file.Needed)
}

func sameKeys(a, b rekey.Listed) bool {
	return a.Needed == b.Needed && slices.EqualFunc(a.Groups, b.Groups, func(x, y []rekey.Key) bool {
		return slices.EqualFunc(x, y, func(k, l rekey.Key) bool { return k.Name == l.Name })
	})
}
