package filter

import (
	"errors"

	"golang.org/x/net/bpf"
)

type instruction struct{}

func parseText(string) (expr, error)         { return nil, errors.New("filter: no parser yet") }
func generate(expr, Options) (*block, error) { return nil, errors.New("filter: no generator yet") }
func optimize(b *block) *block               { return b }
func assemble(*block) ([]bpf.RawInstruction, error) {
	return nil, errors.New("filter: no assembler yet")
}
func newProgram(i []bpf.RawInstruction) (*Program, error) { return &Program{insns: i}, nil }
