//go:build !linux

package proc

import (
	"errors"

	"sockeye/parse"
)

// Sockets asks the kernel for single sockets: on Linux only.
type Sockets struct{}

// NewSockets returns errors.ErrUnsupported.
func NewSockets() (*Sockets, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (s *Sockets) Close() error { return nil }

// Open reports false.
func (s *Sockets) Open(*parse.Key) bool { return false }
