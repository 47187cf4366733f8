package dpi

import (
	"strings"
	"testing"
)

// textTalks are of the protocols that need few words; want is the detail.
var textTalks = []struct {
	c    conversation
	key  string
	want string
}{
	{conversation{name: "options and a terminal", proto: Telnet, text: `
		s fffd18 fffd20 fffd23
		c fffb18 fffc20
		s fffa1801fff0 fffb01 fffb03
		c fffa1800 "XTERM" fff0 fffd01
		s "\r\nlogin: "
		c "alice\r\n"
		s "Password: "
		c "secret\r\n"
	`}, "telnet", `{"server_options":["echo","suppress-go-ahead"],"client_options":["terminal-type"],"terminal":"XTERM"}`},
	{conversation{name: "a call over UDP", proto: SIP, udp: true, text: `
		c "INVITE sip:bob@biloxi.example SIP/2.0\r\nVia: SIP/2.0/UDP pc33;branch=z9\r\nTo: Bob <sip:bob@biloxi.example>\r\nFrom: \"Alice\" <sip:alice@atlanta.example:5060>;tag=19\r\nAuthorization: Digest secret\r\nUser-Agent: phone/1\r\nContent-Length: 5\r\n\r\nUser-Agent: body\r\n"
		s "SIP/2.0 180 Ringing\r\nServer: pbx/2\r\n\r\n"
		c "\r\n\r\n"
		c "ACK sip:bob@biloxi.example SIP/2.0\r\n\r\n"
	`}, "sip", `{"method":"INVITE","methods":["INVITE","ACK"],"from_host":"atlanta.example","to_host":"biloxi.example","user_agent":"phone/1","server":"pbx/2","status":180,"requests":2,"responses":1}`},
	{conversation{name: "a call over TCP", proto: SIP, text: `
		c "REGISTER sip:r.example SIP/2.0\r\nf: <sip:a@r.example>\r\nt: <sips:a@[2001:db8::1]:5061;x=y>\r\nl: 14\r\n\r\nSIP/2.0 200 OKOPTIONS sip:x SIP/2.0\r\n\r\n"
		s "SIP/2.0 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
	`}, "sip", `{"method":"REGISTER","methods":["REGISTER","OPTIONS"],"from_host":"r.example","to_host":"2001:db8::1","status":401,"requests":2,"responses":1}`},
	{conversation{name: "a search", proto: SSDP, udp: true, text: `
		c "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\nUSER-AGENT: os/1 UPnP/2.0 x/1\r\n\r\n"
	`}, "ssdp", `{"method":"M-SEARCH","target":"ssdp:all","user_agent":"os/1 UPnP/2.0 x/1","messages":1}`},
	{conversation{name: "an announcement", proto: SSDP, udp: true, text: `
		c "NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER: Linux UPnP/1.0\r\nLOCATION: http://192.0.2.9:80/desc.xml\r\n\r\n"
	`}, "ssdp", `{"method":"NOTIFY","target":"upnp:rootdevice","kind":"ssdp:alive","server":"Linux UPnP/1.0","location_host":"192.0.2.9","messages":1}`},
	{conversation{name: "an answer", proto: SSDP, udp: true, text: `
		s "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\nLocation: http://192.0.2.9/\r\n\r\n"
	`}, "ssdp", `{"target":"upnp:rootdevice","location_host":"192.0.2.9","messages":1}`},
	{conversation{name: "RESP 2", proto: Redis, text: `
		c "*3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$6\r\nsecret\r\n*2\r\n$4\r\nauth\r\n$6\r\nsecret\r\n"
		s "+OK\r\n-WRONGPASS no\r\n"
		c "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$3\r\nweb\r\n"
		s "+OK\r\n+OK\r\n"
		c "*3\r\n$3\r\nset\r\n$6\r\nsecret\r\n$12\r\nsec\r\nret\r\nxx\r\n*1\r\n$4\r\nINFO\r\n"
		s "+OK\r\n$37\r\n# Server\r\nredis_version:7.2.4\r\nx:y\r\n\r\n"
	`}, "redis", `{"commands":["AUTH","SELECT","CLIENT","SET","INFO"],"user":"alice","client":"web","database":"3","version":"7.2.4","errors":1}`},
	{conversation{name: "RESP 3", proto: Redis, text: `
		c "*7\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$6\r\nsecret\r\n$7\r\nSETNAME\r\n$3\r\napp\r\n"
		s "%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n8.0.1\r\n"
	`}, "redis", `{"commands":["HELLO"],"user":"alice","client":"app","version":"8.0.1"}`},
	{conversation{name: "typed by hand", proto: Redis, text: `
		c "AUTH secret\r\n"
		s "+OK\r\n"
		c "PING\r\n"
		s "+PONG\r\n"
	`}, "redis", `{"commands":["AUTH","PING"]}`},
	{conversation{name: "a publisher", proto: NATS, text: `
		s "INFO {\"server_id\":\"NAX\",\"server_name\":\"n1\",\"version\":\"2.11.0\",\"auth_required\":true,\"nonce\":\"secret\"} \r\n"
		c "CONNECT {\"verbose\":false,\"name\":\"app\",\"lang\":\"go\",\"version\":\"1.47.0\",\"user\":\"alice\",\"pass\":\"secret\",\"auth_token\":\"secret\"}\r\nPING\r\n"
		s "PONG\r\n-ERR 'Permissions Violation'\r\n"
		c "PUB secret 6\r\nsecret\r\n"
	`}, "nats", `{"server":"n1","server_version":"2.11.0","client":"app","language":"go","client_version":"1.47.0","user":"alice","auth_required":true}`},
	{conversation{name: "over TLS", proto: TLS, text: `
		s "INFO {\"server_id\":\"NAX\",\"version\":\"2.11.0\",\"tls_required\":true}\r\n"
		c ` + helloBytes + `
	`}, "nats", `{"server":"NAX","server_version":"2.11.0","tls":true}`},
	{conversation{name: "text", proto: Memcached, text: `
		c "version\r\n"
		s "VERSION 1.6.39\r\n"
		c "set secret 0 60 10\r\nget a\r\nbcd\r\nget secret\r\n"
		s "STORED\r\nVALUE secret 0 10\r\nVERSION 9\r\n\r\nEND\r\n"
	`}, "memcached", `{"commands":["version","set","get"],"version":"1.6.39"}`},
	{conversation{name: "binary", proto: Memcached, text: `
		c 80 0b 0000 00 00 0000 00000000 00000001 0000000000000000
		s 81 0b 0000 00 00 0000 00000006 00000001 0000000000000000 "1.6.39"
		c 80 00 0006 00 00 0000 00000006 00000002 0000000000000000 "secret"
	`}, "memcached", `{"commands":["version","get"],"version":"1.6.39","binary":true}`},
	{conversation{name: "statistics over UDP", proto: Memcached, udp: true, text: `
		c 0001 0000 0001 0000 "stats\r\n"
		s 0001 0000 0001 0000 "STAT pid 1\r\nEND\r\n"
	`}, "memcached", `{"commands":["stats"]}`},
	{conversation{name: "RFC 3164", proto: Syslog, udp: true, text: `
		c "<34>Oct 11 22:14:15 mymachine su[12]: secret"
		c "<35>Oct 11 22:14:16 mymachine su: secret"
	`}, "syslog", `{"format":"rfc3164","facility":"auth","severity":"err","host":"mymachine","app":"su","messages":2}`},
	{conversation{name: "RFC 5424 over TCP", proto: Syslog, text: `
		c "<165>1 2003-10-11T22:14:15.003Z host.example evntslog - ID47 - secret\n"
	`}, "syslog", `{"format":"rfc5424","facility":"local4","severity":"notice","host":"host.example","app":"evntslog","messages":1}`},
	{conversation{name: "with its length before it", proto: Syslog, text: `
		c "60 <165>1 2003-10-11T22:14:15.003Z - - - ID47 - secret\nand more"
	`}, "syslog", `{"format":"rfc5424","facility":"local4","severity":"notice","messages":1}`},
}

