package main

import (
	"io"
	"strings"
)

// completeBash writes a function for complete -F.
func completeBash(w io.Writer, g *completion) {
	line(w, "# bash completion for sockeye: source it, or put it into a completions folder as sockeye.")
	line(w, "_sockeye() {")
	line(w, "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word")
	line(w, "\tif [[ $cur == '=' ]]; then cur=; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi")
	line(w, "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do")
	line(w, "\t\tcase $word in %s) command=$word; break ;; esac", strings.Join(g.names(), " | "))
	line(w, "\tdone")
	line(w, "\tcase $prev in")
	g.unique(func(f *completedFlag) {
		if f.takes.kind != noArgument {
			line(w, "\t%s) %s; return ;;", strings.Join(f.spellings(), " | "), bashArgument(f.takes))
		}
	})
	line(w, "\tesac")
	line(w, "\tcase $command in")
	for _, c := range g.commands {
		var words []string
		if c.name == "" {
			words = g.names()
		}
		for _, f := range c.flags {
			words = append(words, f.spellings()...)
		}
		words = append(words, c.argument.values...)
		pattern := c.name
		if pattern == "" {
			pattern = "''"
		}
		line(w, "\t%s)", pattern)
		if c.argument.kind == aFile {
			line(w, "\t\tif [[ $cur != -* ]]; then %s; return; fi", bashArgument(c.argument))
		}
		line(w, "\t\t%s ;;", bashWords(strings.Join(words, " ")))
	}
	line(w, "\tesac")
	line(w, "}")
	line(w, "complete -o filenames -F _sockeye sockeye")
}

func bashWords(words string) string {
	return `mapfile -t COMPREPLY < <(compgen -W "` + words + `" -- "$cur")`
}

func bashArgument(a argument) string {
	switch a.kind {
	case aFile:
		return `mapfile -t COMPREPLY < <(compgen -f -- "$cur")`
	case anInterface:
		return bashWords("any $(ls /sys/class/net 2>/dev/null)")
	default:
		return bashWords(strings.Join(a.values, " "))
	}
}

// completeZsh writes a function for the fpath.
func completeZsh(w io.Writer, g *completion) {
	line(w, "#compdef sockeye")
	line(w, "# zsh completion for sockeye: put it into a folder of fpath as _sockeye.")
	line(w, "_sockeye() {")
	line(w, "\tlocal command= word")
	line(w, "\tfor word in ${words[2,CURRENT-1]}; do")
	line(w, "\t\tcase $word in (%s) command=$word; break ;; esac", strings.Join(g.names(), "|"))
	line(w, "\tdone")
	line(w, "\tcase $command in")
	for _, c := range g.commands {
		line(w, "\t(%s)", singleQuoted(c.name))
		line(w, "\t\t_arguments -s -S \\")
		for _, f := range c.flags {
			line(w, "\t\t\t%s \\", zshFlag(&f))
		}
		switch {
		case c.name == "":
			var commands []string
			for _, s := range g.commands[1:] {
				commands = append(commands, s.name+`\:`+singleQuotedWithin(s.help))
			}
			line(w, "\t\t\t%s ;;", singleQuoted("1:command:(("+strings.Join(commands, " ")+"))"))
		case c.argument.kind == noArgument:
			line(w, "\t\t\t%s ;;", singleQuoted("1:command:("+c.name+")"))
		default:
			line(w, "\t\t\t%s %s ;;", singleQuoted("1:command:("+c.name+")"), singleQuoted("2"+zshArgument(c.argument)))
		}
	}
	line(w, "\tesac")
	line(w, "}")
	line(w, "if [[ $funcstack[1] == _sockeye ]]; then _sockeye \"$@\"; else compdef _sockeye sockeye; fi")
}

