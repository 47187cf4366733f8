package dpi

import "bytes"

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

	sure   bool // a command of RESP was read
	strays int  // lines of the client that are no command
}

// redisStrays is how many lines of a client may be no command, of a flow that has
// shown nothing that only Redis has.
const redisStrays = 4

func (r *redis) speaker(line []byte) (Dir, bool) {
	if len(line) > 1 && (line[0] == '+' || line[0] == '-' || line[0] == ':' || line[0] == '%') {
		return ToClient, true
	}
	// An array may be of either end: what it begins with tells.
	name, _ := word(line)
	return ToServer, oneOf(name, redisInline) != ""
}

// lose forgets where within a command it was: what comes next may be a value.
func (r *redis) lose(dir Dir) {
	if dir == ToClient {
		r.await, r.version = false, false
		return
	}
	r.left, r.value, r.name, r.sub = 0, false, "", ""
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
			r.sure = true
			c.confirm()
		}
		r.argument(c, line)
	case r.left == 0 && len(line) > 1 && line[0] == '*':
		r.left, _ = number(line[1:])
		r.index, r.name, r.sub = 0, "", ""
	case r.left == 0:
		return r.typed(c, line)
	case len(line) > 1 && line[0] == '$':
		return r.bulk(line)
	default:
		r.left = 0 // no RESP: wait for the next command
	}
	return 0
}

// typed reads a line that a person typed, or a health check sent. What follows the
// name may be a password.
func (r *redis) typed(c *conv, line []byte) int {
	name, _ := word(line)
	r.name, r.index, r.sub = "", 0, ""
	switch {
	case len(name) == 0:
	case redisKnown(name):
		r.argument(c, name)
	default:
		if r.strays++; r.strays > redisStrays && !r.sure {
			c.wrong()
			return stop
		}
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
	switch {
	case r.sub == "PASSWORD":
		r.sub = ""
	case !r.wanted():
	case n <= maxText:
		r.value = true
		return 0
	case r.sub == "AUTH": // a user of that length is not kept; the password follows all the same
		r.sub = "PASSWORD"
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
		r.count++
		if !redisKnown(b) {
			r.name = "?" // a module's, or no name at all: see redisKnown
			return
		}
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
