package filter

// Opcodes of classic BPF, put together from linux/bpf_common.h. A is the
// accumulator, X the index register, M the scratch memory.
const (
	codeLoadW    = 0x20 // A = word at [k]
	codeLoadH    = 0x28 // A = half-word at [k]
	codeLoadB    = 0x30 // A = byte at [k]
	codeLoadXW   = 0x40 // A = word at [X+k]
	codeLoadXH   = 0x48 // A = half-word at [X+k]
	codeLoadXB   = 0x50 // A = byte at [X+k]
	codeLoadImm  = 0x00 // A = k
	codeLoadMem  = 0x60 // A = M[k]
	codeLoadLen  = 0x80 // A = length on the wire
	codeIndexImm = 0x01 // X = k
	codeIndexMem = 0x61 // X = M[k]
	codeIndexLen = 0x81 // X = length on the wire
	codeIndexMSH = 0xb1 // X = 4*([k]&0xf), the length of the IPv4 header at k
	codeStoreA   = 0x02 // M[k] = A
	codeStoreX   = 0x03 // M[k] = X
	codeTAX      = 0x07 // X = A
	codeTXA      = 0x87 // A = X
	codeReturn   = 0x06 // return k
	codeReturnA  = 0x16 // return A

	// Arithmetic on A with k; with codeSrcX it is with X.
	codeAdd = 0x04
	codeSub = 0x14
	codeMul = 0x24
	codeDiv = 0x34
	codeOr  = 0x44
	codeAnd = 0x54
	codeShl = 0x64
	codeShr = 0x74
	codeNeg = 0x84 // A = -A
	codeMod = 0x94
	codeXor = 0xa4

	// Jumps on A compared with k, unsigned; with codeSrcX compared with X.
	codeJumpAlways = 0x05
	codeJumpEq     = 0x15
	codeJumpGt     = 0x25
	codeJumpGe     = 0x35
	codeJumpSet    = 0x45 // A & k != 0

	codeSrcX = 0x08
)

// scratchWords is the size of M, BPF_MEMWORDS of linux/bpf_common.h.
const scratchWords = 16
