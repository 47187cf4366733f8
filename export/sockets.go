package export

import (
	"math"
	"net/netip"
	"strings"
	"time"

	"sockeye/parse"
	"sockeye/track/proc"
)

// SocketSchema names the form of a SocketRecord, as Schema does that of a Record.
const SocketSchema = "sockeye.sockets/1"

// SocketRecord is what sockeye sockets --json writes: the sockets of this machine at
// one moment.
type SocketRecord struct {
	Schema    string     `json:"schema"`
	Time      Time       `json:"time"`
	Measured  float64    `json:"traffic_seconds,omitempty"` // for how long traffic was counted before
	Ownership *Ownership `json:"attribution,omitempty"`
	Sockets   []Socket   `json:"sockets"`
}

// Socket is one socket.
type Socket struct {
	Proto     string     `json:"proto"`                // tcp, udp, icmp, …; packet for one that sees frames
	Family    string     `json:"family"`               // ipv4, ipv6, packet
	Type      string     `json:"type"`                 // stream, dgram, raw, seqpacket
	EtherType string     `json:"ether_type,omitempty"` // of packet: which frames
	State     string     `json:"state,omitempty"`
	Local     SocketEnd  `json:"local"`
	Remote    *SocketEnd `json:"remote,omitempty"` // nil of a socket that is connected to nobody
	Source    string     `json:"source"`           // the local end as text; * stands for all addresses, of both families
	Dest      string     `json:"destination"`      // the remote end likewise, * for any
	Dual      bool       `json:"dual,omitempty"`   // takes IPv4, too
	Interface string     `json:"interface,omitempty"`

	Inode  uint64 `json:"inode,omitempty"`
	Cookie uint64 `json:"cookie,omitempty"`
	NetNS  uint64 `json:"netns,omitempty"`

	ReceiveQueue uint64     `json:"receive_queue"`   // bytes; of one that listens, the connections that wait
	SendQueue    uint64     `json:"send_queue"`      // bytes; of one that listens, how many may wait
	Drops        uint64     `json:"drops,omitempty"` // packets that found the receive queue full
	TCP          *SocketTCP `json:"tcp,omitempty"`   // what the kernel measures

	Process     *Process     `json:"process,omitempty"`
	Attribution *Attribution `json:"attribution,omitempty"`
	Others      []Parent     `json:"others,omitempty"` // further processes that hold it

	Traffic *SocketTraffic `json:"traffic,omitempty"` // with --traffic, where it can be told whose it was

	space uint64 // tells network namespaces apart, also those of unknown inode
}

// SocketEnd is one end of a socket.
type SocketEnd struct {
	IP   string `json:"ip,omitempty"` // the unspecified address for all
	Port uint16 `json:"port,omitempty"`
}

// SocketTCP is what the kernel measures of a TCP connection.
type SocketTCP struct {
	RTT          float64 `json:"rtt_ms,omitempty"`
	RTTVar       float64 `json:"rtt_var_ms,omitempty"`
	MinRTT       float64 `json:"min_rtt_ms,omitempty"`
	Window       uint64  `json:"congestion_window,omitempty"` // segments
	MSS          uint64  `json:"mss,omitempty"`
	Retransmits  uint64  `json:"retransmits,omitempty"` // segments, all
	Unacked      uint64  `json:"unacked,omitempty"`     // segments now
	Lost         uint64  `json:"lost,omitempty"`        // segments now
	Sent         uint64  `json:"payload_bytes_sent,omitempty"`
	Received     uint64  `json:"payload_bytes_received,omitempty"`
	DeliveryRate uint64  `json:"delivery_rate,omitempty"` // bytes/s
	Pacing       uint64  `json:"pacing_rate,omitempty"`   // bytes/s
	Congestion   string  `json:"congestion,omitempty"`    // the algorithm
}

// SocketTraffic is what a socket carried while it was measured.
type SocketTraffic struct {
	Flows        uint64  `json:"flows"`
	Sent         uint64  `json:"bytes_sent"`
	Received     uint64  `json:"bytes_received"`
	RateSent     float64 `json:"sent_rate"` // bytes/s over traffic_seconds
	RateReceived float64 `json:"received_rate"`
}

