// Measures bpf_filter(3) of libpcap: reads a program and packets from standard
// input, runs the program on all packets a number of times, and prints the CPU
// time per packet in nanoseconds and how many packets matched in one round.
//
// The input is words of 32 bits in the byte order of the machine: how many
// instructions, packets and rounds; four words an instruction; for each packet
// its captured length, its length on the wire, and its bytes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// As in pcap/bpf.h, which only libpcap's development package has.
struct bpf_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};
unsigned int bpf_filter(const struct bpf_insn *, const unsigned char *, unsigned int wire, unsigned int captured);

struct packet {
	uint32_t captured, wire;
	unsigned char *bytes;
};

static void get(void *to, size_t n)
{
	if (fread(to, 1, n, stdin) != n) {
		fputs("input ends early\n", stderr);
		exit(1);
	}
}

static uint32_t word(void)
{
	uint32_t w;
	get(&w, sizeof w);
	return w;
}

static void *room(size_t n)
{
	void *p = malloc(n ? n : 1);
	if (p == NULL) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static double cpu_time(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(void)
{
	uint32_t insns = word(), packets = word(), rounds = word();
	struct bpf_insn *program = room(insns * sizeof *program);
	for (uint32_t i = 0; i < insns; i++) {
		program[i].code = word();
		program[i].jt = word();
		program[i].jf = word();
		program[i].k = word();
	}
	struct packet *all = room(packets * sizeof *all);
	for (uint32_t i = 0; i < packets; i++) {
		all[i].captured = word();
		all[i].wire = word();
		all[i].bytes = room(all[i].captured);
		get(all[i].bytes, all[i].captured);
	}
	uint64_t matched = 0;
	double begin = cpu_time();
	for (uint32_t r = 0; r < rounds; r++)
		for (uint32_t i = 0; i < packets; i++)
			matched += bpf_filter(program, all[i].bytes, all[i].wire, all[i].captured) != 0;
	double took = cpu_time() - begin;
	printf("%.3f %llu\n", took / rounds / packets, (unsigned long long)(matched / rounds));
	return 0;
}
