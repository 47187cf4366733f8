package export

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit"
	"sockeye/parse/dpi"
	"sockeye/track"
)

// reference writes a value as encoding/json does.
func reference(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func checkLine(t *testing.T, what string, e *Encoder, r *Record) {
	t.Helper()
	got, err := e.Line(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reference(t, r), string(got)); diff != "" {
		t.Errorf("%s: encoding/json (-) got (+):\n%s", what, diff)
	}
}

// randomValue fills v with what a record may hold and with what is hard to
// write.
func randomValue(rnd *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rnd.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rnd.Uint64()) >> rnd.IntN(64))
	case reflect.Uint16, reflect.Uint64:
		v.SetUint(rnd.Uint64() >> rnd.IntN(64) & (1<<v.Type().Bits() - 1))
	case reflect.Float64:
		v.SetFloat(randomFloat(rnd))
	case reflect.String:
		texts := []string{"", "tcp", "192.0.2.1:443", "a\"b", `\`, "\x00\x1f\n", "<&>", "\x7f", "…", "\xff", "\u2028", "日本"}
		v.SetString(texts[rnd.IntN(len(texts))])
	case reflect.Slice:
		if n := rnd.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n))
		}
		for i := range v.Len() {
			randomValue(rnd, v.Index(i))
		}
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*dpi.App]() || rnd.IntN(2) == 0 {
			return // what writes itself is encoding/json's own work
		}
		v.Set(reflect.New(v.Type().Elem()))
		randomValue(rnd, v.Elem())
	case reflect.Struct:
		for f, field := range v.Fields() {
			if f.IsExported() {
				randomValue(rnd, field)
			}
		}
	}
}

func randomFloat(rnd *rand.Rand) float64 {
	switch rnd.IntN(6) {
	case 0:
		return 0
	case 1:
		return math.Copysign(0, -1)
	case 2:
		return float64(rnd.Uint64() >> rnd.IntN(64))
	case 3:
		for {
			if v := math.Float64frombits(rnd.Uint64()); !math.IsNaN(v) && !math.IsInf(v, 0) {
				return v
			}
		}
	default:
		return rounded(rnd.Float64() * math.Pow10(rnd.IntN(18)-4))
	}
}

// TestLineRandom checks lines against those of encoding/json.
func TestLineRandom(t *testing.T) {
	e := NewEncoder()
	for seed := range uint64(500) {
		var r Record
		randomValue(rand.New(rand.NewPCG(seed, 0)), reflect.ValueOf(&r).Elem())
		checkLine(t, "random record", e, &r)
	}
	s, c := fixture()
	b := Builder{Names: testNames}
	checkLine(t, "fixture", e, b.Build(s, c, true))
	checkLine(t, "zero record", e, &Record{})
}

// FuzzLine checks single values against encoding/json.
func FuzzLine(f *testing.F) {
	f.Add(0.3, int64(1_700_000_000_000_000_001), "a \"name\"")
	f.Add(999_999_999_999.999, int64(math.MinInt64), "\u2029\xc3")
	f.Add(1e12, int64(-1), "ä")
	f.Add(5e-324, int64(math.MaxInt64), "\x1b")
	f.Add(0.0005, int64(0), "")
	f.Fuzz(func(t *testing.T, v float64, at int64, text string) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Skip("encoding/json has no text for it")
		}
		checkLine(t, "record", NewEncoder(), &Record{
			Head:   Head{Interval: v, Time: Time(at), Source: Source{File: text}},
			Totals: Totals{Rates: Rates{Rate2: rounded(v), Rate10: -v, Rate40: math.Round(v)}},
		})
	})
}

// TestLineNotANumber checks that what JSON has no word for is an error, and that
// the next record is written.
func TestLineNotANumber(t *testing.T) {
	e := NewEncoder()
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if line, err := e.Line(&Record{Head: Head{Interval: v}}); err == nil || !strings.HasPrefix(err.Error(), "encode record: ") {
			t.Errorf("%v: got %q, %v, want an error", v, line, err)
		}
	}
	checkLine(t, "record after a failure", e, &Record{})
}

// TestShapeUnknown checks that the schema cannot grow past what is written.
func TestShapeUnknown(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[map[string]int](),
		reflect.TypeFor[*chan int](),
		reflect.TypeFor[[]any](),
		reflect.TypeFor[struct{ NoName int }](),
		reflect.TypeFor[struct {
			N int `json:"n,omitzero"`
		}](),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: got a shape, want a panic", typ)
				}
			}()
			shapeOf(typ)
		}()
	}
}

func TestTime(t *testing.T) {
	for at, want := range map[Time]string{
		0:               "1970-01-01T00:00:00.000000000Z",
		Time(begin + 1): "2023-11-14T22:13:20.000000001Z",
		-1:              "1969-12-31T23:59:59.999999999Z",
		math.MaxInt64:   "2262-04-11T23:47:16.854775807Z",
		math.MinInt64:   "1677-09-21T00:12:43.145224192Z",
	} {
		text, _ := at.MarshalText()
		var back Time
		if err := back.UnmarshalText(text); err != nil || string(text) != want || back != at {
			t.Errorf("%d: got %s, and back %d, %v, want %s", at, text, back, err, want)
		}
	}
	if err := new(Time).UnmarshalText([]byte("yesterday")); err == nil {
		t.Error("yesterday: got no error")
	}
}

// TestRecordAllocs checks that records of the same flows need no memory.
func TestRecordAllocs(t *testing.T) {
	s, c := many(1000)
	s.Flows[1].Ifaces, s.Flows[2].Iface = 0b11, 7
	c.Interfaces = c.Interfaces[:1] // an error has a text of its own
	for i := range s.Flows {
		s.Flows[i].Error = track.Report{} // as have these
	}
	b, e := Builder{Names: testNames}, NewEncoder()
	work := func() {
		if _, err := e.Line(b.Build(s, c, false)); err != nil {
			t.Error(err)
		}
	}
	work()
	testkit.ZeroAllocs(t, "record", work)
}

// perFlow reports the time of a benchmark whose loop is over n flows.
func perFlow(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/flow")
}

// BenchmarkBuild is the record of one interval of --json with the default --top:
// with the flows of the interval before, and with others.
func BenchmarkBuild(b *testing.B) {
	for name, fresh := range map[string]uint64{"same": 0, "fresh": 1} {
		b.Run(name, func(b *testing.B) {
			s, c := many(1000)
			builder := Builder{Names: testNames}
			b.ReportAllocs()
			for b.Loop() {
				builder.Build(s, c, false)
				for i := range s.Flows {
					s.Flows[i].ID += fresh * 1000
				}
			}
			perFlow(b, len(s.Flows))
		})
	}
}

// BenchmarkEncode is the line of that record.
func BenchmarkEncode(b *testing.B) {
	s, c := many(1000)
	builder, enc := Builder{Names: testNames}, NewEncoder()
	r := builder.Build(s, c, false)
	b.Run("line", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			line, err := enc.Line(r)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(line)))
		}
		perFlow(b, len(r.Flows))
	})
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		var out bytes.Buffer
		plain := json.NewEncoder(&out)
		for b.Loop() {
			out.Reset()
			if err := plain.Encode(r); err != nil {
				b.Fatal(err)
			}
		}
		perFlow(b, len(r.Flows))
	})
}
