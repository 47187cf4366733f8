package dpi

// Extensions that are read (IANA, TLS ExtensionType Values).
const (
	extServerName        = 0
	extGroups            = 10
	extPoints            = 11
	extSignatures        = 13
	extALPN              = 16
	extKeyShareDraft     = 40 // until draft 22 of TLS 1.3
	extPreSharedKey      = 41
	extEarlyData         = 42
	extVersions          = 43
	extKeyShare          = 51
	extQUICParameters    = 0x39
	extECH               = 0xfe0d // draft-ietf-tls-esni-13 and later, RFC 9849
	extESNI              = 0xffce // encrypted_server_name of its early drafts
	extQUICParametersOld = 0xffa5
)

// clientHello is a ClientHello taken apart (RFC 8446 4.1.2). All of it is
// borrowed.
type clientHello struct {
	version    uint16 // legacy_version
	session    []byte
	ciphers    []byte   // 16-bit numbers, as all lists here
	extensions []uint16 // in order, without GREASE
	versions   []byte   // of supported_versions
	groups     []byte
	signatures []byte
	points     []byte   // 8-bit numbers
	alpn       tlsBytes // names behind their lengths
	shares     tlsBytes
	sni        []byte
	named      bool // the extension server_name is there
	ech        bool
	early      bool
	transport  []byte
	cut        bool // not all of it came

	room [48]uint16 // for extensions
}

// read takes a hello apart; dtls says that a cookie follows the session. Of a
// hello that came whole, a list that is longer than that is malformed and is not
// read.
func (h *clientHello) read(r tlsBytes, dtls bool) {
	h.cut = r.cut
	h.version = r.u16()
	r.take(32)
	h.session = r.vector(1)
	if dtls {
		r.vector(1)
	}
	if h.ciphers = r.vector(2); r.cut && !h.cut {
		h.ciphers = nil
	}
	r.vector(1) // compression methods
	h.extensions = h.room[:0]
	if list := r.sub(2); h.cut || !list.cut {
		h.readExtensions(list)
	}
}

// forget makes it ready for another one.
func (h *clientHello) forget() { *h = clientHello{} }

func (h *clientHello) readExtensions(r tlsBytes) {
	for len(r.b) > 0 {
		kind := r.u16()
		body := r.sub(2)
		if r.cut && len(body.b) == 0 {
			break
		}
		if !isGREASE(kind) {
			h.extensions = append(h.extensions, kind)
			h.extension(kind, body)
		}
	}
}

func (h *clientHello) extension(kind uint16, body tlsBytes) {
	switch kind {
	case extServerName:
		h.named = true
		h.sni = serverName(body)
	case extGroups:
		h.groups = body.vector(2)
	case extPoints:
		h.points = body.vector(1)
	case extSignatures:
		h.signatures = body.vector(2)
	case extALPN:
		h.alpn = body.sub(2)
	case extVersions:
		h.versions = body.vector(1)
	case extKeyShare, extKeyShareDraft:
		h.shares = body.sub(2)
	case extEarlyData:
		h.early = true
	case extECH, extESNI:
		h.ech = true
	case extQUICParameters, extQUICParametersOld:
		h.transport = body.b
	}
}

// serverName returns the first host name of a server_name extension (RFC 6066 3).
func serverName(body tlsBytes) []byte {
	list := body.sub(2)
	for len(list.b) > 0 {
		kind, name := list.u8(), list.vector(2)
		if kind == 0 && !list.cut {
			return name
		}
	}
	return nil
}

// highest returns the highest version that is offered.
func (h *clientHello) highest() uint16 {
	best := uint16(0)
	for _, v := range appendNumbers(make([]uint16, 0, 16), h.versions) {
		if best == 0 || isNewer(v, best) {
			best = v
		}
	}
	if best == 0 {
		return h.version
	}
	return best
}

// clientHello keeps what the client says. A second hello, after a retry or a
// cookie, repeats the first with what the server asked for: the fingerprints stay
// those of the first.
func (h *handshake) clientHello(c *conv, r tlsBytes) {
	m := &c.i.pool.client
	defer m.forget()
	m.read(r, h.over == 'd')
	h.transport = m.transport
	d := h.begin(c)
	if h.hello {
		h.secondHello(m)
		return
	}
	h.hello = true
	c.confirm()
	h.sessions = uint8(copy(h.session[:], m.session))
	d.began = c.time
	d.SNI = c.text(m.sni)
	k := c.i.pool.shared.kindOf(c, m, h.over)
	d.ALPNOffered, d.VersionsOffered, d.GroupsOffered, d.PostQuantumOffer = k.alpn, k.versions, k.groups, k.postQuantum
	d.JA3Full, d.JA3, d.JA4 = k.ja3Full, k.ja3, k.ja4
	d.Application = application(d.ALPNOffered)
	d.DNS = h.carriedDNS(c)
	d.ECH, d.EarlyData = m.ech, m.early
}

// secondHello keeps the name of a hello whose first copy was cut before it.
func (h *handshake) secondHello(m *clientHello) {
	if h.d.SNI == "" {
		h.d.SNI = text(m.sni)
	}
	h.sessions = uint8(copy(h.session[:], m.session))
}

// maxALPN is how many names of an ALPN list are kept. Some clients name each draft
// of HTTP/3.
const maxALPN = 32

// protocolNamesOf returns the first names of an ALPN list (RFC 7301 3.1).
func protocolNamesOf(c *conv, list tlsBytes) []string {
	var names []string
	for len(list.b) > 0 && len(names) < maxALPN {
		if n := list.vector(1); !list.cut {
			names = append(names, c.text(n))
		}
	}
	return names
}

// offeredVersions returns the names of the versions that are offered, highest
// first; of a hello without the list, the highest alone.
func offeredVersions(m *clientHello) []string {
	list := appendNumbers(make([]uint16, 0, 16), m.versions)
	if len(list) == 0 {
		return []string{versionName(m.version)}
	}
	list = list[:min(len(list), maxList)]
	names := make([]string, len(list))
	for i := range list { // few: an insertion sort
		for k := i; k > 0 && isNewer(list[k], list[k-1]); k-- {
			list[k], list[k-1] = list[k-1], list[k]
		}
	}
	for i, v := range list {
		names[i] = versionName(v)
	}
	return names
}

// offeredGroups returns the names of the groups of which the client sent a share,
// and whether it knows any post-quantum one, sent or not.
func offeredGroups(m *clientHello) (names []string, postQuantum bool) {
	for len(m.shares.b) > 0 && len(names) < maxList {
		group := m.shares.u16()
		m.shares.vector(2)
		if !isGREASE(group) && (!m.shares.cut || m.cut) {
			names = append(names, groupName(group))
			postQuantum = postQuantum || isPostQuantum(group)
		}
	}
	for list := m.groups; len(list) >= 2; list = list[2:] {
		postQuantum = postQuantum || isPostQuantum(uint16(list[0])<<8|uint16(list[1]))
	}
	return names, postQuantum
}
