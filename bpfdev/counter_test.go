package bpfdev

import "testing"

func TestCounter(t *testing.T) {
	tests := []struct {
		name     string
		readings []uint32
		want     uint64
	}{
		{"no drop", []uint32{0, 0}, 0},
		{"drops add up", []uint32{5, 5, 9}, 9},
		{"the kernel's counter overflows", []uint32{0xfffffff0, 0x10}, 1<<32 + 0x10},
		{"it overflows twice", []uint32{0xffffffff, 0, 0xffffffff, 1}, 2<<32 + 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c counter
			for _, now := range tt.readings {
				c.update(now)
			}
			if c.total != tt.want {
				t.Errorf("got %d, want %d", c.total, tt.want)
			}
		})
	}
}
