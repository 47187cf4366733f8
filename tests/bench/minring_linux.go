package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The rings that PERFORMANCE measured as the cheapest.
const (
	blockSize  = 1 << 20
	blockCount = 32
	blockWait  = 60 // ms until a block that is not full is handed over
)

// minring reads an interface through one TPACKET_V3 ring, visits each packet's
// header, counts, and prints the counts when it is interrupted. It is the least
// that a reader in Go can do, and so the floor for Sockeye.
func minring(iface string) error {
	fd, ring, err := openRing(iface)
	if err != nil {
		return err
	}
	defer unix.Munmap(ring)
	stop, err := interruptPipe()
	if err != nil {
		return err
	}
	var packets, bytes uint64
	polls := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: stop, Events: unix.POLLIN}}
	for block := 0; ; {
		b := ring[block*blockSize : (block+1)*blockSize]
		// The header lies at the start of a block, which is page aligned.
		header := (*unix.TpacketHdrV1)(unsafe.Pointer(&b[8])) // after version and offset_to_priv
		if atomic.LoadUint32(&header.Block_status)&unix.TP_STATUS_USER != 0 {
			n, total := walk(b, header)
			packets += n
			bytes += total
			atomic.StoreUint32(&header.Block_status, unix.TP_STATUS_KERNEL)
			block = (block + 1) % blockCount
			continue
		}
		if polls[1].Revents != 0 {
			break // interrupted, and all blocks are read
		}
		if _, err := unix.Poll(polls, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
	}
	stats, err := unix.GetsockoptTpacketStatsV3(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return os.NewSyscallError("getsockopt PACKET_STATISTICS", err)
	}
	fmt.Printf("%d packets %d bytes %d dropped\n", packets, bytes, stats.Drops)
	return nil
}

// walk visits the packets of a block.
func walk(b []byte, header *unix.TpacketHdrV1) (packets, bytes uint64) {
	at := header.Offset_to_first_pkt
	for range header.Num_pkts {
		// The kernel puts a header at every offset that it names, all inside the block.
		p := (*unix.Tpacket3Hdr)(unsafe.Pointer(&b[at]))
		bytes += uint64(p.Len)
		packets++
		at += p.Next_offset
	}
	return packets, bytes
}

func openRing(iface string) (fd int, ring []byte, err error) {
	dev, err := net.InterfaceByName(iface)
	if err != nil {
		return 0, nil, fmt.Errorf("open ring: %w", err)
	}
	fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, os.NewSyscallError("socket", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return 0, nil, os.NewSyscallError("setsockopt PACKET_VERSION", err)
	}
	request := unix.TpacketReq3{
		Block_size: blockSize, Block_nr: blockCount, Retire_blk_tov: blockWait,
		Frame_size: 2048, Frame_nr: blockSize / 2048 * blockCount,
	}
	if err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request); err != nil {
		return 0, nil, os.NewSyscallError("setsockopt PACKET_RX_RING", err)
	}
	ring, err = unix.Mmap(fd, 0, blockSize*blockCount, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return 0, nil, os.NewSyscallError("mmap", err)
	}
	const all = unix.ETH_P_ALL>>8 | unix.ETH_P_ALL&0xff<<8 // network order, on the little-endian machines that this runs on
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: dev.Index}); err != nil {
		return 0, nil, os.NewSyscallError("bind", err)
	}
	return fd, ring, nil
}

// interruptPipe returns a descriptor that becomes readable on SIGINT.
func interruptPipe() (int32, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, fmt.Errorf("make pipe: %w", err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT)
	go func() {
		<-signals
		w.Close()
	}()
	return int32(r.Fd()), nil
}
