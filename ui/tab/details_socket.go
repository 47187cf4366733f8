package tab

import (
	"fmt"
	"net/netip"
	"strconv"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// socketCards are about the sockets that are connected as the flow is: the kernel's view
// of it. A flow over loopback has two. Those in other network namespaces than own are
// of other flows, though their ends may be called the same.
func socketCards(m *Model, r *track.Row, own uint64) []widget.Card {
	if !r.HasPorts() || r.Class == track.Forwarded {
		return nil
	}
	var cards []widget.Card
	here, there := plainAddr(&r.Local), plainAddr(&r.Remote)
	for i := range m.Sockets {
		s := &m.Sockets[i]
		switch {
		case s.Proto != r.Proto || s.Remote.Port() == 0 || !isNear(s, own):
		case withoutZone(s.Local) == here && withoutZone(s.Remote) == there:
			cards = append(cards, socketCard(m, "Kernel's socket", s))
		case r.Class == track.Loopback && withoutZone(s.Local) == there && withoutZone(s.Remote) == here:
			cards = append(cards, socketCard(m, "Kernel's socket at the other end", s))
		}
	}
	return cards
}

// isNear reports whether a socket is in this process's network namespace, whose flows pass
// here, or in one that is not known.
func isNear(s *proc.Socket, own uint64) bool { return s.NetNS == own || s.NetNS == 0 }

// plainAddr returns an end as sockets have it, without a zone.
func plainAddr(e *track.Endpoint) netip.AddrPort {
	return netip.AddrPortFrom(e.Addr.WithZone(""), e.Port)
}

func withoutZone(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().WithZone(""), a.Port())
}

func socketCard(m *Model, title string, s *proc.Socket) widget.Card {
	var f facts
	f.add("State", s.State, theme.Text)
	f.add("Process", ownerText(&s.Owner), theme.Process)
	for _, p := range s.Others {
		f.add("Also held by", processText(p), theme.Process)
	}
	f.add("Queues", fmt.Sprintf("%d B to be read, %d B to be sent", s.ReceiveQueue, s.SendQueue), theme.Text)
	f.add("Drops", countIf(s.Drops, "packets that found no room"), theme.Bad)
	f.add("Device", s.Device, theme.Text)
	if k := s.TCP; k != nil {
		f.add("RTT", fmt.Sprintf("%s ±%s, least %s", widget.Duration(k.RTT), widget.Duration(k.RTTVar), durationOr(k.MinRTT, "not known")), theme.Text)
		f.add("Congestion", words(k.Congestion, fmt.Sprintf("window %d segments of %d bytes", k.Window, k.MSS)), theme.Text)
		f.add("Retransmits", fmt.Sprintf("%d, %d lost and %d unacknowledged now", k.Retransmits, k.Lost, k.Unacked), theme.Text)
		f.add("Payload", fmt.Sprintf("%d bytes acknowledged, %d received", k.Sent, k.Received), theme.Text)
		if k.DeliveryRate != 0 {
			f.add("Delivery", rateText(m, float64(k.DeliveryRate)), theme.Text)
		}
	}
	if s.Inode != 0 {
		f.add("User id", strconv.FormatUint(uint64(s.UID), 10), theme.Text)
		f.add("Inode", strconv.FormatUint(s.Inode, 10), theme.Muted)
	} else {
		f.add("Inode", "none: no process holds it", theme.Muted)
	}
	if s.NetNS != 0 {
		f.add("Network ns", strconv.FormatUint(s.NetNS, 10), theme.Muted)
	}
	return widget.Card{Title: title, Facts: f}
}
