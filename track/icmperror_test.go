package track

import (
	"testing"

	"sockeye/parse"
)

func TestReportText(t *testing.T) {
	for _, c := range []struct {
		name   string
		family parse.Family
		report Report
		want   string
	}{
		{"IPv4", parse.FamilyIPv4, Report{Type: 3, Code: 3}, "port unreachable"},
		{"the same numbers of IPv6", parse.FamilyIPv6, Report{Type: 3, Code: 1}, "fragment reassembly time exceeded"},
		{"IPv6", parse.FamilyIPv6, Report{Type: 1, Code: 4}, "port unreachable"},
		{"a code that is not registered", parse.FamilyIPv4, Report{Type: 3, Code: 16}, "type 3 code 16"},
		{"a type that is not registered", parse.FamilyIPv6, Report{Type: 200, Code: 0}, "type 200 code 0"},
	} {
		if got := c.report.Text(c.family); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
