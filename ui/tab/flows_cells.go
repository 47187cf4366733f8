package tab

import "sockeye/track"

// processCell names who has a flow, and his container. Where there is a second line, that
// is there.
func processCell(m *Model, r *track.Row) string {
	o := ownerOf(r)
	text := ownerText(o)
	if o.Process != nil && o.Process.Container != nil && m.Prefs.LineMode != TwoLines {
		text += " " + containerText(o.Process.Container)
	}
	return text
}

// processBelow names who has the remote end, where that is known, or else the container.
func processBelow(_ *Model, r *track.Row) string {
	o := ownerOf(r)
	if peer := ownerText(&r.Peer); peer != "" && o == &r.Owner {
		return peer
	}
	if o.Process != nil {
		return containerText(o.Process.Container)
	}
	return ""
}

// directionCell shows who began the flow; where each way has a line, which it is.
func directionCell(m *Model, r *track.Row) string {
	if m.Prefs.LineMode == TwoLines {
		return sign(m, "→")
	}
	return sign(m, wayMark(r))
}

// remoteBelow is the address of an end that is shown by name.
func remoteBelow(m *Model, r *track.Row) string {
	if remoteName(m, r) == "" {
		return ""
	}
	return addressText(r, &r.Remote)
}

func processOrder(_ *Model, r *track.Row) textKey {
	o := ownerOf(r)
	if p := o.Process; p != nil {
		return textKey{text: processName(p), number: [2]uint64{uint64(p.PID)}}
	}
	return textKey{class: unknownClass}
}

// endOrder puts ends that are shown by name first, by name, then addresses by their
// numbers: 10.0.0.9 comes before 10.0.0.10.
func endOrder(m *Model, r *track.Row, way int) textKey {
	e := endOf(r, way)
	if way == track.Received {
		if name := remoteName(m, r); name != "" {
			return textKey{text: name, number: [2]uint64{uint64(e.Port)}}
		}
	}
	return addressOrder(e)
}

// addressOrder puts addresses in the order of their numbers: IPv4, IPv6, then others.
func addressOrder(e *track.Endpoint) textKey {
	switch {
	case e.Addr.Is4():
		b := e.Addr.As4()
		return textKey{class: 1, number: [2]uint64{uint64(b[0])<<40 | uint64(b[1])<<32 | uint64(b[2])<<24 | uint64(b[3])<<16 | uint64(e.Port)}}
	case e.Addr.IsValid():
		b := e.Addr.As16()
		return textKey{class: wideClass, number: [2]uint64{word(b[:8]), word(b[8:])}}
	case e.MAC != [6]byte{}:
		return textKey{class: 3, number: [2]uint64{word(e.MAC[:])}}
	}
	return textKey{class: unknownClass}
}

// word reads a number with its highest byte first.
func word(b []byte) (v uint64) {
	for _, x := range b {
		v = v<<8 | uint64(x)
	}
	return v
}

// serviceOrder puts services with a name first, then the others by port.
func serviceOrder(m *Model, r *track.Row) textKey {
	if m.Naming == nil {
		return textKey{class: unknownClass}
	}
	port := m.Naming.Port(r)
	if m.Prefs.ServiceNames {
		if name := m.Naming.Service(r); name != "" {
			return textKey{text: name, number: [2]uint64{uint64(port)}}
		}
	}
	if port == 0 {
		return textKey{class: unknownClass}
	}
	return textKey{class: 1, number: [2]uint64{uint64(port)}}
}

// stateOrder puts flows that are over behind the others.
func stateOrder(_ *Model, r *track.Row) textKey {
	if r.Closed != track.Open {
		return textKey{class: 1, text: r.Closed.String()}
	}
	return textKnown(r.State[0].String(), "")
}

// textKnown returns the key of a text; "" is not known.
func textKnown(text, second string) textKey {
	if text == "" && second == "" {
		return textKey{class: unknownClass}
	}
	return textKey{text: text, second: second}
}
