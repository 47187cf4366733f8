package dpi

import (
	"bytes"
	"testing"
)

// The client's hello of RFC 9001, section A.2, and RFC 9369, section A.2, in its
// CRYPTO frame.
const quicHelloFrame = `
	060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
	04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578
	616d706c652e636f6dff01000100000a00080006001d00170018001000070005
	04616c706e000500050100000000003300260024001d00209370b2c9caa47fba
	baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400
	0d0010000e0403050306030203080408050806002d00020101001c0002400100
	3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
	75300901100f088394c8f03e51570806048000ffff`

// The server's acknowledgement and hello: section A.3 of both.
const quicServerFrames = `
	02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739
	88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94
	0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00
	020304`

// quicVectors are the packets of RFC 9001, appendix A, and RFC 9369, appendix A.
// Of the client's, which has 1200 bytes, here are the beginning and the end, which
// has the tag over all of it.
var quicVectors = []struct {
	name         string
	version      uint32
	begins, ends string
	server       string
	retry        string
}{
	{
		name: "RFC 9001", version: 1,
		begins: "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
		ends:   "7e78bfe706ca4cf5e9c5453e9f7cfd2b8b4c8d169a44e55c88d4a9a7f9474241 e221af44860018ab0856972e194cd934",
		server: `cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a
			5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3
			dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84
			022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4
			2158407dd074ee`,
		retry: "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
	},
	{
		name: "RFC 9369", version: 0x6b3343cf,
		begins: "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
		ends:   "9a37ddec600545473cfb5a05e08d0b209973b2172b4d21fb69745a262ccde96b a18b2faa745b6fe189cf772a9f84cbfc",
		server: `dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698
			baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17
			f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2
			c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8
			4bed8521e2e140`,
		retry: "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6",
	},
}

func TestQUICVectors(t *testing.T) {
	dcid := hexBytes("8394c8f03e515708")
	for _, v := range quicVectors {
		t.Run(v.name, func(t *testing.T) {
			client := (&quicPacket{
				version: v.version, origin: dcid, dcid: dcid, pn: 2, text: hexBytes(quicHelloFrame), least: 1200,
			}).seal()
			if begins, ends := hexBytes(v.begins), hexBytes(v.ends); len(client) != 1200 ||
				!bytes.HasPrefix(client, begins) || !bytes.HasSuffix(client, ends) {
				t.Errorf("sealed client Initial: got %x… %d bytes, want %x…%x", client[:32], len(client), begins, ends)
			}
			server := (&quicPacket{
				version: v.version, origin: dcid, from: ToClient, scid: hexBytes("f067a5502a4262b5"), pn: 1, pnLen: 2,
				text: hexBytes(quicServerFrames),
			}).seal()
			if want := hexBytes(v.server); !bytes.Equal(server, want) {
				t.Errorf("sealed server Initial: got %x, want %x", server, want)
			}

			p := newQUICPlay()
			p.send(ToServer, client)
			p.send(ToClient, hexBytes(v.server))
			tls := p.q.hello.d
			if tls == nil || tls.SNI != "example.com" || tls.Cipher != "TLS_AES_128_GCM_SHA256" || tls.Group != "x25519" {
				t.Fatalf("handshake: got %+v, want SNI example.com, TLS_AES_128_GCM_SHA256, x25519", tls)
			}
			if d := p.q.d; d.IdleTimeoutMS != 30000 || d.DCID != "8394c8f03e515708" || d.Server != "f067a5502a4262b5" {
				t.Errorf("detail: got %+v", d)
			}

			retry := hexBytes(v.retry)
			key := quicVersionOf(v.version).retry
			if !key.valid(retry, dcid) {
				t.Error("Retry: its tag was not accepted")
			}
			retry[20] ^= 1
			if key.valid(retry, dcid) {
				t.Error("Retry: a wrong tag was accepted")
			}
		})
	}
}

func TestQUICNumber(t *testing.T) {
	for _, v := range []struct {
		name         string
		largest, cut uint64
		size         int
		want         uint64
	}{
		{"RFC 9000 A.3", 0xa82f30ea, 0x9b32, 2, 0xa82f9b32},
		{"first", 0, 0, 1, 0},
		{"next", 0, 1, 1, 1},
		{"far ahead of the first", 0, 0xff, 1, 0xff},
		{"wraps upwards", 0xff, 0x01, 1, 0x101},
		{"late", 0x101, 0xfe, 1, 0xfe},
		{"four bytes", 0x1_0000_0000, 5, 4, 0x1_0000_0005},
	} {
		if got := quicNumber(v.largest, v.cut, v.size); got != v.want {
			t.Errorf("%s: got %#x, want %#x", v.name, got, v.want)
		}
	}
}
