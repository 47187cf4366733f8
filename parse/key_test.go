package parse

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"testing"
	"unsafe"

	"sockeye/internal/testkit"
)

func TestKeySize(t *testing.T) {
	if n := unsafe.Sizeof(Key{}); n != 40 {
		t.Errorf("got %d bytes, want 40", n)
	}
}

func TestKeyOf(t *testing.T) {
	tests := []struct {
		src, dst string
		a, b     string
		swapped  bool
		family   Family
	}{
		{"10.0.0.1:9", "10.0.0.2:1", "10.0.0.1:9", "10.0.0.2:1", false, FamilyIPv4},
		{"10.0.0.2:1", "10.0.0.1:9", "10.0.0.1:9", "10.0.0.2:1", true, FamilyIPv4},
		{"127.0.0.1:9", "127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:9", true, FamilyIPv4},
		{"[2001:db8::2]:1", "[2001:db8::1]:2", "[2001:db8::1]:2", "[2001:db8::2]:1", true, FamilyIPv6},
		{"[fe80::1%eth0]:1", "[fe80::1]:2", "[fe80::1]:1", "[fe80::1]:2", false, FamilyIPv6},
		{"[::1]:2", "[::1]:1", "[::1]:1", "[::1]:2", true, FamilyIPv6},
		{"1.2.3.4:5", "[2001:db8::1]:6", "[::ffff:1.2.3.4]:5", "[2001:db8::1]:6", false, FamilyIPv6},
	}
	for _, tt := range tests {
		src, dst := netip.MustParseAddrPort(tt.src), netip.MustParseAddrPort(tt.dst)
		k, swapped := KeyOf(src, dst, ProtoTCP)
		if k.A().String() != tt.a || k.B().String() != tt.b || swapped != tt.swapped || k.Family != tt.family {
			t.Errorf("%s > %s: got %v and %v, swapped %v, family %d, want %s and %s, swapped %v, family %d",
				tt.src, tt.dst, k.A(), k.B(), swapped, k.Family, tt.a, tt.b, tt.swapped, tt.family)
		}
		if got, want := k.Src(swapped).Port(), src.Port(); got != want {
			t.Errorf("%s > %s: got source port %d, want %d", tt.src, tt.dst, got, want)
		}
		if got, want := k.Dst(swapped).Port(), dst.Port(); got != want {
			t.Errorf("%s > %s: got destination port %d, want %d", tt.src, tt.dst, got, want)
		}
		back, swappedBack := KeyOf(dst, src, ProtoTCP)
		if back != k || swappedBack == swapped {
			t.Errorf("%s < %s: got %+v, swapped %v, want the key of the other way", tt.src, tt.dst, back, swappedBack)
		}
		testkit.ZeroAllocs(t, "KeyOf and its addresses", func() {
			k, s := KeyOf(src, dst, ProtoTCP)
			sink = k.Src(s).Addr().Is4() || k.Dst(s).Addr().Is4()
		})
	}
	if k, _ := KeyOf(netip.AddrPort{}, netip.MustParseAddrPort("1.2.3.4:5"), ProtoTCP); k.Family != FamilyNone {
		t.Errorf("no source: got family %d, want none", k.Family)
	}
}

var sink bool

// KeyOf and Decode must agree, since a key from a socket table is looked up
// among keys from packets.
func TestKeyOfIsDecodes(t *testing.T) {
	for _, s := range tunnelSamples {
		p := Packet{Data: s.frame, WireLen: uint32(len(s.frame)), Link: LinkEthernet, Decap: true}
		p.Decode()
		if p.Family != FamilyIPv4 && p.Family != FamilyIPv6 {
			continue
		}
		k, swapped := KeyOf(p.Key.Src(p.Swapped), p.Key.Dst(p.Swapped), p.Proto)
		if k != p.Key || swapped != p.Swapped {
			t.Errorf("%s: got %+v, swapped %v, want %+v, swapped %v", s.name, k, swapped, p.Key, p.Swapped)
		}
	}
}

func TestKeyMAC(t *testing.T) {
	k := Key{Family: FamilyLink, ALo: 0x020000000001, BLo: 0xffffffffffff}
	if got, want := k.MACA(), [6]byte{2, 0, 0, 0, 0, 1}; got != want {
		t.Errorf("got %x, want %x", got, want)
	}
	if got, want := k.MACB(), [6]byte{255, 255, 255, 255, 255, 255}; got != want {
		t.Errorf("got %x, want %x", got, want)
	}
	if k.AddrA().IsValid() || k.AddrB().IsValid() {
		t.Errorf("got addresses %v and %v of a link key, want none", k.AddrA(), k.AddrB())
	}
}

