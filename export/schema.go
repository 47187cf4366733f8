package export

import "sockeye/parse/dpi"

// Schema names the form of a Record. Fields may be added to it; none ever
// changes its name, unit or meaning under the same name.
const Schema = "sockeye.flows/1"

// Record is one line of JSON: everything that is known at the end of an
// interval. Counts are since the capture began; they are exact. Rates are bytes
// or packets a second, rounded to thousandths.
//
//	packets = packets_sent + packets_received + loopback + forwarded
//	        = the sum over flows + filtered + unmatched + other
//
// holds for totals, and for bytes, ip_bytes and payload_bytes alike. The first line
// of it leaves out, until the final record, what is on its way between two queues;
// that is in other.
type Record struct {
	Head

	Interfaces []Interface `json:"interfaces"`
	Totals     Totals      `json:"totals"`
	Filtered   Fold        `json:"filtered"`            // flows outside the boundary, and loopback flows that were not asked for
	Unmatched  *Fold       `json:"unmatched,omitempty"` // flows that the query left out; nil without a query
	Other      Fold        `json:"other"`               // flows beyond the top, and those that left the table
	Protocols  []Protocol  `json:"protocols"`
	Drops      Drops       `json:"drops"`
	Live       int         `json:"live_flows"`            // flows in the table, with or without a row
	Ownership  *Ownership  `json:"attribution,omitempty"` // nil where nobody looks for owners
	Groups     []Group     `json:"groups,omitempty"`      // those that were asked for, in that order
	Flows      []Flow      `json:"flows"`                 // in the order of id
}

// Head is what a Record begins with, of whatever form.
type Head struct {
	Schema   string  `json:"schema"`
	Time     Time    `json:"time"`     // end of the interval
	Start    Time    `json:"start"`    // when counting began
	Interval float64 `json:"interval"` // seconds since the record before this one, or since the start
	Windows  Windows `json:"windows"`
	Source   Source  `json:"source"`

	// Final marks the last record of a run.
	Final bool `json:"final"`
	// LowerBounds: packets were lost within the longest window, so what really
	// passed was more than the rates say: the kernel dropped them (in no rate),
	// or the queue to their flow's owner was full (in Other's rates only).
	LowerBounds bool `json:"rates_are_lower_bounds"`
	// Skipped counts the records before this one that were left out because the
	// reader of the output was behind. Counting went on meanwhile.
	Skipped uint64 `json:"skipped_records"`
}

// Windows are the real lengths, in seconds, of the windows over which rates
// are taken. They are shorter than their names while the capture is young.
type Windows struct {
	W2  float64 `json:"2s"`
	W10 float64 `json:"10s"`
	W40 float64 `json:"40s"`
}

// Source says where the packets come from.
type Source struct {
	Kind   string `json:"kind"`             // "live" or "file"
	File   string `json:"file,omitempty"`   // the name of the file as it was given
	Filter string `json:"filter,omitempty"` // the expression of -f
	Query  string `json:"query,omitempty"`  // the query that chooses flows
}

// Volume counts packets.
type Volume struct {
	Packets uint64 `json:"packets"`       // on the wire: a frame that the kernel had merged or not yet cut counts as the packets it stands for
	Bytes   uint64 `json:"bytes"`         // on the wire: link header and VLAN tags included, frame check sequence excluded
	IP      uint64 `json:"ip_bytes"`      // by the IP header; 0 for what is not IP
	Payload uint64 `json:"payload_bytes"` // what the transport carried: no header, no padding
}

// Ways splits a Volume. Sent is from the local end to the remote one, or out of
// an interface.
type Ways struct {
	PacketsSent     uint64 `json:"packets_sent"`
	PacketsReceived uint64 `json:"packets_received"`
	BytesSent       uint64 `json:"bytes_sent"`
	BytesReceived   uint64 `json:"bytes_received"`
	IPSent          uint64 `json:"ip_bytes_sent"`
	IPReceived      uint64 `json:"ip_bytes_received"`
	PayloadSent     uint64 `json:"payload_bytes_sent"`
	PayloadReceived uint64 `json:"payload_bytes_received"`
}

// Rates are what passed in a window, both ways, divided by the window's real
// length.
type Rates struct {
	Rate2     float64 `json:"rate_2s"` // bytes/s
	Rate10    float64 `json:"rate_10s"`
	Rate40    float64 `json:"rate_40s"`
	Packets2  float64 `json:"packet_rate_2s"` // packets/s
	Packets10 float64 `json:"packet_rate_10s"`
	Packets40 float64 `json:"packet_rate_40s"`
}

