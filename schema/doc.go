// Package schema reads the manifest: secrets.yaml, which people edit, SOPS
// encrypts and git keeps.
//
// Load opens the file (package sopsfile), says what it means, and fetches the
// values that stand beside it. Interpret is the meaning alone, for whoever edits,
// merges or compares. Compile turns the manifest into one flat desired state, once
// the ids that it did not give have been looked up.
//
//  1. Positions are those of the encrypted file in git: the walk is over the
//     document as it stands, never over a decrypted copy.
//  2. Everything wrong is reported at once, each problem with its place, its
//     path and a remedy. A problem never quotes a value, encrypted or clear,
//     nor an error of the YAML or SOPS libraries, which do.
//  3. Whatever SOPS rejects is rejected. On top of that, what its MAC cannot
//     see is refused where it can be detected: unknown keys, nulls, empty
//     texts, further documents, aliases, tags, values of other types than str.
//  4. The MAC is checked whenever values are decrypted. Without a correct MAC
//     there is no Manifest.
//  5. Which kinds of key source may be contacted is the caller's to say, never
//     the file's.
//  6. Values that stand elsewhere are taken from variables of one prefix and from
//     encrypted files in the same repository, nothing else, and the rules above
//     hold for those files too.
//
// It leaves out what Pantheon knows (its state, ids), what was applied before,
// SOPS's own business, and all changing of text.
//
// Invariant: decrypted text leaves this package inside a secret.Value only.
package schema