// sequential returns the keys of a scan: n flows to one server from few
// addresses, ports one after the other. They differ in few bits.
func sequential(n int) []Key {
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = Key{
			ALo: 0x0a000001 + uint64(i>>12), BLo: 0xc0000201, APort: uint16(i&0xfff) + 1024, BPort: 443,
			Proto: ProtoTCP, Family: FamilyIPv4,
		}
	}
	return keys
}

// Both ends of the hash are used, the low bits as index and the high ones as
// shard or tag: both must spread keys evenly that differ in a few bits.
func TestHashDistribution(t *testing.T) {
	const n, buckets = 1 << 18, 1 << 12
	keys := sequential(n)
	r := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		seed := Seed{r.Uint64(), r.Uint64()}
		for name, shift := range map[string]int{"low bits": 0, "middle bits": 26, "high bits": 52} {
			var count [buckets]int
			for i := range keys {
				count[keys[i].Hash(seed)>>shift%buckets]++
			}
			chi := 0.0
			for _, c := range count {
				d := float64(c) - n/buckets
				chi += d * d / (n / buckets)
			}
			// Chi squared has mean buckets-1 and deviation sqrt(2*buckets) here.
			if dev := (chi - (buckets - 1)) / math.Sqrt(2*buckets); math.Abs(dev) > 5 {
				t.Errorf("seed %x, %s: chi squared is %.1f deviations off", seed, name, dev)
			}
		}
	}
}

func TestHashAvalanche(t *testing.T) {
	const rounds = 3000
	r := rand.New(rand.NewPCG(1, 2))
	flip := map[string]func(k *Key, bit int){
		"AHi":   func(k *Key, bit int) { k.AHi ^= 1 << bit },
		"ALo":   func(k *Key, bit int) { k.ALo ^= 1 << bit },
		"BHi":   func(k *Key, bit int) { k.BHi ^= 1 << bit },
		"BLo":   func(k *Key, bit int) { k.BLo ^= 1 << bit },
		"APort": func(k *Key, bit int) { k.APort ^= 1 << (bit % 16) },
		"BPort": func(k *Key, bit int) { k.BPort ^= 1 << (bit % 16) },
		"Proto": func(k *Key, bit int) { k.Proto ^= 1 << (bit % 16) },
	}
	for name, f := range flip {
		changed := 0
		var perBit [64]int
		for range rounds {
			seed := Seed{r.Uint64(), r.Uint64()}
			k := Key{ALo: r.Uint64(), BLo: r.Uint64(), AHi: r.Uint64(), BHi: r.Uint64(), APort: uint16(r.Uint32())}
			h := k.Hash(seed)
			f(&k, r.IntN(64))
			d := h ^ k.Hash(seed)
			changed += bits.OnesCount64(d)
			for i := range perBit {
				perBit[i] += int(d >> i & 1)
			}
		}
		if mean := float64(changed) / rounds; mean < 31 || mean > 33 {
			t.Errorf("%s: one bit changes %.2f of 64 bits, want 32", name, mean)
		}
		for i, n := range perBit {
			if share := float64(n) / rounds; share < 0.44 || share > 0.56 {
				t.Errorf("%s: one bit changes bit %d in %.2f of all cases, want 0.5", name, i, share)
			}
		}
	}
}

// A sender who does not know the seed must not find colliding keys: neither
// with a factor that is zero nor with differences that cancel out.
func TestHashCollisions(t *testing.T) {
	seen := map[uint64]Key{}
	add := func(k Key) {
		h := k.Hash(Seed{7, 0xabcdef0123456789})
		if old, ok := seen[h]; ok && old != k {
			t.Errorf("%+v and %+v have the same hash", old, k)
		}
		seen[h] = k
	}
	for i := range uint64(1 << 12) {
		add(Key{ALo: mix0, BLo: i, Family: FamilyIPv6})
		add(Key{BLo: mix1, ALo: i, Family: FamilyIPv6})
		add(Key{BHi: i, APort: uint16(i), Family: FamilyIPv6})
		add(Key{AHi: i, BHi: i, Family: FamilyIPv6})
		add(Key{ALo: i, APort: uint16(i), Family: FamilyIPv4})
		add(Key{ALo: i, APort: uint16(i), Family: FamilyARP})
		add(Key{ALo: i, BLo: i, Proto: uint16(i), Family: FamilyLink})
	}
}

func BenchmarkHash(b *testing.B) {
	keys := sequential(1024)
	b.ReportAllocs()
	b.SetBytes(40)
	var h uint64
	for i := 0; b.Loop(); i++ {
		h ^= keys[i&1023].Hash(Seed{1, 2})
	}
	sink = h == 0
}
