package export

import (
	"sockeye/parse"
	"sockeye/track"
)

// condition words what a row says of its flow's state. It keeps the memory of
// health, which may be nil.
func (b *Builder) condition(r *track.Row, health *Health) Condition {
	c := Condition{
		State: r.State[0].String(), StateRemote: r.State[1].String(), CloseReason: r.Closed.String(),
		Staleness: rounded(float64(r.Stale)), Idle: r.Held, Migrated: uint64(r.Migrated), App: r.App,
	}
	if isIP(r.Family) && r.Proto == parse.ProtoTCP {
		if health == nil {
			health = new(Health)
		}
		health.fill(&r.Health)
		c.Health = health
	}
	if e := &r.Error; e.Count > 0 {
		c.Error = &ICMPError{
			Text: e.Text(r.Family), Type: int(e.Type), Code: int(e.Code), Count: uint64(e.Count),
		}
		if e.From.IsValid() {
			c.Error.From = e.From.String()
		}
	}
	return c
}
