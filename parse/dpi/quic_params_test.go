package dpi

import "testing"

func TestQUICParams(t *testing.T) {
	for _, v := range []struct {
		name, hex string
		fixed     bool
		want      QUICDetail
	}{
		{
			name: "RFC 9000", hex: "01 04 80007530  03 02 45ac  04 04 80f00000  0e 01 04  7129 03 612f31",
			want: QUICDetail{IdleTimeoutMS: 30000, MaxUDPPayload: 1452, MaxData: 15728640, ActiveIDs: 4, UserAgent: "a/1"},
		},
		{name: "a reserved one, and one twice", hex: "1b 02 ffff  01 01 05  01 02 4100", want: QUICDetail{IdleTimeoutMS: 256}},
		{name: "draft 23", fixed: true, hex: "000e 0001 0004 80007530 0004 0002 4400", want: QUICDetail{IdleTimeoutMS: 30000, MaxData: 1024}},
		{name: "cut", hex: "01 01 05  04 04 80f0", want: QUICDetail{IdleTimeoutMS: 5}},
		{name: "length beyond the end", hex: "01 ffffffffffffffff 05", want: QUICDetail{}},
		{name: "no value", hex: "01 00", want: QUICDetail{}},
		{name: "nothing", want: QUICDetail{}},
	} {
		q := quicFlow{d: &QUICDetail{}}
		q.params(hexBytes(v.hex), v.fixed)
		got := *q.d
		if got.IdleTimeoutMS != v.want.IdleTimeoutMS || got.MaxUDPPayload != v.want.MaxUDPPayload || got.MaxData != v.want.MaxData ||
			got.ActiveIDs != v.want.ActiveIDs || got.UserAgent != v.want.UserAgent {
			t.Errorf("%s: got %+v, want %+v", v.name, got, v.want)
		}
	}
	if d := (&QUICDetail{IdleTimeoutMS: 1<<62 - 1}); d.IdleLimit() != 0 {
		t.Errorf("a limit beyond all bounds: got %v, want none", d.IdleLimit())
	}
}
