package dpi

import "bytes"

// RedisDetail is what is known of a connection to a Redis server (RESP 2 and 3).
// Of commands only the names are kept, of arguments nothing but those that name
// the client, the user and the database.
type RedisDetail struct {
	Commands []string `json:"commands,omitempty"` // the first ones, each once
	User     string   `json:"user,omitempty"`
	Client   string   `json:"client,omitempty"` // the name that it gave itself
	Database string   `json:"database,omitempty"`
	Version  string   `json:"version,omitempty"` // of the server
	Errors   uint32   `json:"errors,omitempty"`  // replies that were errors
}

// Protocol returns Redis.
func (d *RedisDetail) Protocol() Protocol { return Redis }

// Key returns "redis".
func (d *RedisDetail) Key() string { return "redis" }

// Subject returns the database, if one was selected.
func (d *RedisDetail) Subject() string { return d.Database }

func (d *RedisDetail) clone() Detail {
	c := *d
	return &c
}

const (
	redisCommands = 256 // after so many there is nothing new to learn
	redisName     = 32  // bytes of a command's name at most
)

// redisInline are the commands that people type, and health checks send.
var redisInline = []string{"PING", "INFO", "AUTH", "ECHO", "SELECT", "MONITOR", "QUIT", "COMMAND", "HELLO", "CLIENT",
	"CONFIG", "SET", "GET", "DEL", "EXISTS", "INCR", "KEYS", "DBSIZE", "FLUSHALL", "LPUSH", "RPUSH", "PUBLISH", "SUBSCRIBE"}

var redisSignature = signature{proto: Redis, ports: []uint16{6379}, stream: redisMatch,
	new: func() decoder { return &lineDecoder{p: &redis{}} }}

func redisMatch(s *sample) match {
	return max(redisHeads(s, s.head[ToClient], s.head[ToServer]), redisHeads(s, s.head[ToServer], s.head[ToClient]))
}

func redisHeads(s *sample, server, client []byte) match {
	asked := redisRequest(client)
	if asked == no || asked == sure {
		return asked
	}
	answered := redisReply(server)
	switch {
	case answered == no, answered == more, len(client) > 0 && asked == likely && answered >= likely:
		return answered
	case len(client) == 0 && s.on(6379):
		return likely
	}
	return more
}

// redisRequest judges by what a client sends: an array of strings that begins with
// a name is sure, a word that may be a command is likely.
func redisRequest(b []byte) match {
	b = bytes.TrimLeft(b, "\r\n")
	if len(b) == 0 {
		return more
	}
	if b[0] != '*' && (upper(b[0]) < 'A' || upper(b[0]) > 'Z') {
		return no
	}
	line, whole := firstLine(b[:min(len(b), 64)])
	if b[0] != '*' {
		name, _ := word(line)
		if whole && oneOf(name, redisInline) != "" {
			return likely
		}
		if whole {
			return no
		}
		return min(more, beginning(b, redisInline))
	}
	if !whole {
		return redisCount(b[1:min(len(b), 12)], b)
	}
	n, ok := number(line[1:])
	if !ok || n == 0 || n > 1<<20 {
		return no
	}
	b = afterLine(b)
	line, whole = firstLine(b[:min(len(b), 16)])
	switch {
	case !whole && (len(b) == 0 || b[0] == '$'):
		return min(more, redisCount(b[min(len(b), 1):min(len(b), 8)], b))
	case !whole || len(line) == 0 || line[0] != '$':
		return no
	}
	if n, ok = number(line[1:]); !ok || n == 0 || n > redisName {
		return no
	}
	b = afterLine(b)
	name := b[:min(len(b), int(n))]
	if len(name) < int(n) {
		return min(more, sureIf(redisWord(name)))
	}
	return sureIf(redisWord(name))
}

// redisCount says whether what is there of a number fits; all is what it is in.
func redisCount(digits, all []byte) match {
	for i, c := range digits {
		if !digit(c) && !(c == '\r' && i == len(digits)-1) {
			return no
		}
	}
	if len(all) > 12 {
		return no
	}
	return more
}

// redisWord reports whether b may be the name of a command.
func redisWord(b []byte) bool {
	for _, c := range b {
		if u := upper(c); (u < 'A' || u > 'Z') && !digit(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// redisReply judges by what a server sends: the types of RESP at the beginning of
// a line that holds nothing else.
func redisReply(b []byte) match {
	if len(b) == 0 {
		return more
	}
	line, whole := firstLine(b[:min(len(b), maxLine)])
	if !whole {
		line = b
	}
	switch b[0] {
	case '+', '-':
		if !plainText(bytes.TrimSuffix(line, cr)) {
			return no
		}
	case ':', '$', '*', '%':
		rest := bytes.TrimSuffix(line[1:], cr)
		rest = bytes.TrimPrefix(rest, []byte{'-'})
		if _, ok := number(rest); !ok && (whole || len(rest) > 0) {
			return no
		}
	default:
		return no
	}
	if !whole {
		return more
	}
	return likely
}
