// Socket filter that cuts the packets of known flows to their headers.
//
// The first packets of each flow pass in full, since they are what protocol
// inspection reads, and so do those that begin a message which matters by itself:
// DNS and the heads of HTTP. Of the rest only the headers are copied into the ring. A
// packet is never rejected, but for the loopback interface's second showing of
// a frame. Whatever is not understood here passes in full: fragments, IPv6
// extension headers, tags and labels that the kernel left in the frame.
//
// The types and helpers below are those of linux/bpf.h, declared by hand so
// that the build needs no kernel headers.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

// The start of the kernel's struct of that name.
struct __sk_buff {
	u32 len;
	u32 pkt_type;
	u32 mark;
	u32 queue_mapping;
	u32 protocol; // EtherType in network byte order
	u32 vlan_present;
	u32 vlan_tci;
	u32 vlan_proto;
	u32 priority;
	u32 ingress_ifindex;
	u32 ifindex;
};

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_skb_load_bytes_relative)(const void *skb, u32 offset, void *to, u32 len, u32 from) = (void *)68;
static u64 (*bpf_jiffies64)(void) = (void *)118; // Linux 5.6; inlined, where a clock costs 11 ns

#define SEC(name) __attribute__((section(name), used))
#define ARRAY 2	     // BPF_MAP_TYPE_ARRAY
#define FROM_NET 1   // BPF_HDR_START_NET
#define PACKET_OUTGOING 4
#define LOOPBACK_IFINDEX 1 // in every network namespace

// As read from memory by a little-endian machine, which bpf2go builds this for.
#define ETH_P_IP 0x0008
#define ETH_P_IPV6 0xdd86
#define FRAGMENT 0xff3f0000 // more fragments, or an offset: the word at 4 of IPv4
#define TCP_SYN 0x0200	    // the word at 12 of TCP

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

// Settings, written before the program is loaded.
const volatile u32 snap = 262144; // bytes passed of a packet in full
const volatile u32 headers = 128; // bytes passed of a cut packet
const volatile u64 seed = 0;	  // of the hash: which flows share a set cannot be foreseen

#define WHOLE 256 // a packet of so many bytes is not worth a cut
#define FIRST 16  // packets in full of each flow, each way, those of up to WHOLE bytes aside
#define UNIT 10	  // of time: 2^10 jiffies, which is 1, 4 or 10 s as the kernel was built
#define IDLE 15	  // after so many units of silence a flow is new again
#define LINK 22	  // the longest link header met here: Ethernet with two tags

// The flow map: sets of four slots, half a cache line each, 2 MiB in all. A slot is one
// word, so that what two CPUs write at once is the one or the other and
// never a mixture: the flow's tag (32 bits), the time it was last seen (16),
// and the packets in full of each direction (8 each). In a full set a flow
// pushes out the one that was silent longest. What is pushed out passes in full
// again: too many flows cost time, never a packet's bytes.
#define WAYS 4
#define SETS (1 << 16)

struct set {
	u64 slot[WAYS];
};

struct {
	u32 (*type)[ARRAY];
	u32 *key;
	struct set *value;
	u32 (*max_entries)[SETS];
} flows SEC(".maps");

// What is read of a packet.
struct packet {
	u64 src, dst;  // addresses, folded to 64 bits
	u32 ports;     // source in the low half
	u32 flags;     // the word at 12 of TCP; 0 for UDP
	u32 proto;
	u32 transport; // offset of the transport header from the network header
	u32 start;     // of a TCP payload: its first four bytes; 0 where that is not looked for
};

static __inline u64 mix(u64 a)
{
	a ^= a >> 32;
	a *= 0xd6e8feb86659fd93ULL;
	a ^= a >> 32;
	return a;
}

// begin picks the start of the payload from a TCP header and what follows it, as
// far as the load has it: behind a header without options or with timestamps alone,
// which nearly all are.
static __inline u32 begin(const u32 *tcp)
{
	u32 words = tcp[3] >> 4 & 15;
	return words == 5 ? tcp[5] : words == 8 ? tcp[8] : 0;
}

// read_ip4 and read_ip6 tell whether they found a TCP or UDP header. The one
// load takes 16 bytes of it, and of a packet worth a cut, which has as much, 36.
static __inline int read_ip4(struct __sk_buff *skb, struct packet *p, int large)
{
	u32 h[14];
	if (large ? bpf_skb_load_bytes_relative(skb, 0, h, 56, FROM_NET)
		  : bpf_skb_load_bytes_relative(skb, 0, h, 36, FROM_NET))
		return 0;
	if (h[1] & FRAGMENT)
		return 0;
	p->transport = (h[0] & 15) * 4;
	if (p->transport != 20 &&
	    bpf_skb_load_bytes_relative(skb, p->transport, h + 5, 16, FROM_NET))
		return 0;
	p->proto = h[2] >> 8 & 0xff;
	p->src = h[3];
	p->dst = h[4];
	p->ports = h[5];
	p->flags = h[8];
	p->start = large && p->transport == 20 ? begin(h + 5) : 0;
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
}

