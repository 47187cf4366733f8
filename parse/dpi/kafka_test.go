package dpi

import "testing"

func kafkaRequest(key, version uint16, id uint32, client string, parts ...any) []byte {
	body := pack(be2(key), be2(version), be4(id), be2(len(client)), client, pack(parts...))
	return pack(be4(len(body)), body)
}

func kafkaAnswer(id uint32, parts ...any) []byte {
	body := pack(be4(id), pack(parts...))
	return pack(be4(len(body)), body)
}

var kafkaTalks = register(
	conversation{name: "a client of today", proto: Kafka, said: []said{
		asks(kafkaRequest(18, 3, 1, "producer-1", 0, 18, "apache-kafka-java", 6, "3.6.1", 0)),
		answers(kafkaAnswer(1, be2(0), fill(40))),
		asks(kafkaRequest(17, 1, 2, "producer-1", be2(5), "PLAIN")),
		answers(kafkaAnswer(2, be2(0), be4(1), be2(5), "PLAIN")),
		asks(kafkaRequest(36, 2, 3, "producer-1", "\x00alice\x00hunter2")),
		answers(kafkaAnswer(3, fill(8))),
	}},
	conversation{name: "two requests before an answer", proto: Kafka, said: []said{
		asks(kafkaRequest(3, 1, 10, "reader", be4(1), be2(4), "shop"), kafkaRequest(1, 4, 11, "reader", fill(60))),
		answers(kafkaAnswer(10, fill(100)), kafkaAnswer(11, fill(30))),
	}},
	conversation{name: "no name, no answer", proto: Kafka, said: []said{
		asks(kafkaRequest(2, 0, 0, "", be4(1<<32-1), be4(1), be2(4), "shop", be4(1), be4(0), be8(1<<64-1), be4(1))),
	}},
)

func TestKafka(t *testing.T) {
	expect(t, "kafka", kafkaTalks,
		`{"client_id":"producer-1","software":"apache-kafka-java 3.6.1","requests":["ApiVersions v3","SaslHandshake v1","SaslAuthenticate v2"],"auth":"PLAIN"}`,
		`{"client_id":"reader","requests":["Metadata v1","Fetch v4"]}`,
		`{"requests":["ListOffsets v0"]}`,
	)
}

func FuzzKafka(f *testing.F) { fuzzTalks(f, kafkaSignature.new, Kafka, kafkaTalks...) }
