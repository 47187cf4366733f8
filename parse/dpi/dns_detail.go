package dpi

// DNSDetail is what a flow of DNS, mDNS or LLMNR said: how many messages passed,
// and the last exchange. On a multicast group the answers come in other flows.
type DNSDetail struct {
	Queries     int `json:"queries"`               // each once: repeated ones are in Repeated
	Responses   int `json:"responses"`             //
	Repeated    int `json:"repeated,omitempty"`    // queries sent again before an answer came
	Failures    int `json:"failures,omitempty"`    // responses with another code than NOERROR
	Unanswered  int `json:"unanswered,omitempty"`  // queries that were given up
	Unsolicited int `json:"unsolicited,omitempty"` // responses to no query that was seen

	DNSMessage

	// What mDNS asked for and told of, each once, bounded: host names, and services
	// as "_ipp._tcp.local".
	Hosts    []string `json:"hosts,omitempty"`
	Services []string `json:"services,omitempty"`

	waiting    bool   // the last message was a query
	typ, class uint16 // of the query that was answered last
}

// DNSMessage is one query with its response.
type DNSMessage struct {
	// Outcome is only in events: "answered", "unanswered" (given up after a time,
	// or at the end of the flow), "unsolicited" (a response to no query that was
	// seen). Of mDNS and LLMNR, where query and response are in different flows, it is
	// "asked" and "announced".
	Outcome string `json:"outcome,omitempty"`
	// Kind is only in events, too: "mdns" or "llmnr"; "" is DNS.
	Kind string `json:"kind,omitempty"`

	ID        uint16   `json:"id"`
	Opcode    string   `json:"opcode,omitempty"`    // but for the ordinary query
	Question  string   `json:"question,omitempty"`  // as it was written, without the final dot; the first of several
	Type      string   `json:"type,omitempty"`      // of the question
	Class     string   `json:"class,omitempty"`     // but for IN
	Questions []string `json:"questions,omitempty"` // the names of all, where a query has several; bounded

	RCode      string      `json:"rcode,omitempty"` // "" until the response is there
	Flags      []string    `json:"flags,omitempty"` // aa tc rd ra ad cd, of the response as soon as it is there
	Answers    []DNSRecord `json:"answers,omitempty"`
	LeftOut    int         `json:"answers_left_out,omitempty"` // beyond those in Answers
	NoData     bool        `json:"no_data,omitempty"`          // the name exists, with no record of the type: RFC 2308 §2.2
	ResponseMS float64     `json:"response_ms,omitempty"`      // from query to response

	UDPSize  int  `json:"udp_size,omitempty"`  // EDNS: what the sender takes in one datagram
	DNSSECOK bool `json:"dnssec_ok,omitempty"` // EDNS: signatures are wanted

	proto Protocol
}

// DNSRecord is a record of the answer section; of mDNS of the additional one,
// too; of an update the change.
type DNSRecord struct {
	Name string `json:"name,omitempty"` // its owner, where it is not the question's name
	Type string `json:"type"`
	TTL  uint32 `json:"ttl"`  // seconds
	Data string `json:"data"` // as zone files have it, cut where it is long
}

// Protocol returns DNS, MDNS or LLMNR.
func (d *DNSMessage) Protocol() Protocol { return d.proto }

// Key returns "dns": what is said is the same for mDNS and LLMNR.
func (d *DNSMessage) Key() string { return "dns" }

// Subject returns the question's name.
func (d *DNSMessage) Subject() string { return d.Question }

func (d *DNSMessage) clone() Detail {
	c := *d
	return &c
}

// Subject returns the question's name; where nothing was asked, as in what mDNS
// announces, the first host's.
func (d *DNSDetail) Subject() string {
	if d.Question == "" && len(d.Hosts) > 0 {
		return d.Hosts[0]
	}
	return d.Question
}

func (d *DNSDetail) clone() Detail {
	c := *d
	return &c
}

// State tells which way the last message went.
func (d *DNSDetail) State() string {
	kind := "DNS"
	switch d.proto {
	case MDNS:
		kind = "MDNS"
	case LLMNR:
		kind = "LLMNR"
	}
	if d.waiting {
		return kind + "_QUERY"
	}
	return kind + "_RESPONSE"
}
