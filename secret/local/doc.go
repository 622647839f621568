// Package local writes the files from which applications read secrets during
// local development: the one that Pantheon's PHP SDK takes in place of the
// service, dotenv files, and plain JSON.
//
// Encode takes the secrets that were chosen, with their values, and returns
// the content of a file. It leaves out choosing them and writing files.
//
// A dotenv file has no grammar that its readers agree on, so a value is written
// only in a form that all readers it is meant for give back byte for byte.
// What has no such form is refused by name, never approximated. The rules are
// those of the readers' own parsers, and tests run these readers.
//
// Invariant: values are in the content and nowhere else; what is refused or
// skipped is told by name.
package local
