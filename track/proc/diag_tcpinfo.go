package proc

import (
	"encoding/binary"
	"time"
)

// readTCPInfo reads a struct tcp_info (linux/tcp.h). It has grown with the kernels:
// what an older one does not have stays 0.
func readTCPInfo(b []byte) KernelTCP {
	micro := func(off int) time.Duration { return time.Duration(infoWord(b, off)) * time.Microsecond }
	t := KernelTCP{
		MSS:     infoWord(b, 16),
		Unacked: infoWord(b, 24), Lost: infoWord(b, 32),
		RTT: micro(68), RTTVar: micro(72), MinRTT: micro(148),
		Window:      infoWord(b, 80),
		Retransmits: infoWord(b, 100),
		Pacing:      infoLong(b, 104),
		Sent:        infoLong(b, 120), Received: infoLong(b, 128),
		DeliveryRate: infoLong(b, 160),
	}
	if infoWord(b, 148) == ^uint32(0) { // nothing was measured yet
		t.MinRTT = 0
	}
	if t.Pacing == ^uint64(0) { // nothing is held back
		t.Pacing = 0
	}
	return t
}

func infoWord(b []byte, off int) uint32 {
	if len(b) < off+4 {
		return 0
	}
	return binary.NativeEndian.Uint32(b[off:])
}

func infoLong(b []byte, off int) uint64 {
	if len(b) < off+8 {
		return 0
	}
	return binary.NativeEndian.Uint64(b[off:])
}

// congestions are the algorithms of the kernel, so that their names take no memory.
var congestions = [...]string{
	"cubic", "bbr", "reno", "dctcp", "bic", "cdg", "highspeed", "htcp", "hybla", "illinois", "lp", "nv",
	"scalable", "vegas", "veno", "westwood", "yeah",
}

// congestionName reads the name of an algorithm, which ends with a zero byte.
func congestionName(b []byte) string {
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	for _, name := range congestions {
		if name == string(b) {
			return name
		}
	}
	return string(b)
}
