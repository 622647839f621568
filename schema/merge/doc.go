// Package merge makes one manifest of two branches' versions, key by key, as git's
// merge driver.
//
// A merge compares values, not ciphertext, and keeps the text that people wrote.
// It leaves out who calls it and what becomes of the result; what the merged
// manifest means is schema's to say.
//
// Invariant: nothing gets a new MAC whose own MAC was not checked, and no value is
// encrypted under a data key that a side brought without showing that it could
// read the ones before. See Merge.
package merge
