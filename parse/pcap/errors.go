package pcap

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrEmpty says that there is nothing at all in the file.
var ErrEmpty = errors.New("capture file is empty")

// A FormatError says that a file is not a capture file.
type FormatError struct {
	Start []byte // the first bytes, at most 8
}

// foreign are the starts of files that end up in the place of a capture, and
// what to call them.
var foreign = []struct{ start, name string }{
	{"PK\x03\x04", "a zip archive"},
	{"BZh", "bzip2: unpack it first"},
	{"\xfd7zXZ", "xz: unpack it first"},
	{"\x04\x22\x4d\x18", "lz4: unpack it first"},
	{"7z\xbc\xaf", "a 7z archive"},
	{"snoop\x00", "a snoop capture"},
	{"XCP\x00", "a NetXRay capture"},
	{"RTSS", "a Network Monitor capture"},
	{"GMBU", "a Network Monitor capture"},
	{"\x7fELF", "a program"},
	{"\xa1\x2b\x3c\x4d", "a Navtel capture"},
	{"\x4d\x3c\x2b\xa1", "a Navtel capture"},
}

// Error tells what the file starts with.
func (e *FormatError) Error() string {
	for _, f := range foreign {
		if bytes.HasPrefix(e.Start, []byte(f.start)) {
			return fmt.Sprintf("not a capture file: starts with %q (%s)", e.Start, f.name)
		}
	}
	return fmt.Sprintf("not a capture file: starts with %q", e.Start)
}

// A VersionError says that a file is of a version of its format that cannot be
// read.
type VersionError struct {
	Format       Format
	Major, Minor uint16
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%v version %d.%d is not supported", e.Format, e.Major, e.Minor)
}

// A DamagedError says where a file stops to make sense. All packets before it
// have been delivered.
type DamagedError struct {
	Offset  int64  // of the damaged record in the uncompressed file
	Packets uint64 // read before it
	Reason  string
	Err     error // the decompressor's error or a *VersionError; nil for most damages
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("damaged at byte %d, after %d packets: %s", e.Offset, e.Packets, e.Reason)
}

// Unwrap returns the error behind the damage, if there is one.
func (e *DamagedError) Unwrap() error { return e.Err }

// What may be wrong with a block.
const (
	shortBlock = "block is too short for its type"
	longPacket = "packet is longer than its block"
	noIface    = "packet of an interface that was not described"
)

// lengthReason says that a record or block has a length that none has.
func lengthReason(what string, n uint32) string {
	return fmt.Sprintf("%s of %d bytes", what, n)
}

func trailerReason(start, end uint32) string {
	return fmt.Sprintf("block has length %d at its start and %d at its end", start, end)
}

func cutReason(n int) string {
	return fmt.Sprintf("file is cut short: it ends %d bytes into a record", n)
}

func linkReason(field uint32) string {
	return fmt.Sprintf("link type 0x%x has reserved bits set", field)
}