// Add adds what a flow carried in so many seconds.
func (t *SocketTraffic) Add(sent, received uint64, seconds float64) {
	t.Flows++
	t.Sent += sent
	t.Received += received
	t.RateSent, t.RateReceived = rounded(float64(t.Sent)/seconds), rounded(float64(t.Received)/seconds)
}

// NewSocketRecord words sockets, in the order in which they come.
func NewSocketRecord(now time.Time, all []proc.Socket, stats *proc.Stats) *SocketRecord {
	r := &SocketRecord{
		Schema: SocketSchema, Time: Time(now.UnixNano()), Ownership: ownershipOf(nil, stats),
		Sockets: make([]Socket, len(all)),
	}
	var known processes
	for i := range all {
		r.Sockets[i] = socketOf(&all[i], &known)
	}
	return r
}

// afPacket is AF_PACKET of linux/socket.h.
const afPacket = 17

// socketTypes are the types of sockets, by their numbers on Linux and macOS alike.
var socketTypes = map[uint16]string{1: "stream", 2: "dgram", 3: "raw", 5: "seqpacket"}

func socketOf(s *proc.Socket, known *processes) Socket {
	to := Socket{
		Proto: parse.ProtoName(uint8(s.Proto)), Type: socketTypes[s.Type], State: s.State,
		Local: socketEnd(s.Local), Source: endText(s.Local), Dest: "*", Dual: s.Dual, Interface: s.Device,
		Inode: s.Inode, Cookie: s.Cookie, space: s.NetNS,
		ReceiveQueue: uint64(s.ReceiveQueue), SendQueue: uint64(s.SendQueue), Drops: s.Drops,
		TCP:     socketTCPOf(s.TCP),
		Process: known.of(s.Owner.Process), Attribution: attributionOf(nil, &s.Owner),
	}
	if s.NetNS <= math.MaxUint32 { // above that it is no inode of a namespace, which has 32 bits
		to.NetNS = s.NetNS
	}
	switch {
	case s.Family == afPacket:
		to.Proto, to.Family, to.EtherType, to.Source = "packet", "packet", "all", "*"
		if every := uint16(3); s.Proto != every { // ETH_P_ALL of linux/if_ether.h
			to.EtherType = parse.EtherTypeName(s.Proto)
		}
	case s.Local.Addr().Is4():
		to.Family = "ipv4"
	default:
		to.Family = "ipv6"
	}
	if s.Dual && s.Local.Addr().IsUnspecified() {
		to.Source = strings.Replace(to.Source, "[::]", "*", 1)
	}
	if s.Remote.IsValid() && (!s.Remote.Addr().IsUnspecified() || s.Remote.Port() != 0) {
		remote := socketEnd(s.Remote)
		to.Remote, to.Dest = &remote, endText(s.Remote)
	}
	for _, p := range s.Others {
		to.Others = append(to.Others, Parent{PID: int(p.PID), Name: p.Name})
	}
	return to
}

func socketEnd(a netip.AddrPort) (e SocketEnd) {
	if a.Addr().IsValid() {
		e.IP, e.Port = a.Addr().String(), a.Port()
	}
	return e
}

// endText words an end: "address:port", "[address]:port", and * for any port.
func endText(a netip.AddrPort) string {
	switch {
	case !a.Addr().IsValid():
		return "*"
	case a.Port() != 0:
		return a.String()
	default:
		return strings.TrimSuffix(a.String(), "0") + "*"
	}
}

func socketTCPOf(k *proc.KernelTCP) *SocketTCP {
	if k == nil {
		return nil
	}
	return &SocketTCP{
		RTT: milliseconds(k.RTT), RTTVar: milliseconds(k.RTTVar), MinRTT: milliseconds(k.MinRTT),
		Window: uint64(k.Window), MSS: uint64(k.MSS),
		Retransmits: uint64(k.Retransmits), Unacked: uint64(k.Unacked), Lost: uint64(k.Lost),
		Sent: k.Sent, Received: k.Received, DeliveryRate: k.DeliveryRate, Pacing: k.Pacing, Congestion: k.Congestion,
	}
}
