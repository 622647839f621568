//go:build !windows

package testkit

import "syscall"

// Mkfifo makes a pipe that has a name.
func Mkfifo(path string) error { return syscall.Mkfifo(path, 0o600) }
