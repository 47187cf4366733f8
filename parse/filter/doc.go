// Package filter compiles the language of pcap-filter(7) to classic BPF, and
// runs such programs.
//
// The text is parsed into a tree (syntax.go), the tree into a graph of blocks
// with conditional jumps (gen.go), the graph is made smaller (optimize.go) and
// laid out as instructions (assemble.go). The kernel runs them on live captures,
// Program.Match on files.
//
// # Differences from libpcap
//
// Filters give the answers of tcpdump -r with libpcap 1.10.3, but for these. Where
// libpcap's development version has changed an answer, we have changed it too.
//
// As in the development version:
//   - vxlan is there; "ether proto" knows lldp and slow; switch tags (DSA,
//     Broadcom) can be filtered; type, subtype and dir work on PPI.
//   - Numbers that cannot be in their field are refused: protocols above 255,
//     EtherTypes above 65535, SAPs above 255, bytes above 255, 802.11 directions
//     above 3, DECnet addresses above 63.1023.
//   - inbound, outbound and ifindex are refused on files whose packets do not tell.
//   - != on fields of ATM and SS7 means that: 1.10.3 takes it for =.
//   - "byte n & m" and "byte n | m" look at the byte.
//   - "ip multicast" is 224.0.0.0/4, without 240.0.0.0/4.
//   - The reserved bits of an IS-IS PDU type do not count, and it is looked for in
//     the right place on Cisco HDLC.
//   - ARCNET's types of RFC 1051, which have another header, are not IP or ARP.
//   - IPv6 in a log of pf is one of the BSDs' address families, not Linux's.
//   - "link host $5" is $05, and BACnet MS/TP has such addresses too.
//   - gateway works for names that /etc/ethers and the resolver both know.
//   - SLIP packets whose direction is neither 0 nor 1 are not outbound.
//
// Beyond it:
//   - What is gone into behind a header of variable length (802.11, radiotap, Prism,
//     AVS, PPI, PFLOG, as in "pppoes and ip" and "geneve and tcp") is found: libpcap
//     reads scratch words there that it has not written.
//   - Arithmetic does not overwrite the scratch words that hold such lengths.
//   - A tunnel ends a stack of MPLS labels: "mpls and geneve and arp" is no error.
//   - PPP, Cisco HDLC and frame relay with a direction, MPLS as a link type, and
//     llc on netANALYZER are supported.
//   - Protocols and addresses are refused on link types in which libpcap has no
//     offset for them but compiles all the same (BACnet, some of Juniper's).
//   - Constant operands are worked out before a shift or a division by one is
//     refused; libpcap looks at the first number in the operand.
//   - protochain is unrolled to a bounded chain, because the kernel takes no loops,
//     and goes on behind an AH header where libpcap looks in the wrong place.
//   - A range of ports with something behind it ("portrange 80-90x") is refused.
//   - Services and protocols have the names of services(5) and protocols(5), or else
//     those of a built-in table, networks and link-layer hosts those of networks(5)
//     and ethers(5); other sources of nsswitch.conf(5) are not asked. Host names are
//     looked up for at most 5 seconds each.
//   - Text that is nested more than 500 levels deep or has more than 16384 parts is
//     refused.
//   - A load behind the captured bytes rejects the packet in optimised programs
//     exactly if it does so in others.
//
// On live Linux captures (Options.Kernel) the VLAN tag that the kernel takes out of
// packets, their direction and their interface are tested with the ancillary loads
// of linux/filter.h, with the answers that the same packets get in a file.
package filter
