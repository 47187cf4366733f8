package dpi

import (
	"strconv"
	"strings"
)

// Tags of ITU-T X.690 that the decoders meet.
const (
	berInteger    = 0x02
	berOctets     = 0x04
	berOID        = 0x06
	berEnumerated = 0x0a
	berSequence   = 0x30
)

// berHead reads an element's tag and length at the beginning of b: how long that
// head is and how long the body behind it, which need not be there. Tags of
// several bytes and indefinite lengths are used by none of the protocols here.
func berHead(b []byte) (tag byte, head, size int, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, 0, 0, false
	}
	if b[1] < 0x80 {
		return b[0], 2, int(b[1]), true
	}
	n := int(b[1] & 0x7f)
	if n == 0 || n > 4 || len(b) < 2+n {
		return 0, 0, 0, false
	}
	for _, c := range b[2 : 2+n] {
		size = size<<8 | int(c)
	}
	return b[0], 2 + n, size, size < 1<<30
}

// element reads the next element. Of one that goes beyond the end it returns what
// there is, and is short from then on.
func (r *cursor) element() (tag byte, body []byte) {
	tag, head, size, ok := berHead(r.b)
	if !ok {
		r.b, r.short = nil, true
		return 0, nil
	}
	if head+size > len(r.b) {
		body = r.b[head:]
		r.b, r.short = nil, true
		return tag, body
	}
	body = r.b[head : head+size : head+size]
	r.b = r.b[head+size:]
	return tag, body
}

// want reads the next element if it has the tag; else it is short.
func (r *cursor) want(tag byte) []byte {
	if len(r.b) == 0 || r.b[0] != tag {
		r.b, r.short = nil, true
		return nil
	}
	_, body := r.element()
	return body
}

// integer reads an INTEGER or ENUMERATED of up to 8 bytes.
func (r *cursor) integer() int64 {
	if len(r.b) > 0 && r.b[0] != berInteger && r.b[0] != berEnumerated {
		r.b, r.short = nil, true
		return 0
	}
	_, body := r.element()
	return berNumber(body, &r.short)
}

// berNumber returns the value of an INTEGER's body.
func berNumber(body []byte, short *bool) int64 {
	if len(body) == 0 || len(body) > 8 {
		*short = true
		return 0
	}
	v := int64(int8(body[0]))
	for _, c := range body[1:] {
		v = v<<8 | int64(c)
	}
	return v
}

// berOIDText returns an OBJECT IDENTIFIER's body in dotted form, cut to maxText.
func berOIDText(body []byte) string {
	var out strings.Builder
	v, first := uint64(0), true
	for _, c := range body {
		if v = v<<7 | uint64(c&0x7f); c&0x80 != 0 {
			continue
		}
		if first {
			top := min(v/40, 2) // the first two arcs share a number
			out.WriteString(strconv.FormatUint(top, 10))
			v, first = v-40*top, false
		}
		out.WriteByte('.')
		out.WriteString(strconv.FormatUint(v, 10))
		if v = 0; out.Len() > maxText-20 {
			break
		}
	}
	return out.String()
}
