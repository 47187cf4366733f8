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
	case !whole || line[0] != '$':
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

// redis reads requests and replies line by line; strings are passed over unless
// they name something.
type redis struct {
	d     *RedisDetail
	count int    // of commands
	left  int64  // arguments of the command that are still to come
	index int    // of the next one
	value bool   // the next line is that argument
	name  string // of the command
	sub   string // CLIENT SETNAME

	await   bool // a reply that tells the server's version
	version bool // the next text is it
}

func (r *redis) speaker(line []byte) (Dir, bool) {
	if len(line) > 1 && (line[0] == '+' || line[0] == '-' || line[0] == ':' || line[0] == '%') {
		return ToClient, true
	}
	name, _ := word(line)
	return ToServer, len(line) > 1 && line[0] == '*' || oneOf(name, redisInline) != ""
}

func (r *redis) line(c *conv, dir Dir, line []byte) int {
	if r.d == nil {
		r.d = &RedisDetail{}
		c.detail(r.d)
	}
	if dir == ToClient {
		return r.reply(c, line)
	}
	if r.count > redisCommands || len(r.d.Commands) == maxList {
		c.done()
		return stop
	}
	return r.request(c, line)
}

func (r *redis) request(c *conv, line []byte) int {
	switch {
	case r.value:
		r.value = false
		if r.index == 0 && redisWord(line) {
			c.confirm()
		}
		r.argument(c, line)
	case r.left == 0 && len(line) > 1 && line[0] == '*':
		r.left, _ = number(line[1:])
		r.index, r.name, r.sub = 0, "", ""
	case r.left == 0:
		// Typed by a person, or sent by a health check. What follows the name may be
		// a password.
		r.name, r.index, r.sub = "", 0, ""
		if name, _ := word(line); len(name) > 0 {
			r.argument(c, name)
		}
	case len(line) > 1 && line[0] == '$':
		return r.bulk(line)
	default:
		r.left = 0 // no RESP: wait for the next command
	}
	return 0
}

// bulk reads the length of an argument, and decides whether it is read.
func (r *redis) bulk(line []byte) int {
	n, ok := number(line[1:])
	if !ok || n > maxSkip {
		r.left = 0
		return 0
	}
	r.left--
	if r.sub == "PASSWORD" {
		r.sub = ""
	} else if r.wanted() && n <= maxText {
		r.value = true
		return 0
	}
	r.index++
	return int(n) + 2
}

// wanted reports whether the argument r.index says who, or what, or where.
func (r *redis) wanted() bool {
	switch r.name {
	case "":
		return r.index == 0
	case "AUTH":
		return r.index == 1 && r.left == 1 // with a password behind it
	case "SELECT":
		return r.index == 1
	case "CLIENT":
		return r.index == 1 || r.index == 2 && r.sub == "SETNAME"
	case "HELLO":
		return r.sub == "AUTH" || r.sub == "SETNAME" || r.sub == "" && r.index >= 2
	}
	return false
}

func (r *redis) argument(c *conv, b []byte) {
	i := r.index
	r.index++
	switch {
	case i == 0:
		if len(b) > redisName || !redisWord(b) {
			r.name = "?"
			return
		}
		r.count++
		r.name = text(bytes.ToUpper(b))
		r.d.Commands = addText(r.d.Commands, []byte(r.name))
		r.await = r.await || r.name == "INFO" || r.name == "HELLO"
	case r.name == "AUTH" && i == 1:
		r.d.User = text(b)
	case r.name == "SELECT" && i == 1:
		r.d.Database = text(b)
	case r.sub == "SETNAME":
		r.d.Client, r.sub = text(b), ""
	case r.name == "HELLO" && r.sub == "AUTH":
		r.d.User, r.sub = text(b), "PASSWORD"
	case r.name == "HELLO" || r.name == "CLIENT" && i == 1:
		r.sub = oneOf(b, []string{"AUTH", "SETNAME"})
	}
	c.changed()
}

func (r *redis) reply(c *conv, line []byte) int {
	if len(line) == 0 {
		return 0
	}
	const field = "redis_version:"
	switch {
	case line[0] == '-':
		r.d.Errors++
		c.changed()
	case line[0] == '$':
		n, ok := number(line[1:])
		if ok && n <= maxSkip && (!r.await || n > 16<<10) {
			return int(n) + 2
		}
	case r.version:
		r.d.Version, r.version, r.await = text(line), false, false
		c.changed()
	case r.await && hasFold(line, field):
		r.d.Version, r.await = text(line[len(field):]), false
		c.changed()
	case r.await && string(line) == "version":
		r.version = true
	}
	return 0
}
