package filter

func optimize(b *block) *block { return b }

// F3
type encap struct{}

func (g *gen) begin() error                     { return nil }
func (g *gen) prologue(root *block) *block      { return root }
func (g *gen) etherType(uint32) frag            { return g.never() }
func (g *gen) special(s *special) (frag, error) { return frag{}, fault(s, "not yet") }
func (g *gen) linkBroadcast(n interface{ pos() int }) (frag, error) {
	return frag{}, fault(n, "not yet")
}
func (g *gen) linkMulticast(n interface{ pos() int }) (frag, error) {
	return frag{}, fault(n, "not yet")
}
func (g *gen) linkHost(mac [8]byte, d dir, n interface{ pos() int }) (frag, error) {
	return frag{}, fault(n, "not yet")
}
func (g *gen) linkProto(p proto, n interface{ pos() int }) (frag, bool, error) {
	return frag{}, false, nil
}

// F2
func (g *gen) primitive(n *primitive) (frag, error)   { return frag{}, fault(n, "not yet") }
func (g *gen) comparison(n *comparison) (frag, error) { return frag{}, fault(n, "not yet") }
func (g *gen) anySpecial(n *special) (frag, error)    { return frag{}, fault(n, "not yet") }
