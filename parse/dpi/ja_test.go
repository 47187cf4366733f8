package dpi

import (
	"slices"
	"testing"
)

// TestJA4 holds the example of FoxIO's JA4.md and its clarifications.
func TestJA4(t *testing.T) {
	chrome := []uint16{0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035}
	signatures := extension(extSignatures, vector16(numbers(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))...)
	greased := extension(extSignatures, vector16(numbers(0x4a4a, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))...)
	rest := [][]byte{
		extension(0x001b), sniExtension("a.example"), extension(0x0033), alpnExtension("h2"), extension(0x4469), extension(0x0017),
		extension(0x002d), nil, extension(0x0005), extension(0x0023), extension(0x0012), versionsExtension(0x3a3a, version13, version12),
		extension(0xff01), extension(0x000b), extension(0x000a), extension(0x0015), extension(0xfafa),
	}
	with := func(s []byte) [][]byte { e := slices.Clone(rest); e[7] = s; return e }
	one := []uint16{0x1301}
	tests := []struct {
		name  string
		hello []byte
		over  byte
		want  string
	}{
		{"the example", helloBody(version12, nil, chrome, with(signatures)...), 't', "t13d1516h2_8daaf6152771_e5627efa2ab1"},
		{"GREASE among signatures", helloBody(version12, nil, chrome, with(greased)...), 't', "t13d1516h2_8daaf6152771_e5627efa2ab1"},
		{"over QUIC", helloBody(version12, nil, chrome, with(signatures)...), 'q', "q13d1516h2_8daaf6152771_e5627efa2ab1"},
		{"no signatures", helloBody(version12, nil, chrome, with(extension(extSignatures))...), 't', "t13d1516h2_8daaf6152771_6d807ffa2a79"},
		{"nothing", helloBody(version12, nil, nil), 't', "t12i000000_000000000000_000000000000"},
		{"a name only", helloBody(version11, nil, one, sniExtension("a.example")), 't', "t11d010100_0f2cb44170f4_000000000000"},
		{"SSL 3.0", helloBody(versionSSL3, nil, one), 't', "ts3i010000_0f2cb44170f4_000000000000"},
		{"a draft", helloBody(version12, nil, one, versionsExtension(0x7f1c, version12)), 't', "t00i010100_0f2cb44170f4_"},
		{"DTLS 1.0", helloBody(versionDTLS10, []byte{0}, one), 'd', "dd1i010000_0f2cb44170f4_000000000000"},
		{"DTLS 1.3", helloBody(versionDTLS12, []byte{0}, one, versionsExtension(versionDTLS12, versionDTLS13)), 'd', "dd3i010100_0f2cb44170f4_"},
		{"ALPN of one character", helloBody(version12, nil, one, alpnExtension("x")), 't', "t12i0101xx_0f2cb44170f4_000000000000"},
		{"ALPN http/1.1", helloBody(version12, nil, one, alpnExtension("http/1.1", "h2")), 't', "t12i0101h1_0f2cb44170f4_000000000000"},
		{"ALPN ab", helloBody(version12, nil, one, alpnExtension("\xab")), 't', "t12i0101ab_0f2cb44170f4_000000000000"},
		{"ALPN abcd", helloBody(version12, nil, one, alpnExtension("\xab\xcd")), 't', "t12i0101ad_0f2cb44170f4_000000000000"},
		{"ALPN 30ab", helloBody(version12, nil, one, alpnExtension("\x30\xab")), 't', "t12i01013b_0f2cb44170f4_000000000000"},
		{"ALPN 30abcd31", helloBody(version12, nil, one, alpnExtension("\x30\xab\xcd\x31")), 't', "t12i010101_0f2cb44170f4_000000000000"},
		{"ALPN empty", helloBody(version12, nil, one, alpnExtension("")), 't', "t12i010100_0f2cb44170f4_000000000000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var m clientHello
			m.read(tlsBytes{b: test.hello}, test.over == 'd')
			got := new(shared).ja4(&m, test.over)
			if test.want[len(test.want)-1] == '_' {
				got = got[:len(test.want)]
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func versionsExtension(versions ...uint16) []byte {
	return extension(extVersions, vector8(numbers(versions...))...)
}

func TestJA4ManyCiphers(t *testing.T) {
	ciphers := make([]uint16, 200)
	for i := range ciphers {
		ciphers[i] = uint16(i)
	}
	var m clientHello
	m.read(tlsBytes{b: helloBody(version12, nil, ciphers)}, false)
	if got := new(shared).ja4(&m, 't'); got[4:6] != "99" {
		t.Errorf("got %s, want 99 ciphers", got)
	}
}

// TestJA3 holds the examples of salesforce/ja3.
func TestJA3(t *testing.T) {
	var m clientHello
	m.read(tlsBytes{b: helloBody(version10, nil,
		[]uint16{47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
		sniExtension("a.example"),
		extension(extGroups, vector16(numbers(23, 24, 25))...),
		extension(extPoints, 1, 0))}, false)
	full, sum := new(shared).ja3(&m)
	if want := "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"; full != want {
		t.Errorf("got %s, want %s", full, want)
	}
	if want := "ada70206e40642a3e4461f35503241d5"; sum != want {
		t.Errorf("got %s, want %s", sum, want)
	}
	m = clientHello{}
	m.read(tlsBytes{b: helloBody(version10, nil, []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99})}, false)
	full, sum = new(shared).ja3(&m)
	if want := "769,4-5-10-9-100-98-3-6-19-18-99,,,"; full != want {
		t.Errorf("got %s, want %s", full, want)
	}
	if want := "de350869b8c85de67a350c8d186f11e6"; sum != want {
		t.Errorf("got %s, want %s", sum, want)
	}
}

func TestJA3S(t *testing.T) {
	var m serverHello
	m.read(tlsBytes{b: serverHelloBody(version10, 47, extension(0xff01, 0))})
	if full, sum := new(shared).ja3s(&m); full != "769,47,65281" || len(sum) != 32 {
		t.Errorf("got %s, %s, want 769,47,65281", full, sum)
	}
}