// WayRates are the same for each way.
type WayRates struct {
	Sent2             float64 `json:"sent_2s"` // bytes/s
	Sent10            float64 `json:"sent_10s"`
	Sent40            float64 `json:"sent_40s"`
	Received2         float64 `json:"received_2s"` // bytes/s
	Received10        float64 `json:"received_10s"`
	Received40        float64 `json:"received_40s"`
	PacketsSent2      float64 `json:"sent_packet_rate_2s"` // packets/s
	PacketsSent10     float64 `json:"sent_packet_rate_10s"`
	PacketsSent40     float64 `json:"sent_packet_rate_40s"`
	PacketsReceived2  float64 `json:"received_packet_rate_2s"` // packets/s
	PacketsReceived10 float64 `json:"received_packet_rate_10s"`
	PacketsReceived40 float64 `json:"received_packet_rate_40s"`
}

// Peaks are the fullest second so far, in bytes/s. The peak of both ways is
// that of their sum, not the sum of their peaks.
type Peaks struct {
	Peak         float64 `json:"peak"`
	PeakSent     float64 `json:"peak_sent"`
	PeakReceived float64 `json:"peak_received"`
}

// Totals count every packet once, however many interfaces it passed. Volume,
// rate, packet rate and peak are of everything; what is sent and received, with
// its rates and peaks, is this machine's traffic with other hosts.
type Totals struct {
	Volume
	Ways
	Loopback  Volume `json:"loopback"`  // between two addresses of this machine
	Forwarded Volume `json:"forwarded"` // between two other hosts
	Copies    Volume `json:"copies"`    // not in the totals: packets that passed one more interface than the one they count on
	Rates
	WayRates
	Peaks
}

// Fold is the sum of flows that have no row.
type Fold struct {
	Flows uint64 `json:"flows"`
	Volume
	Rates
}

