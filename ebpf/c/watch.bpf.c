// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)

// Programs that tell which process has which socket.
//
// The owner of a socket is kept in the socket itself (BPF_MAP_TYPE_SK_STORAGE): it
// goes when the socket goes, and a connection that comes in inherits what its
// listening socket knows. A steady flow costs one look at that: events are made only
// when a process begins to use a socket, when the socket's remote end changes and
// when it is closed.
//
// A process is named only where the code runs on its behalf: in its system calls.
// What happens to a connection in the middle of an interrupt takes the owner from
// the socket.

#include "watch.h"
#include "frame.h"

// Most helpers are for programs under a licence that goes with the kernel's.
const char _license[] SEC("license") = "Dual BSD/GPL";

INLINE int is_tcp(u32 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;
}

// begins_use tells of the current process, which was not known to use the socket in this
// way.
INLINE void begins_use(struct sock *sk, struct owner *o, int same, u64 ends, u32 way)
{
	if (is_tcp(sk->sk_protocol) && sk->__sk_common.skc_state == TCP_CLOSE)
		return; // reads that the connection has ended
	int limited = sk->__sk_common.skc_family != AF_PACKET && sk->sk_type != SOCK_RAW;
	if (!same && o->ends == ends && limited && !pass(o, bpf_get_current_task_btf()->tgid))
		return;
	if (!same && !limited)
		o->recent[0] = o->by.tgid; // it is shared, see sent
	if (!name(o, sk))
		return;
	if (!same)
		o->ways = 0;
	o->ways |= way;
	tell(SOCKET_USED, sk, bpf_get_socket_cookie(sk), o, way == SENT ? SENDS : 0);
}

// use is called after a process has sent or received on a socket. It is what every
// message goes through.
INLINE void use(struct sock *sk, u32 way)
{
	u16 family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6 && (family != AF_PACKET || way != SENT))
		return; // who only listens to packets has no part in a flow
	struct owner *o = owner_of(sk);
	if (!o)
		return;
	int same = is_owner(o);
	u64 ends = ends_of(sk);
	if (!same || o->ends != ends || !(o->ways & way))
		begins_use(sk, o, same, ends, way);
	if (way == SENT && (family == AF_PACKET || sk->sk_type == SOCK_RAW))
		tell_waiting(sk, o, bpf_get_socket_cookie(sk));
}

