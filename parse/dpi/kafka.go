package dpi

import "encoding/binary"

// KafkaDetail is what a client of Kafka says of itself, and what it asks for.
// Records are not read.
type KafkaDetail struct {
	Client   string   `json:"client_id,omitempty"`
	Software string   `json:"software,omitempty"` // name and version of the client's library
	Requests []string `json:"requests,omitempty"` // kinds with their versions: "Fetch v12"
	Auth     string   `json:"auth,omitempty"`     // SASL mechanism
}

// Protocol returns Kafka.
func (*KafkaDetail) Protocol() Protocol { return Kafka }

// Key returns "kafka".
func (*KafkaDetail) Key() string { return "kafka" }

// Subject returns the client's identifier.
func (d *KafkaDetail) Subject() string { return d.Client }

func (d *KafkaDetail) clone() Detail {
	c := *d
	return &c
}

var kafkaSignature = signature{
	proto: Kafka, ports: []uint16{9092}, stream: kafkaMatch, new: func() decoder { return &kafkaDecoder{} },
}

var kafkaNames = [...]string{"Produce", "Fetch", "ListOffsets", "Metadata", "LeaderAndIsr", "StopReplica", "UpdateMetadata",
	"ControlledShutdown", "OffsetCommit", "OffsetFetch", "FindCoordinator", "JoinGroup", "Heartbeat", "LeaveGroup",
	"SyncGroup", "DescribeGroups", "ListGroups", "SaslHandshake", "ApiVersions", "CreateTopics", "DeleteTopics",
	"DeleteRecords", "InitProducerId", "OffsetForLeaderEpoch", "AddPartitionsToTxn", "AddOffsetsToTxn", "EndTxn",
	"WriteTxnMarkers", "TxnOffsetCommit", "DescribeAcls", "CreateAcls", "DeleteAcls", "DescribeConfigs", "AlterConfigs",
	"AlterReplicaLogDirs", "DescribeLogDirs", "SaslAuthenticate", "CreatePartitions", "CreateDelegationToken",
	"RenewDelegationToken", "ExpireDelegationToken", "DescribeDelegationToken", "DeleteGroups", "ElectLeaders",
	"IncrementalAlterConfigs", "AlterPartitionReassignments", "ListPartitionReassignments", "OffsetDelete",
	"DescribeClientQuotas", "AlterClientQuotas", "DescribeUserScramCredentials", "AlterUserScramCredentials"}

const (
	kafkaSaslHandshake = 17
	kafkaAPIVersions   = 18

	kafkaHead    = 14 // length, key, version, correlation, length of the client's identifier
	kafkaMax     = 100 << 20
	kafkaEnough  = 64
	kafkaTopAPI  = 92 // keys above are not given out
	kafkaTopVer  = 20
	kafkaMaxName = 249
)

// kafkaMatch checks a request's head. It says likely at most: nothing in it is
// fixed, so the answer with its correlation proves it.
func kafkaMatch(s *sample) match {
	best := no
	for dir, b := range s.head {
		if len(b) == 0 || Dir(dir) == ToClient && s.begun {
			continue
		}
		best = max(best, kafkaRequestMatch(b))
	}
	return best
}

func kafkaRequestMatch(b []byte) match {
	if len(b) < kafkaHead {
		if len(b) >= 8 && (int(binary.BigEndian.Uint16(b[4:])) > kafkaTopAPI || int(binary.BigEndian.Uint16(b[6:])) > kafkaTopVer) ||
			len(b) >= 4 && binary.BigEndian.Uint32(b) > kafkaMax {
			return no
		}
		return more
	}
	size, key, version := int(binary.BigEndian.Uint32(b)), int(binary.BigEndian.Uint16(b[4:])), int(binary.BigEndian.Uint16(b[6:]))
	name := int(int16(binary.BigEndian.Uint16(b[12:])))
	if size < kafkaHead-4 || size > kafkaMax || key > kafkaTopAPI || version > kafkaTopVer || name < -1 || name > kafkaMaxName ||
		kafkaHead+max(name, 0) > size+4 {
		return no
	}
	if name < 1 { // without a name hardly anything was checked
		if size > 4<<10 || key > kafkaAPIVersions || len(b) > size+4 {
			return no
		}
		if len(b) < size+4 {
			return more
		}
		if key == kafkaAPIVersions && size < 64 || kafkaTopic(key, b[kafkaHead:]) {
			return likely
		}
		return no
	}
	if id := b[kafkaHead:min(len(b), kafkaHead+name)]; !printable(id) {
		return no
	} else if len(id) < name {
		return more
	}
	return likely
}