// singleQuotedWithin quotes a description inside of a zsh specification.
func singleQuotedWithin(s string) string {
	return `"` + strings.NewReplacer(`"`, "", `\`, "", "$", `\$`, "`", "", ":", `\:`).Replace(s) + `"`
}

func zshFlag(f *completedFlag) string {
	text := strings.NewReplacer("[", "(", "]", ")", ":", `\:`, `\`, "").Replace(f.help)
	spec := "[" + text + "]"
	long := f.long
	if f.takes.kind != noArgument {
		spec += zshArgument(f.takes)
		long += "="
	}
	if f.short == "" {
		if f.repeated {
			long = "*" + long
		}
		return singleQuoted(long + spec)
	}
	exclude := "(" + f.short + " " + f.long + ")"
	if f.repeated {
		exclude = "*"
	}
	return singleQuoted(exclude) + "{" + f.short + "," + long + "}" + singleQuoted(spec)
}

func zshArgument(a argument) string {
	label := ":" + strings.ToLower(a.label) + ":"
	switch {
	case a.kind == aFile:
		return label + "_files"
	case a.kind == anInterface:
		return label + "_net_interfaces"
	case len(a.values) > 0:
		return label + "(" + strings.Join(a.values, " ") + ")"
	default:
		return label
	}
}

// completeFish writes complete commands.
func completeFish(w io.Writer, g *completion) {
	line(w, "# fish completion for sockeye: put it into ~/.config/fish/completions as sockeye.fish.")
	line(w, "complete -c sockeye -f")
	names := strings.Join(g.names(), " ")
	for _, c := range g.commands {
		when := "not __fish_seen_subcommand_from " + names
		if c.name != "" {
			line(w, "complete -c sockeye -n %s -a %s -d %s", singleQuoted(when), c.name, fishQuoted(c.help))
			when = "__fish_seen_subcommand_from " + c.name
		}
		for _, f := range c.flags {
			text := "complete -c sockeye -n " + singleQuoted(when)
			if f.short != "" {
				text += " -s " + f.short[1:]
			}
			text += " -l " + f.long[2:] + fishArgument(f.takes, true)
			line(w, "%s -d %s", text, fishQuoted(f.help))
		}
		if c.argument.kind != noArgument {
			line(w, "complete -c sockeye -n %s%s", singleQuoted(when), fishArgument(c.argument, false))
		}
	}
}

func fishArgument(a argument, flag bool) string {
	switch {
	case a.kind == noArgument:
		return ""
	case a.kind == aFile && flag:
		return " -r -F"
	case a.kind == aFile:
		return " -F"
	case a.kind == anInterface:
		return " -x -a 'any (ls /sys/class/net 2>/dev/null)'"
	case flag && len(a.values) == 0:
		return " -x"
	case flag:
		return " -x -a " + singleQuoted(strings.Join(a.values, " "))
	default:
		return " -a " + singleQuoted(strings.Join(a.values, " "))
	}
}

// fishQuoted quotes s for fish, where a backslash escapes within quotes.
func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// completeElvish writes an argument completer.
func completeElvish(w io.Writer, g *completion) {
	line(w, "# elvish completion for sockeye: eval it in rc.elv.")
	line(w, "set edit:completion:arg-completer[sockeye] = {|@words|")
	line(w, "\tvar commands = [%s]", strings.Join(g.names(), " "))
	line(w, "\tvar command = ''")
	line(w, "\tfor word $words[1..-1] {")
	line(w, "\t\tif (has-value $commands $word) { set command = $word; break }")
	line(w, "\t}")
	line(w, "\tvar values = [")
	g.unique(func(f *completedFlag) {
		for _, s := range f.spellings() {
			if len(f.takes.values) > 0 {
				line(w, "\t\t&%s=[%s]", s, strings.Join(f.takes.values, " "))
			}
		}
	})
	line(w, "\t]")
	line(w, "\tif (has-key $values $words[-2]) { all $values[$words[-2]]; return }")
	line(w, "\tvar files = [")
	g.unique(func(f *completedFlag) {
		if f.takes.kind == aFile {
			line(w, "\t\t%s", strings.Join(f.spellings(), " "))
		}
	})
	line(w, "\t]")
	line(w, "\tif (has-value $files $words[-2]) { edit:complete-filename $words[-1]; return }")
	for _, c := range g.commands {
		line(w, "\tif (eq $command %s) {", doubledQuotes(c.name))
		if c.name == "" {
			for _, s := range g.commands[1:] {
				line(w, "\t\tedit:complex-candidate %s &display=%s", s.name, doubledQuotes(s.name+"  "+s.help))
			}
		}
		for _, f := range c.flags {
			for _, s := range f.spellings() {
				line(w, "\t\tedit:complex-candidate %s &display=%s", s, doubledQuotes(s+"  "+f.help))
			}
		}
		if len(c.argument.values) > 0 {
			line(w, "\t\tall [%s]", strings.Join(c.argument.values, " "))
		}
		if c.argument.kind == aFile {
			line(w, "\t\tedit:complete-filename $words[-1]")
		}
		line(w, "\t}")
	}
	line(w, "}")
}

// completePowerShell writes a native argument completer. Without candidates
// PowerShell offers files by itself.
func completePowerShell(w io.Writer, g *completion) {
	line(w, "# PowerShell completion for sockeye: dot-source it in $PROFILE.")
	line(w, "Register-ArgumentCompleter -Native -CommandName sockeye -ScriptBlock {")
	line(w, "\tparam($wordToComplete, $commandAst, $cursorPosition)")
	line(w, "\t$command = ''")
	line(w, "\tforeach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {")
	line(w, "\t\tif (@(%s) -ccontains \"$element\" -and \"$element\" -cne $wordToComplete) { $command = \"$element\"; break }", quotedList(g.names()))
	line(w, "\t}")
	line(w, "\t$candidates = switch -CaseSensitive ($command) {")
	for _, c := range g.commands {
		line(w, "\t\t%s {", doubledQuotes(c.name))
		if c.name == "" {
			for _, s := range g.commands[1:] {
				line(w, "\t\t\t%s", powerShellResult(s.name, "Command", s.help))
			}
		}
		for _, f := range c.flags {
			for _, s := range f.spellings() {
				line(w, "\t\t\t%s", powerShellResult(s, "ParameterName", f.help))
			}
		}
		for _, v := range c.argument.values {
			line(w, "\t\t\t%s", powerShellResult(v, "ParameterValue", v))
		}
		line(w, "\t\t}")
	}
	line(w, "\t}")
	line(w, "\t$candidates | Where-Object { $_.CompletionText -clike \"$wordToComplete*\" }")
	line(w, "}")
}

func powerShellResult(text, kind, help string) string {
	return "[System.Management.Automation.CompletionResult]::new(" +
		doubledQuotes(text) + ", " + doubledQuotes(text) + ", '" + kind + "', " + doubledQuotes(help) + ")"
}

func quotedList(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = doubledQuotes(word)
	}
	return strings.Join(quoted, ", ")
}
