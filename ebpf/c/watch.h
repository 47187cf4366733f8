// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)

// What the programs of watch.bpf.c share: the events that they make, and what they keep
// in each socket.

#include "kernel.h"

// The kinds of proc.Event, in its order.
enum {
	SOCKET_MADE = 1,
	SOCKET_BOUND,
	SOCKET_LISTENS,
	SOCKET_CALLS,
	SOCKET_TAKEN,
	SOCKET_USED,
	SOCKET_GONE,
	PROCESS_BEGAN,
	PROCESS_ENDED,
};

#define HAS_LOCAL 1  // the local end is known
#define HAS_REMOTE 2 // and the remote one
#define SENDS 4
#define DUAL 8 // bound to any address, of IPv4 too

// What is known of a process.
struct process {
	u64 start;  // ns since boot, of the thread group's first thread
	u64 cgroup; // id in the unified hierarchy
	u32 tgid;   // in the initial pid namespace
	u32 uid;    // effective, in the initial user namespace
	u32 gid;
	u32 netns; // of the socket
	u64 comm[2];
};

// One event, as watch_event.go decodes it.
struct event {
	u64 time; // ns since boot
	u64 cookie;
	u64 inode;
	struct process by;
	u32 local[4], remote[4]; // as in the packets; of IPv4 the first
	u16 local_port, remote_port;
	u8 kind, family, flags;
	u8 addresses; // their family: of AF_PACKET that of a frame's
	u16 protocol, type;
	u32 unused;
};

// What a socket's storage has.
struct owner {
	struct process by;
	u64 ends; // that were told, see ends_of; 0 for none
	u64 time; // of the last event that named another process
	u32 recent[3]; // processes named before this one
	u32 ways;      // that were told: SENT, RECEIVED
};

#define SENT 1
#define RECEIVED 2
#define KERNEL 0xffffffff // owner.by.tgid: the socket is the kernel's own
#define SECOND 1000000000ULL
#define MILLISECOND 1000000ULL

struct {
	u32 (*type)[BPF_MAP_TYPE_SK_STORAGE];
	u32 (*map_flags)[BPF_F_NO_PREALLOC | BPF_F_CLONE];
	u32 *key;
	struct owner *value;
} owners SEC(".maps");

struct {
	u32 (*type)[BPF_MAP_TYPE_RINGBUF];
	u32 (*max_entries)[1 << 22]; // the loader sets it
} events SEC(".maps");

// Counts, by these keys.
#define LOST 0 // events for which the ring had no room
#define FULL 1 // owners for which their socket had none
#define OVER 2 // frames that were not told, since their socket sends too many flows
#define WOKEN 3 // no count: when the reader was woken last, ns since boot

struct {
	u32 (*type)[BPF_MAP_TYPE_ARRAY];
	u32 *key;
	u64 *value;
	u32 (*max_entries)[4];
} counts SEC(".maps");

INLINE void count(u32 key)
{
	u64 *n = bpf_map_lookup_elem(&counts, &key);
	if (n)
		__sync_fetch_and_add(n, 1);
}

INLINE struct event *begin(u8 kind)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count(LOST);
		return 0;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->time = bpf_ktime_get_boot_ns();
	return e;
}

// submit hands an event to the reader, and wakes him for one that names somebody, who
// may be gone in a moment. The others wait until he comes by, which he does several
// times a second. Once woken he soon looks again (watch.go), so once is enough.
INLINE void submit(struct event *e, int wakes)
{
	u32 key = WOKEN;
	u64 *woken = wakes ? bpf_map_lookup_elem(&counts, &key) : 0;
	if (woken && e->time - *woken >= MILLISECOND) {
		*woken = e->time;
		bpf_ringbuf_submit(e, BPF_RB_FORCE_WAKEUP);
	} else {
		bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	}
}

INLINE void describe(struct process *p, struct task_struct *task)
{
	task = LOOSE(task, task_struct);
	struct task_struct *leader = task->group_leader;
	p->start = leader->start_boottime;
	p->cgroup = task->cgroups->dfl_cgrp->kn->id;
	p->tgid = task->tgid;
	p->uid = task->cred->euid.val;
	p->gid = task->cred->egid.val;
	p->comm[0] = *(u64 *)&leader->comm[0];
	p->comm[1] = *(u64 *)&leader->comm[8];
}

