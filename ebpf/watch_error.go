package ebpf

import "fmt"

// A PermissionError means that the kernel refused to take programs.
// errors.Is(err, fs.ErrPermission) holds for it.
type PermissionError struct {
	Needs  string // the missing rights, such as "CAP_BPF, CAP_PERFMON"
	Remedy string // how to get them, in one line for people
	Err    error  // what the kernel said
}

func (e *PermissionError) Error() string { return fmt.Sprintf("%v (needs %s)", e.Err, e.Needs) }

// Hint returns the Remedy.
func (e *PermissionError) Hint() string { return e.Remedy }

// Unwrap returns what the kernel said.
func (e *PermissionError) Unwrap() error { return e.Err }
