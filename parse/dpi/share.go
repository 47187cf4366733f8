package dpi

import "hash/maphash"

// shared has the texts that were made last: flows that say the same, as those of one
// program do, get the same text instead of another copy. It holds 200 KB at most. The
// zero value is ready.
type shared struct {
	texts [256]string
	sums  [64]struct{ full, sum string }
	kinds [32]helloKind
	other helloKind // that of a hello which is not kept
}

var sharedSeed = maphash.MakeSeed()

// text returns a text, cut to maxText bytes.
func (s *shared) text(b []byte) string {
	b = b[:min(len(b), maxText)]
	at := &s.texts[maphash.Bytes(sharedSeed, b)%uint64(len(s.texts))]
	if *at != string(b) {
		*at = string(b)
	}
	return *at
}

// whole is text without cutting; what is too long is not shared.
func (s *shared) whole(b []byte) string {
	if len(b) > maxText {
		return string(b)
	}
	return s.text(b)
}

// md5 returns a text and its MD5.
func (s *shared) md5(b []byte) (full, sum string) {
	const longest = 1 << 10 // of those that are kept
	if len(b) > longest {
		return md5Text(b)
	}
	at := &s.sums[maphash.Bytes(sharedSeed, b)%uint64(len(s.sums))]
	if at.full != string(b) || at.sum == "" {
		at.full, at.sum = md5Text(b)
	}
	return at.full, at.sum
}
