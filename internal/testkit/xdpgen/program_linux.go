package xdpgen

import (
	"encoding/binary"

	"github.com/cilium/ebpf/asm"
)

// Verdicts of an XDP program (linux/bpf.h).
const (
	xdpDrop = 1
	xdpPass = 2
)

// Registers, by what they hold throughout the program.
const (
	rFrame  = asm.R2 // the frame's first byte
	rState  = asm.R5 // the map's value, a state
	rFlow   = asm.R6 // index of this packet's flow
	rSource = asm.R7 // its source address, in host order
	rPort   = asm.R8 // its source port, in host order
	rSeq    = asm.R9 // its sequence number, in host order
	rSum    = asm.R1 // a checksum in the making
	rHalf   = asm.R3 // scratch
	rHigh   = asm.R0 // the halves of rSeq
	rLow    = asm.R4
)

// program writes the flow's source address, source port, sequence number and
// checksums into each frame and passes it on; past state.Limit it drops. Frames come back to it
// with what it wrote before, so it sets every field in full.
func program(mapFD, flows int, frame []byte) asm.Instructions {
	ins := asm.Instructions{
		asm.LoadMem(rFrame, asm.R1, 0, asm.Word), // xdp_md.data
		asm.LoadMem(asm.R3, asm.R1, 4, asm.Word), // xdp_md.data_end
		asm.Mov.Reg(asm.R4, rFrame),
		asm.Add.Imm(asm.R4, headerSize),
		asm.JGT.Reg(asm.R4, asm.R3, "drop"),

		asm.LoadMapValue(rState, mapFD, 0),
		asm.LoadMem(asm.R3, rState, 8, asm.DWord),  // Sent
		asm.LoadMem(asm.R4, rState, 16, asm.DWord), // Limit
		asm.JGE.Reg(asm.R3, asm.R4, "drop"),
		asm.Add.Imm(asm.R3, 1),
		asm.StoreMem(rState, 8, asm.R3, asm.DWord),

		// Each flow sends where it has stopped the round before.
		asm.LoadMem(rFlow, rState, 0, asm.DWord),
		asm.LoadMem(rSeq, rState, 24, asm.Word),
		asm.Mov.Reg(asm.R3, rFlow),
		asm.Add.Imm(asm.R3, 1),
		asm.JLT.Imm(asm.R3, int32(flows), "next"),
		asm.Mov.Reg(asm.R4, rSeq),
		asm.Add.Imm(asm.R4, int32(len(frame)-headerSize)),
		asm.StoreMem(rState, 24, asm.R4, asm.Word),
		asm.Mov.Imm(asm.R3, 0),
		asm.StoreMem(rState, 0, asm.R3, asm.DWord).WithSymbol("next"),

		asm.Mov.Reg(rSource, rFlow),
		asm.Add.Imm(rSource, int32(binary.BigEndian.Uint32(Base.AsSlice()))),
		asm.Mov.Reg(rPort, rFlow),
		asm.And.Imm(rPort, ports-1),
		asm.Add.Imm(rPort, firstPort),
	}
	ins = append(ins, checksum(frame, offIPSum)...)
	ins = append(ins,
		asm.Mov.Reg(rHigh, rSeq),
		asm.RSh.Imm(rHigh, 16),
		asm.Mov.Reg(rLow, rSeq),
		asm.And.Imm(rLow, 0xffff),
	)
	ins = append(ins, checksum(frame, offTCPSum, rPort, rHigh, rLow)...)
	return append(ins,
		asm.HostTo(asm.BE, rSeq, asm.Word),
		asm.StoreMem(rFrame, offTCP+4, rSeq, asm.Word),
		asm.HostTo(asm.BE, rSource, asm.Word),
		asm.StoreMem(rFrame, offSource, rSource, asm.Word),
		asm.HostTo(asm.BE, rPort, asm.Half),
		asm.StoreMem(rFrame, offTCP, rPort, asm.Half),
		asm.Mov.Imm(asm.R0, xdpPass),
		asm.Return(),

		asm.Mov.Imm(asm.R0, xdpDrop).WithSymbol("drop"),
		asm.Return(),
	)
}

// checksum stores at off the Internet checksum (RFC 1071): what template left
// there, plus the source address and the registers more.
func checksum(frame []byte, off int16, more ...asm.Register) asm.Instructions {
	ins := asm.Instructions{
		asm.Mov.Imm(rSum, int32(binary.BigEndian.Uint16(frame[off:]))),
		asm.Mov.Reg(rHalf, rSource),
		asm.RSh.Imm(rHalf, 16),
		asm.Add.Reg(rSum, rHalf),
		asm.Mov.Reg(rHalf, rSource),
		asm.And.Imm(rHalf, 0xffff),
		asm.Add.Reg(rSum, rHalf),
	}
	for _, r := range more {
		ins = append(ins, asm.Add.Reg(rSum, r))
	}
	for range 2 { // the second folds the first one's carry
		ins = append(ins,
			asm.Mov.Reg(rHalf, rSum),
			asm.RSh.Imm(rHalf, 16),
			asm.And.Imm(rSum, 0xffff),
			asm.Add.Reg(rSum, rHalf),
		)
	}
	return append(ins,
		asm.Xor.Imm(rSum, 0xffff),
		asm.HostTo(asm.BE, rSum, asm.Half),
		asm.StoreMem(rFrame, off, rSum, asm.Half),
	)
}
