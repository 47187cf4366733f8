package proc

import "strings"

// interpreter says how the command line of an interpreter is read, as far as it takes
// to find what it runs.
type interpreter struct {
	// code are the short options with which the program comes on the command line or
	// by standard input: there is no script then.
	code string
	// value are the short options that have a value: the rest of their argument, else
	// the next argument.
	value string
	// rest are the short options whose value can only be the rest of their argument.
	rest string
	// module are the short options whose value is what runs.
	module string
	// single: options have one dash and are words, as Java's; else short ones may be
	// joined to one argument.
	single bool
	// The same for words, with their dashes, between blanks.
	codeWords, valueWords, moduleWords string
}

var (
	shell  = &interpreter{code: "cs", value: "oO", valueWords: "--rcfile --init-file"}
	python = &interpreter{code: "c", value: "WXQ", module: "m", valueWords: "--check-hash-based-pycs"}

	interpreters = map[string]*interpreter{
		"sh": shell, "bash": shell, "dash": shell, "zsh": shell, "ksh": shell, "mksh": shell, "ash": shell,
		"python": python, "pypy": python,
		"perl": {code: "eE", value: "I", rest: "CDFMVdimx"},
		"ruby": {code: "e", value: "ICEr", rest: "FKTWix", valueWords: "--encoding --external-encoding --internal-encoding"},
		"lua":  {code: "e", value: "l"},
		"php":  {code: "rBRES", value: "cdzt", module: "f", codeWords: "--run --server", valueWords: "--php-ini --define --zend-extension", moduleWords: "--file"},
		"node": {
			code: "ep", value: "rC", codeWords: "--eval --print",
			valueWords: "--require --import --loader --experimental-loader --conditions --input-type",
		},
		"java": {
			single:      true,
			valueWords:  "-cp -classpath --class-path -p --module-path --upgrade-module-path --add-modules --limit-modules --add-opens --add-exports --add-reads --patch-module --source",
			moduleWords: "-jar -m --module",
		},
	}
)

// scriptOf is what an interpreter runs: a file, a module (Python's -m), a class
// (Java's). It is empty where the process is no interpreter, where the program came
// with the command line or by standard input, or where the line has been overwritten.
func scriptOf(exe string, args []string) string {
	if len(args) < 2 {
		return ""
	}
	name := baseName(exe)
	if name == "" || name == "busybox" {
		name = strings.TrimPrefix(baseName(args[0]), "-") // a login shell's begins with a dash
	}
	in := interpreters[strings.TrimRight(name, ".0123456789")]
	if in == nil {
		return ""
	}
	return in.script(args[1:])
}

func (in *interpreter) script(args []string) string {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "-": // standard input
			return ""
		case arg == "--":
			return nth(args, i+1)
		case in.single && strings.HasPrefix(arg, "@"): // a file of options
			continue
		case !in.isOption(arg):
			return arg
		}
		o := in.option(arg, nth(args, i+1))
		if o.settled {
			return o.script
		}
		if o.takesNext {
			i++
		}
	}
	return ""
}

func (in *interpreter) isOption(arg string) bool {
	return strings.HasPrefix(arg, "-") || in == shell && strings.HasPrefix(arg, "+")
}

// optionRead is what one argument of options says.
type optionRead struct {
	settled   bool // what runs: script, or nothing that has a name
	script    string
	takesNext bool // the next argument is a value
}

func (in *interpreter) option(arg, following string) optionRead {
	name, value, joined := strings.Cut(arg, "=")
	switch {
	case word(in.codeWords, name):
		return optionRead{settled: true}
	case word(in.moduleWords, name) && joined:
		return optionRead{settled: true, script: value}
	case word(in.moduleWords, name):
		return optionRead{settled: true, script: following}
	case word(in.valueWords, arg):
		return optionRead{takesNext: true}
	case in.single || strings.HasPrefix(arg, "--"):
		return optionRead{}
	}
	return in.letters(arg[1:], following)
}

// letters reads short options joined to one argument, such as "-euo".
func (in *interpreter) letters(s, following string) (o optionRead) {
	for i := 0; i < len(s); i++ {
		c, value := s[i], s[i+1:]
		switch {
		case strings.IndexByte(in.code, c) >= 0:
			return optionRead{settled: true}
		case strings.IndexByte(in.module, c) >= 0 && value != "":
			return optionRead{settled: true, script: value}
		case strings.IndexByte(in.module, c) >= 0:
			return optionRead{settled: true, script: following}
		case strings.IndexByte(in.rest, c) >= 0:
			return o
		case strings.IndexByte(in.value, c) >= 0 && in == shell:
			o.takesNext = true // and the letters go on: "-oe pipefail"
		case strings.IndexByte(in.value, c) >= 0:
			return optionRead{takesNext: value == ""}
		}
	}
	return o
}

// word reports whether a list of words between blanks has this one.
func word(list, w string) bool {
	for list != "" {
		var first string
		if first, list, _ = strings.Cut(list, " "); first == w {
			return true
		}
	}
	return false
}

// nth is an element of a list, empty beyond its end.
func nth(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}