// is_kernels tells a socket that no file refers to: one of the kernel's services.
INLINE int is_kernels(struct sock *sk)
{
	struct socket *s = LOOSE(sk, sock)->sk_socket;
	return s && !s->file;
}

// name makes the current process the owner. It returns 0 where that is no process: a
// thread of the kernel that works for one. Sk is 0 where only a process can come by.
INLINE int name(struct owner *o, struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (sk && is_kernels(sk)) {
		__builtin_memset(&o->by, 0, sizeof(o->by));
		o->by.tgid = KERNEL;
	} else if (task->flags & PF_KTHREAD) {
		return 0;
	} else {
		describe(&o->by, task);
	}
	if (sk)
		o->by.netns = LOOSE(sk, sock)->__sk_common.skc_net.net->ns.inum;
	return 1;
}

INLINE void copy_owner(struct event *e, const struct owner *o)
{
	e->by = o->by;
	if (e->by.tgid == KERNEL)
		e->by.tgid = 0;
}

// ends_of makes of a socket's ends, the local address aside, one number that is not 0.
INLINE u64 ends_of(struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	if (c->skc_family == AF_PACKET)
		return 1;
	u32 to = c->skc_daddr;
	if (c->skc_family == AF_INET6) {
		struct in6_addr *a = &c->skc_v6_daddr;
		to = a->in6_u.u6_addr32[0] ^ a->in6_u.u6_addr32[1] ^ a->in6_u.u6_addr32[2] ^ a->in6_u.u6_addr32[3];
	}
	return (u64)to << 32 | (u32)c->skc_dport << 16 | c->skc_num;
}

INLINE void copy_ends(struct event *e, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	e->family = c->skc_family;
	e->protocol = sk->sk_protocol;
	e->type = sk->sk_type;
	if (e->family == AF_PACKET)
		return;
	e->addresses = e->family;
	e->flags = HAS_LOCAL | HAS_REMOTE;
	if (e->type != SOCK_RAW) { // whose "port" is its protocol
		e->local_port = c->skc_num;
		e->remote_port = c->skc_dport;
	}
	if (e->family == AF_INET) {
		e->local[0] = c->skc_rcv_saddr;
		e->remote[0] = c->skc_daddr;
		return;
	}
	for (int i = 0; i < 4; i++) {
		e->local[i] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
		e->remote[i] = c->skc_v6_daddr.in6_u.u6_addr32[i];
	}
	if (!(e->local[0] | e->local[1] | e->local[2] | e->local[3]) && !BIT(c, skc_ipv6only))
		e->flags |= DUAL;
}

// tell makes an event of the socket's owner and both ends. What could not be told is
// told at the next occasion.
INLINE void tell(u8 kind, struct sock *sk, u64 cookie, struct owner *o, u8 flags)
{
	struct event *e = begin(kind);
	if (!e) {
		o->ends = 0;
		return;
	}
	e->cookie = cookie;
	copy_owner(e, o);
	copy_ends(e, sk);
	if (kind == SOCKET_GONE)
		e->flags = 0; // they may have been taken away already
	e->flags |= flags;
	o->ends = ends_of(sk);
	if (e->type != SOCK_RAW)
		o->ways = SENT | RECEIVED;
	submit(e, kind != SOCKET_GONE);
}

INLINE struct owner *owner_of(void *sk)
{
	struct owner *o = bpf_sk_storage_get(&owners, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!o)
		count(FULL);
	return o;
}

INLINE struct owner *known_owner(void *sk)
{
	return bpf_sk_storage_get(&owners, sk, 0, 0);
}

// pass tells whether the use by another process shall be told. Those who share a
// socket take turns: such a turn is told once a second.
INLINE int pass(struct owner *o, u32 tgid)
{
	u64 now = bpf_ktime_get_boot_ns();
	if ((o->recent[0] == tgid || o->recent[1] == tgid || o->recent[2] == tgid) && now - o->time < SECOND)
		return 0;
	if (o->by.tgid) {
		o->recent[2] = o->recent[1];
		o->recent[1] = o->recent[0];
		o->recent[0] = o->by.tgid;
	}
	o->time = now;
	return 1;
}

// is_owner tells whether the current process is the one named last, or need not be
// looked at.
INLINE int is_owner(struct owner *o)
{
	struct task_struct *leader = LOOSE(bpf_get_current_task_btf(), task_struct)->group_leader;
	return (o->by.tgid == leader->tgid && o->by.start == leader->start_boottime) || o->by.tgid == KERNEL;
}
