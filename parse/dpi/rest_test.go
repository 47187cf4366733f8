package dpi

import "testing"

// Of a flow with one question and its answer the Inspector is not needed, until
// something else is asked: from then on it stays.
func TestRest(t *testing.T) {
	i, packets := newDNSFlow(nil), dnsExchange()
	i.Datagram(&packets[0], ToServer)
	if i.Rest() != nil {
		t.Error("a flow rests whose question was not answered")
	}
	i.Datagram(&packets[1], ToClient)
	app := i.Rest()
	if app == nil || app != i.App() || app.Protocol != DNS || app.Confidence != Exact {
		t.Fatalf("after the answer: got %+v, want an App of DNS", app)
	}
	pool := i.pool
	from, to := i.c.ends[0], i.c.ends[1]
	pool.Put(i)
	i = pool.Get(from, to, nil)
	if i.Wake(app); i.App() != app {
		t.Error("an Inspector that goes on has another App before it was shown anything")
	}
	before := asJSON(app)
	playExchange(i, &packets)
	if d := i.App().Find("dns").(*DNSDetail); d.Queries != 2 || d.Responses != 2 {
		t.Errorf("after another exchange: got %s", asJSON(d))
	}
	if i.Rest() != nil {
		t.Error("a flow rests that asks again and again")
	}
	if now := asJSON(app); now != before {
		t.Errorf("an App that was handed out changed:\n got %s\nwant %s", now, before)
	}
}
