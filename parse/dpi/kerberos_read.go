package dpi

import "strings"

// request reads what a KDC is asked for: KDC-REQ-BODY is field 4.
func (k *krbDecoder) request(r *cursor) {
	for len(r.b) > 0 {
		tag, body := r.element()
		if tag != 0xa4 {
			continue
		}
		q := cursor{b: body}
		_, body = q.element()
		for q = (cursor{b: body}); len(q.b) > 0; {
			switch tag, v := q.element(); tag {
			case 0xa1:
				setText(&k.d.Client, krbPrincipal(v))
			case 0xa2:
				setText(&k.d.Realm, krbString(v))
			case 0xa3:
				setText(&k.d.Service, krbPrincipal(v))
			}
		}
	}
}

// reply reads who got a ticket for what: KDC-REP.
func (k *krbDecoder) reply(r *cursor) {
	k.d.Granted, k.d.Error = true, ""
	for len(r.b) > 0 {
		switch tag, v := r.element(); tag {
		case 0xa3:
			setText(&k.d.Realm, krbString(v))
		case 0xa4:
			setText(&k.d.Client, krbPrincipal(v))
		case 0xa5:
			k.ticket(v)
		case 0xa6:
			if e := (cursor{b: v}); len(v) > 0 {
				_, body := e.element()
				e = cursor{b: body}
				_, number := e.element()
				n := cursor{b: number}
				setText(&k.d.Cipher, krbCipher(n.integer()))
			}
		}
	}
}

// ticket reads what a ticket is for, which stands outside of its encrypted part.
func (k *krbDecoder) ticket(b []byte) {
	r := cursor{b: b}
	_, body := r.element() // [APPLICATION 1]
	r = cursor{b: body}
	_, body = r.element()
	for r = (cursor{b: body}); len(r.b) > 0; {
		if tag, v := r.element(); tag == 0xa2 {
			setText(&k.d.Service, krbPrincipal(v))
		}
	}
}

func (k *krbDecoder) failure(r *cursor) {
	for len(r.b) > 0 {
		switch tag, v := r.element(); tag {
		case 0xa6:
			n := cursor{b: v}
			k.d.Error = krbErrorName(n.integer())
		case 0xa8:
			setText(&k.d.Client, krbPrincipal(v))
		case 0xa9:
			setText(&k.d.Realm, krbString(v))
		case 0xaa:
			setText(&k.d.Service, krbPrincipal(v))
		}
	}
}

// krbString reads a KerberosString within its field.
func krbString(b []byte) string {
	r := cursor{b: b}
	if _, v := r.element(); plain(v) {
		return text(v)
	}
	return ""
}

// krbPrincipal reads a PrincipalName: its parts with slashes between them.
func krbPrincipal(b []byte) string {
	r := cursor{b: b}
	_, body := r.element()
	r = cursor{b: body}
	r.element() // kind of name
	_, list := r.element()
	r = cursor{b: list}
	_, list = r.element()
	var parts []string
	for r = (cursor{b: list}); len(r.b) > 0 && len(parts) < 8; {
		if _, v := r.element(); plain(v) {
			parts = append(parts, text(v))
		}
	}
	return text([]byte(strings.Join(parts, "/")))
}

// krbCipher names an encryption type of IANA's registry.
func krbCipher(v int64) string {
	switch v {
	case 1:
		return "des-cbc-crc"
	case 3:
		return "des-cbc-md5"
	case 16:
		return "des3-cbc-sha1-kd"
	case 17:
		return "aes128-cts-hmac-sha1-96"
	case 18:
		return "aes256-cts-hmac-sha1-96"
	case 19:
		return "aes128-cts-hmac-sha256-128"
	case 20:
		return "aes256-cts-hmac-sha384-192"
	case 23:
		return "rc4-hmac"
	case 24:
		return "rc4-hmac-exp"
	}
	return ""
}
