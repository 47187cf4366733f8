package dpi

import "testing"

var mqttTalks = register(
	conversation{name: "version 3.1.1", proto: MQTT, text: `
		c 10 2d 0004 "MQTT" 04 c6 003c 0006 "sensor" 0004 "last" 0003 "bye" 0005 "alice" 0007 "hunter2"
		s 20 02 00 00
		c 32 0f 0006 "a/temp" 0001 "21.5" 21   # published with QoS 1
		s 40 02 0001
		c 82 0d 0002 0008 "cmd/+/on" 02
		s 90 03 0002 02
		c c000
		s d000
		c e000
	`},
	conversation{name: "version 5, refused", proto: MQTT, text: `
		c 10 1d 0004 "MQTT" 05 c2 0000 00 0002 "id" 0003 "bob" 0007 "hunter2"
		s 20 03 00 86 00
	`},
	conversation{name: "version 3.1", proto: MQTT, text: `
		c 10 10 0006 "MQIsdp" 03 02 000a 0002 "id"
		s 20 02 00 05
	`},
	conversation{name: "nothing but pings", proto: MQTT, mid: true, whole: true, text: `
		c c000
		s d000
		c c000
		s d000
	`},
)

func TestMQTT(t *testing.T) {
	expect(t, "mqtt", mqttTalks,
		`{"version":"3.1.1","client_id":"sensor","user":"alice","will_topic":"last","keep_alive_s":60,"result":"accepted",`+
			`"packets":["connect","connack","publish","puback","subscribe","suback","pingreq","pingresp","disconnect"],`+
			`"topics":["a/temp","cmd/+/on"],"qos":2}`,
		`{"version":"5.0","client_id":"id","user":"bob","result":"bad_user_or_password","packets":["connect","connack"]}`,
		`{"version":"3.1","client_id":"id","keep_alive_s":10,"result":"not_authorized","packets":["connect","connack"]}`,
		`{"packets":["pingreq","pingresp"]}`,
	)
}

func FuzzMQTT(f *testing.F) { fuzzTalks(f, mqttSignature.new, MQTT, mqttTalks...) }
