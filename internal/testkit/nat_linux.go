package testkit

import (
	order "encoding/binary"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Masquerade makes the namespace a router that gives what it forwards its own address
// on the way out, as the hosts of containers do, for IPv4 and IPv6. It speaks to
// nf_tables itself, so that no nft(8) need be there. Where the kernel has no such
// thing, the test is skipped.
func (n *Netns) Masquerade(tb testing.TB) {
	tb.Helper()
	n.Do(func() {
		for _, name := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
			if err := os.WriteFile("/proc/sys/net/"+name, []byte("1"), 0o644); err != nil && !os.IsNotExist(err) {
				tb.Fatal(err)
			}
		}
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
		if err != nil {
			KernelLacks(tb, "nfnetlink: "+err.Error())
		}
		defer unix.Close(fd)
		limit := unix.Timeval{Sec: 5}
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
			tb.Fatal(err)
		}
		if _, err := unix.Write(fd, masquerade()); err != nil {
			tb.Fatal(os.NewSyscallError("write nfnetlink", err))
		}
		for range 3 { // a table, a chain, a rule
			acknowledged(tb, fd)
		}
	})
}

// acknowledged reads the kernel's answer to one message.
func acknowledged(tb testing.TB, fd int) {
	tb.Helper()
	b := make([]byte, 4096)
	n, err := unix.Read(fd, b)
	if err != nil || n < unix.SizeofNlMsghdr+4 {
		tb.Fatalf("read nfnetlink: %d bytes, %v", n, err)
	}
	switch errno := unix.Errno(-int32(order.NativeEndian.Uint32(b[unix.SizeofNlMsghdr:]))); errno {
	case 0:
	case unix.EOPNOTSUPP, unix.EINVAL, unix.ENOENT:
		KernelLacks(tb, "address translation by nf_tables: "+errno.Error())
	default:
		tb.Fatal(os.NewSyscallError("nfnetlink", errno))
	}
}

// masquerade is what "nft add table inet t; add chain inet t c { type nat hook
// postrouting priority 100; }; add rule inet t c masquerade" sends. The first message
// and the last one frame the batch.
func masquerade() []byte {
	const (
		create  = unix.NLM_F_REQUEST | unix.NLM_F_ACK | unix.NLM_F_CREATE
		nftType = unix.NFNL_SUBSYS_NFTABLES << 8
	)
	name := attribute(unix.NFTA_TABLE_NAME, []byte("t\x00"))
	hook := attribute(unix.NFTA_CHAIN_HOOK|unix.NLA_F_NESTED,
		attribute(unix.NFTA_HOOK_HOOKNUM, big32(unix.NF_INET_POST_ROUTING)), attribute(unix.NFTA_HOOK_PRIORITY, big32(100)))
	chain := [][]byte{attribute(unix.NFTA_CHAIN_TABLE, []byte("t\x00")), attribute(unix.NFTA_CHAIN_NAME, []byte("c\x00")),
		hook, attribute(unix.NFTA_CHAIN_TYPE, []byte("nat\x00"))}
	expression := attribute(unix.NFTA_LIST_ELEM|unix.NLA_F_NESTED,
		attribute(unix.NFTA_EXPR_NAME, []byte("masq\x00")), attribute(unix.NFTA_EXPR_DATA|unix.NLA_F_NESTED))
	rule := [][]byte{attribute(unix.NFTA_RULE_TABLE, []byte("t\x00")), attribute(unix.NFTA_RULE_CHAIN, []byte("c\x00")),
		attribute(unix.NFTA_RULE_EXPRESSIONS|unix.NLA_F_NESTED, expression)}

	b := nfMessage(unix.NFNL_MSG_BATCH_BEGIN, unix.NLM_F_REQUEST, unix.AF_UNSPEC, unix.NFNL_SUBSYS_NFTABLES)
	b = append(b, nfMessage(nftType|unix.NFT_MSG_NEWTABLE, create, unix.NFPROTO_INET, 0, name)...)
	b = append(b, nfMessage(nftType|unix.NFT_MSG_NEWCHAIN, create, unix.NFPROTO_INET, 0, chain...)...)
	b = append(b, nfMessage(nftType|unix.NFT_MSG_NEWRULE, create|unix.NLM_F_APPEND, unix.NFPROTO_INET, 0, rule...)...)
	return append(b, nfMessage(unix.NFNL_MSG_BATCH_END, unix.NLM_F_REQUEST, unix.AF_UNSPEC, unix.NFNL_SUBSYS_NFTABLES)...)
}

// nfMessage is a message of nfnetlink: struct nlmsghdr, struct nfgenmsg, attributes.
func nfMessage(typ, flags uint16, family uint8, resource uint16, attributes ...[]byte) []byte {
	b := make([]byte, unix.SizeofNlMsghdr+4)
	order.NativeEndian.PutUint16(b[4:], typ)
	order.NativeEndian.PutUint16(b[6:], flags)
	b[unix.SizeofNlMsghdr] = family
	order.BigEndian.PutUint16(b[unix.SizeofNlMsghdr+2:], resource)
	for _, a := range attributes {
		b = append(b, a...)
	}
	order.NativeEndian.PutUint32(b, uint32(len(b)))
	return b
}

// attribute is a netlink attribute, padded to words, of what its parts hold.
func attribute(typ uint16, parts ...[]byte) []byte {
	b := order.NativeEndian.AppendUint16(make([]byte, 2), typ)
	for _, p := range parts {
		b = append(b, p...)
	}
	order.NativeEndian.PutUint16(b, uint16(len(b)))
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func big32(v uint32) []byte { return order.BigEndian.AppendUint32(nil, v) }
