// Many short connections of many short-lived processes, and other loads that are about
// who has a socket rather than about bytes. Each client says what it did in one line,
// which is the truth that attribution is held against.
//
//   churn server PORTS                          accepts on ports 7000 and on, discards
//   churn clients ADDR PORTS RATE EACH LIFE_MS MS   EACH connections a process, for MS ms
//   churn hold ADDR PORTS PROCESSES TCP UDP RATE    sockets that stay open
//   churn calls ADDR PORTS COUNT                one connection at a time
//
// A line of clients and of calls is the process's id and the local and the remote port
// of each of its connections. Hold and calls stay until their standard input ends.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_PORT = 7000, MOST_ALIVE = 300, MOST_EACH = 64 };

extern char **environ;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_until(int64_t at)
{
	struct timespec t = {at / 1000000000, at % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0) == EINTR)
		;
}

// say writes one line in one piece, which those of others do not tear (pipe(7)).
static void say(const char *line, size_t n)
{
	if (write(STDOUT_FILENO, line, n) != (ssize_t)n)
		_exit(1);
}

static void allow_files(void)
{
	struct rlimit all;
	if (getrlimit(RLIMIT_NOFILE, &all))
		die("getrlimit");
	all.rlim_cur = all.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &all))
		die("setrlimit");
}

static struct sockaddr_in address(const char *text, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	if (text && inet_pton(AF_INET, text, &a.sin_addr) != 1) {
		fprintf(stderr, "no address: %s\n", text);
		exit(2);
	}
	return a;
}

static int watch(int epoll, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static void server(int ports)
{
	allow_files();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int epoll = epoll_create1(0), last = 0;
	for (int i = 0; i < ports; i++) {
		struct sockaddr_in a = address(0, FIRST_PORT + i);
		int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (fd < 0 || bind(fd, (void *)&a, sizeof(a)) || listen(fd, 4096) || watch(epoll, fd))
			die("listen");
		last = fd;
	}
	say("ready\n", 6);
	for (;;) {
		struct epoll_event events[64];
		int n = epoll_wait(epoll, events, 64, -1);
		for (int i = 0; i < n; i++) {
			char buffer[4096];
			int fd = events[i].data.fd;
			if (fd > last) {
				ssize_t got = read(fd, buffer, sizeof(buffer));
				if (got == 0 || (got < 0 && errno != EAGAIN))
					close(fd);
				continue;
			}
			while ((fd = accept4(events[i].data.fd, 0, 0, SOCK_NONBLOCK)) >= 0)
				watch(epoll, fd);
		}
	}
}

// dial connects to one of the ports, sends a few bytes and returns the socket, -1 where
// that failed; local is its port.
static int dial(const char *to, int port, int *local)
{
	struct sockaddr_in a = address(to, port), own;
	socklen_t n = sizeof(own);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (void *)&a, sizeof(a)) || getsockname(fd, (void *)&own, &n) || write(fd, "hello\n", 6) != 6) {
		close(fd);
		return -1;
	}
	*local = ntohs(own.sin_port);
	return fd;
}

// report says which connections this process had.
static void report(int n, int ports[][2])
{
	char line[MOST_EACH * 12 + 16];
	int at = sprintf(line, "%d", getpid());
	for (int i = 0; i < n; i++)
		at += sprintf(line + at, " %d %d", ports[i][0], ports[i][1]);
	line[at++] = '\n';
	say(line, at);
}

// client is one of the many processes. It ends with its connections open.
static void client(const char *to, int ports, int each, int life, int index)
{
	int64_t end = now() + life * 1000000LL;
	int had[MOST_EACH][2], n = 0;
	for (int i = 0; i < each; i++) {
		int port = FIRST_PORT + (index * each + i) % ports;
		had[n][1] = port;
		n += dial(to, port, &had[n][0]) >= 0;
	}
	report(n, had);
	sleep_until(end);
	_exit(0);
}