// Interface is one interface, or one interface description of a file, and all
// that it carried: a packet that passed several interfaces counts on each.
type Interface struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`                    // "ethernet", "wifi", "veth", "tun", …; "any"; "file"
	LinkType string `json:"link_type"`               // the LINKTYPE_ name of how its frames start; COOKED: with the network layer, the EtherType beside it
	State    string `json:"state"`                   // waiting, capturing, down, gone, failed
	Error    string `json:"error,omitempty"`         // why it failed
	Through  string `json:"captured_with,omitempty"` // "any" when one socket captures all interfaces; its losses are counted there
	Queues   int    `json:"queues"`                  // rings
	Ring     int    `json:"ring_bytes"`              // memory of these rings
	Volume
	Ways
	Rates
	WayRates
	Peaks
	Kernel    Kernel  `json:"kernel"`
	Malformed uint64  `json:"malformed"`   // packets with a header that contradicts itself or the packet's length
	Truncated uint64  `json:"truncated"`   // packets that the snap length cut before their end
	Gaps      int     `json:"gaps"`        // how often the capture was interrupted
	GapTime   float64 `json:"gap_seconds"` // how long altogether
}

// Kernel holds the counters of an interface's sources in frames, as the kernel
// hands them over (merged ones are one frame):
//
//	received = dropped + delivered + excluded + unread
type Kernel struct {
	Received  uint64 `json:"received"`
	Dropped   uint64 `json:"dropped"`   // the ring was full
	Delivered uint64 `json:"delivered"` // counted
	Excluded  uint64 `json:"excluded"`  // left out by --direction, and of a file by -f
	Unread    uint64 `json:"unread"`    // still in the ring, or there when the run ended
	Freezes   uint64 `json:"freezes"`   // how often the ring became full
	Damaged   uint64 `json:"damaged"`   // places where a ring or a file made no sense
}

// Protocol is what one protocol carried, each packet once.
type Protocol struct {
	Name   string `json:"name"`   // "tcp", "arp", "0x88cc", …
	Family string `json:"family"` // ipv4, ipv6, link
	Number uint16 `json:"number"` // IP protocol, or the EtherType for link
	Flows  uint64 `json:"flows"`  // in the table now
	Volume
	Evicted Volume `json:"evicted"` // of these, what belongs to flows that left the table
}

// Drops gathers every loss and every place where something was folded or not
// read to its end.
type Drops struct {
	Kernel    uint64 `json:"kernel"`          // frames that found a ring full: not in any count
	Freezes   uint64 `json:"freezes"`         // how often a ring became full
	Unread    uint64 `json:"unread"`          // frames in a ring that are not counted yet, or never were
	Damaged   uint64 `json:"damaged"`         // places where a ring or the file made no sense
	Table     uint64 `json:"table"`           // flows thrown out because the table was full; they are in other
	Expired   uint64 `json:"expired"`         // flows that left the table because they were idle; they are in other
	Queue     uint64 `json:"queue"`           // packets in other since the queue between two shards was full
	Untimely  uint64 `json:"untimely"`        // packets with a time too far off for any rate; they are counted
	Malformed uint64 `json:"parse_malformed"` // packets with a header that contradicts itself; they are counted
	Truncated uint64 `json:"parse_truncated"` // packets that the snap length cut; they are counted
	Gaps      int    `json:"gaps"`            // interruptions of the capture, all interfaces together

	Events      uint64 `json:"events"`      // events for which there was no room; the flows are counted
	Uninspected uint64 `json:"uninspected"` // flows whose payload was not looked at, since too many others were
}

// Endpoint is one end of a flow.
type Endpoint struct {
	IP    string `json:"ip,omitempty"`
	MAC   string `json:"mac,omitempty"`   // only of what is not IP
	Port  uint16 `json:"port,omitempty"`  // only where the protocol has ports, and they were seen
	Name  string `json:"name,omitempty"`  // of the remote end the best of names; of the local one from this machine's tables
	Scope string `json:"scope,omitempty"` // PUBLIC, PRIVATE, LOOPBACK, …: what sort of address it is

	service string // the flow's service where Port is what it names, for text
}

// Ends are the two ends of a flow, and what is said of them together.
type Ends struct {
	Local   Endpoint `json:"local"`
	Remote  Endpoint `json:"remote"`
	Service string   `json:"service,omitempty"`   // name of the port that was called
	Source  string   `json:"source"`              // the local end as text: address and port, IPv6 in brackets before a port
	Dest    string   `json:"destination"`         // the remote end likewise
	Geo     *Geo     `json:"geo,omitempty"`       // where the remote end is
	Here    *Geo     `json:"geo_local,omitempty"` // where the local end is
}

// Name is a name of a flow's remote end.
type Name struct {
	Name    string `json:"name"`
	Domain  string `json:"domain,omitempty"`    // the part of it that somebody registered
	Source  string `json:"source"`              // sni, http, dns, mdns, llmnr, netbios, dhcp, hosts, rdns
	Time    Time   `json:"time,omitempty"`      // when it was last said
	Expires Time   `json:"expires,omitempty"`   // until when it holds
	Outer   bool   `json:"outer_sni,omitempty"` // an encrypted hello hides the real one
}

// Geo is where an address is, by the databases on this machine.
type Geo struct {
	Country     string `json:"country,omitempty"`      // ISO 3166-1: "DE"
	CountryName string `json:"country_name,omitempty"` // in English
	City        string `json:"city,omitempty"`         // in English
	PostalCode  string `json:"postal_code,omitempty"`
	ASN         uint64 `json:"asn,omitempty"`    // autonomous system
	Org         string `json:"as_org,omitempty"` // who runs it
}

// Flow is one conversation, both directions of it.
type Flow struct {
	FlowFacts
	Rates
	WayRates
}

// FlowFacts is all that is known of a flow but its rates.
type FlowFacts struct {
	ID        uint64 `json:"id"`        // unique in the run; of a file the number of the packet with which the flow began
	Proto     string `json:"proto"`     // "tcp", "icmp6", "arp", …, or a number
	Family    string `json:"family"`    // ipv4, ipv6, arp, link, none
	Direction string `json:"direction"` // outgoing, incoming: who began it; loopback; forwarded
	Guessed   bool   `json:"direction_guessed,omitempty"`
	Ends
	ICMPID uint16 `json:"icmp_id,omitempty"` // echo identifier
	VLAN   uint16 `json:"vlan,omitempty"`    // outermost VLAN id that was seen last

	Interface  string   `json:"interface"`            // the first that carried it
	Interfaces []string `json:"interfaces,omitempty"` // others that carried it

	First Time `json:"first"` // of the first packet
	Last  Time `json:"last"`  // of the last packet

	Owners
	Condition
	Volume
	Ways
	Peaks
}

// Condition is what a flow is doing besides carrying bytes.
type Condition struct {
	State       string  `json:"state,omitempty"`        // of TCP the local end's; where both ends are this machine's, or none, that of the end that began it
	StateRemote string  `json:"state_remote,omitempty"` // of TCP the other end's
	CloseReason string  `json:"close_reason,omitempty"` // why it is over: fin, rst, close, timeout, evicted, reused, shutdown
	Staleness   float64 `json:"staleness,omitempty"`    // the part of its time limit for which nothing has come
	Idle        bool    `json:"idle,omitempty"`         // past its time limit, but its socket is open
	Migrated    uint64  `json:"migrated,omitempty"`     // of QUIC: how often its client got another address or port; the end shown is the newest

	Health *Health    `json:"health,omitempty"`     // of TCP
	Error  *ICMPError `json:"icmp_error,omitempty"` // the last ICMP error about it
	App    *dpi.App   `json:"app,omitempty"`        // what it speaks
	Names  []Name     `json:"names,omitempty"`      // of the remote end, the best first
}

// ICMPError is an ICMP error that quoted a packet of a flow.
type ICMPError struct {
	Text  string `json:"error"` // "port unreachable", …
	Type  int    `json:"type"`  // of ICMP, or of ICMPv6 for IPv6
	Code  int    `json:"code"`
	From  string `json:"from,omitempty"` // who sent it
	Count uint64 `json:"count"`
}
