// Package rekey changes who can decrypt a manifest and the encrypted files that it
// takes values from: it adds keys, removes them, makes the files agree with a
// .sops.yaml, and makes new data keys.
//
// It leaves out who holds a private key.
//
// Invariants:
//
//  1. Who was removed knows the old data key, so what follows is encrypted under a
//     new one. Who was added gets the old one, and then nothing else changes.
//  2. Nothing gets a new MAC whose own MAC was not right, and what is written was read
//     back before.
//  3. Nobody is left out by mistake: no file, and no key group, loses its last key.
//  4. Nothing is written before all of it is known. Each file is written whole.
package rekey
