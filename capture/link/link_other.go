//go:build !linux && !darwin

package link

import (
	"errors"
	"fmt"
)

func openSystem() (system, error) {
	return nil, fmt.Errorf("list interfaces: %w", errors.ErrUnsupported)
}
