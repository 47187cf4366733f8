package capture

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/net/bpf"

	"sockeye/parse"
	"sockeye/parse/filter"
)

// A view is how a filter on a SOCK_RAW packet(7) socket sees the frames of
// some devices.
type view struct {
	types []uint16 // of the devices: ARPHRD_ values of linux/if_arp.h; none stands for all others
	link  parse.LinkType
	// hidden says that there may be a link header which is no link type of
	// ours, in front of the network header.
	hidden bool
}

// holds reports whether devices of that type are seen so.
func (v *view) holds(hatype uint16) bool {
	return len(v.types) == 0 || slices.Contains(v.types, hatype)
}

// views are those of all devices, the commonest first. Where linkOf reads frames
// from their network header on, that is where most of them begin. Some devices
// show a header of their own first (a GRE tunnel without a remote end, IP over
// InfiniBand).
var views = []view{
	{types: []uint16{arphrdEther, arphrdLoopback}, link: parse.LinkEthernet},
	{types: []uint16{arphrdNone, arphrdPPP, arphrdRawIP, arphrdTunnel, arphrdTunnel6, arphrdSIT}, link: parse.LinkCooked},
	{types: []uint16{arphrd80211}, link: parse.Link80211},
	{types: []uint16{arphrdPrism}, link: parse.LinkPrism},
	{types: []uint16{arphrdRadiotap}, link: parse.LinkRadiotap},
	{link: parse.LinkCooked, hidden: true},
}

// Values of linux/if_arp.h for devices without a link header.
const (
	arphrdPPP     = 512
	arphrdRawIP   = 519
	arphrdTunnel  = 768
	arphrdTunnel6 = 769
	arphrdSIT     = 776
	arphrdNone    = 0xfffe
)

// Socket returns the program for a SOCK_RAW packet(7) socket of t. The socket for
// all interfaces gets one that runs on each packet what is compiled for its
// device. Frames of devices to whose link type the expression cannot apply do
// not pass; if it applies to none, or t is one of these, the error is a
// *filter.Error. Of a nil Filter it is the empty program, which takes everything.
func (f *Filter) Socket(t Target) ([]bpf.RawInstruction, error) {
	if f == nil {
		return nil, nil
	}
	if t.Any {
		return f.socketOfAll()
	}
	i := slices.IndexFunc(views, func(v view) bool { return v.holds(t.Type) })
	return f.view(views[i], t.Netmask)
}

// view compiles the program for devices that are seen in that way.
func (f *Filter) view(v view, netmask uint32) ([]bpf.RawInstruction, error) {
	p, err := f.Compile(filter.Options{Link: v.link, Kernel: true, Netmask: netmask})
	switch {
	case err != nil:
		return nil, err
	case v.hidden:
		return fromNetwork(p.Instructions()), nil
	default:
		return p.Instructions(), nil
	}
}

// Opcodes of classic BPF, and places of what the kernel knows beside the packet
// (linux/filter.h).
const (
	opLoadWord = 0x20 // BPF_LD|BPF_W|BPF_ABS
	opJump     = 0x05 // BPF_JMP|BPF_JA
	opIfEqual  = 0x15 // BPF_JMP|BPF_JEQ|BPF_K

	// maxSocket is BPF_MAXINSNS, less a few for what an opener puts in front.
	maxSocket = 4096 - 16

	ancillary = 0xfffff000     // SKF_AD_OFF
	hatype    = ancillary + 28 // SKF_AD_HATYPE
	atNetwork = 0xfff00000     // SKF_NET_OFF
)

// socketOfAll joins the programs of all views into one: the type of the packet's
// device says which is run.
func (f *Filter) socketOfAll() ([]bpf.RawInstruction, error) {
	all := []bpf.RawInstruction{{Op: opLoadWord, K: hatype}}
	var first error
	fits := false
	for _, v := range views {
		one, err := f.view(v, 0)
		if err != nil {
			first = cmp.Or(first, err)
			one = []bpf.RawInstruction{{Op: opRetK}}
		}
		fits = fits || err == nil
		for i, t := range v.types {
			// To the program, which is behind the jump over it.
			all = append(all, bpf.RawInstruction{Op: opIfEqual, Jt: uint8(len(v.types) - i), K: uint32(t)})
		}
		if len(v.types) > 0 {
			all = append(all, bpf.RawInstruction{Op: opJump, K: uint32(len(one))})
		}
		all = append(all, one...)
	}
	switch {
	case !fits:
		return nil, first
	case len(all) > maxSocket:
		return nil, &filter.Error{
			Text:   f.text,
			Reason: fmt.Sprintf("for all kinds of interfaces together it makes %d instructions, more than the %d that the kernel takes", len(all), maxSocket),
			Hint:   "name interfaces with -i: each then has a program of its own",
		}
	}
	return all, nil
}

// fromNetwork returns prog, whose loads count from the start of the packet,
// changed so that they count from its network header. The kernel finds there
// what is in one piece with the start of the packet, as headers are.
func fromNetwork(prog []bpf.RawInstruction) []bpf.RawInstruction {
	const (
		absolute = 0x20 // BPF_ABS
		indirect = 0x40 // BPF_IND
		header   = 0xa0 // BPF_MSH
		reach    = ancillary - atNetwork
	)
	out := slices.Clone(prog)
	for i := range out {
		in := &out[i]
		if class := in.Op & 7; class > 1 { // BPF_LD and BPF_LDX are 0 and 1
			continue
		}
		switch in.Op & 0xe0 {
		case indirect:
			in.K += atNetwork // which may be a step back from X: it wraps
		case absolute, header:
			if in.K < ancillary {
				in.K = atNetwork + min(in.K, reach-1) // no packet is so long
			}
		}
	}
	return out
}
