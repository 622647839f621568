// Package adopt decides what the live secrets of an owner become in a manifest
// that takes them over.
//
//  1. Nothing in the first plan after it is anything but adopt or none: a
//     value that came back is declared with it, a hidden one as external,
//     which is checked and never written.
//  2. What an owner may merely inherit is not its own, and is left out. So is
//     what the manifest cannot hold, what another project manages, and cella's
//     own secrets, of which not a word is said.
//  3. An entry that the manifest has is never replaced unasked, and a value of
//     it never by an external entry: it would be lost.
//
// It reads nothing and writes nothing. What it says to people quotes every
// foreign name, and no value.
package adopt