static void spawn(char *const args[])
{
	pid_t pid;
	int failed = posix_spawn(&pid, "/proc/self/exe", 0, 0, args, environ);
	if (failed) {
		errno = failed;
		die("spawn");
	}
}

static void clients(char **args, int rate, int ms)
{
	int64_t begin = now(), end = begin + ms * 1000000LL;
	int alive = 0, made = 0;
	while (now() < end) {
		sleep_until(begin + made * 1000000000LL / rate);
		while (alive > 0 && waitpid(-1, 0, alive < MOST_ALIVE ? WNOHANG : 0) > 0)
			alive--;
		char index[16];
		sprintf(index, "%d", made++);
		char *of[] = {"churn", "client", args[0], args[1], args[3], args[4], index, 0};
		spawn(of);
		alive++;
	}
	double took = (now() - begin) / 1e9;
	while (wait(0) > 0)
		;
	char line[64];
	say(line, sprintf(line, "done %d processes %.3f seconds\n", made, took));
}

// holder has sockets open, and sends on the first of them. It ends with its parent.
static void holder(const char *to, int ports, int tcp, int udp, int64_t pause)
{
	int fds[tcp + udp], local;
	struct sockaddr_in any = address(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < tcp + udp; i++) {
		fds[i] = i < tcp ? dial(to, FIRST_PORT + i % ports, &local) : socket(AF_INET, SOCK_DGRAM, 0);
		if (fds[i] < 0 || (i >= tcp && bind(fds[i], (void *)&any, sizeof(any))))
			die("hold");
	}
	say("held\n", 5);
	srand(getpid());
	for (int64_t at = now() + rand() % 1000 * (pause / 1000);; at += pause) {
		sleep_until(at);
		if (write(fds[0], "hello again\n", 12) < 0)
			_exit(0);
	}
}

static void hold(const char *to, int ports, int processes, int tcp, int udp, int rate)
{
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0)
			holder(to, ports, tcp, udp, processes * 1000000000LL / rate);
	}
	char end;
	while (read(STDIN_FILENO, &end, 1) > 0)
		;
	exit(0); // the children follow
}

// calls makes one connection after the other, at moments that agree with no clock, and
// keeps the last few open.
static void calls(const char *to, int ports, int count)
{
	enum { KEPT = 16 };
	int fds[KEPT];
	srand(getpid());
	for (int i = 0; i < count; i++) {
		int had[1][2] = {{0, FIRST_PORT + i % ports}};
		sleep_until(now() + 1000000 + rand() % 50000 * 1000LL);
		if (i >= KEPT)
			close(fds[i % KEPT]);
		fds[i % KEPT] = dial(to, had[0][1], &had[0][0]);
		if (fds[i % KEPT] < 0)
			die("call");
		report(1, had);
	}
	say("done\n", 5);
	char end;
	while (read(STDIN_FILENO, &end, 1) > 0)
		;
}

int main(int argc, char **argv)
{
	int n[6] = {0};
	const char *what = argc > 1 ? argv[1] : "";
	for (int i = 3; i < argc && i < 9; i++)
		n[i - 3] = atoi(argv[i]);
	signal(SIGPIPE, SIG_IGN);
	if (!strcmp(what, "server") && argc == 3)
		server(atoi(argv[2]));
	else if (!strcmp(what, "clients") && argc == 8 && n[1] > 0 && n[2] > 0 && n[2] <= MOST_EACH)
		clients(argv + 2, n[1], n[4]);
	else if (!strcmp(what, "client") && argc == 7)
		client(argv[2], n[0], n[1], n[2], n[3]);
	else if (!strcmp(what, "hold") && argc == 8 && n[2] > 0 && n[4] > 0)
		hold(argv[2], n[0], n[1], n[2], n[3], n[4]);
	else if (!strcmp(what, "calls") && argc == 5)
		calls(argv[2], n[0], n[1]);
	else
		return 2;
	return 0;
}
