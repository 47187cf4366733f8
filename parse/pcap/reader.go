// Hot path: no allocation.

package pcap

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"os"
	"sync"
	"sync/atomic"

	"sockeye/parse"
)

// A Reader reads the packets of one capture file. One goroutine calls Read and
// Header; all other methods may be called from any.
type Reader struct {
	window
	pcap pcapState
	ng   ngState
	told told
	// format is unknown until the file header has been read.
	format Format
	packet uint64 // packets delivered
	held   bool   // the last Read promised more: this one must not wait
	err    error  // what every further Read returns
	closed atomic.Bool

	mu   sync.Mutex // guards meta
	meta meta
}

// Kept is how long packets stay valid, see Read: it lets others look at them while
// more are read.
const Kept = 8

// NewReader reads the file header from src and returns a Reader for what
// follows, which waits whenever src does. The errors are ErrEmpty,
// *FormatError, *VersionError, *DamagedError for a header that is cut short or
// contradicts itself, and src's own.
func NewReader(src io.Reader) (*Reader, error) {
	r := newReader(newInline(src))
	if _, err := r.Header(); err != nil {
		return nil, err
	}
	return r, nil
}

// NewBackgroundReader starts a goroutine that reads and decompresses src ahead
// of Read, which never waits longer than 250 ms then. Errors of the file header
// come from Header or from the first Read. The goroutine ends with the file, or
// after Close as soon as a read of src that is under way returns.
func NewBackgroundReader(src io.Reader) *Reader {
	return newReader(newBackground(src))
}

func newReader(f feed) *Reader {
	r := &Reader{window: window{feed: f}}
	r.told.memo.In = &r.told.processes
	return r
}

// Close makes Read return os.ErrClosed and lets go of the goroutine. It does
// not close the io.Reader.
func (r *Reader) Close() error {
	r.closed.Store(true)
	r.feed.close()
	return nil
}

// Header reads the file header if that has not been done. It returns false
// without an error when the source did not deliver it in time.
func (r *Reader) Header() (bool, error) {
	for r.format == FormatUnknown && r.err == nil {
		if len(r.win) >= 4 && r.open() {
			break
		}
		err := r.extend()
		if err == errIdle {
			return false, nil
		}
		if err != nil {
			r.err = r.headerError(err)
		}
	}
	r.publish()
	return r.format != FormatUnknown, r.err
}

// headerError says what is wrong with a file that ends before its header does.
func (r *Reader) headerError(err error) error {
	switch {
	case err != io.EOF:
		return r.readError(err)
	case r.off == 0 && len(r.win) == 0:
		return ErrEmpty
	case len(r.win) < 4:
		return &FormatError{Start: append([]byte(nil), r.win...)}
	}
	return r.damage("file header is cut short")
}

// Read fills in ps[:n]: Data, Time, Number, WireLen, Link, Iface, Hint and Process. It clears
// Segs, TagTCI, TagTPID and Proto2, which no file has, and leaves the rest
// alone. Data is valid until Kept more Reads have returned packets without
// promising more, and the one after these is called.
//
// It waits until there is a packet, and returns n == 0 without an error only
// after a Read that returned more, or in a background Reader when nothing came
// in 250 ms. more says that the next Read will not wait. At the end of the file
// the error is io.EOF, where the file is not whole a *DamagedError, after Close
// os.ErrClosed, and else the source's own. It may come together with packets,
// and comes again from every further Read.
//
// A packet without a timestamp (a Simple Packet Block) takes that of the packet
// before it. A frame check sequence that the file says is there is neither in
// WireLen nor in Data; tshark and tcpdump count it.
func (r *Reader) Read(ps []parse.Packet) (n int, more bool, err error) {
	if r.closed.Load() {
		return 0, false, os.ErrClosed
	}
	if r.format == FormatUnknown {
		if ok, err := r.Header(); !ok || err != nil {
			return 0, false, err
		}
	}
	for r.err == nil {
		if r.format == FormatPcap {
			n = r.readPcap(ps)
		} else {
			n = r.readNg(ps)
		}
		if n > 0 || r.err != nil || r.held || len(ps) == 0 {
			break
		}
		if err := r.extend(); err == errIdle {
			break
		} else if err != nil {
			r.err = r.endError(err)
		}
	}
	r.lent = r.lent || n > 0
	r.held = n > 0 && r.err == nil && r.whole()
	for i := range ps[:n] {
		r.packet++
		ps[i].Number = r.packet
	}
	if d, ok := r.err.(*DamagedError); ok {
		d.Packets = r.packet
	}
	r.publish()
	return n, r.held, r.err
}

