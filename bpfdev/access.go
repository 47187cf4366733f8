package bpfdev

// An AccessError says that the user may not open BPF devices.
type AccessError struct {
	Path string // of the device
	Err  error  // EACCES or EPERM
}

// Error returns what failed.
func (e *AccessError) Error() string { return "open " + e.Path + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *AccessError) Unwrap() error { return e.Err }

// Hint returns what helps, in one line.
func (e *AccessError) Hint() string {
	return "run it with sudo, or install ChmodBPF (brew install --cask wireshark-chmodbpf), join the group access_bpf and log in again"
}
