package track

import (
	"os"
	"syscall"
)

// madvHugepage is MADV_HUGEPAGE of madvise(2). At a million flows the table
// spans 256 MB; with 4 KiB pages nearly every packet misses the TLB as well.
const madvHugepage = 14

// smallPages is the beginning of a reservation that stays on small pages: a
// small table gains nothing by a huge page, and would take all of it.
const smallPages = 2 << 20

// reserve maps size bytes of zeroed memory that costs nothing until touched.
func reserve(size int) ([]byte, error) {
	mem, err := syscall.Mmap(-1, 0, max(size, 1), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	if len(mem) > smallPages {
		// Only advice: a kernel without transparent huge pages is merely slower.
		_ = syscall.Madvise(mem[smallPages:], madvHugepage)
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
func memoryBytes() uint64 {
	var si syscall.Sysinfo_t
	if err := syscall.Sysinfo(&si); err != nil {
		return 0
	}
	return uint64(si.Totalram) * uint64(si.Unit)
}