// whole reports whether the next record is in the window.
func (r *Reader) whole() bool {
	if r.format == FormatPcap {
		return r.wholeRecord()
	}
	return r.wholeBlock()
}

// endError says how a file ends that err follows the window of.
func (r *Reader) endError(err error) error {
	if err != io.EOF {
		return r.readError(err)
	}
	if len(r.win) == 0 {
		return io.EOF
	}
	return r.damage(cutReason(len(r.win)))
}

// readError tells damage of a compressed file from failures to read it.
func (r *Reader) readError(err error) error {
	if c, ok := errors.AsType[*compressionError](err); ok {
		d := r.damage(c.Error())
		d.Err = c.err
		return d
	}
	return err
}

// damage describes a damage at the start of the window.
func (r *Reader) damage(reason string) *DamagedError {
	return &DamagedError{Offset: r.off, Packets: r.packet, Reason: reason}
}

// open recognises the file by the start of the window. It returns false when it
// must see more of it.
func (r *Reader) open() bool {
	switch magic := binary.LittleEndian.Uint32(r.win); {
	case magic == blockSection:
		return r.openNg()
	case isPcap(magic):
		return r.openPcap(false)
	case isPcap(bits.ReverseBytes32(magic)):
		return r.openPcap(true)
	}
	r.err = &FormatError{Start: append([]byte(nil), r.win[:min(8, len(r.win))]...)}
	return true
}

// u32 reads a number of the file.
func u32(b []byte, big bool) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

// u16 reads a number of the file.
func u16(b []byte, big bool) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if big {
		v = bits.ReverseBytes16(v)
	}
	return v
}

// u64 reads a number of the file.
func u64(b []byte, big bool) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if big {
		v = bits.ReverseBytes64(v)
	}
	return v
}

// fill sets the fields that all records share.
func fill(p *parse.Packet, data []byte, link parse.LinkType, slot uint16) {
	p.Data = data
	p.Link = link
	p.Iface = slot
	p.Segs, p.TagTCI, p.TagTPID, p.Proto2, p.Process = 0, 0, 0, 0, 0
}

// noHint is a cooked header's place when there is no such header.
const noHint = -1

// hintPlace returns the offset of sll_pkttype in packets of a link type, or
// noHint. In LINKTYPE_LINUX_SLL it is the low byte of the first field, in
// LINKTYPE_LINUX_SLL2 the eleventh byte.
func hintPlace(l parse.LinkType) int {
	switch l {
	case linkSLL:
		return 1
	case linkSLL2:
		return 10
	}
	return noHint
}

// hintAt reads sll_pkttype. Values above PACKET_OUTGOING say nothing of the
// direction.
func hintAt(data []byte, place int) parse.Hint {
	if uint(place) < uint(len(data)) {
		return packetType(data[place])
	}
	return parse.HintNone
}

// packetType translates sll_pkttype of packet(7).
func packetType(t byte) parse.Hint {
	if t <= byte(parse.HintOutgoing-parse.HintHost) {
		return parse.HintHost + parse.Hint(t)
	}
	return parse.HintNone
}

// cutFCS takes the frame check sequence off a packet, which was captured with
// it, so that WireLen and Data are without.
func cutFCS(p *parse.Packet, fcs uint8) {
	if p.WireLen < uint32(fcs) {
		return
	}
	p.WireLen -= uint32(fcs)
	if len(p.Data) > int(p.WireLen) {
		p.Data = p.Data[:p.WireLen:p.WireLen]
	}
}
