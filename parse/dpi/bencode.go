package dpi

import "bytes"

// bencodeNext reads the value at the beginning of b (BEP 3) and returns how long it
// is: for a text also its bytes. Size is 0 for what is none. Lists and dictionaries
// may hold others up to a depth.
func bencodeNext(b []byte, depth int) (size int, value []byte) {
	if len(b) < 2 || depth == 0 {
		return 0, nil
	}
	switch c := b[0]; {
	case c == 'i':
		end := bytes.IndexByte(b[:min(len(b), 24)], 'e')
		if end < 2 || !bencodeNumber(b[1:end]) {
			return 0, nil
		}
		return end + 1, nil
	case digit(c):
		return bencodeText(b)
	case c == 'l' || c == 'd':
		at := 1
		for n := 0; at < len(b) && b[at] != 'e'; n++ {
			if c == 'd' && n%2 == 0 && !digit(b[at]) {
				return 0, nil
			}
			step, _ := bencodeNext(b[at:], depth-1)
			if step == 0 {
				return 0, nil
			}
			at += step
		}
		if at >= len(b) {
			return 0, nil
		}
		return at + 1, nil
	}
	return 0, nil
}

func bencodeNumber(b []byte) bool {
	if b[0] == '-' {
		b = b[1:]
	}
	for _, c := range b {
		if !digit(c) {
			return false
		}
	}
	return len(b) > 0
}

// bencodeText reads a length, a colon, and that many bytes.
func bencodeText(b []byte) (size int, value []byte) {
	n := 0
	for i, c := range b[:min(len(b), 6)] {
		switch {
		case digit(c):
			n = n*10 + int(c-'0')
		case c == ':' && i > 0 && n <= len(b)-i-1:
			return i + 1 + n, b[i+1 : i+1+n]
		default:
			return 0, nil
		}
	}
	return 0, nil
}

// bencodeEach calls f for the entries of a dictionary. What is no text has its
// whole encoding as value. A dictionary that is cut ends early.
func bencodeEach(b []byte, f func(key, value []byte)) {
	if len(b) == 0 || b[0] != 'd' {
		return
	}
	for b = b[1:]; len(b) > 0 && b[0] != 'e'; {
		n, key := bencodeText(b)
		if n == 0 {
			return
		}
		size, value := bencodeNext(b[n:], 8)
		if size == 0 {
			return
		}
		if value == nil {
			value = b[n : n+size]
		}
		f(key, value)
		b = b[n+size:]
	}
}

// btValue returns the value of a key of a dictionary, nil if it is not there.
func btValue(b []byte, key string) (found []byte) {
	bencodeEach(b, func(k, v []byte) {
		if string(k) == key {
			found = v
		}
	})
	return found
}
