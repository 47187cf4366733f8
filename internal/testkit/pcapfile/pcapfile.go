// Package pcapfile builds capture files for tests, byte by byte, so that it
// can write wrong ones too. It shares no code with the reader that it tests.
package pcapfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
)

// Order is the byte order of a file or a section.
type Order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// Pcap is a pcap file under construction.
type Pcap struct {
	Order Order
	bytes.Buffer
}

// Header is the file header of a pcap file.
type Header struct {
	Magic        uint32
	Major, Minor uint16 // 2.4 when both are zero
	Snap         uint32
	Link         uint32
	Tail         []byte // what some variants put after the header
}

// NewPcap starts a pcap file.
func NewPcap(o Order, h Header) *Pcap {
	if h.Major == 0 && h.Minor == 0 {
		h.Major, h.Minor = 2, 4
	}
	f := &Pcap{Order: o}
	b := o.AppendUint32(nil, h.Magic)
	b = o.AppendUint16(b, h.Major)
	b = o.AppendUint16(b, h.Minor)
	b = append(b, make([]byte, 8)...) // time zone, accuracy
	b = o.AppendUint32(b, h.Snap)
	b = o.AppendUint32(b, h.Link)
	f.Write(append(b, h.Tail...))
	return f
}

// Record appends a record: time in seconds and fraction, the two lengths in the
// order of the file, what a variant puts after them, and the data.
func (f *Pcap) Record(sec, frac, first, second uint32, tail, data []byte) *Pcap {
	var b []byte
	for _, v := range []uint32{sec, frac, first, second} {
		b = f.Order.AppendUint32(b, v)
	}
	f.Write(append(append(b, tail...), data...))
	return f
}

// Packet appends a record of a packet that was captured whole.
func (f *Pcap) Packet(sec, frac uint32, data []byte) *Pcap {
	n := uint32(len(data))
	return f.Record(sec, frac, n, n, nil, data)
}

// Ng is a pcapng file under construction.
type Ng struct {
	Order Order
	bytes.Buffer
}

// NewNg starts a pcapng file without a first block.
func NewNg(o Order) *Ng { return &Ng{Order: o} }

// Option is one option of a pcapng block. A string or []byte is taken as it
// is, numbers in the section's byte order.
type Option struct {
	Code  uint16
	Value any
}

// Block appends a block of any type, padding its body.
func (f *Ng) Block(typ uint32, body []byte) *Ng {
	body = pad(body)
	n := uint32(len(body)) + 12
	b := f.Order.AppendUint32(nil, typ)
	b = f.Order.AppendUint32(b, n)
	b = append(b, body...)
	f.Write(f.Order.AppendUint32(b, n))
	return f
}

// Section appends a Section Header Block in the byte order o, which holds from
// there on.
func (f *Ng) Section(o Order, opts ...Option) *Ng { return f.SectionVersion(o, 1, 0, opts...) }

// SectionVersion is Section with a version of its own.
func (f *Ng) SectionVersion(o Order, major, minor uint16, opts ...Option) *Ng {
	f.Order = o
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, major)
	b = o.AppendUint16(b, minor)
	b = o.AppendUint64(b, ^uint64(0)) // length not known
	return f.Block(0x0a0d0d0a, f.options(b, opts))
}

// Interface appends an Interface Description Block.
func (f *Ng) Interface(link uint16, snap uint32, opts ...Option) *Ng {
	b := f.Order.AppendUint16(nil, link)
	b = f.Order.AppendUint16(b, 0)
	b = f.Order.AppendUint32(b, snap)
	return f.Block(1, f.options(b, opts))
}

// Enhanced appends an Enhanced Packet Block.
func (f *Ng) Enhanced(iface uint32, ts uint64, wire uint32, data []byte, opts ...Option) *Ng {
	return f.Block(6, f.packet(f.Order.AppendUint32(nil, iface), ts, wire, data, opts))
}

// Obsolete appends a Packet Block.
func (f *Ng) Obsolete(iface, drops uint16, ts uint64, wire uint32, data []byte, opts ...Option) *Ng {
	b := f.Order.AppendUint16(nil, iface)
	return f.Block(2, f.packet(f.Order.AppendUint16(b, drops), ts, wire, data, opts))
}

func (f *Ng) packet(b []byte, ts uint64, wire uint32, data []byte, opts []Option) []byte {
	for _, v := range []uint32{uint32(ts >> 32), uint32(ts), uint32(len(data)), wire} {
		b = f.Order.AppendUint32(b, v)
	}
	return f.options(pad(append(b, data...)), opts)
}

// Simple appends a Simple Packet Block.
func (f *Ng) Simple(wire uint32, data []byte) *Ng {
	return f.Block(3, append(f.Order.AppendUint32(nil, wire), data...))
}

// Statistics appends an Interface Statistics Block.
func (f *Ng) Statistics(iface uint32, ts uint64, opts ...Option) *Ng {
	var b []byte
	for _, v := range []uint32{iface, uint32(ts >> 32), uint32(ts)} {
		b = f.Order.AppendUint32(b, v)
	}
	return f.Block(5, f.options(b, opts))
}

// Names appends a Name Resolution Block with one record.
func (f *Ng) Names(typ uint16, value []byte) *Ng {
	return f.Block(4, f.options(nil, []Option{{typ, value}}))
}

// options appends a list of options and its end; an empty list has no end.
func (f *Ng) options(b []byte, opts []Option) []byte {
	if len(opts) == 0 {
		return b
	}
	for _, o := range opts {
		v := f.value(o.Value)
		b = f.Order.AppendUint16(b, o.Code)
		b = f.Order.AppendUint16(b, uint16(len(v)))
		b = append(b, pad(v)...)
	}
	return append(b, 0, 0, 0, 0)
}

func (f *Ng) value(v any) []byte {
	switch v := v.(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	case uint8:
		return []byte{v}
	case uint32:
		return f.Order.AppendUint32(nil, v)
	case uint64:
		return f.Order.AppendUint64(nil, v)
	case int64:
		return f.Order.AppendUint64(nil, uint64(v))
	}
	panic("pcapfile: option of an unknown type")
}

func pad(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }

// Gzip compresses data as one gzip member.
func Gzip(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