static __inline int read_ip6(struct __sk_buff *skb, struct packet *p, int large)
{
	u64 h[10];
	if (large ? bpf_skb_load_bytes_relative(skb, 0, h, 76, FROM_NET)
		  : bpf_skb_load_bytes_relative(skb, 0, h, 56, FROM_NET))
		return 0;
	p->transport = 40;
	p->proto = h[0] >> 48 & 0xff;
	p->src = mix(h[1]) + h[2];
	p->dst = mix(h[3]) + h[4];
	p->ports = h[5];
	p->flags = h[6] >> 32;
	p->start = large ? begin((u32 *)(h + 5)) : 0;
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
}

// seen counts the packet to its flow, and tells whether the flow has had its
// packets in full before.
static __inline int seen(struct packet *p, int counts)
{
	// Both directions have one slot: the lower end comes first.
	u64 lo = mix(p->src) + (p->ports & 0xffff);
	u64 hi = mix(p->dst) + (p->ports >> 16);
	u32 shift = 0;
	if (lo > hi) {
		u64 x = lo;
		lo = hi;
		hi = x;
		shift = 8;
	}
	u64 hash = mix(mix(lo ^ seed) + hi + p->proto);
	u32 key = hash & (SETS - 1);
	u64 tag = hash >> 32;
	struct set *set = bpf_map_lookup_elem(&flows, &key);
	if (!set)
		return 0;

	u32 now = bpf_jiffies64() >> UNIT & 0xffff;
	u64 *slot = &set->slot[0];
	u64 was = 0;
	u32 oldest = 0;
#pragma unroll
	for (int i = 0; i < WAYS; i++) {
		u64 w = *(volatile u64 *)&set->slot[i];
		u32 age = (now - (u32)(w >> 16)) & 0xffff;
		if (w >> 32 == tag) {
			slot = &set->slot[i];
			was = age > IDLE || p->flags & TCP_SYN ? 0 : w;
			break;
		}
		if (age >= oldest) {
			oldest = age;
			slot = &set->slot[i];
		}
	}
	u32 count = was & 0xffff;
	int known = (count >> shift & 0xff) >= FIRST;
	if (counts && !known)
		count += 1 << shift;
	u64 is = tag << 32 | (u64)now << 16 | count;
	if (is != was)
		*(volatile u64 *)slot = is;
	return known;
}

// Ports and the starts of messages, as read from memory.
#define PORT_DNS 0x3500	 // 53
#define PORT_MDNS 0xe914 // 5353
#define START(a, b, c, d) ((u32)(a) | (u32)(b) << 8 | (u32)(c) << 16 | (u32)(d) << 24)

// message tells whether a packet may begin a message of DNS, or a request or
// response of HTTP/1. It is asked of packets that would be cut.
static __inline int message(struct packet *p)
{
	if (p->proto == IPPROTO_UDP) {
		u32 src = p->ports & 0xffff, dst = p->ports >> 16;
		return src == PORT_DNS || dst == PORT_DNS || src == PORT_MDNS;
	}
	switch (p->start) {
	case START('H', 'T', 'T', 'P'):
	case START('G', 'E', 'T', ' '):
	case START('P', 'O', 'S', 'T'):
	case START('H', 'E', 'A', 'D'):
	case START('P', 'U', 'T', ' '):
	case START('D', 'E', 'L', 'E'):
	case START('P', 'A', 'T', 'C'):
	case START('O', 'P', 'T', 'I'):
	case START('C', 'O', 'N', 'N'):
		return 1;
	}
	return 0;
}

SEC("socket")
u32 cut(struct __sk_buff *skb)
{
	if (skb->ifindex == LOOPBACK_IFINDEX && skb->pkt_type == PACKET_OUTGOING)
		return 0;

	int large = skb->len > WHOLE;
	struct packet p;
	if (skb->protocol == ETH_P_IP) {
		if (!read_ip4(skb, &p, large))
			return snap;
	} else if (skb->protocol == ETH_P_IPV6) {
		if (!read_ip6(skb, &p, large))
			return snap;
	} else {
		return snap;
	}
	u32 need = p.transport + 8 + LINK;
	if (p.proto == IPPROTO_TCP)
		need += (p.flags >> 4 & 15) * 4 - 8;
	else
		p.flags = 0;

	if (!large && !(p.flags & TCP_SYN))
		return snap; // neither cut nor counted
	if (!seen(&p, large) || !large || message(&p))
		return snap;
	if (need < headers)
		need = headers;
	return need < snap ? need : snap;
}
