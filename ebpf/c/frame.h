// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)

// Frames that come from sockets which say nothing of their ends: AF_PACKET and raw
// ones. Each flow of such a socket is told once.

// One flow of a socket.
struct frame {
	u64 cookie;
	u32 from[4], to[4]; // of IPv4 the first
	u16 from_port, to_port;
	u8 protocol, addresses;
	u16 zero;
};

// What is kept of a socket that sends frames.
struct sender {
	u64 window;	      // when told began to count
	u32 told;	      // flows since then
	u32 waits;	      // the frame is to be told once the socket has an owner
	struct frame waiting;
};

#define FLOWS_A_SECOND 1000 // of one socket: more are counted as lost

// The flows that were told.
struct {
	u32 (*type)[BPF_MAP_TYPE_LRU_HASH];
	struct frame *key;
	u8 *value;
	u32 (*max_entries)[8192];
} frames SEC(".maps");

struct {
	u32 (*type)[BPF_MAP_TYPE_LRU_HASH];
	u64 *key; // cookie
	struct sender *value;
	u32 (*max_entries)[1024];
} senders SEC(".maps");

// EtherTypes as read from memory, and types of ICMP.
#define ETH_P_IP 0x0008
#define ETH_P_IPV6 0xdd86
#define FRAGMENT_OFFSET 0xff1f // of the word at 6 of IPv4, as read from memory
#define ECHO 8
#define ECHO_REPLY 0
#define ECHO6 128
#define ECHO6_REPLY 129

// read_ports reads what the parser takes for ports: of an ICMP echo the identifier.
INLINE void read_ports(struct bpf_dynptr *p, u32 at, struct frame *f)
{
	u8 head[8] = {};
	if (bpf_dynptr_read(head, sizeof(head), p, at, 0))
		return;
	u16 *word = (u16 *)head;
	switch (f->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		f->from_port = word[0];
		f->to_port = word[1];
		break;
	case IPPROTO_ICMP:
		if (head[0] == ECHO || head[0] == ECHO_REPLY)
			f->from_port = f->to_port = word[2];
		break;
	case IPPROTO_ICMPV6:
		if (head[0] == ECHO6 || head[0] == ECHO6_REPLY)
			f->from_port = f->to_port = word[2];
		break;
	}
}

// read_frame reads the ends of an IP packet at offset at, and tells whether it is one.
INLINE int read_frame(struct bpf_dynptr *p, u32 at, u16 ether_type, struct frame *f)
{
	u32 h[10] = {};
	if (ether_type == ETH_P_IP) {
		if (bpf_dynptr_read(h, 20, p, at, 0) || (h[0] & 0xf0) != 0x40)
			return 0;
		f->addresses = AF_INET;
		f->protocol = h[2] >> 8;
		f->from[0] = h[3];
		f->to[0] = h[4];
		if (!(h[1] >> 16 & FRAGMENT_OFFSET))
			read_ports(p, at + (h[0] & 15) * 4, f);
		return 1;
	}
	if (ether_type != ETH_P_IPV6 || bpf_dynptr_read(h, 40, p, at, 0) || (h[0] & 0xf0) != 0x60)
		return 0;
	f->addresses = AF_INET6;
	f->protocol = h[1] >> 16;
	for (int i = 0; i < 4; i++) {
		f->from[i] = h[2 + i];
		f->to[i] = h[6 + i];
	}
	read_ports(p, at + 40, f);
	return 1;
}

INLINE void tell_frame(struct sock *sk, struct owner *o, struct frame *f)
{
	u8 one = 1;
	struct event *e = begin(SOCKET_USED);
	if (!e)
		return;
	bpf_map_update_elem(&frames, f, &one, 0);
	copy_owner(e, o);
	e->cookie = f->cookie;
	e->family = sk->__sk_common.skc_family;
	e->type = sk->sk_type;
	e->protocol = f->protocol;
	e->flags = HAS_LOCAL | HAS_REMOTE | SENDS;
	e->addresses = f->addresses;
	// Of an event the local port is in the byte order of the machine.
	e->local_port = __builtin_bswap16(f->from_port);
	e->remote_port = f->to_port;
	for (int i = 0; i < 4; i++) {
		e->local[i] = f->from[i];
		e->remote[i] = f->to[i];
	}
	submit(e, 1);
}

// tell_waiting tells the frame that was sent before its socket had an owner.
INLINE void tell_waiting(struct sock *sk, struct owner *o, u64 cookie)
{
	struct sender *s = bpf_map_lookup_elem(&senders, &cookie);
	if (!s || !s->waits || !o->by.tgid)
		return;
	s->waits = 0;
	struct frame f = s->waiting;
	tell_frame(sk, o, &f);
}

// may_tell keeps the flows of one socket within bounds.
INLINE int may_tell(struct sender *s)
{
	u64 now = bpf_ktime_get_boot_ns();
	if (now - s->window >= SECOND) {
		s->window = now;
		s->told = 0;
	}
	if (s->told++ < FLOWS_A_SECOND)
		return 1;
	count(OVER);
	return 0;
}

INLINE struct sender *sender_of(u64 cookie)
{
	struct sender *s = bpf_map_lookup_elem(&senders, &cookie);
	if (s)
		return s;
	struct sender fresh = {};
	bpf_map_update_elem(&senders, &cookie, &fresh, 0);
	return bpf_map_lookup_elem(&senders, &cookie);
}

// sent is called for each frame that leaves. Who runs at that moment may be anybody. If
// it is not the socket's only owner, the frame waits until its system call ends, which
// names him: sock_send_length comes after this.
INLINE void sent(struct sk_buff *skb, struct sock *sk)
{
	struct frame f = {};
	struct bpf_dynptr p;
	// Where the network header begins, seen from the frame's first byte.
	u32 at = skb->network_header - (u32)(skb->data - skb->head);
	bpf_dynptr_from_skb((struct __sk_buff *)skb, 0, &p);
	if (!read_frame(&p, at, skb->protocol, &f))
		return;
	f.cookie = bpf_get_socket_cookie(sk);
	if (bpf_map_lookup_elem(&frames, &f))
		return;
	struct sender *s = sender_of(f.cookie);
	if (!s || !may_tell(s))
		return;
	struct owner *o = known_owner(sk);
	if (o && o->by.tgid && !o->recent[0] && is_owner(o)) {
		tell_frame(sk, o, &f);
	} else {
		s->waiting = f;
		s->waits = 1;
	}
}
