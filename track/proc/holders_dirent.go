package proc

import "encoding/binary"

// Offsets in struct linux_dirent64 of getdents64(2).
const (
	direntIno    = 0
	direntReclen = 16
	direntName   = 19
)

// nextDirent reads the first of the records that getdents64(2) filled in. The name
// lies in b and does not hold its NUL; it is nil at the end, and where what is left is
// no record.
func nextDirent(b []byte) (name []byte, ino uint64, rest []byte) {
	if len(b) < direntName {
		return nil, 0, nil
	}
	n := int(binary.NativeEndian.Uint16(b[direntReclen:]))
	if n <= direntName || n > len(b) {
		return nil, 0, nil
	}
	name = b[direntName:n:n]
	for i, c := range name {
		if c == 0 {
			return name[:i:i], binary.NativeEndian.Uint64(b[direntIno:]), b[n:]
		}
	}
	return nil, 0, nil
}

// number reads a name that is a decimal number, as those of processes and of open
// files are. It allocates nothing.
func number(name []byte) (int32, bool) {
	if len(name) == 0 || len(name) > 10 {
		return 0, false
	}
	n := int64(0)
	for _, c := range name {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return int32(n), n <= 1<<31-1
}

// socketInode reads a link of /proc/PID/fd that leads to a socket, "socket:[12345]".
// It allocates nothing.
func socketInode(link []byte) (uint64, bool) {
	const prefix = "socket:["
	if len(link) <= len(prefix)+1 || string(link[:len(prefix)]) != prefix || link[len(link)-1] != ']' {
		return 0, false
	}
	n := uint64(0)
	for _, c := range link[len(prefix) : len(link)-1] {
		if c < '0' || c > '9' || n > (1<<64-10)/10 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
