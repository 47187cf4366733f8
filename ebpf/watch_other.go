//go:build !linux

package ebpf

// bootTime is not asked for: there is no Watcher.
func bootTime() int64 { return 0 }

func mayWatch() error { return ErrNotSupported }

func watchError(err error) error { return err }
