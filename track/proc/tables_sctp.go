package proc

import "net/netip"

// maxPaths bounds the addresses of one end of an SCTP association that are read.
const maxPaths = 8

// assocLine reads an SCTP association (sctp_assocs_seq_show of net/sctp/proc.c):
//
//	ASSOC SOCK STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS …
//
// Its ends may have several addresses each; S gets the one in use, which has an
// asterisk, or the first.
func assocLine(f *fields, s *Socket) bool {
	f.skip(4)
	state, ok1 := tableNumber(f.next())
	f.skip(2)
	send, ok2 := tableNumber(f.next())
	receive, ok3 := tableNumber(f.next())
	uid, ok4 := tableNumber(f.next())
	inode, ok5 := tableNumber(f.next())
	localPort, ok6 := tableNumber(f.next())
	remotePort, ok7 := tableNumber(f.next())
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7) {
		return false
	}
	s.State = stateName(s.Type, true, uint8(min(state, 0xff)))
	s.SendQueue, s.ReceiveQueue, s.UID, s.Inode = uint32(send), uint32(receive), uint32(uid), inode
	return s.ends(f, uint16(localPort), uint16(remotePort))
}

// endpointLine reads an SCTP socket that has no association (sctp_eps_seq_show):
//
//	ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS
func endpointLine(f *fields, s *Socket) bool {
	f.skip(3)
	state, ok1 := tableNumber(f.next())
	f.skip(1)
	port, ok2 := tableNumber(f.next())
	uid, ok3 := tableNumber(f.next())
	inode, ok4 := tableNumber(f.next())
	if !(ok1 && ok2 && ok3 && ok4) {
		return false
	}
	s.State = stateName(s.Type, true, uint8(min(state, 0xff)))
	s.UID, s.Inode = uint32(uid), inode
	return s.ends(f, uint16(port), 0)
}

// ends reads the addresses of both ends, between which there is an arrow.
func (s *Socket) ends(f *fields, localPort, remotePort uint16) bool {
	local := starred(f)
	if !local.IsValid() {
		return false
	}
	remote := starred(f)
	s.Family = afInet
	if local.Is6() {
		s.Family = afInet6
	}
	s.Local, s.Remote = netip.AddrPortFrom(local, localPort), netip.AddrPortFrom(remote, remotePort)
	return true
}

// starred reads addresses up to the arrow or the end of them, and returns the one
// with an asterisk, else the first.
func starred(f *fields) netip.Addr {
	var chosen netip.Addr
	for range maxPaths {
		rest := f.rest
		b := f.next()
		star := len(b) > 0 && b[0] == '*'
		if star {
			b = b[1:]
		}
		a, err := netip.ParseAddr(string(b))
		if err != nil {
			if string(b) != "<->" {
				f.rest = rest
			}
			break
		}
		if star || !chosen.IsValid() {
			chosen = a.Unmap()
		}
	}
	return chosen
}
