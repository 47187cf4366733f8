// Hot path: no allocation.

package bpfdev

import (
	"bytes"
	"encoding/binary"
)

// Offsets in struct bpf_hdr and struct bpf_hdr_ext of bsd/net/bpf.h, which are
// the same up to and with bh_hdrlen. Both are little-endian: macOS runs on
// nothing else.
const (
	offSec     = 0  // bh_tstamp, a timeval32
	offUsec    = 4  //
	offCapLen  = 8  // bh_caplen
	offDataLen = 12 // bh_datalen
	offHdrLen  = 16 // bh_hdrlen
	offFlags   = 18 // bh_flags, 16 bits; in newer kernels bh_complen and 8 bits of flags
	offPID     = 20 // bh_pid
	offComm    = 24 // bh_comm

	commLen = 17 // MAXCOMLEN + 1

	hdrLen    = 18                // SIZEOF_BPF_HDR
	extHdrLen = offComm + commLen // of bpf_hdr_ext, what is read here
	alignment = 4                 // BPF_ALIGNMENT, on 64-bit systems too
)

// flagsOut is BPF_HDR_EXT_FLAGS_DIR_OUT in either layout. The byte that is not
// the flags is 0: the upper flags are not used, and bh_complen is a length that
// only BIOCSHDRCOMP sets.
const flagsOut = 0x0101

// A Record is one captured packet as a BPF device delivers it.
type Record struct {
	Data    []byte // captured bytes, link header first; borrowed from the buffer
	Time    int64  // ns since the Unix epoch, in steps of 1 µs
	WireLen uint32 // length before the filter cut it, at least len(Data)

	// The rest is known only with extended headers.
	Extended bool
	Out      bool   // this machine sends it
	PID      int32  // process that sends it; 0 when the kernel does not say
	Comm     []byte // its name, at most 16 bytes; borrowed; empty without PID
}

// A Walker reads the records of one buffer.
type Walker struct {
	rest     []byte
	extended bool
	damaged  bool
}

// Walk starts reading buf, what one read of a device returned. extended tells
// that the device was asked for extended headers.
func Walk(buf []byte, extended bool) Walker {
	return Walker{rest: buf, extended: extended}
}

// Next reads the next record into r and reports whether there was one. What r
// points to is valid as long as the buffer is.
func (w *Walker) Next(r *Record) bool {
	b := w.rest
	w.rest = nil
	if len(b) == 0 {
		return false
	}
	if len(b) < hdrLen {
		w.damaged = true
		return false
	}
	capLen := binary.LittleEndian.Uint32(b[offCapLen:])
	wireLen := binary.LittleEndian.Uint32(b[offDataLen:])
	head := uint64(binary.LittleEndian.Uint16(b[offHdrLen:]))
	end := head + uint64(capLen)
	if head < hdrLen || end > uint64(len(b)) || capLen > wireLen {
		// Without trust in the lengths there is no way to the next record.
		w.damaged = true
		return false
	}
	r.Data = b[head:end:end]
	// Unsigned, the 32 bits last until 2106.
	r.Time = int64(binary.LittleEndian.Uint32(b[offSec:]))*1e9 +
		int64(binary.LittleEndian.Uint32(b[offUsec:]))*1e3
	r.WireLen = wireLen
	r.Extended, r.Out, r.PID, r.Comm = false, false, 0, nil
	if w.extended && head >= extHdrLen {
		r.extend(b[:extHdrLen:extHdrLen])
	}
	// The kernel pads between records, not after the last one.
	next := (end + alignment - 1) &^ (alignment - 1)
	w.rest = b[min(next, uint64(len(b))):]
	return true
}

// extend reads the fields of b that only the extended header has.
func (r *Record) extend(b []byte) {
	r.Extended = true
	r.Out = binary.LittleEndian.Uint16(b[offFlags:])&flagsOut != 0
	if r.PID = int32(binary.LittleEndian.Uint32(b[offPID:])); r.PID == 0 {
		return
	}
	r.Comm = b[offComm : offComm+commLen-1]
	if n := bytes.IndexByte(r.Comm, 0); n >= 0 {
		r.Comm = r.Comm[:n]
	}
}

// More reports whether bytes are left to read.
func (w *Walker) More() bool { return len(w.rest) > 0 }

// Damaged reports that the walk ended at a record that contradicts itself or
// the length of the buffer. Those after it, if any, cannot be found.
func (w *Walker) Damaged() bool { return w.damaged }