SEC("tp_btf/sock_send_length")
int sock_send_length(u64 *args)
{
	if ((int)args[1] >= 0)
		use((struct sock *)args[0], SENT);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int sock_recv_length(u64 *args)
{
	if ((int)args[1] >= 0)
		use((struct sock *)args[0], RECEIVED);
	return 0;
}

// Every frame that leaves the machine passes here, most of which are none of ours.
SEC("tp_btf/net_dev_start_xmit")
int net_dev_start_xmit(u64 *args)
{
	struct sk_buff *skb = (struct sk_buff *)args[0];
	struct sock *sk = skb->sk;
	if (!sk)
		return 0;
	if (sk->__sk_common.skc_family != AF_PACKET) {
		// What is no whole socket has another state, and no type.
		u8 state = sk->__sk_common.skc_state;
		if ((state != TCP_CLOSE && state != TCP_ESTABLISHED) || sk->sk_type != SOCK_RAW)
			return 0;
	}
	// The verifier takes a socket from here, but not as the buffer refers to it. One
	// that was closed before its frame left is not there any more.
	struct socket *socket = sk->sk_socket;
	if (socket && socket->sk)
		sent(skb, socket->sk);
	return 0;
}

// Connections change their states here, each time before the socket has the new one.
SEC("tp_btf/inet_sock_set_state")
int inet_sock_set_state(u64 *args)
{
	struct sock *sk = (struct sock *)args[0];
	int old = args[1], state = args[2];
	struct owner *o;

	switch (state) {
	case TCP_LISTEN:
		if ((o = owner_of(sk)) && name(o, sk))
			tell(SOCKET_LISTENS, sk, bpf_get_socket_cookie(sk), o, 0);
		break;
	case TCP_SYN_SENT: // in connect(2); the kernel may choose the local port after this
		if (!(o = owner_of(sk)) || !name(o, sk))
			break;
		o->ends = 0;
		if (sk->__sk_common.skc_num)
			tell(SOCKET_CALLS, sk, bpf_get_socket_cookie(sk), o, 0);
		break;
	case TCP_ESTABLISHED:
		if (!(o = known_owner(sk)) || !o->by.tgid)
			break;
		if (old == TCP_SYN_RECV) {
			// The owner is the listening socket's: who accepts it will be told
			// when he uses it.
			o->recent[0] = o->recent[1] = o->recent[2] = 0;
			tell(SOCKET_TAKEN, sk, bpf_get_socket_cookie(sk), o, 0);
			o->ends = 0;
		} else if (!o->ends) {
			tell(SOCKET_CALLS, sk, bpf_get_socket_cookie(sk), o, 0);
		}
		break;
	case TCP_CLOSE:
		if ((o = known_owner(sk)) && o->by.tgid)
			tell(SOCKET_GONE, sk, bpf_get_socket_cookie(sk), o, 0);
		break;
	}
	return 0;
}

// Before the SYN is sent, when the local port has been chosen.
SEC("sockops")
int sock_ops(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *bare = ctx->sk;
	if (ctx->op != BPF_SOCK_OPS_TCP_CONNECT_CB || !bare)
		return 1;
	struct owner *o = known_owner(bare);
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(bare);
	if (sk && o && o->by.tgid && !o->ends)
		tell(SOCKET_CALLS, sk, bpf_get_socket_cookie(ctx), o, 0);
	return 1;
}

// begin_bare is begin for the hooks that see a struct bpf_sock alone.
INLINE struct event *begin_bare(u8 kind, struct bpf_sock *sk, struct owner *o, u64 cookie)
{
	struct event *e = begin(kind);
	if (!e)
		return 0;
	e->cookie = cookie;
	copy_owner(e, o);
	e->family = e->addresses = sk->family;
	e->protocol = sk->protocol;
	e->type = sk->type;
	return e;
}

// Which of the addresses may be read depends on the hook, so v6 is a constant.
INLINE void copy_local(struct event *e, struct bpf_sock *sk, int v6)
{
	e->flags |= HAS_LOCAL;
	e->local_port = sk->src_port;
	if (!v6) {
		e->local[0] = sk->src_ip4;
		return;
	}
	e->local[0] = sk->src_ip6[0];
	e->local[1] = sk->src_ip6[1];
	e->local[2] = sk->src_ip6[2];
	e->local[3] = sk->src_ip6[3];
}

INLINE int is_ping(struct bpf_sock *ctx)
{
	return ctx->type == SOCK_DGRAM && (ctx->protocol == IPPROTO_ICMP || ctx->protocol == IPPROTO_ICMPV6);
}

// Of TCP and UDP sockets there is nothing to tell before they have ends. But only here is
// a socket's network namespace that of the process; the other cgroup hooks cannot see it.
SEC("cgroup/sock_create")
int sock_create(struct bpf_sock *ctx)
{
	struct owner *o = owner_of(ctx);
	if (!o)
		return 1;
	o->by.netns = LOOSE(bpf_get_current_task_btf(), task_struct)->nsproxy->net_ns->ns.inum;
	if ((ctx->type != SOCK_RAW && !is_ping(ctx)) || !name(o, 0))
		return 1;
	struct event *e = begin_bare(SOCKET_MADE, ctx, o, bpf_get_socket_cookie(ctx));
	if (e)
		submit(e, 1);
	return 1;
}

// Connections are gone when their state says so, which is later.
SEC("cgroup/sock_release")
int sock_release(struct bpf_sock *ctx)
{
	if (is_tcp(ctx->protocol))
		return 1;
	struct owner *o = known_owner(ctx);
	if (!o || !o->by.tgid)
		return 1;
	struct event *e = begin_bare(SOCKET_GONE, ctx, o, bpf_get_socket_cookie(ctx));
	if (e)
		submit(e, 0);
	return 1;
}

INLINE int bound(struct bpf_sock *ctx, int v6)
{
	if (is_tcp(ctx->protocol))
		return 1;
	struct owner *o = known_owner(ctx);
	if (!o || !o->by.netns || !name(o, 0))
		return 1;
	struct event *e = begin_bare(SOCKET_BOUND, ctx, o, bpf_get_socket_cookie(ctx));
	if (!e)
		return 1;
	copy_local(e, ctx, v6);
	submit(e, 1);
	return 1;
}

SEC("cgroup/post_bind4")
int post_bind4(struct bpf_sock *ctx)
{
	return bound(ctx, 0);
}

SEC("cgroup/post_bind6")
int post_bind6(struct bpf_sock *ctx)
{
	return bound(ctx, 1);
}

// Before Linux 6.3, which brought sock_send_length and sock_recv_length, the hooks
// below stand in for these where UDP is concerned: who receives only if he asks from
// whom. Who uses an accepted connection they do not see, nor raw sockets and AF_PACKET.

INLINE int addressed(struct bpf_sock_addr *ctx, u8 kind, u8 flags, int v6)
{
	struct bpf_sock *sk = ctx->sk;
	if (!sk || is_tcp(ctx->protocol))
		return 1;
	struct owner *o = known_owner(sk);
	if (!o || !o->by.netns)
		return 1;
	int same = is_owner(o);
	if (kind == SOCKET_USED && o->ends && (same || !pass(o, bpf_get_current_task_btf()->tgid)))
		return 1;
	if (!name(o, 0))
		return 1;
	struct event *e = begin_bare(kind, sk, o, bpf_get_socket_cookie(ctx));
	if (!e)
		return 1;
	o->ends = 1;
	e->flags = HAS_REMOTE | flags;
	if (sk->src_port)
		copy_local(e, sk, v6);
	if (kind == SOCKET_CALLS) {
		e->remote_port = ctx->user_port;
		if (!v6) {
			e->remote[0] = ctx->user_ip4;
		} else {
			e->remote[0] = ctx->user_ip6[0];
			e->remote[1] = ctx->user_ip6[1];
			e->remote[2] = ctx->user_ip6[2];
			e->remote[3] = ctx->user_ip6[3];
		}
	}
	submit(e, 1);
	return 1;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	return addressed(ctx, SOCKET_CALLS, 0, 0);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	return addressed(ctx, SOCKET_CALLS, 0, 1);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	return addressed(ctx, SOCKET_USED, SENDS, 0);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	return addressed(ctx, SOCKET_USED, SENDS, 1);
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
	return addressed(ctx, SOCKET_USED, 0, 0);
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx)
{
	return addressed(ctx, SOCKET_USED, 0, 1);
}

INLINE int process(u8 kind, struct task_struct *task)
{
	struct event *e = begin(kind);
	if (!e)
		return 0;
	describe(&e->by, task);
	submit(e, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int sched_process_exec(u64 *args)
{
	return process(PROCESS_BEGAN, (struct task_struct *)args[0]);
}

SEC("tp_btf/sched_process_exit")
int sched_process_exit(u64 *args)
{
	struct task_struct *task = (struct task_struct *)args[0];
	if (LOOSE(task, task_struct)->signal->live.counter || task->flags & PF_KTHREAD)
		return 0; // other threads live on
	return process(PROCESS_ENDED, task);
}

// Which process has which socket open, all of them. Sockets that were made before there
// was a sock_create learn here what that would have kept, and those that listen whose
// they are, for the connections that they will accept.
SEC("iter/task_file")
int task_file(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct task_struct *task = ctx->task;
	struct socket *socket = file && task ? bpf_sock_from_file(file) : 0;
	struct sock *sk = socket ? socket->sk : 0;
	if (!sk)
		return 0;
	u16 family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6 && family != AF_PACKET)
		return 0;

	struct event e = {.kind = SOCKET_USED, .time = bpf_ktime_get_boot_ns()};
	e.cookie = bpf_get_socket_cookie(sk);
	e.inode = file->f_inode->i_ino;
	describe(&e.by, task);
	e.by.netns = LOOSE(sk, sock)->__sk_common.skc_net.net->ns.inum;
	copy_ends(&e, sk);
	struct owner *o = owner_of(sk);
	if (o)
		o->by.netns = e.by.netns;
	if (is_tcp(e.protocol) && sk->__sk_common.skc_state == TCP_LISTEN) {
		e.kind = SOCKET_LISTENS;
		if (o && !o->by.tgid)
			o->by = e.by;
	}
	bpf_seq_write(ctx->meta->seq, &e, sizeof(e));
	return 0;
}
