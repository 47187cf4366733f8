// Package proc asks the kernel about the sockets of this machine.
package proc
