package filter

import (
	"strings"

	"sockeye/parse"
)

// Bits of the two bytes of frame control, IEEE 802.11-2020 section 9.2.4.1.
const (
	wlanType       = 0x0c
	wlanControl    = 0x04 // types
	wlanDataType   = 0x08
	wlanSubtype    = 0xf0
	wlanCTS        = 0xc0
	wlanACK        = 0xd0
	wlanQoS        = 0x80 // in data frames
	wlanDirection  = 0x03 // second byte
	wlanToDS       = 0x01
	wlanFromDS     = 0x02
	wlanHeaderSize = 24 // of frames with three addresses
)

// wlanData tests for a data frame.
func (g *gen) wlanData() frag {
	return g.maskedCmp(layerLink, 0, 1, wlanDataType, wlanType)
}

// radioLength stores the length of the header before the 802.11 frame.
func (g *gen) radioLength() frag {
	const avsMagic = 0x80211000 // the last digits are the version
	store := insn{codeStoreA, g.slot(g.off.link.vary)}
	switch g.link {
	case parse.LinkAVS:
		return step(insn{codeLoadW, 4}, store)
	case parse.LinkPrism: // some drivers put an AVS header in its place
		return choose(g.maskedCmp(layerPacket, 0, 4, avsMagic, 0xfffff000),
			step(insn{codeLoadW, 4}, store), step(insn{codeLoadImm, 144}, store))
	}
	// Radiotap and PPI: little-endian.
	return step(insn{codeLoadB, 3}, insn{codeShl, 8}, insn{op: codeTAX},
		insn{codeLoadB, 2}, insn{op: codeOr | codeSrcX}, store)
}

// wlanLength stores where the payload of a data frame starts. Frames with four
// addresses are not told apart: libpcap does not.
func (g *gen) wlanLength() frag {
	slot := g.slot(g.off.payload.vary)
	start := []insn{{codeLoadImm, wlanHeaderSize}}
	if w := g.off.link.vary; w != nil {
		start = []insn{{codeLoadMem, g.slot(w)}, {codeAdd, wlanHeaderSize}}
	}
	start = append(start, insn{codeStoreA, slot})
	qos := step(insn{codeLoadMem, slot}, insn{codeAdd, 2}, insn{codeStoreA, slot})
	if g.link != parse.LinkRadiotap {
		return both(step(start...), when(g.maskedCmp(layerLink, 0, 1, wlanDataType|wlanQoS, wlanType|wlanQoS), qos))
	}
	length := both(when(g.jump(layerLink, 0, 1, codeJumpSet, wlanQoS), qos), g.radiotapPadding(slot))
	return both(step(start...), when(g.wlanData(), length))
}

// radiotapPadding rounds the word at slot up to four bytes if a radiotap header
// (www.radiotap.org) says so. The padding counts from the 802.11 header in truth;
// that it counts from the packet is as in libpcap, and the same for radiotap
// headers of whole words. With more than one word of presence bits the flags
// cannot be found without a loop: then there is no padding.
func (g *gen) radiotapPadding(slot uint32) frag {
	const (
		hasTSFT, hasFlags, hasMore = 0x01000000, 0x02000000, 0x00000080 // bits 0, 1, 31 in little-endian
		flagPadded                 = 0x20
	)
	has := func(bits uint32) frag { return g.jump(layerPacket, 4, 4, codeJumpSet, bits) }
	padded := func(off uint32) frag { return g.jump(layerPacket, off, 1, codeJumpSet, flagPadded) }
	round := step(insn{codeLoadMem, slot}, insn{codeAdd, 3}, insn{codeAnd, ^uint32(3)}, insn{codeStoreA, slot})
	return when(all(has(hasFlags), inverse(has(hasMore)), choose(has(hasTSFT), padded(16), padded(8))), round)
}

// wlanHost tests an address of an 802.11 frame: one by its place, or the source,
// destination, receiver or transmitter, whose places depend on the kind of frame
// (IEEE 802.11-2020 section 9.3).
func (g *gen) wlanHost(mac []byte, d dir) frag {
	at := func(off uint32) frag { return g.bytesCmp(layerLink, off, mac) }
	switch d {
	case dirSrc:
		return g.wlanSource(at)
	case dirDst:
		return g.wlanDestination(at)
	case dirSrcAndDst:
		return both(g.wlanSource(at), g.wlanDestination(at))
	case dirAddr1:
		return at(4)
	case dirAddr2:
		return both(g.wlanHasAddr2(), at(10))
	case dirAddr3:
		return both(inverse(g.wlanIs(wlanControl, wlanType)), at(16))
	case dirAddr4:
		return both(g.maskedCmp(layerLink, 1, 1, wlanDirection, wlanDirection), at(24))
	case dirRA: // management frames have none
		return both(g.wlanBit(0, wlanDataType), at(4))
	case dirTA:
		return all(g.wlanBit(0, wlanDataType), g.wlanHasAddr2(), at(10))
	}
	return either(g.wlanSource(at), g.wlanDestination(at))
}

