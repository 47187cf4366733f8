// Package ebpf holds the programs that run in the kernel, compiled and checked
// in, and loads them.
//
// The sources are in c/; they declare the kernel's types by hand, so that only
// clang is needed to compile them and nothing at all to run them. The objects
// are little-endian and serve amd64 and arm64 alike.
package ebpf

//go:generate go tool bpf2go -cc clang-14 -strip llvm-strip-14 -target bpfel -no-global-types cut c/cut.bpf.c -- -O2 -Wall -Werror
//go:generate go tool bpf2go -cc clang-14 -strip llvm-strip-14 -target bpfel -no-global-types watch c/watch.bpf.c -- -O2 -Wall -Werror
