package track

import (
	"sockeye/parse"
	"sockeye/parse/dpi"
)

type conn struct{ _ [128]byte }

func (c *conn) reset()                               {}
func (c *conn) renews(p *parse.Packet, way int) bool { return false }
func (c *conn) start(way int) (uint32, bool)         { return 0, false }
func (c *conn) segment(p *parse.Packet, way int)     {}
func (c *conn) fill(r *Row, f *flow)                 {}
func (sh *Shard) archive(slot uint32, why Reason)    {}
func (sh *Shard) message(*flow, uint32, dpi.Event)   {}
func (sh *Shard) describe(*Row, *flow, uint32)       {}
