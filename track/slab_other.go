//go:build !linux

package track

import (
	"os"
	"syscall"
)

// reserve maps size bytes of zeroed memory that costs nothing until touched.
func reserve(size int) ([]byte, error) {
	mem, err := syscall.Mmap(-1, 0, max(size, 1), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return mem, nil
}

// unreserve undoes reserve.
func unreserve(mem []byte) {
	if mem != nil {
		_ = syscall.Munmap(mem) // fails only for memory that is not a mapping
	}
}

// memoryBytes is the machine's memory, or 0 when unknown.
func memoryBytes() uint64 { return 0 }
