// Hot path: no allocation.

package dpi

import "sockeye/parse"

// A Blank is what an Inspector knows that has looked in vain so far and holds no
// bytes: how much it has looked at. Its owner may keep that instead, and have
// another Inspector go on. It has at most 31 bits.
type Blank uint32

// The bits of a Blank, from the lowest: by direction, packets and bytes (in steps of
// blankStep, as far as they matter); then the flags.
const (
	blankPackets = 4
	blankBytes   = 5
	blankStep    = 64

	blankDir      = blankPackets + blankBytes
	blankStrange  = Blank(1) << (2 * blankDir)
	blankPrefaced = blankStrange << 1
	blankFlipped  = blankStrange << 2
	blankDown     = blankStrange << 3 // the direction of the run
	blankRun      = blankStrange << 4
	blankRuns     = 3 // its values
)

// Blank returns what the Inspector knows, if that is so little that it need not be
// kept.
func (i *Inspector) Blank() (Blank, bool) {
	l := &i.look
	if i.stage != looking || l.tried != 0 || i.hops != 0 || !l.opened ||
		i.halves != nil && (l.begun || !i.halves[0].Idle() || !i.halves[1].Idle()) {
		return 0, false
	}
	var b Blank
	for d := range Dir(2) {
		packets := min(Blank(l.packets[d]), 1<<blankPackets-1)
		bytes := min(Blank(l.bytes[d]/blankStep), 1<<blankBytes-1)
		b |= (packets | bytes<<blankPackets) << (blankDir * d)
	}
	if l.strange {
		b |= blankStrange
	}
	if l.prefaced {
		b |= blankPrefaced
	}
	if i.flip != 0 {
		b |= blankFlipped
	}
	if l.runs != 0 {
		b |= blankDown
	}
	return b | Blank(l.run)*blankRun, true
}

// Count does what an Inspector would that resumes and is shown p, a TCP packet with
// payload, where that begins nothing: it counts the packet. ok is false where an
// Inspector has to look. It is done when that was the last packet to count.
func (b Blank) Count(p *parse.Packet, dir Dir) (after Blank, done, ok bool) {
	if b&blankStrange != 0 || b/blankRun&blankRuns < inRun {
		return b, false, false
	}
	var i Inspector
	i.Resume(b)
	i.look.note(dir, p.PayLen)
	if i.look.ran(p, dir); i.look.run <= inRun {
		return b, false, false
	}
	after, _ = i.Blank()
	return after, i.look.spent(dir), true
}

// Resume makes a new Inspector go on where the one was that said b. What a
// connection says next is taken for its beginning.
func (i *Inspector) Resume(b Blank) {
	l := &i.look
	for d := range Dir(2) {
		part := b >> (blankDir * d)
		l.packets[d] = uint16(part & (1<<blankPackets - 1))
		l.bytes[d] = uint32(part>>blankPackets&(1<<blankBytes-1)) * blankStep
	}
	l.opened = true
	l.strange, l.prefaced = b&blankStrange != 0, b&blankPrefaced != 0
	l.run, l.runs = uint8(b/blankRun&blankRuns), Dir(b/blankDown&1)
	if b&blankFlipped != 0 {
		i.turnRound()
	}
}