func init() {
	for _, row := range textTalks {
		if row.c.proto != TLS {
			register(row.c)
		}
	}
}

func TestText(t *testing.T) {
	for _, row := range textTalks {
		t.Run(row.c.proto.String()+"/"+row.c.name, func(t *testing.T) {
			out := play(t, row.c)
			if got := asJSON(out.App.Find(row.key)); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if s := asJSON(out); strings.Contains(s, "secret") {
				t.Errorf("got a secret in %s", s)
			}
		})
	}
}

func fuzzText(f *testing.F, s signature) {
	var talks []conversation
	for _, row := range textTalks {
		if !row.c.udp {
			talks = append(talks, row.c)
		}
	}
	fuzzTalks(f, s.new, s.proto, talks...)
}

func FuzzTelnet(f *testing.F)    { fuzzText(f, telnetSignature) }
func FuzzSIP(f *testing.F)       { fuzzText(f, sipSignature) }
func FuzzRedis(f *testing.F)     { fuzzText(f, redisSignature) }
func FuzzNATS(f *testing.F)      { fuzzText(f, natsSignature) }
func FuzzMemcached(f *testing.F) { fuzzText(f, memcachedSignature) }
func FuzzSyslog(f *testing.F)    { fuzzText(f, syslogSignature) }

// FuzzTextDatagram has all decoders of datagrams read what comes.
func FuzzTextDatagram(f *testing.F) {
	for _, row := range textTalks {
		if !row.c.udp {
			continue
		}
		all, err := row.c.lines()
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range all {
			f.Add(s.b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range []signature{sipSignature, ssdpSignature, memcachedSignature, syslogSignature} {
			i := &Inspector{stage: reading, dec: s.new()}
			i.c.i = i
			before := string(b)
			s.packet(&sample{head: [2][]byte{b}, wire: len(b)})
			i.dec.(datagramDecoder).datagram(&i.c, ToServer, b, len(b))
			for _, d := range i.details {
				if len(asJSON(d)) > 16<<10 {
					t.Fatalf("%v: got a detail of %d bytes", s.proto, len(asJSON(d)))
				}
			}
			if string(b) != before {
				t.Fatalf("%v: wrote to what it was lent", s.proto)
			}
		}
	})
}

// FuzzTextSignatures has all signatures judge the heads of a connection, and each
// of its directions as a datagram.
func FuzzTextSignatures(f *testing.F) {
	for _, c := range registered {
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		var b [2][]byte
		for _, s := range all {
			b[s.dir] = append(b[s.dir], s.b...)
		}
		f.Add(b[0], b[1], uint16(1000))
		f.Add(b[0], b[1], uint16(3))
	}
	f.Fuzz(func(t *testing.T, client, server []byte, cut uint16) {
		heads := [2][]byte{client[:min(len(client), int(cut))], server[:min(len(server), int(cut))]}
		for _, sig := range append(webSignatures[:len(webSignatures):len(webSignatures)], textSignatures...) {
			for _, begun := range []bool{true, false} {
				s := sample{head: heads, begun: begun, ports: [2]uint16{40000, sig.home()}}
				if sig.stream != nil {
					sig.stream(&s)
				}
				if sig.packet != nil {
					s.head[0] = nil
					sig.packet(&s)
				}
			}
		}
	})
}

func (s *signature) home() uint16 {
	if len(s.ports) == 0 {
		return 0
	}
	return s.ports[0]
}
