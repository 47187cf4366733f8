package track

import (
	"fmt"
	"unsafe"
)

// slab is an array of records outside the collector's heap: address space for
// all of them is reserved at once, memory comes with the first touch. Records
// are pointer-free and start zeroed.
type slab[T any] struct {
	mem  []byte // the reservation
	base unsafe.Pointer
	n    uint32 // slots handed out so far, free ones included
	cap  uint32
	free []uint32
}

func newSlab[T any](capacity uint32) (*slab[T], error) {
	var zero T
	mem, err := reserve(int(capacity) * int(unsafe.Sizeof(zero)))
	if err != nil {
		return nil, fmt.Errorf("reserve %d flow records: %w", capacity, err)
	}
	return &slab[T]{mem: mem, base: unsafe.Pointer(unsafe.SliceData(mem)), cap: capacity}, nil
}

// at returns the record in a slot that get handed out.
func (s *slab[T]) at(slot uint32) *T {
	var zero T
	// Proof: slot < n <= cap, and the reservation holds cap records.
	return (*T)(unsafe.Add(s.base, uintptr(slot)*unsafe.Sizeof(zero)))
}

// slot returns the number of a record of this slab.
func (s *slab[T]) slot(r *T) uint32 {
	var zero T
	return uint32((uintptr(unsafe.Pointer(r)) - uintptr(s.base)) / unsafe.Sizeof(zero))
}

// get hands out a slot. Its record is zero, unless something else was put back.
func (s *slab[T]) get() (slot uint32, ok bool) {
	if k := len(s.free); k > 0 {
		slot = s.free[k-1]
		s.free = s.free[:k-1]
		return slot, true
	}
	if s.n == s.cap {
		return 0, false
	}
	s.n++
	return s.n - 1, true
}

// put takes a slot back.
func (s *slab[T]) put(slot uint32) { s.free = append(s.free, slot) }

// release gives the memory back; no record may be used afterwards.
func (s *slab[T]) release() {
	unreserve(s.mem)
	*s = slab[T]{}
}
