package bpfdev

import "testing"

func TestLinkType(t *testing.T) {
	tests := []struct {
		name string
		dlt  uint32
		want uint16
	}{
		{"loopback and utun: DLT_NULL", 0, 0},
		{"Ethernet: DLT_EN10MB", 1, 1},
		{"PPP", 9, 9},
		{"raw IP has another number in files", 12, 101},
		{"802.11 with radiotap", 127, 127},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := linkTypeOf(tt.dlt); got != tt.want {
				t.Errorf("linkTypeOf(%d): got %d, want %d", tt.dlt, got, tt.want)
			}
			if got := dltOf(tt.want); got != tt.dlt {
				t.Errorf("dltOf(%d): got %d, want %d", tt.want, got, tt.dlt)
			}
		})
	}
}
