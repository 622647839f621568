// Package recipients says who can decrypt a file that SOPS encrypted, and how that
// differs from one version of it to another, or from what a .sops.yaml says. None
// of it needs a key: all of it is public.
//
// It leaves out who holds which key, and how anything is encrypted.
//
// Invariant: nothing that it returns for people holds more than names of public
// keys and settings, quoted for display.
package recipients
