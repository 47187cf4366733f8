package filter

import (
	"errors"
	"testing"
)

// TestNearNames has the hints for names that no table knows.
func TestNearNames(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"port htp", `did you mean "http"?`},
		{"tcp port htps", `did you mean "https"?`},
		{"portrange ssh-htp", `did you mean "http"?`},
		{"port nosuchservice", ""},
		{"ip proto ospd", `did you mean "ospf"?`},
		{"ether proto lldq", `did you mean "lldp"?`},
		{"ether proto netbeu", `did you mean "netbeui"?`},
		{"iso proto clmp", `did you mean "clnp"?`},
		{"isis proto tpc", ""}, // it takes numbers only
	} {
		_, err := Compile(row.text, Options{})
		fail, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%s: got %v, want an *Error", row.text, err)
		} else if fail.Hint != row.want {
			t.Errorf("%s: got hint %q, want %q", row.text, fail.Hint, row.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"port", "port", 0},
		{"prot", "port", costSwap},
		{"prt", "port", costLetter},
		{"poort", "port", costLetter},
		{"part", "port", costOther},
		{"", "ip", 2 * costLetter},
		{"scr", "src", costSwap},
		{"brodcats", "broadcast", costLetter + costSwap},
	} {
		if got := distance(row.a, row.b); got != row.want {
			t.Errorf("distance(%q, %q): got %d, want %d", row.a, row.b, got, row.want)
		}
		if got := distance(row.b, row.a); got != row.want {
			t.Errorf("distance(%q, %q): got %d, want %d", row.b, row.a, got, row.want)
		}
	}
}
