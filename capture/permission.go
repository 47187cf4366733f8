package capture

import "fmt"

// A PermissionError means that the system refused a right that capturing
// needs. errors.Is(err, fs.ErrPermission) holds for it.
type PermissionError struct {
	Needs  string // the missing right, such as CAP_NET_RAW
	Remedy string // how to get it, in one line for people
	Err    error  // what the system said
}

func (e *PermissionError) Error() string { return fmt.Sprintf("%v (needs %s)", e.Err, e.Needs) }

// Unwrap returns what the system said.
func (e *PermissionError) Unwrap() error { return e.Err }
