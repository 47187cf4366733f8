package track

import "sockeye/parse/dpi"

func (sh *Shard) archive(slot uint32, why Reason)  {}
func (sh *Shard) message(*flow, uint32, dpi.Event) {}
func (sh *Shard) describe(*Row, *flow, uint32)     {}