// kafkaFits reports whether a request's key and version are ones that are given out.
func kafkaFits(b []byte) bool {
	return len(b) >= kafkaHead && binary.BigEndian.Uint16(b[4:]) <= kafkaTopAPI && binary.BigEndian.Uint16(b[6:]) <= kafkaTopVer
}

// kafkaTopic reports whether the body of one of the commonest requests, in its
// first versions, has the name of a topic where it belongs.
func kafkaTopic(key int, body []byte) bool {
	if key > 3 {
		return false
	}
	r := cursor{b: body}
	r.skip([4]int{6, 12, 4, 0}[key]) // acks and time-out; replica, wait and least bytes; replica
	count := r.be32()
	name := r.short16()
	return !r.short && count > 0 && count < 1<<10 && len(name) > 0 && len(name) <= kafkaMaxName && printable(name)
}

type kafkaDecoder struct {
	d      KafkaDetail
	shown  bool
	client Dir
	asked  [maxPending]uint32 // correlations of requests without an answer, the oldest overwritten
	count  int
	seen   int
	tokens bool // the client goes on with SASL's tokens
}

func (k *kafkaDecoder) stream(c *conv, dir Dir, b []byte) int {
	if k.count == 0 && kafkaRequestMatch(b) == likely {
		k.client = dir
	}
	if k.count == 0 && dir != k.client {
		return 0 // the request that it answers comes first
	}
	read := 0
	for len(b)-read >= 8 {
		p := b[read:]
		size := 4 + int(binary.BigEndian.Uint32(p))
		if size < 8 || size > kafkaMax+4 {
			k.giveUp(c)
			return read
		}
		if dir != k.client {
			read += size
			k.answer(c, p)
		} else {
			if len(p) < min(size, 1<<10) {
				return read
			}
			// Behind SaslHandshake of version 0 bare tokens follow, with a password in them.
			if k.tokens || kafkaRequestMatch(p) == no && !(k.shown && kafkaFits(p)) {
				k.giveUp(c)
				return read
			}
			read += size
			k.request(c, p[:min(len(p), size)])
		}
		if k.seen++; k.seen > kafkaEnough {
			k.giveUp(c)
			return read
		}
	}
	return read
}

// giveUp ends it: without an answer that fits it was something else.
func (k *kafkaDecoder) giveUp(c *conv) {
	if !k.shown {
		c.wrong()
		return
	}
	c.done()
}

func (k *kafkaDecoder) answer(c *conv, p []byte) {
	id := binary.BigEndian.Uint32(p[4:])
	for _, asked := range k.asked[:min(k.count, maxPending)] {
		if asked != id {
			continue
		}
		if !k.shown {
			k.shown = true
			c.detail(&k.d)
			if k.client == ToClient {
				c.swap()
				k.client = ToServer
			}
		}
		c.confirm()
		return
	}
	if !k.shown {
		c.wrong()
	}
}

func (k *kafkaDecoder) request(c *conv, b []byte) {
	r := cursor{b: b[4:]}
	key, version := int(r.be16()), int(r.be16())
	k.asked[k.count%maxPending] = r.be32()
	k.count++
	changed := false
	rest := r
	if n := r.be16(); n != 0xffff {
		if id := r.take(int(n)); plain(id) {
			changed = setText(&k.d.Client, text(id))
		}
	}
	if key < len(kafkaNames) {
		changed = addOnce(&k.d.Requests, kafkaNames[key]+" v"+itoa(uint32(version))) || changed
	}
	switch {
	case key == kafkaAPIVersions && version >= 3: // "flexible": tags, then compact texts
		r.u8()
		name, number := r.take(int(r.u8())-1), r.take(int(r.u8())-1)
		if !r.short && printable(name) && printable(number) {
			changed = setText(&k.d.Software, text(name)+" "+text(number)) || changed
		}
	case key == kafkaSaslHandshake:
		k.tokens = version == 0
		changed = setText(&k.d.Auth, saslName(r.short16())) || changed
	}
	switch {
	case k.shown && changed:
		c.changed()
	case !k.shown && int16(rest.be16()) < 1 && kafkaTopic(key, rest.b): // enough to be named without an answer
		k.shown = true
		c.detail(&k.d)
	}
}
