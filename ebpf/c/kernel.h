// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)

// The kernel's types and helpers that watch.bpf.c uses, declared by hand so that the
// build needs no kernel headers.
//
// Of each type only the members that are read are here. Where they really lie is
// put in when the program is loaded, from the running kernel's type information
// (BTF): that is what CORE asks for. Members of anonymous structs and unions are
// found by their name, so those need not be written down.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define CORE __attribute__((preserve_access_index))

// A bit field cannot be read like other members, since its bits move: linux's
// tools/lib/bpf/bpf_core_read.h shows the way. This is for those of one byte.
#define FIELD_BYTE_OFFSET 0
#define FIELD_LSHIFT_U64 4
#define FIELD_RSHIFT_U64 5
#define BIT(p, member)                                                                         \
	((u64) * ((u8 *)(p) + __builtin_preserve_field_info((p)->member, FIELD_BYTE_OFFSET))   \
		 << __builtin_preserve_field_info((p)->member, FIELD_LSHIFT_U64) >>            \
	 __builtin_preserve_field_info((p)->member, FIELD_RSHIFT_U64))

// linux/socket.h, linux/net.h, linux/in.h, net/tcp_states.h, linux/sched.h
#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_DCCP 33
#define IPPROTO_ICMPV6 58
#define IPPROTO_SCTP 132
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP 262
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_CLOSE 7
#define TCP_LISTEN 10
#define PF_KTHREAD 0x00200000

// Processes.

struct ns_common {
	u32 inum;
} CORE;

struct net {
	struct ns_common ns;
} CORE;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	u32 val;
} kuid_t;

struct cred {
	kuid_t euid, egid; // the one is a kgid_t, of the same form
} CORE;

struct kernfs_node {
	u64 id;
} CORE;

struct cgroup {
	struct kernfs_node *kn;
} CORE;

struct css_set {
	struct cgroup *dfl_cgrp;
} CORE;

struct signal_struct {
	atomic_t live;
} CORE;

struct nsproxy {
	struct net *net_ns;
} CORE;

struct task_struct {
	u32 flags;
	int tgid;
	struct task_struct *group_leader;
	u64 start_boottime;
	const struct cred *cred;
	char comm[16];
	struct signal_struct *signal;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
} CORE;

// Sockets.

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
} CORE;

struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport; // in network byte order
	u16 skc_num;   // in that of the machine
	u16 skc_family;
	volatile u8 skc_state;
	u8 skc_ipv6only : 1;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} CORE;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	u16 sk_protocol;
	u16 sk_type;
} CORE;

struct inode {
	unsigned long i_ino;
} CORE;

struct file {
	struct inode *f_inode;
} CORE;

struct socket {
	struct file *file;
	struct sock *sk;
} CORE;

struct sk_buff {
	u16 protocol; // EtherType in network byte order
	u16 network_header; // where it begins, from head on
	u8 *head, *data;
	struct sock *sk;
} CORE;

struct seq_file;
struct tcp_sock;

struct bpf_iter_meta {
	struct seq_file *seq;
} CORE;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
} CORE;

// What programs see of sockets in the cgroup hooks: linux/bpf.h. These never move.

struct bpf_sock {
	u32 bound_dev_if;
	u32 family;
	u32 type;
	u32 protocol;
	u32 mark;
	u32 priority;
	u32 src_ip4;
	u32 src_ip6[4];
	u32 src_port; // in the byte order of the machine
};

struct bpf_sock_addr {
	u32 user_family;
	u32 user_ip4;
	u32 user_ip6[4];
	u32 user_port; // in network byte order
	u32 family;
	u32 type;
	u32 protocol;
	u32 msg_src_ip4;
	u32 msg_src_ip6[4];
	struct bpf_sock *sk;
};

struct bpf_sock_ops {
	u32 op;
	u32 args[4];
	u32 family;
	u32 remote_ip4;
	u32 local_ip4;
	u32 remote_ip6[4];
	u32 local_ip6[4];
	u32 remote_port;
	u32 local_port;
	u32 is_fullsock;
	u32 snd_cwnd;
	u32 srtt_us;
	u32 bpf_sock_ops_cb_flags;
	u32 state;
	u32 rtt_min;
	u32 snd_ssthresh;
	u32 rcv_nxt;
	u32 snd_nxt;
	u32 snd_una;
	u32 mss_cache;
	u32 ecn_flags;
	u32 rate_delivered;
	u32 rate_interval_us;
	u32 packets_out;
	u32 retrans_out;
	u32 total_retrans;
	u32 segs_in;
	u32 data_segs_in;
	u32 segs_out;
	u32 data_segs_out;
	u32 lost_out;
	u32 sacked_out;
	u32 sk_txhash;
	u64 bytes_received;
	u64 bytes_acked;
	struct bpf_sock *sk;
};

#define BPF_SOCK_OPS_TCP_CONNECT_CB 3

// Helpers, by their numbers in linux/bpf.h.
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static u64 (*bpf_get_socket_cookie)(void *sk) = (void *)46;
static void *(*bpf_sk_storage_get)(void *map, void *sk, void *value, u64 flags) = (void *)107; // Linux 5.11 here
static u64 (*bpf_ktime_get_boot_ns)(void) = (void *)125;				       // 5.8
static long (*bpf_seq_write)(struct seq_file *m, const void *data, u32 len) = (void *)127;     // 5.8
static void *(*bpf_ringbuf_reserve)(void *ring, u64 size, u64 flags) = (void *)131;	       // 5.8
static void (*bpf_ringbuf_submit)(void *data, u64 flags) = (void *)132;			       // 5.8
static struct tcp_sock *(*bpf_skc_to_tcp_sock)(void *sk) = (void *)137;			       // 5.9
static struct task_struct *(*bpf_get_current_task_btf)(void) = (void *)158;		       // 5.11
static struct socket *(*bpf_sock_from_file)(struct file *file) = (void *)162;		       // 5.11

static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;

struct bpf_dynptr {
	u64 opaque[2];
};

static long (*bpf_dynptr_read)(void *to, u32 len, const struct bpf_dynptr *from, u32 offset, u64 flags) = (void *)201;

// Functions of the kernel. The first may be called in tracepoints since Linux 6.12.
struct __sk_buff {
	u32 len;
};
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, u64 flags, struct bpf_dynptr *ptr) SEC(".ksyms");
extern void *bpf_rdonly_cast(const void *p, u32 type) SEC(".ksyms") __attribute__((weak)); // Linux 6.2

// LOOSE makes of a pointer to a struct of the kernel's one that can only be read, which
// costs nothing when it runs. Through any other one that is trusted, the verifier asks
// of each pointer that is read whether that may be trusted, too: by up to four searches
// through all types of the kernel. They took three quarters of the time to load.
#define LOOSE(p, type)                                                                         \
	((struct type *)(bpf_rdonly_cast ? bpf_rdonly_cast(p, TYPE_ID(type)) : (void *)(p)))
#define TYPE_ID(type) __builtin_btf_type_id(*(struct type *)0, 1) // 1: the running kernel's

// linux/bpf.h
#define BPF_MAP_TYPE_LRU_HASH 9
#define BPF_MAP_TYPE_ARRAY 2
#define BPF_MAP_TYPE_SK_STORAGE 24
#define BPF_MAP_TYPE_RINGBUF 27
#define BPF_F_NO_PREALLOC 1
#define BPF_F_CLONE 512
#define BPF_SK_STORAGE_GET_F_CREATE 1
#define BPF_RB_NO_WAKEUP 1
#define BPF_RB_FORCE_WAKEUP 2
