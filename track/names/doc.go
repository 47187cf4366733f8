// Package names gives names to ports, addresses and network cards.
//
// A flow's name comes from the best of several sources, in this order: what the
// flow itself says (a TLS server name, an HTTP host: OfApp); an answer of DNS that
// its client was given for the address, before the flow began and within the
// answer's lifetime; what the network tells everybody (mDNS, LLMNR, NetBIOS,
// DHCP); reverse DNS. The Store learns the second and third from what dpi read,
// Order puts all of them in their order, and the names that did not win are kept
// beside the one that did.
//
// Nothing here sends a packet but Reverse, which is only made when it is asked
// for. The tables of ports and of card vendors are built in.
package names
