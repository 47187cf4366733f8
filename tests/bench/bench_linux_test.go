package main

import "testing"

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"none", nil, 0},
		{"one", []float64{7}, 7},
		{"odd", []float64{9, 1, 2}, 2},
		{"even", []float64{4, 1, 3, 2}, 2.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := median(tt.values); got != tt.want {
				t.Errorf("got %v want %v", got, tt.want)
			}
		})
	}
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		got, goal float64
		want      string
	}{
		{59, 60, "<= 60 met"},
		{60, 60, "<= 60 met"},
		{61, 60, "<= 60 MISSED"},
		{61, 0, ""},
	} {
		if got := verdict(tt.got, tt.goal, "<= 60"); got != tt.want {
			t.Errorf("%v against %v: got %q want %q", tt.got, tt.goal, got, tt.want)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  int // how many
	}{
		{nil, len(parts)},
		{[]string{"live"}, 1},
		{[]string{"attribution"}, 4},
		{[]string{"attribution/cost", "idle"}, 2},
		{[]string{"attribution", "attribution/cost"}, 4},
	} {
		if got, err := choose(tt.names); err != nil || len(got) != tt.want {
			t.Errorf("%q: got %d parts, %v want %d", tt.names, len(got), err, tt.want)
		}
	}
	for _, name := range []string{"none", "attribution/none", ""} {
		if got, err := choose([]string{name}); err == nil {
			t.Errorf("%q: got %d parts, want an error", name, len(got))
		}
	}
}

func TestTallies(t *testing.T) {
	const frame = 512
	for _, tt := range []struct {
		reader, stdout, stderr, asked string
		want                          tally
	}{
		{
			reader: ours,
			stdout: `{"final":true,"totals":{"packets":12},"drops":{"kernel":3}}`,
			want:   tally{12, 3, true},
		},
		{
			reader: floor,
			stdout: "12 packets 6144 bytes 3 dropped\n",
			want:   tally{12, 3, true},
		},
		{
			reader: "tcpdump -w",
			stderr: "tcpdump: listening on x\n12 packets captured\n15 packets received by filter\n3 packets dropped by kernel\n",
			want:   tally{12, 3, true},
		},
		{
			reader: "iftop -t",
			stdout: "Cumulative (sent/received/total):              0B     9.73KB     9.73KB\n",
			want:   tally{20, 0, false}, // 9963 bytes in IP packets of 498
		},
		{
			reader: "softflowd",
			asked:  "Packets processed: 12\nPackets received by libpcap: 15\nPackets dropped by libpcap: 3\n",
			want:   tally{12, 3, true},
		},
	} {
		t.Run(tt.reader, func(t *testing.T) {
			p := &process{}
			p.stderr.WriteString(tt.stderr)
			out := lines{tail: []string{tt.stdout}, last: []byte(tt.stdout)}
			got, err := (&bench{}).reader(tt.reader).tally(p, out, tt.asked, frame)
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v want %+v", got, err, tt.want)
			}
		})
	}
}
