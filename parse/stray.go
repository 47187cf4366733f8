package parse

// Which packets are Stray.
//
// PACKET_FANOUT_HASH sends a packet to the queue that Linux's symmetric flow
// hash picks (__skb_get_hash_symmetric over __skb_flow_dissect in
// net/core/flow_dissector.c). That hash is taken over the EtherType, the IP
// protocol, the addresses and the ports of the innermost layer that the
// dissector reaches, sorted. As long as these follow from Key alone, the two
// directions of a key meet in one queue. Stray marks the packets for which
// they do not (TestStray in tests sends them through the running kernel):
//
//   - Every fragment, the first one too: the dissector takes no ports from any
//     of them, so they part from the whole packets of their flow. The same goes
//     for an IPv6 packet with a fragment header that is not fragmented.
//   - ESP and AH: it takes the SPI for ports, and a direction has its own SPI.
//   - GRE, IPv4 in IP, IPv6 in IP: it hashes the inner packet, Key is the outer
//     one.
//   - IPv6 with mobility, HIP or shim6 headers before the transport: it stops
//     there.
//   - MPLS, tags of EtherType 0x9100 and 0x9200, 802.1ah and IP in LLC/SNAP: it
//     stops before them, and a flow may have them in one direction only (a label
//     is popped before the last hop).
//   - 802.1Q and 802.1ad tags within what this machine sends: where the device
//     does not insert them, the kernel does so before the tap, and leaves the
//     network header behind them while the EtherType says that a tag comes (a
//     tagged frame from a packet socket is the same). The dissector reads the IP
//     header as a tag. What comes in has no tag left that it could misread.
//   - B.A.T.M.A.N., PRP, HSR and TIPC, where it looks inside or at the sender
//     only, and PPPoE without IP, where old kernels hash the PPP protocol.
//   - Malformed packets: it reads what is not there.
//   - Inner: Key is not what the kernel saw.
//
// Not Stray, since the dissector sees what Key holds or all of its kind share
// one queue: 802.1Q and 802.1ad tags of what comes in, and those beside the
// frame (taken off, or for the device to insert); PPPoE with IP; IPv4 options;
// hop-by-hop, routing and destination options; ICMP with its errors (hashed by
// addresses and protocol: the echo identifier does not count); tunnels in UDP
// (hashed by the outer ports, as Key is); MPLS in IP; ARP and other EtherTypes.
//
// Before Linux 6.6 and the stable releases that took commit a5e2151ff9d5
// ("net/ipv6: SKB symmetric hash should incorporate transport ports"), the
// dissector stopped at an IPv6 flow label that is not zero. There an IPv6 flow
// of which only one direction has a label is torn apart, and a packet alone
// cannot tell: whoever captures must not spread IPv6 over queues by hash on
// such a kernel.
