package capture

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrInterfaceDown is what an *InterfaceDownError wraps.
	ErrInterfaceDown = errors.New("interface is down")

	// ErrInterfaceGone means that an interface was deleted, or left for another
	// network namespace.
	ErrInterfaceGone = errors.New("interface is gone")

	// ErrNoInterface means that no interface is up.
	ErrNoInterface = errors.New("no interface is up")
)

// NoSuchInterfaceError means that no interface has the name that was asked
// for.
type NoSuchInterfaceError struct {
	Name string
	Near []string // names that may have been meant, the nearest first
	All  []string // every name there is
}

func (e *NoSuchInterfaceError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("no interface %q", e.Name)
	}
	return fmt.Sprintf("no interface %q: did you mean %s?", e.Name, strings.Join(e.Near, " or "))
}

// InterfaceDownError means that an interface that was asked for by name is
// down. `ip link set NAME up` sets it up.
type InterfaceDownError struct{ Name string }

func (e *InterfaceDownError) Error() string {
	return fmt.Sprintf("capture %s: %v", e.Name, ErrInterfaceDown)
}

// Unwrap returns ErrInterfaceDown.
func (e *InterfaceDownError) Unwrap() error { return ErrInterfaceDown }