// wlanSource applies a test to the source address; control frames have none.
func (g *gen) wlanSource(at func(off uint32) frag) frag {
	fromDS := choose(g.wlanBit(1, wlanToDS), at(24), at(16))
	data := choose(g.wlanBit(1, wlanFromDS), fromDS, at(10))
	return both(inverse(g.wlanBit(0, wlanControl)), choose(g.wlanBit(0, wlanDataType), data, at(10)))
}

// wlanDestination applies a test to the destination address; control frames have
// none.
func (g *gen) wlanDestination(at func(off uint32) frag) frag {
	data := choose(g.wlanBit(1, wlanToDS), at(16), at(4))
	return both(inverse(g.wlanBit(0, wlanControl)), choose(g.wlanBit(0, wlanDataType), data, at(4)))
}

// wlanHasAddr2 tests for frames that name their transmitter.
func (g *gen) wlanHasAddr2() frag {
	return either(inverse(g.wlanIs(wlanControl, wlanType)),
		both(inverse(g.wlanIs(wlanCTS, wlanSubtype)), inverse(g.wlanIs(wlanACK, wlanSubtype))))
}

func (g *gen) wlanIs(v, mask uint32) frag { return g.maskedCmp(layerLink, 0, 1, v, mask) }

func (g *gen) wlanBit(off, bit uint32) frag { return g.jump(layerLink, off, 1, codeJumpSet, bit) }

// wlanTypes are the names of frame types and wlanSubtypes those of their
// subtypes, as bits of frame control.
var (
	wlanTypes = map[string]uint32{
		"mgt": 0, "management": 0,
		"ctl": wlanControl, "control": wlanControl,
		"data": wlanDataType,
	}
	wlanSubtypes = map[uint32]map[string]uint32{
		0: {
			"assocreq": 0x00, "assoc-req": 0x00, "assocresp": 0x10, "assoc-resp": 0x10,
			"reassocreq": 0x20, "reassoc-req": 0x20, "reassocresp": 0x30, "reassoc-resp": 0x30,
			"probereq": 0x40, "probe-req": 0x40, "proberesp": 0x50, "probe-resp": 0x50,
			"beacon": 0x80, "atim": 0x90, "disassoc": 0xa0, "disassociation": 0xa0,
			"auth": 0xb0, "authentication": 0xb0, "deauth": 0xc0, "deauthentication": 0xc0,
		},
		wlanControl: {
			"ps-poll": 0xa0, "rts": 0xb0, "cts": wlanCTS, "ack": wlanACK,
			"cf-end": 0xe0, "cf-end-ack": 0xf0,
		},
		wlanDataType: {
			"data": 0x00, "data-cf-ack": 0x10, "data-cf-poll": 0x20, "data-cf-ack-poll": 0x30,
			"null": 0x40, "cf-ack": 0x50, "cf-poll": 0x60, "cf-ack-poll": 0x70,
			"qos-data": 0x80, "qos-data-cf-ack": 0x90, "qos-data-cf-poll": 0xa0, "qos-data-cf-ack-poll": 0xb0,
			"qos": 0xc0, "qos-cf-poll": 0xe0, "qos-cf-ack-poll": 0xf0,
		},
	}
	wlanDirections = map[string]uint32{"nods": 0, "tods": wlanToDS, "fromds": wlanFromDS, "dstods": wlanDirection}
)

// wlanKind is "type T", "type T subtype S" and "subtype S".
func (g *gen) wlanKind(s *special) (frag, error) {
	if !isWLAN(g.link) {
		return frag{}, g.lacks(s, "802.11 frame types")
	}
	if s.what == specialWLANSubtype {
		name := strings.ToLower(s.args[0].text)
		for kind, names := range wlanSubtypes {
			if v, ok := names[name]; ok {
				return g.wlanIs(kind|v, wlanType|wlanSubtype), nil
			}
		}
		return frag{}, fault(s.args[0], "unknown 802.11 subtype %s", quote(s.args[0].text))
	}
	kind, err := pick(s.args[0], wlanTypes, wlanType, "802.11 type")
	if err != nil || len(s.args) == 1 {
		return g.wlanIs(kind, wlanType), err
	}
	v, err := pick(s.args[1], wlanSubtypes[kind], wlanSubtype, "802.11 subtype")
	return g.wlanIs(kind|v, wlanType|wlanSubtype), err
}

// wlanDir is "dir D".
func (g *gen) wlanDir(s *special) (frag, error) {
	if !isWLAN(g.link) {
		return frag{}, g.lacks(s, "802.11 directions")
	}
	v, err := pick(s.args[0], wlanDirections, wlanDirection, "802.11 direction")
	return g.maskedCmp(layerLink, 1, 1, v, wlanDirection), err
}

// pick returns the value of a name, or a number within the bits of mask.
func pick(id identifier, names map[string]uint32, mask uint32, what string) (uint32, error) {
	if id.form == formNumber {
		if id.num&^mask != 0 {
			return 0, fault(id, "invalid %s 0x%x", what, id.num)
		}
		return id.num, nil
	}
	v, ok := names[strings.ToLower(id.text)]
	if !ok {
		return 0, fault(id, "unknown %s %s", what, quote(id.text))
	}
	return v, nil
}
