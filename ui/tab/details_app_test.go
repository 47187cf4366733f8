package tab

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sockeye/parse/dpi"
)

// allDetails has one of each kind that a flow can have.
var allDetails = []dpi.Detail{
	&dpi.AMQPDetail{}, &dpi.BitTorrentDetail{}, &dpi.DHCPDetail{}, &dpi.DHCPv6Detail{}, &dpi.DNSDetail{}, &dpi.FTPDetail{},
	&dpi.GRPCDetail{}, &dpi.HTTPDetail{}, &dpi.IKEDetail{}, &dpi.IMAPDetail{}, &dpi.KafkaDetail{}, &dpi.KerberosDetail{},
	&dpi.LDAPDetail{}, &dpi.MQTTDetail{}, &dpi.MemcachedDetail{}, &dpi.MongoDBDetail{}, &dpi.MySQLDetail{}, &dpi.NATSDetail{},
	&dpi.NTPDetail{}, &dpi.NetBIOSDatagramDetail{}, &dpi.NetBIOSDetail{}, &dpi.OpenVPNDetail{}, &dpi.POP3Detail{},
	&dpi.PostgreSQLDetail{}, &dpi.QUICDetail{}, &dpi.RADIUSDetail{}, &dpi.RDPDetail{}, &dpi.RTCPDetail{}, &dpi.RTPDetail{},
	&dpi.RedisDetail{}, &dpi.SIPDetail{}, &dpi.SMBDetail{}, &dpi.SMTPDetail{}, &dpi.SNMPDetail{}, &dpi.SOCKSDetail{},
	&dpi.SSDPDetail{}, &dpi.SSHDetail{}, &dpi.STUNDetail{}, &dpi.SyslogDetail{}, &dpi.TLSDetail{}, &dpi.TelnetDetail{},
	&dpi.WebSocketDetail{}, &dpi.WireGuardDetail{},
}

// filler gives every field of a value something of its own.
type filler struct {
	n    int
	want []string // texts that are to be seen
}

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			f.fill(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			at := time.Date(2026, 1, 2, 3, 4, 5, f.n, time.UTC)
			v.Set(reflect.ValueOf(at))
			f.want = append(f.want, at.Format(time.RFC3339Nano))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i))
			}
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("text<%d>", f.n))
		f.want = append(f.want, v.String())
	case reflect.Bool:
		v.SetBool(true)
	default:
		if v.CanInt() {
			v.SetInt(int64(f.n%100 + 20))
		} else if v.CanUint() {
			v.SetUint(uint64(f.n%100 + 20))
		} else {
			v.SetFloat(float64(f.n) + 0.25)
		}
		f.want = append(f.want, fmt.Sprint(v.Interface()))
	}
}

// TestAppFieldsAreAllShown fills every field of every detail, and finds each of them.
func TestAppFieldsAreAllShown(t *testing.T) {
	for _, d := range allDetails {
		name := reflect.TypeOf(d).Elem().Name()
		var f filler
		f.fill(reflect.ValueOf(d).Elem())
		var labels, values []string
		for _, fact := range detailFacts(d) {
			labels, values = append(labels, fact.Label), append(values, fact.Value)
		}
		text := strings.Join(values, "\n")
		for _, want := range f.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: got no %q in\n%s", name, want, text)
			}
		}
		encoded, err := json.Marshal(d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var fields map[string]any
		if err := json.Unmarshal(encoded, &fields); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for field := range fields {
			label := strings.ReplaceAll(field, "_", " ")
			found := false
			for _, l := range labels {
				found = found || l == label || strings.HasPrefix(l, label+" ")
			}
			if !found {
				t.Errorf("%s: got no %q among %q", name, label, labels)
			}
		}
	}
}

// TestAppFieldsInWords shows how values of each kind are worded.
func TestAppFieldsInWords(t *testing.T) {
	d := &dpi.DNSDetail{Queries: 2}
	d.Question, d.NoData = "<b>.example", true
	d.Answers = []dpi.DNSRecord{{Type: "A", TTL: 60, Data: "192.0.2.1"}, {Type: "AAAA", TTL: 60, Data: "2001:db8::1"}}
	var got []string
	for _, f := range detailFacts(d) {
		got = append(got, f.Label+" = "+f.Value)
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"queries = 2", "question = <b>.example", "answers = type A, ttl 60, data 192.0.2.1", "answers = type AAAA, ttl 60, data 2001:db8::1", "no data = yes",
	} {
		if !strings.Contains(text+"\n", want+"\n") {
			t.Errorf("got no %q in\n%s", want, text)
		}
	}
}

// TestAppCardsAreKept words an application once, and another one anew.
func TestAppCardsAreKept(t *testing.T) {
	var c appCards
	a, b := detailRow().App, &dpi.App{Protocol: dpi.TLS, Confidence: dpi.Heuristic, Details: []dpi.Detail{&dpi.WireGuardDetail{}}}
	first := c.of(a)
	if again := c.of(a); &again[0] != &first[0] {
		t.Error("got the same application worded twice")
	}
	cards := c.of(b)
	if cards[0].Facts[1].Value != "its bytes look like it" {
		t.Errorf("got %+v of another application", cards[0])
	}
	if none := c.of(nil); len(none) != 1 || none[0].Facts[0].Value != "not recognised" {
		t.Errorf("got %+v of none", none)
	}
}
