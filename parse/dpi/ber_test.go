package dpi

import "testing"

func TestBERHead(t *testing.T) {
	for _, c := range []struct {
		name       string
		in         string
		head, size int
		ok         bool
	}{
		{"short", "\x30\x05", 2, 5, true},
		{"one byte of length", "\x30\x81\x80", 3, 128, true},
		{"as Windows writes it", "\x30\x84\x00\x00\x01\x02", 6, 258, true},
		{"indefinite", "\x30\x80", 0, 0, false},
		{"a length of five bytes", "\x30\x85\x00\x00\x00\x00\x01", 0, 0, false},
		{"a length that is not there", "\x30\x82\x01", 0, 0, false},
		{"a tag of several bytes", "\x1f\x05", 0, 0, false},
		{"too large", "\x30\x84\x7f\xff\xff\xff", 6, 1<<31 - 1, false},
		{"nothing", "", 0, 0, false},
	} {
		_, head, size, ok := berHead([]byte(c.in))
		if ok != c.ok || ok && (head != c.head || size != c.size) {
			t.Errorf("%s: got %d, %d, %v, want %d, %d, %v", c.name, head, size, ok, c.head, c.size, c.ok)
		}
	}
}

func TestBEROIDText(t *testing.T) {
	for in, want := range map[string]string{
		"\x2b\x06\x01":             "1.3.6.1",
		"\x2a\x86\x48\x86\xf7\x0d": "1.2.840.113549",
		"\x88\x37\x03":             "2.999.3",
		"":                         "",
	} {
		if got := berOIDText([]byte(in)); got != want {
			t.Errorf("%x: got %q, want %q", in, got, want)
		}
	}
}
