package dpi

import "bytes"

// redacted stands for a value that is not kept.
const redacted = "…"

// redactPath returns a path and the names in its query. Values stay out of it:
// of the query, of the parameters of a segment (";jsessionid="), and who logs in
// where the path holds another URL.
func redactPath(b []byte) string {
	if i := bytes.IndexByte(b, '#'); i >= 0 {
		b = b[:i]
	}
	path, query, asked := cutQuery(b)
	path = withoutUser(path)
	if !asked && bytes.IndexByte(path, ';') < 0 {
		return text(path)
	}
	out := make([]byte, 0, min(len(b)+8, maxText))
	for len(path) > 0 && len(out) < maxText {
		i := bytes.IndexByte(path, ';')
		if i < 0 {
			i = len(path)
		}
		out = append(out, path[:i]...)
		path = path[i:]
		if len(path) == 0 {
			break
		}
		i = bytes.IndexByte(path, '/')
		if i < 0 {
			i = len(path)
		}
		out = append(appendParam(append(out, ';'), path[1:i]), redacted...)
		path = path[i:]
	}
	if asked {
		out = appendQuery(append(out, '?'), query)
	}
	return cutPath(out)
}

// cutQuery cuts b where its query begins: at the question mark, also where a client
// encoded that, or began without one ("/login&token=").
func cutQuery(b []byte) (path, query []byte, asked bool) {
	last := bytes.LastIndexByte(b, '=')
	for i, c := range b {
		switch {
		case c == '?':
			return b[:i], b[i+1:], true
		case c == '%' && hasFold(b[i:], "%3F"):
			return b[:i], b[i+len("%3F"):], true
		case c == '&' && i < last:
			return b[:i], b[i+1:], true
		}
	}
	return b, nil, false
}

// withoutUser returns a path that holds a URL ("/https://joe:password@host/")
// without the user in that.
func withoutUser(path []byte) []byte {
	i := bytes.Index(path, []byte(":/"))
	if i < 0 {
		return path
	}
	rest := bytes.TrimLeft(path[i+1:], "/")
	before := path[:len(path)-len(rest)]
	host, _, whole := bytes.Cut(rest, []byte{'/'})
	if at := bytes.LastIndexByte(host, '@'); at >= 0 {
		return bytes.Join([][]byte{before, rest[at+1:]}, nil)
	}
	if colon := bytes.IndexByte(host, ':'); colon >= 0 && !whole {
		return path[:len(before)+colon] // it may be cut within a password
	}
	return path
}

// cutPath cuts b to maxText bytes without splitting the sign of redaction.
func cutPath(b []byte) string {
	if len(b) <= maxText {
		return string(b)
	}
	b = b[:maxText]
	for i := 1; i < len(redacted) && i < len(b); i++ {
		if string(b[len(b)-i:]) == redacted[:i] {
			return string(b[:len(b)-i])
		}
	}
	return string(b)
}

// appendQuery appends the names of a query: "q=…&page=…".
func appendQuery(out, query []byte) []byte {
	for n := 0; len(query) > 0 && len(out) < maxText; n++ {
		var part []byte
		part, query, _ = bytes.Cut(query, []byte{'&'})
		if n > 0 {
			out = append(out, '&')
		}
		out = append(appendParam(out, part), redacted...)
	}
	return out
}

// appendParam appends the name in "name=value" with its sign, unless it looks as
// if it were a value itself.
func appendParam(out, part []byte) []byte {
	name, _, ok := bytes.Cut(part, []byte{'='})
	if !ok || len(name) == 0 || len(name) > maxName {
		return out
	}
	for _, c := range name {
		if u := upper(c); (u < 'A' || u > 'Z') && !digit(c) && bytes.IndexByte([]byte("_-.[]"), c) < 0 {
			return out
		}
	}
	return append(append(out, name...), '=')
}

// maxName is the length of the longest name of a query's value that is kept.
const maxName = 32
