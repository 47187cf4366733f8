package filter

import "sockeye/parse"

// Offsets in the header of pf's log, struct pfloghdr of OpenBSD's net/if_pflog.h.
const (
	pflogFamily    = 1
	pflogAction    = 2
	pflogReason    = 3
	pflogIfname    = 4 // 16 bytes
	pflogRuleset   = 20
	pflogRule      = 36
	pflogSubrule   = 40
	pflogDirection = 60

	pflogNameSize = 16 // of an interface and of a ruleset, with the final zero
)

// Names of PFRES_ and of PF_ numbers, OpenBSD's net/pfvar.h.
var (
	pfReasons = map[string]uint32{
		"match": 0, "bad-offset": 1, "fragment": 2, "short": 3, "normalize": 4, "memory": 5,
		"bad-timestamp": 6, "congestion": 7, "ip-option": 8, "proto-cksum": 9, "state-mismatch": 10,
		"state-insert": 11, "state-limit": 12, "src-limit": 13, "synproxy": 14,
	}
	pfActions = map[string]uint32{
		"pass": 0, "accept": 0, "drop": 1, "block": 1, "scrub": 2, "noscrub": 3, "nat": 4, "nonat": 5,
		"binat": 6, "nobinat": 7, "rdr": 8, "nordr": 9,
	}
)

// pflog is one of the primitives on pf's log.
func (g *gen) pflog(s *special) (frag, error) {
	if g.link != parse.LinkPFLog {
		return frag{}, g.lacks(s, "header of pf's log")
	}
	id := s.args[0]
	switch s.what {
	case specialPFRnr:
		return g.cmp(layerLink, pflogRule, 4, id.num), nil
	case specialPFSrnr:
		return g.cmp(layerLink, pflogSubrule, 4, id.num), nil
	case specialPFReason:
		v, err := pick(id, pfReasons, ^uint32(0), "reason of pf")
		return g.cmp(layerLink, pflogReason, 1, v), err
	case specialPFAction:
		v, err := pick(id, pfActions, ^uint32(0), "action of pf")
		return g.cmp(layerLink, pflogAction, 1, v), err
	}
	off, what := uint32(pflogIfname), "interface"
	if s.what == specialPFRuleset {
		off, what = pflogRuleset, "ruleset"
	}
	if len(id.text) >= pflogNameSize {
		return frag{}, fault(id, "names of %ss have %d characters at most", what, pflogNameSize-1)
	}
	return g.bytesCmp(layerLink, off, []byte(id.text)), nil
}

// pflogType is etherType for pf's log.
func (g *gen) pflogType(t uint32) frag {
	return g.familyType(t, func(v uint32) frag { return g.cmp(layerLink, pflogFamily, 1, v) })
}
